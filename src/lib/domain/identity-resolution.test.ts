import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  resolveIdentities,
  type KnownIdentities,
  type KnownIdentity,
  type Sighting,
} from './identity-resolution.ts'

const nobody: KnownIdentities = { identities: [], businessScopedIds: [], kapsoConversations: new Map() }

function sighting(facts: Partial<Sighting> & { at?: number }): Sighting {
  return {
    key: facts.key ?? `event ${String(facts.at ?? 0)}`,
    seenAt: new Date((facts.at ?? 0) * 1000),
    phone: facts.phone ?? null,
    businessScopedId: facts.businessScopedId ?? null,
    kapsoConversationId: facts.kapsoConversationId ?? null,
    username: facts.username ?? null,
    profileName: facts.profileName ?? null,
  }
}

function scoped(value: string): { scope: string; value: string } {
  return { scope: 'account', value }
}

function known(facts: Partial<KnownIdentity> & { id: string }): KnownIdentity {
  return {
    contactId: `contact of ${facts.id}`,
    phone: null,
    phoneAsOf: null,
    username: null,
    profileName: null,
    profileNameAsOf: null,
    ...facts,
  }
}

function makeIds(): () => string {
  let next = 0
  return () => `new ${String(next++)}`
}

function resolve(all: KnownIdentities, ...sightings: Sighting[]) {
  return resolveIdentities(all, sightings, makeIds())
}

describe('somebody new', () => {
  test('becomes one person, however many messages come at once', () => {
    const plan = resolve(nobody, sighting({ at: 1, phone: '+62811' }), sighting({ at: 2, phone: '+62811' }))
    expect(plan.created).toHaveLength(1)
    expect(new Set([...plan.identityOf.values()]).size).toBe(1)
  })

  test('is one person when one message shows the number and the next only the business-scoped id', () => {
    const plan = resolve(
      nobody,
      sighting({ at: 1, phone: '+62811', businessScopedId: scoped('ID.1') }),
      sighting({ at: 2, businessScopedId: scoped('ID.1') }),
    )
    expect(plan.created).toHaveLength(1)
  })

  test('without any id is known by the Kapso conversation until one arrives', () => {
    const plan = resolve(
      nobody,
      sighting({ at: 1, kapsoConversationId: 'k1' }),
      sighting({ at: 2, kapsoConversationId: 'k1', phone: '+62811' }),
    )
    expect(plan.created).toMatchObject([{ phone: '+62811' }])
  })

  test('is never recognised by a username or a name', () => {
    const plan = resolve(
      nobody,
      sighting({ at: 1, businessScopedId: scoped('ID.1'), username: 'budi', profileName: 'Budi' }),
      sighting({ at: 2, businessScopedId: scoped('ID.2'), username: 'budi', profileName: 'Budi' }),
    )
    expect(plan.created).toHaveLength(2)
  })
})

describe('somebody known', () => {
  const budi = known({ id: 'budi', phone: '+62811', phoneAsOf: new Date(1000) })

  test('by number learns the business-scoped id that comes with it', () => {
    const plan = resolve(
      { ...nobody, identities: [budi] },
      sighting({ at: 5, phone: '+62811', businessScopedId: scoped('ID.1') }),
    )
    expect(plan.created).toEqual([])
    expect(plan.newBusinessScopedIds).toMatchObject([{ identityId: 'budi', value: 'ID.1' }])
  })

  test('by business-scoped id takes a new number, and the former one is kept', () => {
    const plan = resolve(
      { ...nobody, identities: [budi], businessScopedIds: [{ ...scoped('ID.1'), identityId: 'budi' }] },
      sighting({ at: 5, phone: '+62822', businessScopedId: scoped('ID.1') }),
    )
    expect(plan.changed).toMatchObject([{ id: 'budi', phone: '+62822' }])
    expect(plan.formerPhones).toMatchObject([{ identityId: 'budi', phone: '+62811' }])
  })

  test('keeps the newer number when an older message arrives late', () => {
    const moved = known({ id: 'budi', phone: '+62822', phoneAsOf: new Date(9000) })
    const plan = resolve(
      { ...nobody, identities: [moved], businessScopedIds: [{ ...scoped('ID.1'), identityId: 'budi' }] },
      sighting({ at: 5, phone: '+62811', businessScopedId: scoped('ID.1') }),
    )
    expect(plan.changed).toEqual([])
    expect(plan.formerPhones).toMatchObject([{ identityId: 'budi', phone: '+62811' }])
  })

  test('loses a number to its new owner, who is another person', () => {
    const plan = resolve(
      { ...nobody, identities: [budi], businessScopedIds: [{ ...scoped('ID.1'), identityId: 'budi' }] },
      sighting({ at: 5, phone: '+62811', businessScopedId: scoped('ID.2') }),
    )
    expect(plan.created).toMatchObject([{ phone: '+62811' }])
    expect(plan.changed).toMatchObject([{ id: 'budi', phone: null }])
    expect(plan.findings).toMatchObject([{ kind: 'recycled_number', otherIdentityId: 'budi' }])
  })

  test('follows a newer profile name and ignores an older one', () => {
    const named = known({ id: 'budi', phone: '+62811', profileName: 'Budi', profileNameAsOf: new Date(5000) })
    const all = { ...nobody, identities: [named] }
    expect(resolve(all, sighting({ at: 9, phone: '+62811', profileName: 'Budi S.' })).changed).toMatchObject([
      { profileName: 'Budi S.' },
    ])
    expect(resolve(all, sighting({ at: 1, phone: '+62811', profileName: 'B' })).changed).toEqual([])
  })
})

test('the order in which a batch was delivered changes nothing', () => {
  const arbitrarySighting = fc.record({
    at: fc.integer({ min: 0, max: 20 }),
    phone: fc.option(fc.constantFrom('+62811', '+62822', '+62833')),
    businessScopedId: fc.option(fc.constantFrom('ID.1', 'ID.2').map(scoped)),
    kapsoConversationId: fc.option(fc.constantFrom('k1', 'k2')),
    profileName: fc.option(fc.constantFrom('Ani', 'Budi')),
  })
  fc.assert(
    fc.property(
      fc.array(arbitrarySighting, { maxLength: 12 }),
      fc.infiniteStream(fc.nat()),
      (facts, random) => {
        const inOrder = facts.map((fact, index) =>
          sighting({ ...fact, key: `event ${String(index).padStart(2, '0')}` }),
        )
        const shuffled = inOrder
          .map((entry) => ({ entry, place: random.next().value as number }))
          .sort((a, b) => a.place - b.place)
          .map(({ entry }) => entry)
        const one = resolve(nobody, ...inOrder)
        const other = resolve(nobody, ...shuffled)
        expect(other.created).toEqual(one.created)
        for (const [key, identity] of one.identityOf) expect(other.identityOf.get(key)?.id).toBe(identity.id)
      },
    ),
  )
})

test('no two people ever hold one number or one business-scoped id', () => {
  const arbitrarySighting = fc.record({
    at: fc.integer({ min: 0, max: 50 }),
    phone: fc.option(fc.constantFrom('+62811', '+62822')),
    businessScopedId: fc.option(fc.constantFrom('ID.1', 'ID.2', 'ID.3').map(scoped)),
    kapsoConversationId: fc.option(fc.constantFrom('k1', 'k2')),
  })
  fc.assert(
    fc.property(fc.array(arbitrarySighting, { maxLength: 30 }), (facts) => {
      const plan = resolve(nobody, ...facts.map((fact, index) => sighting({ ...fact, key: String(index) })))
      const phones = plan.created.flatMap(({ phone }) => (phone === null ? [] : [phone]))
      expect(new Set(phones).size).toBe(phones.length)
      const ids = plan.newBusinessScopedIds.map(({ value }) => value)
      expect(new Set(ids).size).toBe(ids.length)
      expect(plan.identityOf.size).toBe(facts.length)
    }),
  )
})
