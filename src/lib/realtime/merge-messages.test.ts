import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeMessage } from './test-rows.ts'
import { mergeMessages } from './merge-messages.ts'

const first = makeMessage({ id: 'a', occurredAt: '2026-03-03T08:00:00.000Z' })
const second = makeMessage({ id: 'b', occurredAt: '2026-03-03T08:01:00.000Z' })

describe('mergeMessages', () => {
  it('orders by time, then by id', () => {
    const sameTime = makeMessage({ id: 'aa', occurredAt: second.occurredAt })
    const other = makeMessage({ id: 'bb', occurredAt: second.occurredAt })
    expect(mergeMessages([other], [sameTime, first], 'changes')).toEqual([first, sameTime, other])
  })

  it('keeps the array, and each row, when nothing is new', () => {
    const current = [first, second]
    expect(mergeMessages(current, [{ ...second }, { ...first }], 'changes')).toBe(current)
    const merged = mergeMessages(current, [{ ...second, text: 'Hai' }], 'changes')
    expect(merged[0]).toBe(first)
    expect(merged[1]?.text).toBe('Hai')
  })

  it.each(['changes', 'snapshot'] as const)('never takes ticks back (%s)', (source) => {
    const read = makeMessage({ id: 'a', direction: 'outbound', status: 'read', sendState: 'accepted' })
    const [merged] = mergeMessages([read], [{ ...read, status: 'sent' }], source)
    expect(merged?.status).toBe('read')
  })

  it('does not let an overtaken answer undo an outcome, but lets changes correct it', () => {
    const failure = { code: '131026', title: 'Not delivered', nextStep: 'Check the number' }
    const failed = makeMessage({ id: 'a', direction: 'outbound', sendState: 'failed', failure })
    const waiting = { ...failed, sendState: 'waiting' as const, failure: null }
    expect(mergeMessages([failed], [waiting], 'snapshot')).toEqual([failed])
    expect(mergeMessages([failed], [waiting], 'changes')).toEqual([waiting])
  })

  it('ends in the same thread whatever the order and the number of times rows come', () => {
    const rows = fc.uniqueArray(
      fc.record({
        id: fc.uuid(),
        at: fc.integer({ min: 0, max: 5 }),
        status: fc.constantFrom('sent', 'read'),
      }),
      { selector: (row) => row.id, maxLength: 8 },
    )
    fc.assert(
      fc.property(rows, fc.array(fc.nat(), { maxLength: 20 }), (list, picks) => {
        const messages = list.map(({ id, at, status }) =>
          makeMessage({ id, direction: 'outbound', status, occurredAt: new Date(at * 1000).toISOString() }),
        )
        const once = mergeMessages([], messages, 'changes')
        const shuffled = picks.map((pick) => messages[pick % Math.max(1, messages.length)] ?? []).flat()
        const often = [...shuffled, ...messages].reduce(
          (thread, message) => mergeMessages(thread, [message], 'changes'),
          mergeMessages([], [], 'changes'),
        )
        expect(often).toEqual(once)
      }),
    )
  })
})
