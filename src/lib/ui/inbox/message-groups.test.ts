import { makeEvent, makeMessage, makeNote } from '#lib/realtime/test-rows.ts'
import { expect, it } from 'vitest'
import { groupMessages, keyOf } from './message-groups.ts'

const dayNumberOf = (moment: string) => Math.floor(Date.parse(moment) / 86_400_000)

function at(time: string, news: Parameters<typeof makeMessage>[0] = {}) {
  return makeMessage({ id: time, occurredAt: `2026-03-${time}:00.000Z`, ...news })
}

function shapeOf(messages: ReturnType<typeof at>[], bot: Parameters<typeof groupMessages>[2] = null) {
  return groupMessages(messages, dayNumberOf, bot).map(({ items }) =>
    items.map((item) => (item.kind === 'group' ? `${item.side} ${String(item.messages.length)}` : item.kind)),
  )
}

it('puts what one writer wrote within five minutes together', () => {
  const messages = [at('03T08:00'), at('03T08:04'), at('03T08:09'), at('03T08:10', { direction: 'outbound' })]
  expect(shapeOf(messages)).toEqual([['customer 2', 'customer 1', 'company 1']])
})

it('keeps writers of the company apart, and the bot from people', () => {
  const sent = { direction: 'outbound', origin: 'my21staff', authorName: 'Rina' } as const
  const messages = [
    at('03T08:00', sent),
    at('03T08:01', { ...sent, authorName: 'Adi' }),
    at('03T08:02', { ...sent, origin: 'bot', authorName: 'Adi' }),
  ]
  expect(shapeOf(messages)).toEqual([['company 1', 'company 1', 'company 1']])
})

it('starts a new group with the day', () => {
  expect(shapeOf([at('03T23:59'), at('04T00:00')])).toEqual([['customer 1'], ['customer 1']])
})

it('draws a line where a new session begins, once, and not before the first that is known', () => {
  const inSession = (time: string, kapsoConversationId: string | null) => at(time, { kapsoConversationId })
  const messages = [
    inSession('03T08:00', null),
    inSession('03T08:01', 'a'),
    inSession('03T08:02', 'b'),
    inSession('03T08:03', 'a'),
    inSession('03T08:04', 'b'),
  ]
  expect(shapeOf(messages)).toEqual([['customer 2', 'session', 'customer 3']])
})

it('marks where imported history begins and ends', () => {
  const messages = [
    at('03T08:00', { origin: 'history_sync', kapsoConversationId: 'a' }),
    at('03T08:01', { origin: 'history_sync', kapsoConversationId: 'b' }),
    at('04T08:00', { kapsoConversationId: 'c' }),
  ]
  expect(shapeOf(messages)).toEqual([
    ['imported', 'customer 2'],
    ['live', 'customer 1'],
  ])
})

it('makes a line of what WhatsApp itself tells', () => {
  const messages = [at('03T08:00'), at('03T08:01', { type: 'system' }), at('03T08:02')]
  expect(shapeOf(messages)).toEqual([['customer 1', 'notice', 'customer 1']])
})

it('says since when the bot is silent, where that is within what is shown', () => {
  const messages = [at('03T08:00'), at('03T08:02')]
  const bot = (since: string, state: 'paused' | 'active' = 'paused') => ({ state, reason: null, since })
  expect(shapeOf(messages, bot('2026-03-03T08:01:00.000Z'))).toEqual([['customer 1', 'bot', 'customer 1']])
  expect(shapeOf(messages, bot('2026-03-04T08:01:00.000Z'))).toEqual([['customer 2'], ['bot']])
  expect(shapeOf(messages, bot('2026-03-02T08:01:00.000Z'))).toEqual([['customer 2']])
  expect(shapeOf(messages, bot('2026-03-03T08:01:00.000Z', 'active'))).toEqual([['customer 2']])
})

it('puts notes between messages, and what was done in a row into one block', () => {
  const days = groupMessages([at('03T08:00'), at('03T08:03')], dayNumberOf, null, {
    notes: [makeNote({ createdAt: '2026-03-03T08:01:00.000Z' })],
    events: [
      makeEvent({ id: 'e1', occurredAt: '2026-03-03T08:02:00.000Z' }),
      makeEvent({ id: 'e2', occurredAt: '2026-03-03T08:02:30.000Z' }),
      makeEvent({ id: 'e3', occurredAt: '2026-03-04T08:00:00.000Z' }),
    ],
    unreadFromId: null,
  })
  expect(days.map(({ items }) => items.map(({ kind }) => kind))).toEqual([
    ['group', 'note', 'events', 'group'],
    ['events'],
  ])
})

it('says in a line of the bot’s why it fell silent by itself, and in an ordinary one that somebody took over', () => {
  const taken = { kind: 'bot_taken_over', details: { reason: 'business_app_reply' } }
  const days = groupMessages([at('03T08:00')], dayNumberOf, null, {
    notes: [],
    events: [
      makeEvent({ ...taken, id: 'e1', actor: null, occurredAt: '2026-03-03T08:01:00.000Z' }),
      makeEvent({ ...taken, id: 'e2', occurredAt: '2026-03-03T08:02:00.000Z' }),
    ],
    unreadFromId: null,
  })
  expect(days[0]?.items).toMatchObject([
    { kind: 'group' },
    { kind: 'bot', botReason: 'business_app_reply' },
    { kind: 'events' },
  ])
})

it('marks what is new to the reader, once', () => {
  const days = groupMessages([at('03T08:00'), at('03T08:01'), at('03T08:02')], dayNumberOf, null, {
    notes: [],
    events: [],
    unreadFromId: '03T08:01',
  })
  expect(days[0]?.items.map(({ kind }) => kind)).toEqual(['group', 'unread', 'group'])
})

it('gives a sent message the key of its optimistic bubble', () => {
  expect(keyOf(makeMessage({ id: 'm1', clientReference: 'r1' }))).toBe('r1')
  expect(keyOf(makeMessage({ id: 'm1' }))).toBe('m1')
})
