import type { MessagePage, ThreadEvent, ThreadMessage, ThreadNote } from '#lib/domain/inbox.ts'
import { mergeMessages } from '#lib/realtime/merge-messages.ts'
import { mergeRows } from './thread-items.ts'
import type { LocalNote } from './thread-notes.ts'
import { type ThreadSpan, doSpansMeet, extendSpan, joinSpans, updateSpan } from './thread-span.ts'

/** One thread as far as this page knows it. It outlives its being open, so that it is there at once the next time. */
export class ThreadState {
  readonly conversationId: string
  messages = $state.raw<ThreadMessage[]>([])
  /** Of the span of time of the messages. */
  notes = $state.raw<ThreadNote[]>([])
  events = $state.raw<ThreadEvent[]>([])
  /** Null when the beginning is reached. */
  nextBefore = $state<string | null>(null)
  /** Whether anything was loaded yet; until then a skeleton stands in its place. */
  isLoaded = $state(false)
  older = $state<'idle' | 'loading' | 'failed'>('idle')
  /**
   * A stretch further back that is shown instead of the newest: a jump led there, and what lies between is not loaded.
   * What is new goes on being gathered in `messages`.
   */
  detached = $state.raw<ThreadSpan | null>(null)
  draft = $state('')
  /** The message that the draft answers. */
  replyTo = $state.raw<ThreadMessage | null>(null)
  noteDraft = $state('')
  /** Notes that were written here and are not confirmed. */
  localNotes = $state.raw<LocalNote[]>([])
  /** Why the last text was refused, until the next one is written. */
  refusal = $state<string | null>(null)
  /** Its reader made it unread and has not come back to it since: looking at it reads nothing. */
  isKeptUnread = $state(false)
  /** Asked for when the conversation left the member's sight. */
  isGone = $state(false)
  /** Something of it has changed since it was loaded, and it is not open: there is more to it than is here. */
  isStale = false
  /** The conversation that shows its messages from now on; null while that is this one. */
  joinedInto = $state<string | null>(null)
  /** From here on its changes are known; null while it is not open, or not loaded. */
  cursor: string | null = null

  constructor(conversationId: string) {
    this.conversationId = conversationId
  }

  /**
   * Takes a freshly loaded newest page. An open thread has missed nothing since it was loaded, so the page only adds
   * to it. One that was closed meanwhile starts again from the page: what lies before it may have changed.
   */
  receivePage(page: MessagePage, cursor: string): void {
    if (this.cursor === null) {
      this.beginAnew(page)
      this.cursor = cursor
    } else {
      this.#take(joinSpans(this, page))
    }
    this.isLoaded = true
    this.isGone = false
    this.joinedInto = null
  }

  /** What is loaded no longer is the thread: from now on it is this newest page. */
  beginAnew(page: MessagePage): void {
    this.#take(page)
    this.nextBefore = page.nextBefore
    this.detached = null
  }

  /** Takes the newest page before it is opened; opening it loads it anew, for it may change until then. */
  receivePrefetched(page: MessagePage): void {
    if (this.cursor !== null) return
    this.beginAnew(page)
    this.isLoaded = true
    this.isStale = false
  }

  /** It stands for itself again, and is the member's to see. */
  comeBack(): void {
    this.joinedInto = null
    this.isGone = false
  }

  receiveOlderPage(page: MessagePage): void {
    this.#take(joinSpans(this, page))
    this.nextBefore = page.nextBefore
  }

  receiveMessages(messages: ThreadMessage[], source: 'changes' | 'snapshot'): boolean {
    const before = this.messages
    this.messages = mergeMessages(before, messages, source)
    if (this.detached) this.detached = updateSpan(this.detached, { messages, notes: [], events: [] })
    return this.messages !== before
  }

  /** Takes notes and lines that are new or have changed. Tells whether any of it was news. */
  receiveExtras(notes: readonly ThreadNote[], events: readonly ThreadEvent[]): boolean {
    const before = [this.notes, this.events]
    this.notes = mergeRows(this.notes, notes, 'changes')
    this.events = mergeRows(this.events, events, 'changes')
    if (this.detached) {
      this.detached = updateSpan(this.detached, { messages: [], notes: [...notes], events: [...events] })
    }
    return this.notes !== before[0] || this.events !== before[1]
  }

  /** Takes out what is no more. Tells whether any of it was there. */
  removeMessages(ids: readonly string[]): boolean {
    if (this.detached) {
      const messages = this.detached.messages.filter((message) => !ids.includes(message.id))
      this.detached = { ...this.detached, messages }
    }
    const left = this.messages.filter((message) => !ids.includes(message.id))
    if (left.length === this.messages.length) return false
    this.messages = left
    return true
  }

  /** Takes the page around a message that a jump leads to, and shows it. */
  receivePageAround(page: MessagePage): void {
    this.#showSpan({ ...page })
  }

  /** Takes the page before or after the detached stretch; where it meets the newest messages, the two become one. */
  extendDetached(page: MessagePage, side: 'before' | 'after'): void {
    if (this.detached) this.#showSpan(extendSpan(this.detached, page, side))
  }

  /** The newest messages again, instead of a stretch further back. */
  attach(): void {
    this.detached = null
  }

  /**
   * The moment from which `answeredSince` counts for somebody who begins to write now: that of the newest message,
   * because the browser's clock may be wrong.
   */
  get writingStartsAt(): string {
    return this.messages.at(-1)?.occurredAt ?? '1970-01-01T00:00:00.000Z'
  }

  /**
   * The last message of the company's side that somebody else wrote after a moment; null when nobody did.
   * @param startedAt ISO 8601, from `writingStartsAt`
   * @param ownName what the reader is called, as the author of messages
   */
  answeredSince(startedAt: string, ownName: string): ThreadMessage | null {
    const isAnswer = (message: ThreadMessage) =>
      message.direction === 'outbound' &&
      message.origin !== 'bot' &&
      message.sendAt === null &&
      message.authorName !== ownName &&
      message.occurredAt > startedAt
    return this.messages.findLast(isAnswer) ?? null
  }

  #showSpan(span: ThreadSpan): void {
    if (span.nextAfter !== null && !doSpansMeet(this, span)) {
      this.detached = span
      return
    }
    const isLonger = (span.messages[0]?.occurredAt ?? '') < (this.messages[0]?.occurredAt ?? '')
    this.#take(joinSpans(this, span))
    if (isLonger) this.nextBefore = span.nextBefore
    this.detached = null
  }

  #take({ messages, notes, events }: Pick<ThreadSpan, 'messages' | 'notes' | 'events'>): void {
    this.messages = messages
    this.notes = notes
    this.events = events
  }
}
