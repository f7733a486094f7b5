import { z } from 'zod'
import { malformedForms } from './delivery/malformed.ts'
import type { Identifiers } from './identifiers.ts'
import type { World } from './world.ts'

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
  'slow',
  'fails_later',
] as const

const common = {
  /** How many times it happens; left out: until removed. */
  times: z.number().int().min(1).optional(),
  /** How likely each time, 0 to 1, drawn from the seed. */
  probability: z.number().min(0).max(1).default(1),
  phoneNumberId: z.string().optional(),
  /** By which the one who added it knows it again. */
  name: z.string().max(100).optional(),
}

const requestFault = {
  kind: z.enum(requestFaults),
  retryAfterSeconds: z.number().int().min(0).max(3600).default(60),
  /** For graph_error, and for fails_later: the message is taken, then fails with it. */
  code: z.number().int().default(131000),
  message: z.string().default('Something went wrong'),
  /** For slow: how much later the answer comes. */
  delayMs: z.number().min(0).max(600_000).default(3000),
  ...common,
}

const deliveryFault = {
  on: z.literal('delivery'),
  /** Only deliveries of this event. */
  event: z.string().optional(),
  /** Only buffered ones. */
  onlyBatches: z.boolean().default(false),
  ...common,
}

const delayMs = z.number().min(0).max(3_600_000).default(2000)

/** What can go wrong with a webhook delivery. */
const deliveryFaultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('duplicate'),
    /** How many more than the one. */
    copies: z.number().int().min(1).max(1000).default(1),
    /** Under other idempotency keys. */
    newKey: z.boolean().default(false),
    /** Over how long the copies are spread, by seed. */
    spreadMs: z.number().min(0).max(3_600_000).default(0),
    ...deliveryFault,
  }),
  z.strictObject({ kind: z.literal('lose'), ...deliveryFault }),
  /** Comes later, and what follows in its conversation waits for it. */
  z.strictObject({ kind: z.literal('delay'), delayMs, ...deliveryFault }),
  /** Comes later, and is overtaken. */
  z.strictObject({ kind: z.literal('reorder'), delayMs, ...deliveryFault }),
  z.strictObject({
    kind: z.literal('shuffle'),
    /** So many are collected, or for so long, and then sent in another order, drawn from the seed. */
    size: z.number().int().min(2).max(10_000).default(10),
    delayMs,
    ...deliveryFault,
  }),
  z.strictObject({
    kind: z.literal('malformed'),
    form: z.enum([...malformedForms, 'random']).default('truncated'),
    ...deliveryFault,
  }),
  z.strictObject({
    kind: z.literal('bad_signature'),
    /** Upper case and a `sha256=` in front are odd, but right. */
    signature: z
      .enum(['wrong', 'missing', 'malformed', 'old_secret', 'upper_case', 'prefixed'])
      .default('wrong'),
    ...deliveryFault,
  }),
  z.strictObject({
    kind: z.literal('unreachable'),
    /** How many tries find nobody; left out: all. */
    tries: z.number().int().min(1).optional(),
    ...deliveryFault,
  }),
  z.strictObject({
    kind: z.literal('lost_answer'),
    /** After how many tries the answer gets lost: the receiver has it, and it comes again. */
    tries: z.number().int().min(1).default(1),
    ...deliveryFault,
  }),
  /** The connection ends in the middle of the body, at the first try. */
  z.strictObject({ kind: z.literal('cut_off'), ...deliveryFault }),
  z.strictObject({
    kind: z.literal('headers'),
    /** Other values; null leaves the header out. Names as Kapso writes them. */
    headers: z.record(z.string(), z.string().nullable()),
    ...deliveryFault,
  }),
])

/** `POST /simulator/faults`. */
export const faultSchema = z.discriminatedUnion('on', [
  deliveryFaultSchema,
  /** Sends: POST messages of the proxy. */
  z.strictObject({ on: z.literal('send'), ...requestFault }),
  /** GET calls of the proxy. */
  z.strictObject({ on: z.literal('read'), ...requestFault }),
  z.strictObject({ on: z.literal('platform'), ...requestFault }),
  /** Downloads of files. */
  z.strictObject({ on: z.literal('media'), ...requestFault }),
])

export type NewFault = z.input<typeof faultSchema>
export type FaultRule = z.infer<typeof faultSchema> & { id: string; drawn: number; hit: number }
export type DeliveryFault = Extract<FaultRule, { on: 'delivery' }>
export type RequestFault = Exclude<FaultRule, { on: 'delivery' }>
export type RequestPlace = RequestFault['on']

/** What faults do to the tries of a delivery. */
export interface DeliveryEffects {
  /** The body's text stands for these bytes. Default UTF-8. */
  encoding?: 'latin1'
  signature?: Extract<DeliveryFault, { kind: 'bad_signature' }>['signature']
  headers?: Record<string, string | null>
  unreachableTries?: number
  lostAnswers?: number
  isCutOff?: boolean
}

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
  subject: { event: string; phoneNumberId: string | null; isBatch: boolean },
): DeliveryFault[] {
  return world.faults.filter(
    (rule): rule is DeliveryFault =>
      rule.on === 'delivery' &&
      (rule.event === undefined || rule.event === subject.event) &&
      (subject.isBatch || !rule.onlyBatches) &&
      isDrawn(rule, subject.phoneNumberId, identifiers),
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
