import { describe, expect, it } from 'vitest'
import { buildWamid, createIdentifiers } from './identifiers.ts'
import { createWorld } from './state-file.ts'

describe('buildWamid', () => {
  it.each([
    [
      'wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI1RjQyNUE3NEYxMzAzMzQ5MkEA',
      '16467043595',
      false,
      '5F425A74F13033492A',
    ],
    [
      'wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=',
      '16503879439',
      true,
      '3A4A6599AEE03810144F',
    ],
  ])('makes ids byte for byte as Meta’s samples have them: %s', (wamid, phone, isInbound, hex) => {
    expect(buildWamid(phone, isInbound, hex)).toBe(wamid)
  })
})

describe('createIdentifiers', () => {
  it('draws from the seed and the parts alone', () => {
    const [first, second] = [createIdentifiers(createWorld(1)), createIdentifiers(createWorld(1))]
    const other = createIdentifiers(createWorld(2))
    expect(first.uuid('a', 1)).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
    expect(first.uuid('a', 1)).toBe(second.uuid('a', 1))
    expect(first.uuid('a', 2)).not.toBe(first.uuid('a', 1))
    expect(other.uuid('a', 1)).not.toBe(first.uuid('a', 1))
    expect(first.digits(20, 'a')).toMatch(/^\d{20}$/)
    expect(first.hex(18, 'a')).toMatch(/^[0-9A-F]{18}$/)
  })

  it('counts from one, each counter by itself', () => {
    const identifiers = createIdentifiers(createWorld(1))
    expect([identifiers.next('a'), identifiers.next('a'), identifiers.next('b')]).toEqual([1, 2, 1])
  })
})
