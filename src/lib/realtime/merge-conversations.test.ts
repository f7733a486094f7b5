import { describe, expect, it } from 'vitest'
import { makeConversation } from './test-rows.ts'
import { listedConversations, mergeConversations } from './merge-conversations.ts'

const early = makeConversation({ id: 'a', lastActivityAt: '2026-03-03T08:00:00.000Z' })
const late = makeConversation({ id: 'b', lastActivityAt: '2026-03-03T09:00:00.000Z' })

describe('mergeConversations', () => {
  it('puts the latest activity on top', () => {
    const woken = { ...early, lastActivityAt: '2026-03-03T10:00:00.000Z' }
    expect(mergeConversations([late, early], [woken], 'changes')).toEqual([woken, late])
  })

  it('keeps the array and its rows when nothing is new', () => {
    const current = [late, early]
    expect(mergeConversations(current, [{ ...early }], 'changes', ['unknown'])).toBe(current)
  })

  it('takes known rows from changes only: a snapshot may have been overtaken', () => {
    const old = { ...late, unreadCount: 7 }
    expect(mergeConversations([late], [old, early], 'snapshot')).toEqual([late, early])
    expect(mergeConversations([late], [old], 'changes')).toEqual([old])
  })

  it('drops the rows that left the sight of the member', () => {
    expect(mergeConversations([late, early], [], 'changes', ['b'])).toEqual([early])
  })
})

describe('listedConversations', () => {
  it('hides what lies beyond the pages loaded so far', () => {
    const beyond = makeConversation({ id: 'c', lastActivityAt: '2026-01-01T00:00:00.000Z' })
    expect(listedConversations([late, early, beyond], early.lastActivityAt)).toEqual([late, early])
    expect(listedConversations([late, early, beyond], null)).toEqual([late, early, beyond])
  })
})
