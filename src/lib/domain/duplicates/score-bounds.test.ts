import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scoreContacts } from './compare-contacts.ts'
import type { DuplicateContact } from './contact.ts'
import { createFrequencySketch } from './frequencies.ts'
import { prepareContact } from './prepare.ts'
import { createScoreBounds, type ScoreBounds } from './score-bounds.ts'
import { makeContact } from './test-contacts.ts'
import { thresholds } from './weights.ts'

const word = fc.constantFrom(
  ...[
    'budi',
    'boedi',
    'budhi',
    'santoso',
    'susanti',
    'santi',
    'sri',
    'rahayu',
    'srirahayu',
    'b',
    'xu',
    '山田',
  ],
)
const phone = fc.constantFrom(
  ...['081200001234', '081200001243', '08120001234', '081300001234', '+6581200001234', '+5511987654321'],
  ...['+551187654321', '+5215512345678', '+525512345678', '12345678901234567890', '+1202555017'],
)
const scopedIds = fc
  .array(fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2')), { maxLength: 2 })
  .map((ids) => ids.map(([scope, value]) => ({ scope, value })))
const account = fc.record({
  phone: fc.option(phone),
  phoneNormalized: fc.option(fc.constantFrom('+6281200001234', '+6281200001243', '+5511987654321')),
  formerPhones: fc.array(fc.constantFrom('+6281200001234', '+6281300009999'), { maxLength: 1 }),
  scopedIds,
  isVerified: fc.boolean(),
  activeFrom: fc.constant(0),
  activeUntil: fc.constantFrom(1, null),
})
const person = fc.record({
  createdAt: fc.constantFrom(0, 1),
  names: fc.array(
    fc.record({
      value: fc.array(word, { maxLength: 4 }).map((words) => words.join(' ')),
      source: fc.constantFrom('staff' as const, 'whatsapp_profile' as const),
    }),
    { maxLength: 2 },
  ),
  accounts: fc.array(account, { maxLength: 2 }),
  emails: fc.array(
    fc.constantFrom(
      'budi.santoso@example.com',
      'budi.santosa@example.com',
      'budi.santoso@gmail.com',
      'x@y.z',
    ),
    { maxLength: 2 },
  ),
  city: fc.constantFrom(null, 'Jakarta', 'Jakatra', 'Medan'),
  birthDate: fc.constantFrom(null, '1990-05-06', '1990-06-05', '1971-01-01', '1971-01-02', '1988-12-30'),
  customTexts: fc.array(
    fc.record({
      field: fc.constantFrom('address', 'number'),
      value: fc.constantFrom('Jl. Melati 17', 'Jl. Melati 18', 'Jalan Melati 17', 'C-1234'),
    }),
    { maxLength: 2 },
  ),
})

/** Among so many more, all of one name. */
function bound(contacts: DuplicateContact[], strangers: number, name: string) {
  const frequencies = createFrequencySketch()
  const bounds = createScoreBounds(frequencies)
  const prepared = contacts.map((contact) => prepareContact(contact, 'ID'))
  for (const contact of prepared) {
    frequencies.add(contact)
    bounds.add(contact)
  }
  for (let at = 0; at < strangers; at++)
    frequencies.add(prepareContact(makeContact(`s${String(at)}`, { name }), 'ID'))
  bounds.seal()
  return { bounds, prepared, frequencies }
}

test('no pair scores higher than its bound', () => {
  fc.assert(
    fc.property(
      fc.array(person, { minLength: 2, maxLength: 12 }),
      fc.constantFrom(0, 300),
      (people, strangers) => {
        const contacts = people.map((facts, at) => ({ ...facts, id: `c${String(at)}` }))
        const { bounds, prepared, frequencies } = bound(contacts, strangers, 'Susanti Budi')
        prepared.forEach((left, at) => {
          prepared.slice(at + 1).forEach((right, further) => {
            const score = scoreContacts(left, right, frequencies)
            expect(bounds.boundOf(at, at + 1 + further)).toBeGreaterThanOrEqual(score)
            expect(bounds.boundOf(at + 1 + further, at)).toBeGreaterThanOrEqual(score)
          })
        })
      },
    ),
    { numRuns: 60 },
  )
})

test('strangers who share a word of their names are not worth a closer look, one person is', () => {
  const contacts = [
    makeContact('a', { name: 'Sari Lestari', phone: '0812 0000 1234', city: 'Medan' }),
    makeContact('b', { name: 'Sari Wahyuni', phone: '0813 5678 9012', city: 'Jakarta' }),
    makeContact('c', { name: 'Sari Lestari', phone: '+62 812-0000-1234' }),
  ]
  const { bounds } = bound(contacts, 20_000, 'Sari Wahyuni')
  const isLookedAt = (of: ScoreBounds, left: number, right: number) =>
    of.boundOf(left, right) >= thresholds.possible
  expect([isLookedAt(bounds, 0, 1), isLookedAt(bounds, 0, 2)]).toEqual([false, true])
})
