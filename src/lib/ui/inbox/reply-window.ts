import { isBeforeWindowEnd } from '#lib/domain/reply-window.ts'
import { m } from '#lib/i18n/generated/messages.js'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const closingMs = 2 * hourMs

/** WhatsApp's 24 hours for free text. `never`: the customer has not written yet, so it never opened. */
export type ReplyWindow =
  | { state: 'never' }
  | { state: 'closed'; closedAt: number }
  | { state: 'open' | 'closing'; closesAt: number; remaining: string; remainingShort: string }

/** @param now milliseconds */
export function describeReplyWindow(windowClosesAt: string | null, now: number): ReplyWindow {
  if (windowClosesAt === null) return { state: 'never' }
  const end = new Date(windowClosesAt)
  const closesAt = end.getTime()
  if (!isBeforeWindowEnd(end, new Date(now))) return { state: 'closed', closedAt: closesAt }
  const remainingMs = closesAt - now
  return {
    state: remainingMs <= closingMs ? 'closing' : 'open',
    closesAt,
    remaining: describeDuration(remainingMs),
    remainingShort:
      remainingMs < minuteMs ? m.message_window_under_minute_short() : describeDuration(remainingMs),
  }
}

/** `3 h 5 min`, `42 min`, `under a minute`: rounded down, for it must not promise more than is left. */
function describeDuration(durationMs: number): string {
  const hours = Math.floor(durationMs / hourMs)
  const minutes = Math.floor((durationMs % hourMs) / minuteMs)
  if (hours > 0)
    return minutes > 0
      ? m.message_window_hours_minutes({ hours, minutes })
      : m.message_window_hours({ hours })
  return minutes > 0 ? m.message_window_minutes({ minutes }) : m.message_window_under_minute()
}
