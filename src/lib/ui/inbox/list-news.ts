import type { ConversationSummary } from '#lib/domain/inbox.ts'

/**
 * Which of the rows that the server told anew are of conversations in which the customer has written since.
 * @param known the row as it was; undefined where the page did not have it
 * @param newest the latest moment of any conversation that the page had heard of
 */
export function findNews(
  rows: readonly ConversationSummary[],
  known: (id: string) => ConversationSummary | undefined,
  newest: string,
): ConversationSummary[] {
  return rows.filter((row) => {
    if (row.lastMessage?.direction !== 'inbound' || row.unreadCount === 0) return false
    const before = known(row.id)
    // WhatsApp counts in seconds: of two messages in one the later is no later.
    if (!before) return row.lastActivityAt >= newest
    return row.lastActivityAt > before.lastActivityAt || hasOneMore(row, before)
  })
}

/** Not merely made unread again, on whatever device. */
function hasOneMore(row: ConversationSummary, before: ConversationSummary): boolean {
  return (
    row.lastActivityAt === before.lastActivityAt &&
    row.unreadCount > before.unreadCount &&
    JSON.stringify(row.lastMessage) !== JSON.stringify(before.lastMessage)
  )
}

/** The latest moment of any of these, or of what is known already. */
export function findNewest(rows: readonly ConversationSummary[], newest = ''): string {
  return rows.reduce(
    (latest, { lastActivityAt }) => (lastActivityAt > latest ? lastActivityAt : latest),
    newest,
  )
}
