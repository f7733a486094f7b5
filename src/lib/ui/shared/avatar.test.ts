import { describe, expect, it } from 'vitest'
import { initialsOf, tintOf } from './avatar.ts'

describe('initialsOf', () => {
  it.each([
    ['Siti Rahma', 'SR'],
    ['budi', 'B'],
    ['  Dewi  Ayu Lestari ', 'DL'],
    ['Öztürk Ünal', 'ÖÜ'],
    ['محمد علي', 'م'],
    ['李小龍', '李'],
    ['+62 812 0000 0042', '42'],
    ['🌸', '🌸'],
    ['👨‍👩‍👧', '👨‍👩‍👧'],
    ['🌸 Melati', 'M'],
    ['', '?'],
  ])('of %j are %j', (name, initials) => {
    expect(initialsOf(name)).toBe(initials)
  })
})

describe('tintOf', () => {
  it('gives a seed its hue again', () => {
    expect(tintOf('7f0c')).toBe(tintOf('7f0c'))
  })

  it('tells most seeds apart', () => {
    const tints = new Set(Array.from({ length: 50 }, (_, index) => tintOf(`contact ${String(index)}`)))
    expect(tints.size).toBeGreaterThan(5)
  })
})
