import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSealer } from './sealing.ts'

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`
const first = key('2026-01')

test('opens what it sealed, and two seals of one secret differ', () => {
  const sealer = createSealer(first)
  const one = sealer.seal('geheim', 'workspace a')
  expect(sealer.open(one, 'workspace a')).toBe('geheim')
  expect(one.equals(sealer.seal('geheim', 'workspace a'))).toBe(false)
  expect(one.includes(Buffer.from('geheim'))).toBe(false)
})

test("does not open another workspace's secret", () => {
  const sealer = createSealer(first)
  expect(() => sealer.open(sealer.seal('geheim', 'workspace a'), 'workspace b')).toThrow()
})

test('does not open changed bytes', () => {
  const sealer = createSealer(first)
  const sealed = sealer.seal('geheim', 'a')
  for (const index of [0, 5, 12, 25, sealed.length - 1]) {
    const changed = Buffer.from(sealed)
    changed[index] = (changed[index] ?? 0) ^ 1
    expect(() => sealer.open(changed, 'a')).toThrow()
  }
})

test('opens old secrets after a rotation and seals with the new key', () => {
  const old = createSealer(first).seal('geheim', 'a')
  const next = key('2026-02')
  const rotated = createSealer(`${next},${first}`)
  expect(rotated.open(old, 'a')).toBe('geheim')
  expect(() => createSealer(first).open(rotated.seal('geheim', 'a'), 'a')).toThrow('no encryption key')
})

test.each([
  '',
  'no-key',
  'id:',
  `id:${randomBytes(16).toString('base64')}`,
  `:${randomBytes(32).toString('base64')}`,
])('refuses the keys %j without repeating them', (keys) => {
  expect(() => createSealer(keys)).toThrow('ENCRYPTION_KEYS must be')
})
