import { makeConversation } from '#lib/realtime/test-rows.ts'
import { expect, it } from 'vitest'
import { ListState } from './list-state.svelte.ts'

const at = (minute: number) => `2026-03-03T08:${String(minute).padStart(2, '0')}:00.000Z`
const row = (minute: number) => makeConversation({ id: `c${String(minute)}`, lastActivityAt: at(minute) })
const idsOf = (list: ListState) => list.rows.map(({ id }) => id)

function makeList(...minutes: number[]) {
  const list = new ListState({ view: 'open' }, 'newest')
  const rows = minutes.map(row)
  list.reachDownTo({ conversations: rows, nextBefore: 'next' }, 'first')
  list.place(rows, [], () => true)
  return list
}

it('puts rows where they belong, one or many at a time', () => {
  const list = makeList(30, 20, 10)
  list.place([row(25)], [], () => true)
  expect(idsOf(list)).toEqual(['c30', 'c25', 'c20', 'c10'])
  list.place([31, 32, 33, 34, 35, 36, 37, 38, 39].map(row), [], () => true)
  expect(idsOf(list).slice(0, 3)).toEqual(['c39', 'c38', 'c37'])
  expect(list.rows).toHaveLength(13)
})

it('shows nothing from below the pages that are loaded', () => {
  const list = makeList(30, 20, 10)
  list.place([row(5)], [], () => true)
  expect(idsOf(list)).toEqual(['c30', 'c20', 'c10'])
  list.reachDownTo({ conversations: [row(5)], nextBefore: null }, 'next')
  list.place([row(5)], [], () => true)
  expect(idsOf(list)).toContain('c5')
})

it('takes out what no longer belongs to it', () => {
  const list = makeList(30, 20, 10)
  list.place([row(20)], ['c10'], () => false)
  expect(idsOf(list)).toEqual(['c30'])
})

it('gives up the far end after a long way down, and can load it again', () => {
  const list = makeList(59)
  for (let minute = 58; minute > 40; minute -= 1) {
    list.reachDownTo({ conversations: [row(minute)], nextBefore: `after ${String(minute)}` }, 'next')
    list.place([row(minute)], [], () => true)
  }
  list.loading = 'idle'
  expect(list.trim()).toBe(true)
  expect(idsOf(list)).toEqual(['c59', 'c58', 'c57', 'c56'])
  expect(list.nextBefore).toBe('after 56')
})
