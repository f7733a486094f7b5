import { isRetryableError } from './delivery-errors.ts'

/** What one request to send came to, as far as the one who asked can tell. */
export type SendAnswer =
  | { kind: 'accepted'; wamid: string }
  /** Answered with a definite no. */
  | { kind: 'refused'; code: string }
  /** Answered with "not now": a message of this conversation is in flight, or the rate limit is reached. */
  | { kind: 'try_later'; code: string; retryAfterMs: number | null }
  /** The request surely never left: no connection was made. */
  | { kind: 'not_sent' }
  /** The request may have been carried out: no answer, a broken one, or one from a server in trouble. */
  | { kind: 'unknown' }

/** What the list of sent messages tells about a request without an answer. */
export type LookupFinding =
  | { kind: 'found'; wamid: string }
  /** The list was read to its end and nothing in it can be this message. */
  | { kind: 'absent' }
  /** The list could not be read, or holds something that might be this message. */
  | { kind: 'unclear' }

export type AnswerStep =
  | { kind: 'accept'; wamid: string }
  | { kind: 'fail'; code: string }
  | { kind: 'retry'; delayMs: number }
  | { kind: 'look_up' }

export type LookupStep =
  | { kind: 'accept'; wamid: string }
  | { kind: 'look_again'; delayMs: number }
  | { kind: 'resend' }
  | { kind: 'fail'; code: string }
  | { kind: 'give_up' }

/** Failure code of a message that was looked up and surely never sent. */
export const noAnswerCode = 'no_answer'

export interface RetryPolicy {
  /** After so many tries a message that is put off again and again has failed. */
  maxAttempts: number
  firstDelayMs: number
  longestDelayMs: number
}

/**
 * What follows from an answer.
 *
 * @param attempt 1 for the first try
 * @param random 0 to 1: spreads the tries of many conversations
 */
export function decideAfterAnswer(
  answer: SendAnswer,
  attempt: number,
  policy: RetryPolicy,
  random: number,
): AnswerStep {
  switch (answer.kind) {
    case 'accepted':
      return { kind: 'accept', wamid: answer.wamid }
    case 'unknown':
      return { kind: 'look_up' }
    case 'refused':
      if (!isRetryableError(answer.code)) return { kind: 'fail', code: answer.code }
      return retryOrFail(answer.code, null, attempt, policy, random)
    case 'try_later':
      return retryOrFail(answer.code, answer.retryAfterMs, attempt, policy, random)
    case 'not_sent':
      return retryOrFail('unreachable', null, attempt, policy, random)
  }
}

function retryOrFail(
  code: string,
  retryAfterMs: number | null,
  attempt: number,
  policy: RetryPolicy,
  random: number,
): AnswerStep {
  if (attempt >= policy.maxAttempts) return { kind: 'fail', code }
  const backoff = Math.min(policy.longestDelayMs, policy.firstDelayMs * 2 ** (attempt - 1))
  const jittered = backoff * (0.5 + random / 2)
  // Never before the time that the server named; the jitter then comes on top.
  return { kind: 'retry', delayMs: Math.round(retryAfterMs === null ? jittered : retryAfterMs + jittered) }
}

export interface LookupSituation {
  /** Since the attempt began. */
  elapsedMs: number
  /** How long after its beginning an attempt can still come to light; later the list is believed. */
  settlesAfterMs: number
  firstDelayMs: number
  /** A second attempt already follows a first one without an answer: there is no third. */
  wasResent: boolean
}

/**
 * What follows from a look at the list. The waits grow with the time that has passed, and the last look falls on the
 * moment when the list is to be believed.
 */
export function decideAfterLookup(finding: LookupFinding, situation: LookupSituation): LookupStep {
  if (finding.kind === 'found') return { kind: 'accept', wamid: finding.wamid }
  const untilSettledMs = situation.settlesAfterMs - situation.elapsedMs
  if (untilSettledMs > 0) {
    const delayMs = Math.max(situation.firstDelayMs, situation.elapsedMs / 2)
    return { kind: 'look_again', delayMs: Math.ceil(Math.min(delayMs, untilSettledMs)) }
  }
  if (finding.kind === 'unclear') return { kind: 'give_up' }
  return situation.wasResent ? { kind: 'fail', code: noAnswerCode } : { kind: 'resend' }
}
