import type { MessageStatus, SendState, ThreadMessage } from '#lib/domain/inbox.ts'
import { compareIds, compareMoments, isSameRow } from './rows.ts'

const statusRanks: Record<MessageStatus, number> = { queued: 0, sent: 1, delivered: 2, read: 3, played: 4 }
const sendRanks: Record<SendState, number> = {
  waiting: 0,
  sending: 1,
  checking: 2,
  unknown: 3,
  failed: 4,
  accepted: 5,
}

/** The order of a thread: oldest first, and by id where two happened at the same moment. */
export function compareMessages(left: ThreadMessage, right: ThreadMessage): number {
  return compareMoments(left.occurredAt, right.occurredAt) || compareIds(left.id, right.id)
}

/**
 * Adds rows to a thread; each message stands in it once.
 * @param source `changes`: answers about changes come one after the other, so their rows are at least as new as ours.
 *   `snapshot`: the answer to anything else may have been overtaken; it never takes a message back to an earlier state.
 * @returns the same array when nothing differs.
 */
export function mergeMessages(
  current: ThreadMessage[],
  incoming: readonly ThreadMessage[],
  source: 'changes' | 'snapshot',
): ThreadMessage[] {
  const byId = new Map(current.map((message) => [message.id, message]))
  let hasChanged = false
  for (const row of incoming) {
    const known = byId.get(row.id)
    const merged = known ? mergeMessage(known, row, source) : row
    if (known && isSameRow(known, merged)) continue
    byId.set(row.id, merged)
    hasChanged = true
  }
  return hasChanged ? [...byId.values()].sort(compareMessages) : current
}

function mergeMessage(
  known: ThreadMessage,
  row: ThreadMessage,
  source: 'changes' | 'snapshot',
): ThreadMessage {
  const status = furtherStatus(known.status, row.status)
  if (source === 'changes') return { ...row, status }
  return {
    ...row,
    status,
    sendState: furtherSendState(known.sendState, row.sendState),
    failure: row.failure ?? known.failure,
    // What may have changed meanwhile comes, if it did, with the next answer about changes.
    reactions: known.reactions,
    media: known.media ?? row.media,
    quote: known.quote,
  }
}

/** Ticks never go back, whatever order the news come in. */
function furtherStatus(left: MessageStatus | null, right: MessageStatus | null): MessageStatus | null {
  if (left === null || right === null) return left ?? right
  return statusRanks[left] > statusRanks[right] ? left : right
}

function furtherSendState(left: SendState | null, right: SendState | null): SendState | null {
  if (left === null || right === null) return left ?? right
  return sendRanks[left] > sendRanks[right] ? left : right
}
