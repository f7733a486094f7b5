import { noAnswerCode, type LookupFinding } from './send-outcome.ts'

/** Provider times are whole seconds of another clock. */
const clockToleranceMs = 5_000
/** A clock that is wrong by less than this never makes a message look unsent. */
const widestClockErrorMs = 10 * 60_000
/** An echo that comes later than this after an attempt belongs to something else. */
const latestEchoMs = 15 * 60_000

/** An attempt to send whose answer is missing. */
export interface SendAttempt {
  messageId: string
  type: string
  text: string | null
  /** The number written to, or null when WhatsApp hides it. */
  phone: string | null
  /** Every business-scoped id of the account written to. */
  userIds: readonly string[]
  startedAt: Date
}

/** An outbound message as Kapso lists or echoes it. Null where it does not say. */
export interface SentMessage {
  wamid: string | null
  /** `biz_opaque_callback_data`, which carries our message's id where Kapso gives it back. */
  reference: string | null
  origin: string | null
  type: string | null
  text: string | null
  phone: string | null
  userId: string | null
  sentAt: Date | null
}

/**
 * Finds an attempt in Kapso's list of outbound messages: by our own reference, else by recipient, type, body and time.
 *
 * @param listed what the list holds since well before the attempt
 * @param isComplete whether it was read to its end
 * @param ownWamids ids that other messages sent from here already carry
 */
export function findAttempt(
  attempt: SendAttempt,
  listed: readonly SentMessage[],
  isComplete: boolean,
  ownWamids: ReadonlySet<string>,
): LookupFinding {
  const named = listed.find((message) => message.reference === attempt.messageId && message.wamid !== null)
  if (named?.wamid) return { kind: 'found', wamid: named.wamid }

  const possible = listed.filter((message) => isPossible(attempt, message, ownWamids))
  if (possible.length === 0) return isComplete ? { kind: 'absent' } : { kind: 'unclear' }
  const [certain, ...others] = possible.filter((message) => isCertain(attempt, message))
  return certain?.wamid && others.length === 0 ? { kind: 'found', wamid: certain.wamid } : { kind: 'unclear' }
}

/** Wide: whatever cannot be ruled out keeps the message from being sent a second time. */
function isPossible(attempt: SendAttempt, message: SentMessage, ownWamids: ReadonlySet<string>): boolean {
  if (message.wamid !== null && ownWamids.has(message.wamid)) return false
  if (message.reference !== null && message.reference !== attempt.messageId) return false
  if (!isFromApi(message)) return false
  if (
    message.sentAt !== null &&
    message.sentAt.getTime() < attempt.startedAt.getTime() - widestClockErrorMs
  ) {
    return false
  }
  return hasSameContent(attempt, message) && compareRecipient(attempt, message) !== 'other'
}

/** Narrow: what may be taken for the message itself. */
function isCertain(attempt: SendAttempt, message: SentMessage): boolean {
  return (
    message.wamid !== null &&
    // A template that came without its words may be any other one.
    (attempt.type !== 'template' || comparable(attempt.text) === comparable(message.text)) &&
    message.sentAt !== null &&
    message.sentAt.getTime() >= attempt.startedAt.getTime() - clockToleranceMs &&
    compareRecipient(attempt, message) === 'same'
  )
}

/** One of our sends that an echo without a known id may belong to. */
export interface UnsettledSend {
  messageId: string
  type: string
  text: string | null
  sendState: string
  failureCode: string | null
  startedAt: Date | null
}

/**
 * Finds the send of a conversation that an echo with an unknown wamid belongs to, or null when it was sent from
 * elsewhere. To be asked when no send of the conversation is in flight: until then the echo waits.
 *
 * @param sends messages of the echo's conversation that have no wamid
 */
export function findSendOfEcho(
  echo: Omit<SentMessage, 'wamid' | 'phone' | 'userId'>,
  sends: readonly UnsettledSend[],
): string | null {
  if (echo.reference !== null)
    return sends.find((send) => send.messageId === echo.reference)?.messageId ?? null
  const { sentAt } = echo
  if (sentAt === null || !isFromApi(echo)) return null
  const fitting = sends.filter(
    (send): send is UnsettledSend & { startedAt: Date } =>
      isDoubtful(send) &&
      send.startedAt !== null &&
      hasSameContent(send, echo) &&
      sentAt.getTime() >= send.startedAt.getTime() - clockToleranceMs &&
      sentAt.getTime() <= send.startedAt.getTime() + latestEchoMs,
  )
  fitting.sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime())
  return fitting[0]?.messageId ?? null
}

/** Its outcome could not be told, or was told from a list that may have been behind. */
function isDoubtful(send: UnsettledSend): boolean {
  return send.sendState === 'unknown' || send.failureCode === noAnswerCode
}

/** What a person types in the WhatsApp Business app, and what was imported, is not ours. */
function isFromApi(message: { origin: string | null }): boolean {
  return message.origin !== 'business_app' && message.origin !== 'history_sync'
}

/**
 * A template is told of with its words, without them or with those of its parts, and a sound perhaps with what was said
 * in it: they tell nothing apart.
 */
function hasSameContent(
  ours: { type: string; text: string | null },
  theirs: { type: string | null; text: string | null },
): boolean {
  if ((theirs.type ?? ours.type) !== ours.type) return false
  if (ours.type === 'template' || ours.type === 'audio') return true
  return comparable(ours.text) === comparable(theirs.text)
}

function comparable(text: string | null): string {
  return (text ?? '').normalize('NFC').replaceAll(/\s+/g, ' ').trim()
}

function compareRecipient(attempt: SendAttempt, message: SentMessage): 'same' | 'other' | 'unclear' {
  const phonesCompare = attempt.phone !== null && message.phone !== null
  const idsCompare = attempt.userIds.length > 0 && message.userId !== null
  if (phonesCompare && isSamePhone(attempt.phone, message.phone)) return 'same'
  if (idsCompare && attempt.userIds.includes(message.userId ?? '')) return 'same'
  return phonesCompare || idsCompare ? 'other' : 'unclear'
}

/**
 * WhatsApp may answer with a national variant of the number written to (Brazil's ninth digit, Mexico's 1, Argentina's
 * 9): country and last eight digits stay the same.
 */
function isSamePhone(ours: string | null, theirs: string | null): boolean {
  const [a, b] = [ours, theirs].map((phone) => (phone ?? '').replaceAll(/\D/g, ''))
  if (!a || !b) return false
  return a === b || (a.slice(0, 2) === b.slice(0, 2) && a.slice(-8) === b.slice(-8) && a.length !== b.length)
}
