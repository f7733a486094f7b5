import type { Counterpart, KapsoEvent } from '../kapso/kapso-event.ts'
import type { ToldFacts } from '../database/retract-rows.ts'
import { seenAt, toSessionRow } from '../ingest/place-in-threads.ts'
import type { ReadEvent } from '../ingest/apply-events.ts'
import type { Channel } from '../ingest/sort-batch.ts'

/** What events say, as far as rows exist because of it. Without a body there is nothing: see bodyMissing. */
export function toToldFacts(events: ReadEvent[], channels: Map<string, Channel>): ToldFacts[] {
  return events.map(({ row, event }) => ({
    ...nothing,
    id: row.id,
    kind: event.kind,
    ...tell(event, channels),
  }))
}

const nothing: Omit<ToldFacts, 'id' | 'kind'> = {
  channelId: null,
  wamid: null,
  targetWamid: null,
  phone: null,
  scope: null,
  scopedId: null,
  previousScopedId: null,
  session: null,
  seenAt: null,
  statusAt: null,
  inactiveAt: null,
  isBeginning: false,
  sequence: null,
  profileName: null,
  username: null,
}

function tell(event: KapsoEvent, channels: Map<string, Channel>): Partial<ToldFacts> {
  switch (event.kind) {
    case 'message':
    case 'reaction':
    case 'status':
    case 'session':
    case 'identity_changed':
    case 'marketing_preference': {
      const channel = channels.get(event.phoneNumberId)
      // What makes nobody known writes no session down.
      const isTelling = event.kind !== 'status' && event.kind !== 'identity_changed'
      const session = isTelling ? toSessionRow(event, '') : null
      return {
        channelId: channel?.id ?? null,
        ...tellPerson(event.counterpart, channel?.identityScope ?? null),
        // A status without a time tells who somebody is to nobody.
        seenAt: seenAt(event).getTime() === 0 ? null : seenAt(event).toISOString(),
        ...('wamid' in event ? { wamid: event.wamid } : {}),
        ...(event.kind === 'reaction' ? { targetWamid: event.targetWamid } : {}),
        ...(event.kind === 'identity_changed' ? { previousScopedId: event.previousBusinessScopedId } : {}),
        ...(event.kind === 'marketing_preference' ? { sequence: event.sequence } : {}),
        ...(session === null
          ? {}
          : {
              session: session.kapsoConversationId,
              statusAt: session.statusAt?.toISOString() ?? null,
              inactiveAt: session.inactiveAt?.toISOString() ?? null,
              isBeginning: session.learnedFrom === 'created',
            }),
      }
    }
    default:
      return {}
  }
}

function tellPerson(counterpart: Counterpart, scope: string | null): Partial<ToldFacts> {
  return {
    phone: counterpart.phone?.e164 ?? null,
    scope,
    scopedId: counterpart.businessScopedId,
    profileName: counterpart.profileName,
    username: counterpart.username,
  }
}
