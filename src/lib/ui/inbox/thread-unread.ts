import type { ThreadMessage } from '#lib/domain/inbox.ts'

/**
 * The first of the customer's last messages that are unread; the oldest that is here where more are unread. Null where
 * none is.
 */
export function findFirstUnread(messages: readonly ThreadMessage[], unreadCount: number): string | null {
  if (unreadCount <= 0) return null
  const inbound = messages.filter(({ direction }) => direction === 'inbound')
  return inbound[Math.max(0, inbound.length - unreadCount)]?.id ?? null
}
