import { makeChanges, makeConversation } from '#lib/realtime/test-rows.ts'
import { expect, it } from 'vitest'
import { UnreadCounts } from './unread-counts.ts'

const unread = makeConversation({ unreadCount: 3 })

it('tells the server once while it is being told, and not at all about read ones', () => {
  const counts = new UnreadCounts()
  expect(counts.startReading(makeConversation())).toBe(false)
  expect(counts.startReading(unread)).toBe(true)
  expect(counts.startReading(unread)).toBe(false)
  counts.finishReading('c1')
  expect(counts.startReading(unread)).toBe(true)
})

it('keeps at zero what is being read', () => {
  const counts = new UnreadCounts()
  counts.startReading(unread)
  const changes = makeChanges({ conversations: [unread] })
  expect(counts.correct(changes).conversations).toEqual([{ ...unread, unreadCount: 0 }])
  counts.finishReading('c1')
  expect(counts.correct(changes).conversations).toEqual([unread])
})

it('tells the server again when more came while it was being told', () => {
  const counts = new UnreadCounts()
  counts.startReading(unread)
  counts.correct(makeChanges({ conversations: [{ ...unread, unreadCount: 4 }] }))
  expect(counts.finishReading('c1')).toBe(true)
  expect(counts.finishReading('c1')).toBe(false)
})

it('puts the count back after a failure, and waits for a success before it tries again', () => {
  const counts = new UnreadCounts()
  counts.startReading(unread)
  expect(counts.failReading('c1')).toBe(3)
  expect(counts.startReading(unread)).toBe(false)
  counts.correct(makeChanges())
  expect(counts.startReading(unread)).toBe(true)
})
