import type { ConversationSummary, ThreadEvent, ThreadMessage, ThreadNote } from '#lib/domain/inbox.ts'
import { mergeItems } from './thread-items.ts'

/** Messages of one writer within this time stand together. */
const groupGapMs = 5 * 60_000

export interface ThreadDay {
  /** The reader's calendar day, see `Clock.dayNumberOf`. */
  day: number
  /** A moment of it. */
  at: string
  items: DrawnItem[]
}

export type DrawnItem = MessageGroup | ThreadLine | DrawnNote | DrawnEvents

export interface MessageGroup {
  kind: 'group'
  key: string
  side: 'customer' | 'company'
  messages: ThreadMessage[]
}

export interface DrawnNote {
  kind: 'note'
  key: string
  note: ThreadNote
}

/** What was done to the conversation with nothing said in between. */
export interface DrawnEvents {
  kind: 'events'
  key: string
  events: ThreadEvent[]
}

/** What is drawn besides messages. */
export interface ThreadExtras {
  notes: readonly ThreadNote[]
  events: readonly ThreadEvent[]
  /** The first message that was unread when the thread was opened. */
  unreadFromId: string | null
}

/**
 * A line across the thread. `unread`: what follows is new to the reader; `session`: WhatsApp began a new session of activity; `imported` and `live`: where imported
 * history begins and ends; `bot`: it paused or handed over; `notice`: WhatsApp tells something.
 */
export interface ThreadLine {
  kind: 'unread' | 'session' | 'imported' | 'live' | 'bot' | 'notice'
  key: string
  at: string
  /** Of a notice. */
  message: ThreadMessage | null
  /** Of the bot's: why it is silent, where its own record says so; null where the conversation's state does. */
  botReason: string | null
}

/**
 * The key under which a message is drawn: a sent one keeps that of its optimistic bubble when its row arrives, so that
 * the bubble stays where it is.
 */
export function keyOf(message: ThreadMessage): string {
  return message.clientReference ?? message.id
}

/**
 * Cuts a thread (oldest first) into days and, within them, into groups of one writer, notes, and lines between them.
 * @param dayNumberOf the reader's calendar day of a moment
 * @param bot who speaks with the customer, and since when
 */
export function groupMessages(
  messages: readonly ThreadMessage[],
  dayNumberOf: (moment: string) => number,
  bot: ConversationSummary['bot'] | null = null,
  { notes, events, unreadFromId }: ThreadExtras = { notes: [], events: [], unreadFromId: null },
): ThreadDay[] {
  const days: ThreadDay[] = []
  const sessions = new Set<string>()
  let botLine = findBotLine(messages, events, bot)
  let previous: ThreadMessage | undefined
  let open: MessageGroup | undefined

  function dayOf(moment: string): ThreadDay {
    const number = dayNumberOf(moment)
    const last = days.at(-1)
    // Clocks of several machines: what a moment puts before the last day stands in it all the same.
    if (last && last.day >= number) return last
    const day = { day: number, at: moment, items: [] }
    days.push(day)
    open = undefined
    return day
  }

  function draw(item: Exclude<DrawnItem, MessageGroup>, moment: string): void {
    dayOf(moment).items.push(item)
    open = undefined
  }

  function drawEvent(event: ThreadEvent): void {
    const botReason = readBotReason(event)
    if (botReason !== null) {
      const at = event.occurredAt
      draw({ kind: 'bot', key: event.id, at, message: null, botReason }, at)
      return
    }
    const last = dayOf(event.occurredAt).items.at(-1)
    if (last?.kind === 'events') last.events.push(event)
    else draw({ kind: 'events', key: event.id, events: [event] }, event.occurredAt)
  }

  function drawMessage(message: ThreadMessage): void {
    if (message.id === unreadFromId) draw(makeLine('unread', message), message.occurredAt)
    for (const line of linesBefore(message, previous, sessions)) draw(line, line.at)
    if (message.kapsoConversationId !== null) sessions.add(message.kapsoConversationId)
    if (message.type === 'system') {
      draw({ ...makeLine('notice', message), key: keyOf(message), message }, message.occurredAt)
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

  for (const item of mergeItems(messages, notes, events)) {
    if (botLine !== null && item.at > botLine.at) {
      draw(botLine, botLine.at)
      botLine = null
    }
    if (item.kind === 'note') draw({ kind: 'note', key: item.note.clientReference, note: item.note }, item.at)
    else if (item.kind === 'event') drawEvent(item.event)
    else drawMessage(item.message)
  }
  if (botLine !== null) draw(botLine, botLine.at)
  return days
}

/** The line that says since when the bot is silent, where that is within what is shown and no other line says it. */
function findBotLine(
  [first]: readonly ThreadMessage[],
  events: readonly ThreadEvent[],
  bot: ConversationSummary['bot'] | null,
): ThreadLine | null {
  if (!first || bot === null || bot.since === null || bot.state === 'active') return null
  if (bot.since < first.occurredAt || events.some(({ kind }) => kind.startsWith('bot_'))) return null
  return { kind: 'bot', key: 'bot', at: bot.since, message: null, botReason: null }
}

/** Why the bot is silent, of a line that says so without anybody having taken over here. */
function readBotReason({ kind, actor, details }: ThreadEvent): string | null {
  if (kind !== 'bot_taken_over' || actor !== null) return null
  return typeof details['reason'] === 'string' ? details['reason'] : null
}

function linesBefore(
  message: ThreadMessage,
  previous: ThreadMessage | undefined,
  sessions: ReadonlySet<string>,
): ThreadLine[] {
  const line = (kind: ThreadLine['kind']) => makeLine(kind, message)
  const isImported = message.origin === 'history_sync'
  const wasImported = previous?.origin === 'history_sync'
  if (isImported) return wasImported ? [] : [line('imported')]
  if (wasImported) return [line('live')]
  const { kapsoConversationId: session } = message
  // Sessions overlap by a message or two; only the first of one begins it.
  return session !== null && sessions.size > 0 && !sessions.has(session) ? [line('session')] : []
}

function makeLine(kind: ThreadLine['kind'], message: ThreadMessage): ThreadLine {
  return { kind, key: `${kind} ${keyOf(message)}`, at: message.occurredAt, message: null, botReason: null }
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
