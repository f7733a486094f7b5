import type { NewChannelEvent } from '../database/channel-events.ts'
import type { EventOutcome } from '../database/ledger.ts'
import type { NewExecutionEvent } from '../database/workflow-executions.ts'
import type {
  ChannelLifecycleEvent,
  IdentityChangedEvent,
  MarketingPreferenceEvent,
  MessageEvent,
  ReactionEvent,
  SessionEvent,
  StatusEvent,
} from '../kapso/kapso-event.ts'
import type { ReadEvent } from './apply-events.ts'

export interface Channel {
  id: string
  /** Within which business-scoped ids are unique. */
  identityScope: string
}

/** An event about a person, with the row that it came in and the channel that it belongs to. */
export interface Placed<Event> {
  /** Ledger row. */
  id: number
  event: Event
  channel: Channel
  isRepair: boolean
  isLetThrough: boolean
}

export type PersonEvent =
  MessageEvent | ReactionEvent | StatusEvent | SessionEvent | IdentityChangedEvent | MarketingPreferenceEvent

/** The rows of a batch by what is to be done with them. */
export interface SortedBatch {
  outcomes: EventOutcome[]
  people: Placed<PersonEvent>[]
  channelEvents: NewChannelEvent[]
  executionEvents: NewExecutionEvent[]
}

/**
 * Tells apart what the rows are about. What names none of the workspace's numbers waits in quarantine until the number
 * is added.
 *
 * @param channels by phone number id
 */
export function sortBatch(events: ReadEvent[], channels: Map<string, Channel>): SortedBatch {
  const batch: SortedBatch = { outcomes: [], people: [], channelEvents: [], executionEvents: [] }
  for (const { row, event } of events) {
    switch (event.kind) {
      case 'ignored':
      case 'quarantined':
        batch.outcomes.push({ id: row.id, status: event.kind, reason: event.reason })
        break
      case 'workflow':
        batch.executionEvents.push({ ...event, webhookEventId: row.id })
        batch.outcomes.push({ id: row.id, status: 'processed', reason: null })
        break
      case 'channel': {
        const rows = findChannelEvents(row.id, event, channels)
        batch.channelEvents.push(...rows)
        batch.outcomes.push(rows.length > 0 ? processed(row.id) : unknownNumber(row.id))
        break
      }
      default: {
        const channel = channels.get(event.phoneNumberId)
        if (channel === undefined) batch.outcomes.push(unknownNumber(row.id))
        else {
          const { id, isRepair, isLetThrough = false } = row
          batch.people.push({ id, event, channel, isRepair, isLetThrough })
        }
      }
    }
  }
  return batch
}

/** Those of a kind. */
export function ofKind<Kind extends PersonEvent['kind']>(
  people: Placed<PersonEvent>[],
  kind: Kind,
): Placed<Extract<PersonEvent, { kind: Kind }>>[] {
  return people.filter(
    (placed): placed is Placed<Extract<PersonEvent, { kind: Kind }>> => placed.event.kind === kind,
  )
}

function findChannelEvents(
  webhookEventId: number,
  { name, phoneNumberIds, occurredAt, details }: ChannelLifecycleEvent,
  channels: Map<string, Channel>,
): NewChannelEvent[] {
  const ours = phoneNumberIds.flatMap((phoneNumberId) => channels.get(phoneNumberId)?.id ?? [])
  const channelIds = phoneNumberIds.length === 0 ? [null] : [...new Set(ours)]
  return channelIds.map((channelId) => ({ channelId, name, occurredAt, details, webhookEventId }))
}

function processed(id: number): EventOutcome {
  return { id, status: 'processed', reason: null }
}

function unknownNumber(id: number): EventOutcome {
  return { id, status: 'quarantined', reason: 'unknown_phone_number' }
}
