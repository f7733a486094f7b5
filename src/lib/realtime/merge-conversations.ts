import type { ConversationSummary } from '#lib/domain/inbox.ts'
import { compareIds, compareMoments, isSameRow } from './rows.ts'

/** The order of the list: latest activity first. */
export function compareConversations(left: ConversationSummary, right: ConversationSummary): number {
  return compareMoments(right.lastActivityAt, left.lastActivityAt) || compareIds(right.id, left.id)
}

/**
 * Adds rows to the list; each conversation stands in it once, rows of removed ones disappear.
 * @param source `changes` replaces known rows; `snapshot` (an older page, a load that may have been overtaken) only
 *   adds unknown ones.
 * @returns the same array when nothing differs.
 */
export function mergeConversations(
  current: ConversationSummary[],
  incoming: readonly ConversationSummary[],
  source: 'changes' | 'snapshot',
  removedIds: readonly string[] = [],
): ConversationSummary[] {
  const byId = new Map(current.map((conversation) => [conversation.id, conversation]))
  let hasChanged = false
  for (const row of incoming) {
    const known = byId.get(row.id)
    if (known && (source === 'snapshot' || isSameRow(known, row))) continue
    byId.set(row.id, row)
    hasChanged = true
  }
  for (const id of removedIds) hasChanged = byId.delete(id) || hasChanged
  return hasChanged ? [...byId.values()].sort(compareConversations) : current
}

/**
 * The rows that may be shown. A conversation that is older than the pages loaded so far (opened by its address, or
 * changed by being read) would otherwise stand right below them, as if nothing lay between.
 * @param loadedDownTo activity of the last row of the last loaded page; null when all pages are loaded.
 */
export function listedConversations(
  conversations: ConversationSummary[],
  loadedDownTo: string | null,
): ConversationSummary[] {
  if (loadedDownTo === null) return conversations
  return conversations.filter(
    (conversation) => compareMoments(conversation.lastActivityAt, loadedDownTo) >= 0,
  )
}
