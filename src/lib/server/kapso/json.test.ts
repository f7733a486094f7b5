import { expect, test } from 'vitest'
import {
  asObject,
  countAt,
  isNestedDeeperThan,
  makeStorable,
  numberAt,
  objectAt,
  objectsAt,
  textAt,
} from './json.ts'

test('only a plain object is one', () => {
  for (const value of [undefined, null, '', 'x', 0, 1, true, [], [{}]])
    expect(asObject(value)).toBeUndefined()
  expect(asObject({})).toEqual({})
})

test('what every object inherits is no field of it', () => {
  expect(objectAt({}, '__proto__')).toBeUndefined()
  expect(objectAt({}, 'constructor')).toBeUndefined()
  expect(objectAt(asObject(JSON.parse('{"__proto__":{"a":1}}')), '__proto__')).toEqual({ a: 1 })
})

test('objects of an array: others are left out, and only so many are read', () => {
  expect(objectsAt({ a: [1, {}, null, { b: 1 }, []] }, 'a', 10)).toEqual([{}, { b: 1 }])
  expect(objectsAt({ a: Array.from({ length: 9 }, () => ({})) }, 'a', 3)).toHaveLength(3)
  expect(objectsAt({ a: { 0: {} } }, 'a', 3)).toEqual([])
  expect(objectsAt(undefined, 'a', 3)).toEqual([])
})

test('texts and numbers stand in for each other', () => {
  expect(textAt({ a: 123456789012345 }, 'a')).toBe('123456789012345')
  expect(textAt({ a: '' }, 'a')).toBeUndefined()
  expect(textAt({ a: Infinity }, 'a')).toBeUndefined()
  expect(numberAt({ a: ' -6.25 ' }, 'a')).toBe(-6.25)
  expect(numberAt({ a: '' }, 'a')).toBeUndefined()
  expect(numberAt({ a: '0x10' }, 'a')).toBeUndefined()
  expect(countAt({ a: '12' }, 'a')).toBe(12)
  expect(countAt({ a: 2 ** 53 }, 'a')).toBeUndefined()
})

test('a text is cut and cleaned so that Postgres takes it, as text and within JSON', () => {
  expect(makeStorable('a\0b')).toBe('a\ufffdb')
  expect(makeStorable('\udc00x')).toBe('\ufffdx')
  expect(makeStorable('x👍', 2)).toBe('x\ufffd')
  expect(makeStorable('ok', 2)).toBe('ok')
})

test('nesting is measured without walking further than asked', () => {
  const deep = asObject(JSON.parse(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`))
  expect(isNestedDeeperThan(deep, 64)).toBe(true)
  expect(isNestedDeeperThan({ a: [{ b: 1 }] }, 3)).toBe(false)
  expect(isNestedDeeperThan({ a: [{ b: 1 }] }, 2)).toBe(true)
  expect(isNestedDeeperThan('text', 0)).toBe(false)
})
