import { describe, expect, it } from 'vitest'
import { findReplyWindowEnd, isReplyWindowOpen } from './reply-window.ts'

const lastInboundAt = new Date('2026-11-20T08:00:00Z')

describe('reply window', () => {
  it('ends 24 hours after the last inbound message', () => {
    expect(findReplyWindowEnd(lastInboundAt)).toEqual(new Date('2026-11-21T08:00:00Z'))
  })

  it('is open until the very moment it ends', () => {
    expect(isReplyWindowOpen(lastInboundAt, lastInboundAt)).toBe(true)
    expect(isReplyWindowOpen(lastInboundAt, new Date('2026-11-21T07:59:59.999Z'))).toBe(true)
    expect(isReplyWindowOpen(lastInboundAt, new Date('2026-11-21T08:00:00Z'))).toBe(false)
  })

  it('is closed towards somebody who never wrote', () => {
    expect(findReplyWindowEnd(null)).toBeNull()
    expect(isReplyWindowOpen(null, lastInboundAt)).toBe(false)
  })
})
