import { hashToKey } from '../kapso/event-identity.ts'
import type { Counterpart, KapsoEvent } from '../kapso/kapso-event.ts'
import type { ReadEvent } from './apply-events.ts'

/**
 * One lock for each thing by which a sender is known: two deliveries of a new person meet at least in one, also when
 * one of them carries the number and the other the business-scoped id. Not per channel: a person is one person on all
 * of a workspace's numbers. What is about nobody takes the lock of its own row.
 */
export function lockKeys(workspaceId: string, events: ReadEvent[]): string[] {
  return events.flatMap(({ row, event }) => {
    const things = lockedThings(event)
    return (things.length > 0 ? things : [`event|${String(row.id)}`]).map((thing) =>
      hashToKey(`${workspaceId}|${thing}`),
    )
  })
}

function lockedThings(event: KapsoEvent): string[] {
  switch (event.kind) {
    case 'message':
    case 'status':
      return [`wamid|${event.wamid}`, ...lockedPerson(event.counterpart)]
    case 'reaction':
      // Its target's, too: the message may be on its way at the same time.
      return [`wamid|${event.wamid}`, `wamid|${event.targetWamid}`, ...lockedPerson(event.counterpart)]
    case 'session':
      return [`session|${event.kapsoConversationId}`, ...lockedPerson(event.counterpart)]
    case 'identity_changed':
      return [
        ...(event.previousBusinessScopedId === null ? [] : [`scoped|${event.previousBusinessScopedId}`]),
        ...lockedPerson(event.counterpart),
      ]
    case 'marketing_preference':
      return lockedPerson(event.counterpart)
    case 'workflow':
      return [
        `execution|${event.executionId}`,
        ...(event.kapsoConversationId === null ? [] : [`session|${event.kapsoConversationId}`]),
      ]
    case 'channel':
    case 'ignored':
    case 'quarantined':
      return []
  }
}

function lockedPerson({ phone, businessScopedId, kapsoConversationId }: Counterpart): string[] {
  return [
    ...(phone === null ? [] : [`phone|${phone.e164}`]),
    ...(businessScopedId === null ? [] : [`scoped|${businessScopedId}`]),
    ...(kapsoConversationId === null ? [] : [`session|${kapsoConversationId}`]),
  ]
}
