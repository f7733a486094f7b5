import { describe, expect, test } from 'vitest'
import {
  resolveIdentities,
  type KnownBusinessScopedId,
  type KnownIdentities,
  type KnownIdentity,
  type KnownPhone,
  type Sighting,
} from './identity-resolution.ts'

const nobody: KnownIdentities = {
  identities: [],
  businessScopedIds: [],
  phones: [],
  kapsoConversations: new Map(),
  vetoes: [],
  held: [],
}

function sighting(facts: Partial<Sighting> & { at?: number }): Sighting {
  return {
    key: facts.key ?? `event ${String(facts.at ?? 0)}`,
    seenAt: time(facts.at ?? 0),
    phone: facts.phone ?? null,
    businessScopedId: facts.businessScopedId ?? null,
    previousBusinessScopedId: facts.previousBusinessScopedId ?? null,
    kapsoConversationId: facts.kapsoConversationId ?? null,
    username: facts.username ?? null,
    profileName: facts.profileName ?? null,
    mayCreate: facts.mayCreate ?? true,
  }
}

function time(seconds: number): Date {
  return new Date(seconds * 1000)
}

function scoped(value: string): { scope: string; value: string } {
  return { scope: 'account', value }
}

function account(id: string, facts: Partial<KnownIdentity> = {}): KnownIdentity {
  return {
    id,
    rootId: id,
    contactId: `contact of ${id}`,
    firstSeenAt: time(1),
    username: null,
    usernameAsOf: null,
    profileName: null,
    profileNameAsOf: null,
    ...facts,
  }
}

function holds(identityId: string, phone: string, from: number, until = from): KnownPhone {
  return { identityId, phone, firstSeenAt: time(from), lastSeenAt: time(until) }
}

function isCalled(identityId: string, value: string): KnownBusinessScopedId {
  return { ...scoped(value), identityId, firstSeenAt: time(1) }
}

function resolve(known: Partial<KnownIdentities>, ...sightings: Sighting[]) {
  let next = 0
  return resolveIdentities({ ...nobody, ...known }, sightings, () => `new ${String(next++)}`)
}

const peopleIn = (plan: ReturnType<typeof resolve>) =>
  new Set([...plan.identityOf.values()].map(({ id }) => id)).size

describe('somebody new', () => {
  test('becomes one person, however many messages come at once', () => {
    const plan = resolve({}, sighting({ at: 1, phone: '+62811' }), sighting({ at: 2, phone: '+62811' }))
    expect(plan.created).toHaveLength(1)
    expect(peopleIn(plan)).toBe(1)
  })

  test('is one person when one message shows the number and the next only the business-scoped id', () => {
    const plan = resolve(
      {},
      sighting({ at: 1, phone: '+62811', businessScopedId: scoped('ID.1') }),
      sighting({ at: 2, businessScopedId: scoped('ID.1') }),
    )
    expect(plan.created).toHaveLength(1)
  })

  test('without any id is known by the Kapso conversation until one arrives', () => {
    const plan = resolve(
      {},
      sighting({ at: 1, kapsoConversationId: 'k1' }),
      sighting({ at: 2, kapsoConversationId: 'k1', phone: '+62811' }),
    )
    expect(plan.created).toHaveLength(1)
    expect(plan.phones).toMatchObject([{ phone: '+62811' }])
  })

  test('is never recognised by a username or a name', () => {
    const plan = resolve(
      {},
      sighting({ at: 1, businessScopedId: scoped('ID.1'), username: 'budi', profileName: 'Budi' }),
      sighting({ at: 2, businessScopedId: scoped('ID.2'), username: 'budi', profileName: 'Budi' }),
    )
    expect(plan.created).toHaveLength(2)
  })

  test('is not made by a status, which is kept until somebody with one of its ids is known', () => {
    const status = sighting({ at: 3, phone: '+62811', businessScopedId: scoped('ID.1'), mayCreate: false })
    const before = resolve({}, status)
    expect(before).toMatchObject({ created: [], held: [status] })
    expect(before.identityOf.size).toBe(0)

    const after = resolve(
      { held: before.held.map((held) => ({ ...held, heldId: 7 })) },
      sighting({ at: 1, phone: '+62811' }),
      sighting({ at: 2, businessScopedId: scoped('ID.1') }),
    )
    expect(after).toMatchObject({ releasedHeldIds: [7], held: [], joins: [] })
    expect(after.created).toHaveLength(1)
  })

  test('is known to a status of the same batch, whichever is older', () => {
    const plan = resolve(
      {},
      sighting({ at: 1, phone: '+62811', businessScopedId: scoped('ID.1'), mayCreate: false }),
      sighting({ at: 2, phone: '+62811' }),
    )
    expect(plan.held).toEqual([])
    expect(plan.businessScopedIds).toMatchObject([{ value: 'ID.1' }])
  })
})

describe('somebody known', () => {
  const budi = { identities: [account('budi')], phones: [holds('budi', '+62811', 1)] }
  const called = { ...budi, businessScopedIds: [isCalled('budi', 'ID.1')] }

  test('by number learns the business-scoped id that comes with it', () => {
    const plan = resolve(budi, sighting({ at: 5, phone: '+62811', businessScopedId: scoped('ID.1') }))
    expect(plan.created).toEqual([])
    expect(plan.businessScopedIds).toMatchObject([{ identityId: 'budi', value: 'ID.1' }])
  })

  test('by business-scoped id takes a new number and keeps the former one', () => {
    const plan = resolve(called, sighting({ at: 5, phone: '+62822', businessScopedId: scoped('ID.1') }))
    expect(plan.phones).toEqual([holds('budi', '+62822', 5)])
    expect(plan.unsettled).toEqual(['budi'])
  })

  test('and seen once more with the one number needs nothing settled', () => {
    const plan = resolve(called, sighting({ at: 5, phone: '+62811', businessScopedId: scoped('ID.1') }))
    expect(plan).toMatchObject({ phones: [holds('budi', '+62811', 1, 5)], unsettled: [] })
  })

  test('loses a number to its new owner, who is another person', () => {
    const plan = resolve(called, sighting({ at: 5, phone: '+62811', businessScopedId: scoped('ID.2') }))
    expect(plan.created).toHaveLength(1)
    expect(plan.joins).toEqual([])
    expect(plan.unsettled.sort()).toEqual(['budi', 'new 0'])
  })

  test('is whom a number without an id was meant for at its time', () => {
    const both = {
      identities: [account('budi'), account('ani')],
      businessScopedIds: [isCalled('budi', 'ID.1'), isCalled('ani', 'ID.2')],
      phones: [holds('budi', '+62811', 1, 3), holds('ani', '+62811', 10, 12)],
    }
    const plan = resolve(both, sighting({ at: 5, phone: '+62811' }), sighting({ at: 11, phone: '+62811' }))
    expect([...plan.identityOf.values()]).toEqual([{ id: 'budi' }, { id: 'ani' }])
  })

  test('follows a newer profile name and ignores an older one', () => {
    const named = {
      ...budi,
      identities: [account('budi', { profileName: 'Budi', profileNameAsOf: time(5) })],
    }
    expect(
      resolve(named, sighting({ at: 9, phone: '+62811', profileName: 'Budi S.' })).changed,
    ).toMatchObject([{ profileName: 'Budi S.' }])
    expect(resolve(named, sighting({ at: 1, phone: '+62811', profileName: 'B' })).changed).toEqual([])
  })
})

describe('two who turn out to be one', () => {
  const two = {
    identities: [account('ani', { firstSeenAt: time(3) }), account('budi', { firstSeenAt: time(2) })],
    businessScopedIds: [isCalled('ani', 'ID.1')],
    phones: [holds('budi', '+62811', 2)],
  }
  const both = sighting({ at: 9, phone: '+62811', businessScopedId: scoped('ID.1') })

  test('by number and id in one event are joined, and the one seen first goes on', () => {
    const plan = resolve(two, both)
    expect(plan.joins).toMatchObject([{ loserId: 'ani', survivorId: 'budi', reason: 'phone_and_id' }])
    expect(plan.identityOf.get('event 9')).toEqual({ id: 'budi' })
  })

  test('but were parted by a person stay apart', () => {
    const plan = resolve({ ...two, vetoes: [{ identityId: 'budi', otherIdentityId: 'ani' }] }, both)
    expect(plan.joins).toEqual([])
    expect(plan.identityOf.get('event 9')).toEqual({ id: 'ani' })
  })

  test('stay apart also as parts of larger groups', () => {
    const plan = resolve(
      {
        ...two,
        identities: [...two.identities, account('citra', { rootId: 'budi' })],
        vetoes: [{ identityId: 'citra', otherIdentityId: 'ani' }],
      },
      both,
    )
    expect(plan.joins).toEqual([])
  })

  test('by a change of ids are joined although both have an id of one scope', () => {
    const changed = {
      ...two,
      businessScopedIds: [isCalled('ani', 'ID.1'), isCalled('budi', 'ID.2')],
    }
    const change = sighting({
      at: 9,
      businessScopedId: scoped('ID.2'),
      previousBusinessScopedId: scoped('ID.1'),
      mayCreate: false,
    })
    expect(resolve(changed, change).joins).toMatchObject([{ survivorId: 'budi', reason: 'identity_changed' }])
    expect(resolve(changed, both).joins).toEqual([])
  })

  test('by their Kapso conversation are joined', () => {
    const provisional = { ...two, kapsoConversations: new Map([['k1', 'budi']]) }
    const plan = resolve(
      provisional,
      sighting({ at: 9, kapsoConversationId: 'k1', businessScopedId: scoped('ID.1') }),
    )
    expect(plan.joins).toMatchObject([{ reason: 'session' }])
  })
})
