import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  resolveIdentities,
  type HeldSighting,
  type IdentityJoin,
  type KnownBusinessScopedId,
  type KnownIdentity,
  type KnownPhone,
  type Sighting,
} from './identity-resolution.ts'
import { arrivals, identityHistories, sharedPhones, type HistorySighting } from './test-identity-histories.ts'

/** Rows, as the database would hold them. */
class Rows {
  readonly identities = new Map<string, KnownIdentity>()
  readonly scoped = new Map<string, KnownBusinessScopedId>()
  readonly phones = new Map<string, KnownPhone>()
  readonly sessions = new Map<string, string>()
  readonly vetoes: { identityId: string; otherIdentityId: string }[] = []
  readonly joins: IdentityJoin[] = []
  /** Which identity each event was written to. */
  readonly events = new Map<string, { identityId: string; channel: string }>()
  /** Named by more than events that are held while nobody is known. */
  readonly shownSessions = new Set<string>()
  private held: HeldSighting[] = []
  private next = 0

  apply(batch: HistorySighting[]): void {
    const plan = resolveIdentities(
      {
        identities: [...this.identities.values()],
        businessScopedIds: [...this.scoped.values()],
        phones: [...this.phones.values()],
        kapsoConversations: this.sessions,
        vetoes: this.vetoes,
        held: this.held,
      },
      batch,
      () => `row ${String(this.next++).padStart(3, '0')}`,
    )
    for (const row of [...plan.created, ...plan.changed]) {
      this.identities.set(row.id, { ...row, rootId: this.identities.get(row.id)?.rootId ?? row.id })
    }
    for (const row of plan.businessScopedIds) this.scoped.set(`${row.scope} ${row.value}`, row)
    for (const row of plan.phones) this.phones.set(`${row.identityId} ${row.phone}`, row)
    for (const join of plan.joins) this.join(join)
    this.held = this.held.filter(({ heldId }) => !plan.releasedHeldIds.includes(heldId))
    this.held.push(...plan.held.map((sighting) => ({ ...sighting, heldId: this.next++ })))
    for (const { key, channel, kapsoConversationId, mayCreate } of batch) {
      const identity = plan.identityOf.get(key)
      if (identity === undefined) continue
      if (mayCreate && kapsoConversationId !== null) {
        if (!this.sessions.has(kapsoConversationId)) this.sessions.set(kapsoConversationId, identity.id)
        this.release(kapsoConversationId)
        this.shownSessions.add(kapsoConversationId)
      }
      if (mayCreate) this.events.set(key, { identityId: identity.id, channel })
    }
  }

  /** As recordSessions does. */
  private release(session: string): void {
    this.held = this.held.filter(
      ({ kapsoConversationId, businessScopedId, previousBusinessScopedId }) =>
        kapsoConversationId !== session ||
        [businessScopedId, previousBusinessScopedId].some(
          (id) => id !== null && !this.scoped.has(`${id.scope} ${id.value}`),
        ),
    )
  }

  rootOf(identityId: string): string {
    return this.identities.get(identityId)?.rootId ?? ''
  }

  private join(join: IdentityJoin): void {
    this.joins.push(join)
    for (const row of this.identities.values()) {
      if (row.rootId === join.loserId) row.rootId = join.survivorId
    }
  }
}

function applyAll(batches: HistorySighting[][]): Rows {
  const rows = new Rows()
  for (const batch of batches) rows.apply(batch)
  return rows
}

/** What is known of each person, seen through the joins, without ids of our own. */
function project(rows: Rows) {
  const roots = [...new Set([...rows.identities.values()].map(({ rootId }) => rootId))]
  const people = roots.map((root) => {
    const accounts = [...rows.identities.values()].filter(({ rootId }) => rootId === root)
    const events = [...rows.events].filter(([, { identityId }]) => rows.rootOf(identityId) === root)
    return {
      ids: [...rows.scoped.values()]
        .filter(({ identityId }) => rows.rootOf(identityId) === root)
        .map(({ scope, value, firstSeenAt }) => `${scope} ${value} ${String(firstSeenAt.getTime())}`)
        .sort(),
      phones: mergePhones(
        [...rows.phones.values()].filter(({ identityId }) => rows.rootOf(identityId) === root),
      ),
      sessions: [...rows.sessions]
        .filter(
          ([session, identityId]) => rows.rootOf(identityId) === root && rows.shownSessions.has(session),
        )
        .map(([session]) => session)
        .sort(),
      profileName: newest(accounts.map((row) => [row.profileNameAsOf, row.profileName])),
      username: newest(accounts.map((row) => [row.usernameAsOf, row.username])),
      firstSeenAt: Math.min(...accounts.map(({ firstSeenAt }) => firstSeenAt.getTime())),
      threads: [...Map.groupBy(events, ([, { channel }]) => channel)]
        .map(([channel, inThread]) => [channel, ...inThread.map(([key]) => key).sort()].join(' '))
        .sort(),
    }
  })
  return people.map((person) => JSON.stringify(person)).sort()
}

function mergePhones(rows: KnownPhone[]): string[] {
  return [...Map.groupBy(rows, ({ phone }) => phone)]
    .map(([phone, seen]) => {
      const first = Math.min(...seen.map(({ firstSeenAt }) => firstSeenAt.getTime()))
      const last = Math.max(...seen.map(({ lastSeenAt }) => lastSeenAt.getTime()))
      return `${phone} ${String(first)} ${String(last)}`
    })
    .sort()
}

function newest(values: [Date | null, string | null][]): string | null {
  return (
    values
      .flatMap(([asOf, text]) => (asOf === null || text === null ? [] : [{ at: asOf.getTime(), text }]))
      .sort((a, b) => a.at - b.at || (a.text < b.text ? -1 : 1))
      .at(-1)?.text ?? null
  )
}

/** Who belongs together, worked out from all of a history at once: whatever is named in one event. */
function findPeople(history: Sighting[]): string[][] {
  const parent = new Map<string, string>()
  const find = (name: string): string => {
    const above = parent.get(name) ?? name
    return above === name ? name : find(above)
  }
  const shown = new Set<string>()
  for (const sighting of history) {
    const names = namesIn(sighting)
    for (const name of names) parent.set(find(name), find(names[0] ?? name))
    if (sighting.mayCreate) for (const name of names) shown.add(name)
  }
  const all = [...new Set(history.flatMap(namesIn))]
  return [...Map.groupBy(all, find).values()]
    .filter((names) => names.some((name) => shown.has(name)))
    .map((names) => names.sort())
}

function byFirstName(a: string[], b: string[]): number {
  return (a[0] ?? '') < (b[0] ?? '') ? -1 : 1
}

function namesIn({ businessScopedId, previousBusinessScopedId, phone, kapsoConversationId }: Sighting) {
  const scoped = [businessScopedId, previousBusinessScopedId].filter((id) => id !== null)
  return [
    ...scoped.map(({ scope, value }) => `${scope} ${value}`),
    ...(phone === null || sharedPhones.includes(phone) ? [] : [phone]),
    ...(kapsoConversationId === null ? [] : [kapsoConversationId]),
  ]
}

const histories = identityHistories()
const arrived = histories.chain((history) =>
  fc.record({ history: fc.constant(history), batches: arrivals(history) }),
)
const inOrder = (history: HistorySighting[]) =>
  [...history].sort((a, b) => a.seenAt.getTime() - b.seenAt.getTime())

describe('a history, in whatever order, however often and in whatever batches it arrives', () => {
  test('ends in the same people, numbers, names and threads', () => {
    fc.assert(
      fc.property(arrived, ({ history, batches }) => {
        const expected = project(applyAll(inOrder(history).map((sighting) => [sighting])))
        expect(project(applyAll([history]))).toEqual(expected)
        expect(project(applyAll(batches))).toEqual(expected)
      }),
      { numRuns: 2000 },
    )
  })

  test('makes one person of whatever is named together, and of nothing else', () => {
    fc.assert(
      fc.property(arrived, ({ history, batches }) => {
        const rows = applyAll(batches)
        const names = [
          ...[...rows.scoped.values()].map((row) => [`${row.scope} ${row.value}`, row.identityId] as const),
          ...[...rows.phones.values()]
            .filter(({ phone }) => !sharedPhones.includes(phone))
            .map((row) => [row.phone, row.identityId] as const),
          ...rows.sessions,
        ]
        const people = [...Map.groupBy(names, ([, identityId]) => rows.rootOf(identityId)).values()].map(
          (known) => [...new Set(known.map(([name]) => name))].sort(),
        )
        const expected = findPeople(history)
        // Sessions that only events without a thread have named are still held.
        const isKnown = (name: string) => !name.startsWith('session') || rows.sessions.has(name)
        // In order only now: without the sessions that are held another name may be the first.
        expect(people.sort(byFirstName)).toEqual(expected.map((one) => one.filter(isKnown)).sort(byFirstName))
      }),
      { numRuns: 2000 },
    )
  })

  test('once more changes nothing', () => {
    fc.assert(
      fc.property(arrived, ({ history, batches }) => {
        const rows = applyAll(batches)
        const before = { people: project(rows), identities: rows.identities.size, joins: rows.joins.length }
        rows.apply(history)
        expect({ people: project(rows), identities: rows.identities.size, joins: rows.joins.length }).toEqual(
          before,
        )
      }),
    )
  })
})

test('where nothing has to be joined, rows are equal, and no join is made', () => {
  const plain = identityHistories({ isPlain: true })
  fc.assert(
    fc.property(
      plain.chain((history) => fc.record({ history: fc.constant(history), batches: arrivals(history) })),
      ({ history, batches }) => {
        const one = applyAll(inOrder(history).map((sighting) => [sighting]))
        const other = applyAll(batches)
        expect(other.joins).toEqual([])
        expect(other.identities.size).toBe(one.identities.size)
        expect(withoutIds(other)).toEqual(withoutIds(one))
      },
    ),
  )
})

function withoutIds(rows: Rows): string[] {
  return [...rows.identities.values()]
    .map(({ id, ...row }) =>
      JSON.stringify({
        ...{ ...row, rootId: row.rootId === id, contactId: null },
        scoped: [...rows.scoped.values()]
          .filter(({ identityId }) => identityId === id)
          .map((one) => ({ ...one, identityId: null })),
        phones: [...rows.phones.values()]
          .filter(({ identityId }) => identityId === id)
          .map((one) => ({ ...one, identityId: null }))
          .sort((a, b) => (a.phone < b.phone ? -1 : 1)),
      }),
    )
    .sort()
}

test('what a person has parted is never joined again', () => {
  fc.assert(
    fc.property(arrived, fc.nat(), ({ history, batches }, pick) => {
      const rows = applyAll(batches)
      const undone = rows.joins[pick % Math.max(1, rows.joins.length)]
      if (undone === undefined) return
      rows.vetoes.push({ identityId: undone.loserId, otherIdentityId: undone.survivorId })
      // The edges that are left, as the database would recompute the roots.
      const edges = rows.joins.filter((join) => join !== undone)
      for (const row of rows.identities.values()) row.rootId = row.id
      for (const { loserId, survivorId } of edges) {
        const [from, to] = [rows.rootOf(loserId), rows.rootOf(survivorId)]
        for (const row of rows.identities.values()) if (row.rootId === from) row.rootId = to
      }
      rows.apply(history)
      expect(rows.rootOf(undone.loserId)).not.toBe(rows.rootOf(undone.survivorId))
    }),
  )
})
