import { makeMessage } from '#lib/realtime/test-rows.ts'
import { expect, it } from 'vitest'
import { groupMessages, keyOf } from './message-groups.ts'

const dayNumberOf = (moment: string) => Math.floor(Date.parse(moment) / 86_400_000)

function at(time: string, news: Parameters<typeof makeMessage>[0] = {}) {
  return makeMessage({ id: time, occurredAt: `2026-03-${time}:00.000Z`, ...news })
}

function shapeOf(messages: ReturnType<typeof at>[]) {
  return groupMessages(messages, dayNumberOf).map(({ groups }) =>
    groups.map((group) => `${group.side} ${String(group.messages.length)}`),
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

it('gives a sent message the key of its optimistic bubble', () => {
  expect(keyOf(makeMessage({ id: 'm1', clientReference: 'r1' }))).toBe('r1')
  expect(keyOf(makeMessage({ id: 'm1' }))).toBe('m1')
})
