import { hash } from 'node:crypto'
import { identifyEvent } from '../kapso/event-identity.ts'
import { asObject, textAt, type JsonObject } from '../kapso/json.ts'

/** One row of the ledger to be. */
export interface DeliveryItem {
  eventId: string
  name: string
  subjectKey: string
  status: 'pending' | 'ignored' | 'quarantined'
  reason: string | null
  index: number
}

/** What the door reads off a verified delivery: its items, and how it is to be kept. */
export interface ReadDelivery {
  eventName: string | null
  payloadVersion: string | null
  items: DeliveryItem[]
}

/** The headers of a delivery that matter (Kapso docs: webhook headers). */
export interface KapsoHeaders {
  eventName: string | undefined
  signature: string | undefined
  idempotencyKey: string | undefined
  payloadVersion: string | undefined
}

/** More items than Kapso ever batches (its limit is 100): such a body is kept whole and looked at by a person. */
const mostItems = 1000

/**
 * Reads a verified body just far enough to know each item by its event id. Never throws: a body that cannot be read
 * becomes one quarantined item, because an answer other than 200 would count towards Kapso's automatic pause.
 */
export function readDelivery(workspaceId: string, headers: KapsoHeaders, body: Buffer): ReadDelivery {
  const eventName = cleanHeader(headers.eventName)
  const payloadVersion = cleanHeader(headers.payloadVersion)
  const idempotencyKey = cleanHeader(headers.idempotencyKey)
  // Hashing is only paid for by items that have no id of their own.
  const fallback = (index: number): string =>
    `${idempotencyKey ?? hash('sha256', body, 'base64url')}:${String(index)}`
  const whole = (status: DeliveryItem['status'], reason: string): ReadDelivery => ({
    eventName,
    payloadVersion,
    items: [
      {
        eventId: `unread#${fallback(0)}`,
        name: eventName ?? 'unknown',
        subjectKey: '0',
        status,
        reason,
        index: 0,
      },
    ],
  })

  if (payloadVersion !== null && payloadVersion !== 'v2') return whole('ignored', 'payload_version')
  const root = parseObject(body)
  if (root === undefined) return whole('quarantined', 'not_json')

  const isBatch = root['batch'] === true && Array.isArray(root['data'])
  const entries: unknown[] = isBatch ? (root['data'] as unknown[]) : [root]
  if (entries.length === 0) return whole('quarantined', 'empty_batch')
  if (entries.length > mostItems) return whole('quarantined', 'batch_too_large')
  const batchType = isBatch ? textAt(root, 'type') : undefined

  return {
    eventName,
    payloadVersion,
    items: entries.map((entry, index): DeliveryItem => {
      const item = asObject(entry)
      if (item === undefined) {
        return {
          eventId: `unread#${fallback(index)}`,
          name: eventName ?? 'unknown',
          subjectKey: '0',
          status: 'quarantined',
          reason: 'not_an_object',
          index,
        }
      }
      const identity = identifyEvent(
        workspaceId,
        item,
        { eventName: eventName ?? undefined, idempotencyKey: idempotencyKey ?? undefined },
        batchType,
        fallback(index),
      )
      return { ...identity, status: 'pending', reason: null, index }
    }),
  }
}

/** Parses bytes as a JSON object; undefined when they are none. Invalid UTF-8 becomes U+FFFD. */
export function parseObject(body: Buffer): JsonObject | undefined {
  try {
    return asObject(JSON.parse(body.toString('utf8')))
  } catch {
    return undefined
  }
}

function cleanHeader(value: string | undefined): string | null {
  return value !== undefined && /^[\w.:-]{1,128}$/.test(value) ? value : null
}
