import { describe, expect, it } from 'vitest'
import { compareIds, compareMoments, isSameRow } from './rows.ts'

describe('isSameRow', () => {
  it('compares by content, nested too', () => {
    expect(isSameRow({ a: 1, b: { c: null } }, { b: { c: null }, a: 1 })).toBe(true)
    expect(isSameRow({ a: 1, b: { c: null } }, { a: 1, b: { c: 0 } })).toBe(false)
  })

  it('notices a field more or less', () => {
    expect(isSameRow({ a: 1 }, { a: 1, b: undefined })).toBe(false)
    expect(isSameRow({ a: null }, { a: {} })).toBe(false)
  })
})

describe('compareMoments', () => {
  it('compares moments, not their spelling', () => {
    expect(compareMoments('2026-03-03T08:00:00Z', '2026-03-03T08:00:00.000Z')).toBe(0)
    expect(compareMoments('2026-03-03T08:00:00Z', '2026-03-03T08:00:00.001Z')).toBeLessThan(0)
  })
})

describe('compareIds', () => {
  it('orders numbers by value and UUIDs alphabetically', () => {
    expect(['10', '9', '2'].sort(compareIds)).toEqual(['2', '9', '10'])
    expect(compareIds('0a', '0b')).toBeLessThan(0)
  })
})
