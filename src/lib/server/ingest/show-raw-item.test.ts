import { describe, expect, test } from 'vitest'
import { showRawItem } from './show-raw-item.ts'

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))

describe('a raw item to look at', () => {
  test('is one of its batch', () => {
    const batch = bytes({ batch: true, data: [{ a: 1 }, { b: 2 }] })
    expect(showRawItem(batch, 1)).toEqual({ text: '{\n  "b": 2\n}', isWhole: true })
  })

  test('is the whole of a single delivery', () => {
    expect(showRawItem(bytes({ a: 1 }), 0).text).toBe('{\n  "a": 1\n}')
  })

  test('is the text where it is no JSON, or holds no such item', () => {
    expect(showRawItem(bytes('no json'), 0).text).toBe('no json')
    expect(showRawItem(bytes({ batch: true, data: [] }), 3).text).toBe('{"batch":true,"data":[]}')
  })

  test('is cut where it is long', () => {
    const { text, isWhole } = showRawItem(bytes('x'.repeat(300_000)), 0)
    expect({ length: text.length, isWhole }).toEqual({ length: 200_000, isWhole: false })
  })

  test('is the text where it is nested too deeply', () => {
    const deep = `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`
    expect(showRawItem(bytes(deep), 0).text.length).toBeGreaterThan(100_000)
  })
})
