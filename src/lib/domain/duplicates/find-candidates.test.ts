import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMemoryIndex, findCandidatesOf } from './candidate-index.ts'
import { compareContacts } from './compare-contacts.ts'
import type { DuplicateContact } from './contact.ts'
import { findCandidates } from './find-candidates.ts'
import { prepareContact } from './prepare.ts'
import { makeContact, makeFrequencies } from './test-contacts.ts'

const options = { country: 'ID', limit: 1000 }
const spellings = [
  '0812-0000-1234',
  '+62 812 0000 1234',
  '62 812 0000 1234',
  '6281200001234',
  '0062 812 0000 1234',
  '(0812) 0000 1234',
  '0812.0000.1234',
  '+62\u00a0812\u202f0000\u20111234',
  '\u202a+62 812 0000 1234\u202c',
  '+62 (0)812 0000 1234',
  '０８１２００００１２３４',
  'https://wa.me/6281200001234',
]

const person = fc.record({
  name: fc.constantFrom(
    'Budi Santoso',
    'Boedi Santosa',
    'Ratna Dewi',
    'Dewi Ratna',
    'B. Santoso',
    'Toko Jaya',
    '',
    '山田',
  ),
  phone: fc.constantFrom(
    '081200001234',
    '+6281200001234',
    '081200001243',
    '+5511987654321',
    '+551187654321',
    'x',
  ),
  email: fc.constantFrom('budi@example.com', 'budi@gmail.com', 'b.udi@gmail.com', 'bud@example.com', 'none'),
  birthDate: fc.constantFrom(null, '1990-05-06', '1990-06-05', '1971-01-01'),
  city: fc.constantFrom(null, 'Jakarta', 'Jakatra', 'Medan'),
  createdAt: fc.constantFrom(0, 1),
})
const crowd = fc
  .array(person, { minLength: 2, maxLength: 25 })
  .map((people) =>
    people.map(({ email, ...rest }, at) => makeContact(`c${String(at)}`, { ...rest, emails: [email] })),
  )

describe('candidates', () => {
  test('are found between any two of twelve spellings of a number', async () => {
    const { candidates } = await findCandidates(
      spellings.map((phone, at) => makeContact(`c${String(at).padStart(2, '0')}`, { phone })),
      options,
    )
    expect(candidates).toHaveLength((12 * 11) / 2)
    expect(new Set(candidates.map(({ verdict }) => verdict))).toEqual(new Set(['same']))
  })

  test('weigh the same whichever contact is named first', () => {
    fc.assert(
      fc.property(crowd, (contacts) => {
        const [one, other] = contacts.map((contact) => prepareContact(contact, 'ID'))
        if (one === undefined || other === undefined) return
        const frequencies = makeFrequencies()
        expect(compareContacts(one, other, frequencies)).toEqual(compareContacts(other, one, frequencies))
      }),
    )
  })

  test('do not depend on the order of the contacts, come once, and are never a contact with itself', async () => {
    await fc.assert(
      fc.asyncProperty(crowd, async (contacts) => {
        const forward = await findCandidates(contacts, options)
        const backward = await findCandidates([...contacts].reverse(), options)
        const keyed = (list: typeof forward.candidates): [string, number][] =>
          list.map(({ leftId, rightId, score }): [string, number] => [`${leftId} ${rightId}`, score]).sort()
        expect(keyed(backward.candidates)).toEqual(keyed(forward.candidates))
        expect(new Set(keyed(forward.candidates).map(([pair]) => pair)).size).toBe(forward.candidates.length)
        expect(forward.candidates.filter(({ leftId, rightId }) => leftId === rightId)).toEqual([])
      }),
      { numRuns: 30 },
    )
  })

  test('of one contact are those that the whole run finds for it', async () => {
    await fc.assert(
      fc.asyncProperty(crowd, async (contacts) => {
        const index = createMemoryIndex('ID')
        for (const contact of contacts) index.put(contact)
        const all = (await findCandidates(contacts, options)).candidates
        for (const contact of contacts) {
          const expected = all.filter(
            ({ leftId, rightId }) => leftId === contact.id || rightId === contact.id,
          )
          const found = findCandidatesOf(contact, index, { limit: 1000 })
          expect(new Set(found.map(({ leftId, rightId }) => leftId + rightId))).toEqual(
            new Set(expected.map(({ leftId, rightId }) => leftId + rightId)),
          )
        }
      }),
      { numRuns: 15 },
    )
  })

  test('follow a change of a contact, and go with it', () => {
    const index = createMemoryIndex('ID')
    const asked = makeContact('a', { phone: '081200001234' })
    const names = (): string[] => findCandidatesOf(asked, index).map(({ rightId }) => rightId)
    index.put(makeContact('b', { phone: '081300005678' }))
    expect(names()).toEqual([])
    index.put(makeContact('b', { phone: '+62 812 0000 1234' }))
    expect(names()).toEqual(['b'])
    index.remove('b')
    expect(names()).toEqual([])
    expect(index.contacts).toBe(0)
  })

  test('that somebody called different people stay away', async () => {
    const contacts = [
      makeContact('a', { phone: '081200001234' }),
      makeContact('b', { phone: '+6281200001234' }),
    ]
    const isKnownDifferent = (left: string, right: string): boolean => left === 'a' && right === 'b'
    expect((await findCandidates(contacts, { ...options, isKnownDifferent })).candidates).toEqual([])
    expect((await findCandidates(contacts, options)).candidates).toHaveLength(1)
  })

  test('are the most probable ones where a limit is given', async () => {
    const contacts = [
      makeContact('a', { name: 'Ratna Wirjo', phone: '081200001234', emails: ['r@example.com'] }),
      makeContact('b', { name: 'Ratna Wirjo', phone: '+6281200001234', emails: ['r@example.com'] }),
      makeContact('c', { name: 'Agus Halim', phone: '081200001234' }),
    ]
    const { candidates } = await findCandidates(contacts, { ...options, limit: 1 })
    expect(candidates.map(({ leftId, rightId }) => leftId + rightId)).toEqual(['ab'])
  })

  test('are found in a crowd of namesakes by what they share besides, without comparing all with all', async () => {
    const namesakes = Array.from({ length: 3000 }, (_value, at): DuplicateContact =>
      makeContact(`n${String(at)}`, {
        name: 'Budi Santoso',
        phone: `0812${String(10_000_000 + at * 7919)}`,
        birthDate: at === 17 || at === 2400 ? '1987-03-21' : null,
        city: at === 17 || at === 2400 ? 'Ternate' : null,
      }),
    )
    const { candidates, comparedPairs } = await findCandidates(namesakes, options)
    expect(candidates.map(({ leftId, rightId }) => [leftId, rightId].sort())).toContainEqual(['n17', 'n2400'])
    expect(comparedPairs).toBeLessThan(3000 * 20)
  })

  test('stop when asked to', async () => {
    const contacts = Array.from({ length: 20_000 }, (_value, at) => makeContact(`c${String(at)}`))
    await expect(
      findCandidates(contacts, { ...options, signal: AbortSignal.abort(new Error('stopped')) }),
    ).rejects.toThrow('stopped')
  })
})
