import type { SendAnswer } from '../../domain/send-outcome.ts'
import { asObject, textAt } from './json.ts'

/** Why a call of Kapso's API gave no usable answer. */
export type KapsoErrorReason = 'unreachable' | 'no_answer' | 'refused' | 'rate_limited' | 'unreadable'

/**
 * A call of Kapso's API failed. The message names reason and status only: no address, no key, no number and nothing
 * from a body, so that it may be logged.
 */
export class KapsoError extends Error {
  readonly reason: KapsoErrorReason
  /** HTTP status, where there was an answer. */
  readonly status: number | null
  /** Meta's number as text, Kapso's word, or our word for the status. */
  readonly code: string

  constructor(reason: KapsoErrorReason, status: number | null, code: string) {
    super(status === null ? `Kapso: ${reason}` : `Kapso: ${reason} (HTTP ${status})`)
    this.name = 'KapsoError'
    this.reason = reason
    this.status = status
    this.code = code
  }
}

/** An answer as far as it could be read; `body` is undefined when it is no JSON or broke off. */
export interface RawAnswer {
  status: number
  headers: Headers
  body: unknown
}

const codesByStatus: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'unauthorized',
  402: 'insufficient_credits',
  403: 'forbidden',
  404: 'not_found',
  409: 'conversation_busy',
  413: 'too_large',
  422: 'invalid_request',
  429: 'rate_limited',
}

/** The code of an error answer. Kapso's proxy answers in Graph form or with `error` as a text: both are read. */
export function readErrorCode({ status, body }: Pick<RawAnswer, 'status' | 'body'>): string {
  const answer = asObject(body)
  const graph = asObject(answer?.['error'])
  const code = textAt(graph, 'code') ?? textAt(answer, 'code')
  if (code !== undefined && /^(\d{1,7}|[a-z][a-z_]{2,59})$/.test(code)) return code
  if (status === 403 && /sandbox/i.test(textAt(answer, 'error') ?? '')) return 'sandbox_session_required'
  return codesByStatus[status] ?? `http_${status}`
}

/**
 * What an answer to a send means. A server in trouble (5xx, 408) may have passed the message on before: that is no
 * refusal but an unknown outcome, and so is a success that cannot be read.
 */
export function readSendAnswer(answer: RawAnswer, now: Date): SendAnswer {
  const { status } = answer
  if (status >= 200 && status < 300) {
    const wamid = readAcceptedId(answer.body)
    return wamid === undefined ? { kind: 'unknown' } : { kind: 'accepted', wamid }
  }
  if (status >= 500 || status === 408 || status < 200) return { kind: 'unknown' }
  const code = readErrorCode(answer)
  if (status === 409 || status === 429) {
    return { kind: 'try_later', code, retryAfterMs: readRetryAfter(answer.headers, now) }
  }
  return { kind: 'refused', code }
}

function readAcceptedId(body: unknown): string | undefined {
  const messages: unknown = asObject(body)?.['messages']
  return Array.isArray(messages) ? textAt(asObject(messages[0]), 'id') : undefined
}

const longestRetryAfterMs = 15 * 60_000

/** `Retry-After` in milliseconds, from seconds or a date, at most a quarter of an hour; null when absent or senseless. */
export function readRetryAfter(headers: Headers, now: Date): number | null {
  const value = headers.get('retry-after')?.trim()
  if (!value) return null
  const milliseconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now.getTime()
  return Number.isFinite(milliseconds) ? Math.min(Math.max(0, milliseconds), longestRetryAfterMs) : null
}

/** Failures before a connection stands: name resolution, connecting, and the certificate (checked before any write). */
const codesBeforeConnection = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
])

/**
 * True when a failed `fetch` surely wrote nothing to the other side. Everything that is not known to happen before a
 * connection stands (time-out, reset, other side closed) counts as possibly sent.
 */
export function isSurelyNotSent(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : undefined
  // With several addresses for one name every one of them has failed, each with its own error.
  if (cause instanceof AggregateError && cause.errors.length > 0)
    return cause.errors.every(hasCodeBeforeConnection)
  return hasCodeBeforeConnection(cause)
}

function hasCodeBeforeConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && codesBeforeConnection.has(String(error.code))
}
