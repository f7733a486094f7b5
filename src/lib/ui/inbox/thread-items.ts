import type { ThreadEvent, ThreadMessage, ThreadNote } from '#lib/domain/inbox.ts'
import { compareIds, compareMoments, isSameRow } from '#lib/realtime/rows.ts'

/** What a thread shows, one after the other. */
export type ThreadItem =
  | { kind: 'message'; id: string; at: string; message: ThreadMessage }
  | { kind: 'note'; id: string; at: string; note: ThreadNote }
  | { kind: 'event'; id: string; at: string; event: ThreadEvent }

/** Messages, notes and lines in the order in which they came to be. */
export function mergeItems(
  messages: readonly ThreadMessage[],
  notes: readonly ThreadNote[],
  events: readonly ThreadEvent[],
): ThreadItem[] {
  const items: ThreadItem[] = messages.map((message) => ({
    kind: 'message',
    id: message.id,
    at: message.occurredAt,
    message,
  }))
  if (notes.length === 0 && events.length === 0) return items
  for (const note of notes) items.push({ kind: 'note', id: note.id, at: note.createdAt, note })
  for (const event of events) items.push({ kind: 'event', id: event.id, at: event.occurredAt, event })
  return items.sort((left, right) => compareMoments(left.at, right.at) || compareIds(left.id, right.id))
}

/**
 * Adds notes or lines to those that are known, each once.
 * @param source `changes` replaces known rows; `snapshot` may have been overtaken and only adds unknown ones
 * @returns the same array when nothing differs
 */
export function mergeRows<Row extends { id: string }>(
  current: Row[],
  incoming: readonly Row[],
  source: 'changes' | 'snapshot',
): Row[] {
  const byId = new Map(current.map((row) => [row.id, row]))
  let hasChanged = false
  for (const row of incoming) {
    const known = byId.get(row.id)
    if (known && (source === 'snapshot' || isSameRow(known, row))) continue
    byId.set(row.id, row)
    hasChanged = true
  }
  return hasChanged ? [...byId.values()] : current
}
