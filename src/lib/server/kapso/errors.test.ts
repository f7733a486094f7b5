import { describe, expect, it } from 'vitest'
import { isSurelyNotSent, readRetryAfter } from './errors.ts'

function failure(code: string, causes: string[] = []): Error {
  const withCode = (value: string) => Object.assign(new Error('x'), { code: value })
  const cause = causes.length > 0 ? new AggregateError(causes.map(withCode), 'x') : withCode(code)
  return new TypeError('fetch failed', { cause: Object.assign(cause, { code }) })
}

describe('a failed request', () => {
  it.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'UND_ERR_CONNECT_TIMEOUT',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('was surely not sent with %s', (code) => {
    expect(isSurelyNotSent(failure(code))).toBe(true)
  })

  it.each(['ECONNRESET', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'EPIPE', 'ETIMEDOUT'])(
    'may have been sent with %s',
    (code) => {
      expect(isSurelyNotSent(failure(code))).toBe(false)
    },
  )

  it('may have been sent with an error that says nothing', () => {
    expect(isSurelyNotSent(new DOMException('timeout', 'TimeoutError'))).toBe(false)
    expect(isSurelyNotSent(new TypeError('fetch failed'))).toBe(false)
    expect(isSurelyNotSent('odd')).toBe(false)
  })

  it('was surely not sent only when every address failed before a connection stood', () => {
    expect(isSurelyNotSent(failure('ECONNREFUSED', ['ECONNREFUSED', 'ENETUNREACH']))).toBe(true)
    expect(isSurelyNotSent(failure('ECONNREFUSED', ['ECONNREFUSED', 'ECONNRESET']))).toBe(false)
  })
})

describe('Retry-After', () => {
  const now = new Date('2026-11-20T08:00:00Z')
  it.each([
    ['60', 60_000],
    ['0.5', 500],
    ['Fri, 20 Nov 2026 08:00:30 GMT', 30_000],
    ['Fri, 20 Nov 2026 07:00:00 GMT', 0],
    ['86400', 900_000],
    ['soon', null],
    ['', null],
  ])('reads %j', (value, expected) => {
    expect(readRetryAfter(new Headers({ 'retry-after': value }), now)).toBe(expected)
  })

  it('is null when absent', () => {
    expect(readRetryAfter(new Headers(), now)).toBeNull()
  })
})
