import { z } from 'zod'

const milliseconds = z.number().min(0).max(3_600_000)

/** What may be changed while the simulator runs: `PATCH /simulator/settings`. */
export const settingsSchema = z.strictObject({
  /** When the `message.sent` delivery arrives: before the answer to the send, after it, or now one, now the other. */
  echoBeforeAnswer: z.enum(['never', 'always', 'random']),
  /** Whether `biz_opaque_callback_data` comes back in the raw statuses. */
  returnsOpaqueData: z.boolean(),
  /** Whether a sent message reaches the customer by itself. */
  deliversAutomatically: z.boolean(),
  /** Whether the customer reads by themselves, too. */
  readsAutomatically: z.boolean(),
  /** How long an accepted message takes to be sent, then delivered, then (if automatic) read. */
  sentDelayMs: milliseconds,
  deliveredDelayMs: milliseconds,
  readDelayMs: milliseconds,
  /** How long the answer to a send takes, and how much longer the conversation stays locked (409). */
  sendLatencyMs: milliseconds,
  inFlightHoldMs: milliseconds,
  /**
   * Which shape bodies have: `current` and `classic` as two generations of Kapso's samples show them, `recorded` with
   * the fields that real message objects carry, `mixed` any of them by seed.
   */
  bodyForms: z.enum(['mixed', 'current', 'classic', 'recorded']),
  rateLimitPerMinute: z.number().int().min(1).max(1_000_000),
  /** 10 makes every wait ten times shorter. */
  timeScale: z.number().positive().max(100_000),
  /** Waits between the tries of a delivery: two waits make three tries. */
  retryDelaysMs: z.array(milliseconds).max(10),
  /** How many deliveries are on their way at once; with 1 the same seed and script arrive in the same order. */
  parallelDeliveries: z.number().int().min(1).max(128),
  /** Whether a handover that was asked for over the API is told by `workflow.execution.handoff`, too. */
  tellsApiHandoff: z.boolean(),
})

export type Settings = z.infer<typeof settingsSchema>

export const defaultSettings: Settings = {
  echoBeforeAnswer: 'never',
  returnsOpaqueData: false,
  deliversAutomatically: true,
  readsAutomatically: false,
  sentDelayMs: 120,
  deliveredDelayMs: 500,
  readDelayMs: 1500,
  sendLatencyMs: 30,
  inFlightHoldMs: 0,
  bodyForms: 'mixed',
  rateLimitPerMinute: 1000,
  timeScale: 1,
  retryDelaysMs: [10_000, 40_000, 90_000],
  parallelDeliveries: 128,
  tellsApiHandoff: false,
}
