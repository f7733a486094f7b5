import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blockingKeysOf } from './blocking-keys.ts'
import { termsOf } from './frequencies.ts'
import { prepareContact } from './prepare.ts'
import { storedKeysOf, storedTermOf } from './stored-keys.ts'
import { makeContact } from './test-contacts.ts'

const prepare = (name: string, phone: string, emails: string[] = []) =>
  prepareContact(makeContact(name, { name, phone, emails }), 'ID')

test('are integers that a database keeps exactly, one for each key and term', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.emailAddress(), (name, phone, email) => {
      const prepared = prepare(name, phone, [email])
      const { keys, secondKeys, terms } = storedKeysOf(prepared)
      const numbers = [...keys.map(({ key }) => key), ...secondKeys, ...terms]
      for (const number of numbers) expect(Number.isSafeInteger(number) && number >= 0).toBe(true)
      expect(keys).toHaveLength(blockingKeysOf(prepared).length)
      expect(terms).toHaveLength(termsOf(prepared).length)
    }),
  )
})

test('meet where contacts share a number or a name, and nowhere else', () => {
  const keysOf = (...facts: Parameters<typeof prepare>) =>
    storedKeysOf(prepare(...facts)).keys.map(({ key }) => key)
  const first = keysOf('Budi Santoso', '0812-0000-1234')
  const shared = (other: number[]) => other.filter((key) => first.includes(key)).length
  expect(shared(keysOf('Toko Jaya', '+62 812 0000 1234'))).toBeGreaterThan(0)
  expect(shared(keysOf('Boedi Santosa', '0813-9999-5678'))).toBeGreaterThan(0)
  expect(shared(keysOf('Joko Widagdo', '0857-7654-9999'))).toBe(0)
})

test('stay what is stored already: whoever changes them raises the version', () => {
  const { keys, secondKeys, terms } = storedKeysOf(prepare('Budi', '0812-0000-1234'))
  expect({ keys: keys.map(({ key }) => key), secondKeys, terms }).toMatchInlineSnapshot(`
    {
      "keys": [
        53331033416,
        12326012292,
        18722651665,
        42650556599,
        45353836423,
      ],
      "secondKeys": [
        272433807661,
        271420601509,
      ],
      "terms": [
        1701362178,
        1825544600,
      ],
    }
  `)
  expect(storedTermOf('w budi')).toMatchInlineSnapshot(`1825544600`)
})
