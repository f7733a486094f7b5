import type { MessagePage, ThreadEvent, ThreadMessage, ThreadNote } from '#lib/domain/inbox.ts'
import { mergeMessages } from '#lib/realtime/merge-messages.ts'
import { mergeRows } from './thread-items.ts'

/** A stretch of a thread without gaps: what was said, noted and done in it. */
export interface ThreadSpan {
  messages: ThreadMessage[]
  notes: ThreadNote[]
  events: ThreadEvent[]
  /** Null where it begins with the thread. */
  nextBefore: string | null
  /** Null where it reaches the newest. */
  nextAfter: string | null
}

/** Puts a page before or after the stretch that it was asked for. */
export function extendSpan(span: ThreadSpan, page: MessagePage, side: 'before' | 'after'): ThreadSpan {
  return {
    ...joinSpans(span, page),
    nextBefore: side === 'before' ? page.nextBefore : span.nextBefore,
    nextAfter: side === 'after' ? page.nextAfter : span.nextAfter,
  }
}

/** Whether two stretches have a message in common, so that nothing lies between them. */
export function doSpansMeet(
  left: Pick<ThreadSpan, 'messages'>,
  right: Pick<ThreadSpan, 'messages'>,
): boolean {
  const ids = new Set(left.messages.map(({ id }) => id))
  return right.messages.some(({ id }) => ids.has(id))
}

/** What two stretches hold, each thing once. What `span` knows stays as it is: it hears of changes. */
export function joinSpans(
  span: Pick<ThreadSpan, 'messages' | 'notes' | 'events'>,
  other: Pick<ThreadSpan, 'messages' | 'notes' | 'events'>,
): Pick<ThreadSpan, 'messages' | 'notes' | 'events'> {
  return {
    messages: mergeMessages(span.messages, other.messages, 'snapshot'),
    notes: mergeRows(span.notes, other.notes, 'snapshot'),
    events: mergeRows(span.events, other.events, 'snapshot'),
  }
}

/** A stretch with what has changed in it; what is not in it stays out. */
export function updateSpan(
  span: ThreadSpan,
  news: Pick<ThreadSpan, 'messages' | 'notes' | 'events'>,
): ThreadSpan {
  return {
    ...span,
    messages: mergeMessages(span.messages, known(span.messages, news.messages), 'changes'),
    notes: mergeRows(span.notes, known(span.notes, news.notes), 'changes'),
    events: mergeRows(span.events, known(span.events, news.events), 'changes'),
  }
}

function known<Row extends { id: string }>(rows: readonly Row[], news: readonly Row[]): Row[] {
  const ids = new Set(rows.map(({ id }) => id))
  return news.filter(({ id }) => ids.has(id))
}
