import type { ConversationSummary, ThreadMessage } from '#lib/domain/inbox.ts'

/** Messages of one writer within this time stand together. */
const groupGapMs = 5 * 60_000

export interface ThreadDay {
  /** The reader's calendar day, see `Clock.dayNumberOf`. */
  day: number
  /** A moment of it. */
  at: string
  items: ThreadItem[]
}

export type ThreadItem = MessageGroup | ThreadLine

export interface MessageGroup {
  kind: 'group'
  key: string
  side: 'customer' | 'company'
  messages: ThreadMessage[]
}

/**
 * A line across the thread. `session`: WhatsApp began a new session of activity; `imported` and `live`: where imported
 * history begins and ends; `bot`: it paused or handed over; `notice`: WhatsApp tells something.
 */
export interface ThreadLine {
  kind: 'session' | 'imported' | 'live' | 'bot' | 'notice'
  key: string
  at: string
  /** Of a notice. */
  message: ThreadMessage | null
}

/**
 * The key under which a message is drawn: a sent one keeps that of its optimistic bubble when its row arrives, so that
 * the bubble stays where it is.
 */
export function keyOf(message: ThreadMessage): string {
  return message.clientReference ?? message.id
}

/**
 * Cuts a thread (oldest first) into days and, within them, into groups of one writer and lines between them.
 * @param dayNumberOf the reader's calendar day of a moment
 * @param bot who speaks with the customer, and since when
 */
export function groupMessages(
  messages: readonly ThreadMessage[],
  dayNumberOf: (moment: string) => number,
  bot: ConversationSummary['bot'] | null = null,
): ThreadDay[] {
  const days: ThreadDay[] = []
  const sessions = new Set<string>()
  let botLine = findBotLine(messages, bot)
  let previous: ThreadMessage | undefined
  let open: MessageGroup | undefined

  function dayOf(moment: string): ThreadDay {
    const number = dayNumberOf(moment)
    const last = days.at(-1)
    if (last?.day === number) return last
    const day = { day: number, at: moment, items: [] }
    days.push(day)
    open = undefined
    return day
  }

  function draw(line: ThreadLine): void {
    dayOf(line.at).items.push(line)
    open = undefined
  }

  for (const message of messages) {
    if (botLine !== null && message.occurredAt > botLine.at) {
      draw(botLine)
      botLine = null
    }
    for (const line of linesBefore(message, previous, sessions)) draw(line)
    if (message.kapsoConversationId !== null) sessions.add(message.kapsoConversationId)
    if (message.type === 'system') {
      draw({ kind: 'notice', key: keyOf(message), at: message.occurredAt, message })
    } else {
      const day = dayOf(message.occurredAt)
      if (open && previous && belongTogether(previous, message)) open.messages.push(message)
      else {
        open = { kind: 'group', key: keyOf(message), side: sideOf(message), messages: [message] }
        day.items.push(open)
      }
    }
    previous = message
  }
  if (botLine !== null) draw(botLine)
  return days
}

/** The line that says since when the bot is silent, where that is within what is shown. */
function findBotLine(
  [first]: readonly ThreadMessage[],
  bot: ConversationSummary['bot'] | null,
): ThreadLine | null {
  if (!first || bot === null || bot.since === null || bot.state === 'active') return null
  if (bot.since < first.occurredAt) return null
  return { kind: 'bot', key: 'bot', at: bot.since, message: null }
}

function linesBefore(
  message: ThreadMessage,
  previous: ThreadMessage | undefined,
  sessions: ReadonlySet<string>,
): ThreadLine[] {
  const line = (kind: ThreadLine['kind']): ThreadLine => ({
    kind,
    key: `${kind} ${keyOf(message)}`,
    at: message.occurredAt,
    message: null,
  })
  const isImported = message.origin === 'history_sync'
  const wasImported = previous?.origin === 'history_sync'
  if (isImported) return wasImported ? [] : [line('imported')]
  if (wasImported) return [line('live')]
  const { kapsoConversationId: session } = message
  // Sessions overlap by a message or two; only the first of one begins it.
  return session !== null && sessions.size > 0 && !sessions.has(session) ? [line('session')] : []
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
