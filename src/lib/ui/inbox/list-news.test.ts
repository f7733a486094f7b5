import { expect, it } from 'vitest'
import type { ConversationSummary } from '#lib/domain/inbox.ts'
import { makeConversation } from '#lib/realtime/test-rows.ts'
import { findNewest, findNews } from './list-news.ts'

const at = (minute: number) => `2026-03-03T08:0${String(minute)}:00.000Z`
const lastMessage: ConversationSummary['lastMessage'] = {
  direction: 'inbound',
  type: 'text',
  text: 'Halo',
  preview: { isVoice: false, durationSeconds: null, name: null },
  reaction: null,
  status: null,
  sendState: null,
  hasFailed: false,
}
const row = (minute: number, news: Partial<ConversationSummary> = {}) =>
  makeConversation({ lastMessage, unreadCount: 1, lastActivityAt: at(minute), ...news })

it('finds what the customer wrote, once', () => {
  expect(findNews([row(5)], () => row(4), at(4))).toHaveLength(1)
  expect(findNews([row(5)], () => row(5), at(5))).toEqual([])
})

it('finds nothing in what was read, answered, or only labelled', () => {
  expect(findNews([row(5, { unreadCount: 0 })], () => row(4), at(4))).toEqual([])
  const answered = row(5, { lastMessage: { ...lastMessage, direction: 'outbound' } })
  expect(findNews([answered], () => row(4), at(4))).toEqual([])
  expect(findNews([row(4, { labelIds: ['l1'] })], () => row(4), at(4))).toEqual([])
})

it('finds the second of two messages of one second, and not what was made unread again', () => {
  const second = row(5, { unreadCount: 2, lastMessage: { ...lastMessage, text: 'Masih ada?' } })
  expect(findNews([second], () => row(5), at(5))).toHaveLength(1)
  expect(findNews([row(5)], () => row(5, { unreadCount: 0 }), at(5))).toEqual([])
})

it('takes a conversation that the page did not have for news only when it is the latest', () => {
  for (const newest of [4, 5]) expect(findNews([row(5)], () => undefined, at(newest))).toHaveLength(1)
  expect(findNews([row(3)], () => undefined, at(4))).toEqual([])
  expect(findNewest([row(3), row(5)], at(4))).toBe(at(5))
  expect(findNewest([row(3)], at(4))).toBe(at(4))
})
