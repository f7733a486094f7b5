import { expect, test } from 'vitest'
import type { JsonObject } from './json.ts'
import { readSessionItem } from './read-session.ts'

const receivedAt = new Date('2026-01-01T00:00:00Z')
const times = {
  created_at: '2026-01-01T01:00:00Z',
  last_active_at: '2026-01-01T02:00:00Z',
  updated_at: '2026-01-01T03:00:00Z',
}

function momentOf(change: 'created' | 'ended' | 'inactive', conversation: JsonObject, rest: JsonObject = {}) {
  const item = { phone_number_id: '1', conversation: { id: 'conv_1', ...conversation }, ...rest }
  const event = readSessionItem(item, change, receivedAt)
  return event.kind === 'session' ? event.occurredAt.toISOString() : event.kind
}

test('it began when it was made', () => {
  expect(momentOf('created', times)).toBe('2026-01-01T01:00:00.000Z')
  expect(momentOf('created', { ...times, created_at: null })).toBe('2026-01-01T02:00:00.000Z')
})

test('it ended when it was last touched, not when somebody last wrote', () => {
  expect(momentOf('ended', times)).toBe('2026-01-01T03:00:00.000Z')
  expect(momentOf('ended', { ...times, updated_at: undefined })).toBe('2026-01-01T02:00:00.000Z')
})

test.each([
  [{ since_message: { created_at: '2026-01-01T01:30:00Z' }, inactivity: { minutes: 60 } }, '02:30'],
  [{ since_message: { created_at: '2026-01-01T01:30:00Z' }, inactivity: { minutes: '60' } }, '02:30'],
  [{ since_message: null, inactivity: { minutes: 60 } }, '03:00'],
  [{ since_message: [], inactivity: 'x' }, '02:00'],
  [{ inactivity: { minutes: 1e300 } }, '02:00'],
  [{ inactivity: { minutes: 9_007_199_254_740_991 } }, '02:00'],
])('it went quiet so many minutes after the last message: %j', (rest, time) => {
  expect(momentOf('inactive', times, rest)).toBe(`2026-01-01T${time}:00.000Z`)
})

test.each(['created', 'ended', 'inactive'] as const)(
  '%s without any time takes that of receipt',
  (change) => {
    expect(momentOf(change, {})).toBe(receivedAt.toISOString())
  },
)

test('a person without a number is known by their id', () => {
  const item = {
    phone_number_id: '1',
    conversation: { id: 'conv_1', phone_number: null, business_scoped_user_id: 'ID.2' },
  }
  expect(readSessionItem(item, 'ended', receivedAt)).toMatchObject({
    counterpart: { phone: null, businessScopedId: 'ID.2', kapsoConversationId: 'conv_1' },
  })
})
