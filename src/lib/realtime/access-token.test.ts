import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createAccessTokenSource } from './access-token.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-03-03T08:00:00Z') })
})

afterEach(() => {
  vi.useRealTimers()
})

function makeSource(status = 200) {
  let asked = 0
  const source = createAccessTokenSource(() => {
    asked += 1
    const expiresAt = new Date(Date.now() + 300_000).toISOString()
    return Promise.resolve(Response.json({ token: `token ${String(asked)}`, expiresAt }, { status }))
  })
  return { source, asked: () => asked }
}

describe('createAccessTokenSource', () => {
  it('asks once for requests at the same time, and keeps the answer', async () => {
    const { source, asked } = makeSource()
    expect(await Promise.all([source.get(), source.get()])).toEqual(['token 1', 'token 1'])
    expect(await source.get()).toBe('token 1')
    expect(asked()).toBe(1)
  })

  it('asks again a minute before the token expires', async () => {
    const { source } = makeSource()
    await source.get()
    vi.advanceTimersByTime(239_000)
    expect(await source.get()).toBe('token 1')
    vi.advanceTimersByTime(2_000)
    expect(await source.get()).toBe('token 2')
  })

  it('asks again after the token was refused', async () => {
    const { source } = makeSource()
    await source.get()
    source.forget()
    expect(await source.get()).toBe('token 2')
  })

  it('is null when the session has ended, and rejects when the server is in trouble', async () => {
    expect(await makeSource(401).source.get()).toBeNull()
    await expect(makeSource(503).source.get()).rejects.toThrow('503')
  })
})
