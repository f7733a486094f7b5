import fc from 'fast-check'
import type { Sighting } from './identity-resolution.ts'

/**
 * Histories that can happen, for tests. A person has one business-scoped id after another in a scope, each change told
 * by WhatsApp; numbers of their own, which some of their messages show without the id; a number that others have had,
 * which is never shown without the id; Kapso conversations; names.
 */

export interface HistorySighting extends Sighting {
  channel: string
}

/** Numbers that go from one person to the next. */
export const sharedPhones = ['+6281200000900', '+6281200000901']

const scopeOf: Record<string, string> = { sales: 'one', support: 'one', abroad: 'two' }

interface Telling {
  person: number
  at: number
  channel: string
  /** Which of the person's ids; null where the event shows none. */
  id: number | null
  phone: 'own' | 'other' | 'shared' | 'hidden'
  shared: number
  session: number | null
  name: string | null
  username: string | null
  isMessage: boolean
}

const telling: fc.Arbitrary<Telling> = fc.record({
  person: fc.nat(3),
  at: fc.nat(30),
  channel: fc.constantFrom('sales', 'sales', 'support', 'abroad'),
  id: fc.option(fc.nat(2), { freq: 3 }),
  phone: fc.constantFrom('own', 'other', 'shared', 'hidden', 'hidden'),
  shared: fc.nat(1),
  session: fc.option(fc.nat(1)),
  name: fc.option(fc.constantFrom('Ani', 'Budi', 'Citra')),
  username: fc.option(fc.constantFrom('ani', 'budi')),
  isMessage: fc.boolean(),
})

/** @param options.isPlain only what makes no join: everything shows the id, and ids do not change */
export function identityHistories(options: { isPlain?: boolean } = {}): fc.Arbitrary<HistorySighting[]> {
  return fc
    .record({
      tellings: fc.array(telling, { minLength: 1, maxLength: 14 }),
      changes: fc.array(fc.nat(30), { minLength: 8, maxLength: 8 }),
    })
    .map(({ tellings, changes }) => {
      const plain = tellings.map((one) => ({ ...one, id: 0, channel: 'sales', isMessage: true }))
      return toHistory(options.isPlain === true ? plain : tellings, changes)
    })
}

function toHistory(tellings: Telling[], changes: number[]): HistorySighting[] {
  // Two scopes and a number that changes hands do not go together: see identity-resolution.ts.
  const sharing = new Set(tellings.filter(({ phone }) => phone === 'shared').map(({ person }) => person))
  const told = tellings.flatMap((one) => {
    const channel = sharing.has(one.person) && one.channel === 'abroad' ? 'support' : one.channel
    return toSighting({ ...one, channel, id: one.phone === 'shared' ? (one.id ?? 0) : one.id }) ?? []
  })
  const history = [...told, ...toChanges(told, changes)]
  return history.map((sighting, index) => ({ ...sighting, key: `event ${String(index).padStart(2, '0')}` }))
}

function toSighting(one: Telling): HistorySighting | undefined {
  const phone =
    one.phone === 'hidden'
      ? null
      : one.phone === 'shared'
        ? (sharedPhones[one.shared] ?? null)
        : `+62812000001${String(one.person)}${one.phone === 'own' ? '0' : '1'}`
  const scope = scopeOf[one.channel] ?? ''
  // In the other scope a person has one id only.
  const id = one.id === null ? null : scope === 'two' ? 0 : one.id
  const session =
    one.session === null ? null : `session ${String(one.person)} ${one.channel} ${String(one.session)}`
  if (phone === null && id === null && session === null) return undefined
  return {
    key: '',
    seenAt: new Date(1_700_000_000_000 + one.at * 1000),
    phone,
    businessScopedId: id === null ? null : { scope, value: idOf(one.person, id) },
    previousBusinessScopedId: null,
    kapsoConversationId: session,
    username: one.username,
    profileName: one.name,
    mayCreate: one.isMessage,
    channel: one.channel,
  }
}

/** Whoever has two ids in a scope has been told of: from each to the next. */
function toChanges(told: HistorySighting[], times: number[]): HistorySighting[] {
  const people = [0, 1, 2, 3]
  return people.flatMap((person) => {
    const shown = [0, 1, 2].filter((id) =>
      told.some(
        ({ businessScopedId }) =>
          businessScopedId?.scope === 'one' && businessScopedId.value === idOf(person, id),
      ),
    )
    const last = shown.at(-1) ?? 0
    return Array.from({ length: last }, (_, from) => ({
      key: '',
      seenAt: new Date(1_700_000_000_000 + (times[person * 2 + from] ?? 0) * 1000),
      phone: null,
      businessScopedId: { scope: 'one', value: idOf(person, from + 1) },
      previousBusinessScopedId: { scope: 'one', value: idOf(person, from) },
      kapsoConversationId: null,
      username: null,
      profileName: null,
      mayCreate: false,
      channel: 'sales',
    }))
  })
}

function idOf(person: number, id: number): string {
  return `ID.${String(person)}${String(id)}`
}

/** A history as it may arrive: shuffled, some of it twice, in batches. */
export function arrivals<Event>(events: Event[]): fc.Arbitrary<Event[][]> {
  return fc
    .tuple(
      fc.shuffledSubarray(events, { minLength: events.length }),
      fc.subarray(events),
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
    )
    .map(([once, again, sizes]) => {
      const all = [...once, ...again]
      const batches: Event[][] = []
      for (let taken = 0, turn = 0; taken < all.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1
        batches.push(all.slice(taken, taken + size))
        taken += size
      }
      return batches
    })
}
