/** How long after a customer's message WhatsApp takes free text (Meta: customer service window). */
export const replyWindowMs = 24 * 60 * 60 * 1000

/**
 * When the window closes in which free text may be sent.
 *
 * @param lastInboundAt provider time of the customer's last message on this channel, or null when they never wrote
 * @returns the first moment at which it is closed, or null when it never was open
 */
export function findReplyWindowEnd(lastInboundAt: Date | null): Date | null {
  return lastInboundAt === null ? null : new Date(lastInboundAt.getTime() + replyWindowMs)
}

/** True while free text may be sent; the same rule as in the database's `private.queue_reply`. */
export function isReplyWindowOpen(lastInboundAt: Date | null, now: Date): boolean {
  return isBeforeWindowEnd(findReplyWindowEnd(lastInboundAt), now)
}

/** The comparison behind it, for the page, which is told the end alone. */
export function isBeforeWindowEnd(end: Date | null, now: Date): boolean {
  return end !== null && now < end
}
