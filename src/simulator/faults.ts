import { z } from 'zod'
import type { Identifiers } from './identifiers.ts'
import type { World } from './world.ts'

/** What can go wrong with a webhook delivery. */
const deliveryFaults = ['duplicate', 'lose', 'delay', 'reorder', 'malformed', 'bad_signature'] as const

/** What can go wrong with a call of the REST API; `..._after_accepting` takes the message first. */
const requestFaults = [
  'in_flight',
  'rate_limited',
  'insufficient_credits',
  'graph_error',
  'server_error',
  'timeout',
  'timeout_after_accepting',
  'reset',
  'reset_after_accepting',
  'hang',
  'hang_after_accepting',
] as const

const common = {
  /** How many times it happens; left out: until removed. */
  times: z.number().int().min(1).optional(),
  /** How likely each time, 0 to 1, drawn from the seed. */
  probability: z.number().min(0).max(1).default(1),
  phoneNumberId: z.string().optional(),
}

const requestFault = {
  kind: z.enum(requestFaults),
  retryAfterSeconds: z.number().int().min(0).max(3600).default(60),
  /** For graph_error. */
  code: z.number().int().default(131000),
  message: z.string().default('Something went wrong'),
  ...common,
}

/** `POST /simulator/faults`. */
export const faultSchema = z.discriminatedUnion('on', [
  z.strictObject({
    on: z.literal('delivery'),
    kind: z.enum(deliveryFaults),
    /** Only deliveries of this event. */
    event: z.string().optional(),
    /** For delay and reorder: how long it is held back. */
    delayMs: z.number().min(0).max(600_000).default(2000),
    /** For duplicate: under another idempotency key. */
    newKey: z.boolean().default(false),
    ...common,
  }),
  /** Sends: POST messages of the proxy. */
  z.strictObject({ on: z.literal('send'), ...requestFault }),
  /** GET calls of the proxy. */
  z.strictObject({ on: z.literal('read'), ...requestFault }),
  z.strictObject({ on: z.literal('platform'), ...requestFault }),
])

export type NewFault = z.input<typeof faultSchema>
export type FaultRule = z.infer<typeof faultSchema> & { id: string; drawn: number; hit: number }
export type DeliveryFault = Extract<FaultRule, { on: 'delivery' }>
export type RequestFault = Exclude<FaultRule, { on: 'delivery' }>
type RequestPlace = RequestFault['on']

function isDrawn(rule: FaultRule, phoneNumberId: string | null, identifiers: Identifiers): boolean {
  if (rule.times !== undefined && rule.hit >= rule.times) return false
  if (rule.phoneNumberId !== undefined && rule.phoneNumberId !== phoneNumberId) return false
  rule.drawn += 1
  if (identifiers.fraction('fault', rule.id, rule.drawn) >= rule.probability) return false
  rule.hit += 1
  return true
}

/** The faults that strike this delivery; each rule is drawn once. */
export function drawDeliveryFaults(
  world: World,
  identifiers: Identifiers,
  event: string,
  phoneNumberId: string | null,
): DeliveryFault[] {
  return world.faults.filter(
    (rule): rule is DeliveryFault =>
      rule.on === 'delivery' &&
      (rule.event === undefined || rule.event === event) &&
      isDrawn(rule, phoneNumberId, identifiers),
  )
}

/** The first fault that strikes a call of the REST API, or null. */
export function drawRequestFault(
  world: World,
  identifiers: Identifiers,
  place: RequestPlace,
  phoneNumberId: string | null,
): RequestFault | null {
  for (const rule of world.faults) {
    if (rule.on === place && isDrawn(rule, phoneNumberId, identifiers)) return rule
  }
  return null
}
