import { describe, expect, test } from 'vitest'
import { compareContacts } from './compare-contacts.ts'
import type { Candidate } from './evidence.ts'
import { prepareContact } from './prepare.ts'
import { makeContact, makeFrequencies } from './test-contacts.ts'
import type { DuplicateContact } from './contact.ts'

function compare(one: DuplicateContact, other: DuplicateContact, contacts?: number): Candidate {
  return compareContacts(prepareContact(one, 'ID'), prepareContact(other, 'ID'), makeFrequencies(contacts))
}

describe('two contacts', () => {
  test('with one number in two spellings are the same, and the spellings are shown', () => {
    const found = compare(
      makeContact('a', { phone: '0812 0000 1234' }),
      makeContact('b', { phone: '+62 812 0000 1234' }),
    )
    expect(found.verdict).toBe('same')
    expect(found.evidence).toMatchObject([
      {
        code: 'same_number_written_differently',
        number: '+6281200001234',
        left: '0812 0000 1234',
        right: '+62 812 0000 1234',
      },
    ])
  })

  test('with one business-scoped id are the same, whatever else differs', () => {
    const scopedIds = [{ scope: 'p1', value: 'ID.1' }]
    const found = compare(
      makeContact('a', { name: 'Budi Santoso', accounts: [{ scopedIds, phone: '081200001111' }] }),
      makeContact('b', { name: 'Toko Jaya', accounts: [{ scopedIds, phone: '081300002222' }] }),
    )
    expect(found.verdict).toBe('same')
    expect(found.evidence[0]).toMatchObject({ code: 'same_scoped_id', scope: 'p1' })
    expect(found.counterEvidence.map(({ code }) => code)).toEqual(['different_names', 'different_numbers'])
  })

  test('of whom one has the number of the other no longer, and another id in the scope, are two people', () => {
    const found = compare(
      makeContact('a', {
        name: 'Budi Santoso',
        accounts: [{ formerPhones: ['+6281200001111'], scopedIds: [{ scope: 'p1', value: 'ID.1' }] }],
      }),
      makeContact('b', {
        name: 'Ratna Dewi',
        accounts: [{ phone: '081200001111', scopedIds: [{ scope: 'p1', value: 'ID.2' }] }],
      }),
    )
    expect(found.verdict).toBe('different')
    expect(found.evidence[0]?.code).toBe('former_number')
    expect(found.counterEvidence.map(({ code }) => code)).toContain('different_scoped_ids')
  })

  test('with a name nearly alike and one e-mail address are the same, and how alike is said', () => {
    const found = compare(
      makeContact('a', { name: 'Budi Santoso', emails: ['budi@example.com'] }),
      makeContact('b', { name: 'Budi Santosa', emails: ['BUDI@example.com'] }),
    )
    expect(found.verdict).toBe('same')
    const name = found.evidence.find(({ field }) => field === 'name')
    expect(name).toMatchObject({ code: 'similar_name', similarity: expect.closeTo(0.97, 1) as number })
  })

  test('in national variants of one number are candidates, with the country', () => {
    const found = compare(
      makeContact('a', { accounts: [{ phoneNormalized: '+5511987654321' }] }),
      makeContact('b', { accounts: [{ phoneNormalized: '+551187654321' }] }),
    )
    expect(found.evidence[0]).toMatchObject({ code: 'national_variant', country: 'BR' })
    expect(found.verdict).not.toBe('different')
  })

  test('who write from two confirmed numbers at once are less probably one than those who do not', () => {
    const at = (id: string, phone: string, activeUntil: number | null): DuplicateContact =>
      makeContact(id, {
        name: 'Ratna Kusumawardani',
        accounts: [{ phone, isVerified: true, activeFrom: activeUntil === null ? null : 1, activeUntil }],
      })
    const active = compare(at('a', '081200001111', 5), at('b', '081300002222', 9))
    expect(active.counterEvidence[0]?.code).toBe('both_numbers_active')
    expect(active.score).toBeLessThan(
      compare(at('a', '081200001111', null), at('b', '081300002222', 9)).score,
    )
  })

  test('of one common name are less probably one than of one rare name', () => {
    const common = compare(makeContact('a', { name: 'Budi' }), makeContact('b', { name: 'Budi' }))
    const rare = compare(makeContact('a', { name: 'Wirjo' }), makeContact('b', { name: 'Wirjo' }))
    expect(common.score).toBeLessThan(rare.score)
  })

  test('of one name are less probably one in a large workspace', () => {
    const [one, other] = [makeContact('a', { name: 'Budi Wirjo' }), makeContact('b', { name: 'Budi Wirjo' })]
    expect(compare(one, other, 1_000_000).score).toBeLessThan(compare(one, other, 10_000).score)
  })

  test('come with the one finding that would turn a yes into a no', () => {
    const person = { name: 'Ratna Kusumawardani', birthDate: '1990-05-17' }
    const found = compare(makeContact('a', person), makeContact('b', person))
    expect(found.verdict).toBe('same')
    expect(found.flip).toMatchObject({
      from: expect.any(String) as string,
      to: expect.stringMatching(/^different_/) as string,
    })
    expect(found.flip?.verdict).toMatch(/possible|different/)
  })

  test('come with the one finding that would turn a no into a yes', () => {
    const found = compare(makeContact('a', { name: 'Wirjo' }), makeContact('b', { name: 'Wirjo' }))
    expect(found.verdict).toBe('different')
    expect(found.flip).toMatchObject({ from: null, to: expect.stringMatching(/^same_/) as string })
    expect(found.flip?.verdict).toMatch(/likely|same/)
  })

  test('are never one contact twice', () => {
    expect(() => compare(makeContact('a'), makeContact('a'))).toThrow(RangeError)
  })
})
