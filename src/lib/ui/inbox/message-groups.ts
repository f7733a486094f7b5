import type { ThreadMessage } from '#lib/domain/inbox.ts'

/** Messages of one writer within this time stand together. */
const groupGapMs = 5 * 60_000

export interface ThreadDay {
  /** The reader's calendar day, see `Clock.dayNumberOf`. */
  day: number
  /** A moment of it. */
  at: string
  groups: MessageGroup[]
}

export interface MessageGroup {
  key: string
  side: 'customer' | 'company'
  messages: ThreadMessage[]
}

/**
 * The key under which a message is drawn: a sent one keeps that of its optimistic bubble when its row arrives, so that
 * the bubble stays where it is.
 */
export function keyOf(message: ThreadMessage): string {
  return message.clientReference ?? message.id
}

/**
 * Cuts a thread (oldest first) into days and, within them, into groups of one writer.
 * @param dayNumberOf the reader's calendar day of a moment
 */
export function groupMessages(
  messages: readonly ThreadMessage[],
  dayNumberOf: (moment: string) => number,
): ThreadDay[] {
  const days: ThreadDay[] = []
  let previous: ThreadMessage | undefined
  for (const message of messages) {
    const number = dayNumberOf(message.occurredAt)
    let day = days.at(-1)
    if (day?.day !== number) {
      day = { day: number, at: message.occurredAt, groups: [] }
      days.push(day)
      previous = undefined
    }
    const group = day.groups.at(-1)
    if (group && previous && belongTogether(previous, message)) group.messages.push(message)
    else day.groups.push({ key: keyOf(message), side: sideOf(message), messages: [message] })
    previous = message
  }
  return days
}

function belongTogether(earlier: ThreadMessage, later: ThreadMessage): boolean {
  return (
    earlier.direction === later.direction &&
    earlier.authorName === later.authorName &&
    earlier.origin === later.origin &&
    Date.parse(later.occurredAt) - Date.parse(earlier.occurredAt) < groupGapMs
  )
}

function sideOf(message: ThreadMessage): MessageGroup['side'] {
  return message.direction === 'inbound' ? 'customer' : 'company'
}
