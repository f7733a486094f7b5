import { makeMessage } from '#lib/realtime/test-rows.ts'
import { expect, it } from 'vitest'
import { GroupKeys } from './group-keys.ts'
import { groupMessages } from './message-groups.ts'

/** One message a second: all of one writer stand together. */
function thread(from: number, to: number, turn?: number) {
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const number = from + index
    return makeMessage({
      id: `m${String(number)}`,
      occurredAt: new Date(Date.UTC(2026, 2, 3, 8) + number * 1000).toISOString(),
      direction: number === turn ? 'outbound' : 'inbound',
    })
  })
}

function keysOf(groups: GroupKeys, messages: ReturnType<typeof thread>): string[] {
  const days = groupMessages(messages, (moment) => Math.floor(Date.parse(moment) / 86_400_000))
  return groups
    .settle(days)
    .flatMap(({ items }) => items)
    .flatMap((item) => (item.kind === 'group' ? item.key : []))
}

it('keeps the key of a group that grows at its beginning and at its end', () => {
  const groups = new GroupKeys()
  expect(keysOf(groups, thread(5, 8))).toEqual(['m5'])
  expect(keysOf(groups, thread(3, 9))).toEqual(['m5'])
  expect(keysOf(groups, thread(1, 9))).toEqual(['m5'])
})

it('gives no two groups one key, also where a group was parted or two became one', () => {
  const groups = new GroupKeys()
  expect(keysOf(groups, thread(1, 9))).toEqual(['m1'])
  expect(keysOf(groups, thread(1, 9, 5))).toEqual(['m1', 'm5', 'm6'])
  expect(keysOf(groups, thread(1, 9))).toEqual(['m1'])
  expect(keysOf(groups, thread(-3, 9, 3))).toEqual(['m1', 'm3', 'm4'])
})
