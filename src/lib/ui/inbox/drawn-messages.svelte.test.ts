import { makeMessage } from '#lib/realtime/test-rows.ts'
import { expect, it } from 'vitest'
import { DrawnMessages } from './drawn-messages.svelte.ts'

function thread(from: number, to: number) {
  return Array.from({ length: to - from + 1 }, (_, index) => makeMessage({ id: String(from + index) }))
}

const firstOf = (drawn: DrawnMessages, all: ReturnType<typeof thread>) => drawn.of(all)[0]?.id

it('draws the newest first, and all of a short thread', () => {
  const all = thread(1, 100)
  const drawn = new DrawnMessages(all, null)
  expect(drawn.of(all).at(-1)?.id).toBe('100')
  expect(drawn.of(all).length).toBeLessThan(30)
  expect(drawn.hasMore(all)).toBe(true)

  const short = thread(1, 5)
  const few = new DrawnMessages(short, null)
  expect(few.of(short)).toEqual(short)
  expect(few.hasMore(short)).toBe(false)
})

it('draws what comes at the end, and not what is loaded before the beginning', () => {
  const all = thread(50, 100)
  const drawn = new DrawnMessages(all, null)
  const first = firstOf(drawn, all)
  expect(drawn.of(thread(50, 101)).at(-1)?.id).toBe('101')
  expect(firstOf(drawn, thread(50, 101))).toBe(first)
  expect(firstOf(drawn, thread(1, 101))).toBe(first)
})

it('draws more of the older ones step by step, until all are there', () => {
  const all = thread(1, 100)
  const drawn = new DrawnMessages(all, null)
  for (let step = 0; step < 10 && drawn.hasMore(all); step += 1) {
    const before = drawn.of(all).length
    drawn.drawMore(all)
    expect(drawn.of(all).length).toBeGreaterThan(before)
  }
  expect(drawn.of(all)).toEqual(all)
  // What is loaded from further back then waits again.
  expect(firstOf(drawn, thread(-99, 100))).toBe('1')
})

it('draws a wanted message at once, with some before it', () => {
  const all = thread(1, 100)
  const drawn = new DrawnMessages(all, '20')
  const ids = drawn.of(all).map(({ id }) => id)
  expect(ids).toContain('20')
  expect(ids).toContain('15')

  const later = new DrawnMessages(all, null)
  later.drawWanted(all, '3')
  expect(later.of(all).map(({ id }) => id)).toContain('3')
  const count = later.of(all).length
  later.drawWanted(all, '90')
  expect(later.of(all)).toHaveLength(count)
})

it('draws all where the first of them is no more', () => {
  const all = thread(1, 100)
  const drawn = new DrawnMessages(all, null)
  const first = firstOf(drawn, all)
  const left = all.filter(({ id }) => id !== first)
  expect(drawn.of(left)).toEqual(left)
})

it('holds nothing back once a message is led to that is yet to be loaded', () => {
  const all = thread(50, 100)
  const drawn = new DrawnMessages(all, null)
  drawn.drawWanted(all, '3')
  // The stretch around it meets what was here.
  expect(drawn.of(thread(1, 100)).map(({ id }) => id)).toContain('3')
})
