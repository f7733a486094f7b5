import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { undoMerge } from '../../src/lib/server/database/merges.ts'
import { makeRecoveryBench, type RecoveryBench } from '../support/recovery-bench.ts'

let bench: RecoveryBench

beforeEach(async () => {
  bench = await makeRecoveryBench()
})

afterEach(() => bench.close())

const people = [
  ...['contacts', 'contact_identities', 'identity_phones', 'contact_field_values', 'contact_chosen_values'],
  ...['duplicate_candidates', 'conversations', 'messages'],
]

/** A contact as an older version, or a careless import, left it: by the spelling alone. */
async function leave(
  name: string,
  phone: string,
  { normalized = null, source = 'import' }: { normalized?: string | null; source?: string } = {},
): Promise<string> {
  const [id, account] = [randomUUID(), randomUUID()]
  await bench.query(
    `insert into contacts (id, workspace_id, name, name_source, name_as_of) values ($1, $2, $3, 'import', now())`,
    [id, bench.of.id, name],
  )
  await bench.query(
    `insert into contact_identities (id, workspace_id, contact_id, phone, phone_normalized, phone_verdict, phone_as_of, source)
     values ($1, $2, $3, $4, $5, 'possible', now(), $6)`,
    [account, bench.of.id, id, phone, normalized, source],
  )
  if (normalized !== null)
    await bench.query(
      `insert into identity_phones (workspace_id, identity_id, phone_normalized, phone, phone_verdict, first_seen_at, last_seen_at)
       values ($1, $2, $3, $4, 'possible', now(), now())`,
      [bench.of.id, account, normalized, phone],
    )
  return id
}

const rootOf = async (id: string) =>
  (await bench.query<{ root_id: string }>('select root_id from contacts where id = $1', [id]))[0]?.root_id

const numberOf = async (contactId: string) =>
  (
    await bench.query<{ phone_normalized: string | null; phone_verdict: string | null }>(
      'select phone_normalized, phone_verdict from contact_identities where contact_id = $1',
      [contactId],
    )
  )[0]

async function callDifferent(one: string, other: string): Promise<void> {
  await bench.query(
    `insert into duplicate_candidates (workspace_id, left_id, right_id, score, verdict, evidence, counter_evidence, state,
       decided_by, decided_at)
     values ($1, $2, $3, 0, 'possible', '[]', '[]', 'different', $4, now())`,
    [bench.of.id, one, other, bench.owner.sub],
  )
}

describe('recompute_numbers', () => {
  test('reads numbers as today, tells of those that belong to somebody else, and takes it all back', async () => {
    const ani = await bench.receive('6281200000001', { name: 'Ani' })
    const lost = await leave('Lost', '0812 0000 0002')
    const misread = await leave('Misread', '0812-0000-0003', { normalized: '+81200000003' })
    const double = await leave('Ani again', '0812 0000 0001', { normalized: '+81200000001' })
    const before = await bench.rows(...people)

    const planned = await bench.plan('recompute_numbers')
    expect(planned).toMatchObject({ state: 'planned', counts: { pending: 2, skipped: 1 } })
    expect(planned.reasons).toEqual({ 'pending/number': 2, 'skipped/number_taken': 1 })
    expect(await bench.rows(...people)).toEqual(before)

    const applied = await bench.go(planned.id, 'apply')
    expect(applied).toMatchObject({ state: 'applied', counts: { applied: 2, skipped: 1 } })
    expect(await numberOf(lost)).toEqual({ phone_normalized: '+6281200000002', phone_verdict: 'valid' })
    expect(await numberOf(misread)).toEqual({ phone_normalized: '+6281200000003', phone_verdict: 'valid' })
    expect(await numberOf(double)).toMatchObject({ phone_normalized: '+81200000001' })
    // Who writes with the number is found by it.
    expect(await bench.receive('6281200000003')).toBe(misread)
    expect(await bench.receive('6281200000001')).toBe(ani)

    expect(await bench.plan('recompute_numbers')).toMatchObject({ counts: { skipped: 1 } })
    // What came since belongs to what the number is now.
    const undone = await bench.go(planned.id, 'undo')
    expect(undone).toMatchObject({ state: 'undone', counts: { undone: 1, kept: 1, skipped: 1 } })
    expect(undone.reasons).toMatchObject({ 'kept/changed_since': 1 })
    expect(await numberOf(lost)).toEqual({ phone_normalized: null, phone_verdict: 'possible' })
    expect(await numberOf(misread)).toMatchObject({ phone_normalized: '+6281200000003' })
  })

  test('taken back, all is as it was, in every column', async () => {
    await bench.receive('6281200000001', { name: 'Ani' })
    await leave('Lost', '0812 0000 0002')
    await leave('Misread', '0812-0000-0003', { normalized: '+81200000003' })
    // One account by two spellings of one number.
    const twice = await leave('Twice', '+62 812-0000-0004', { normalized: '+6281200000004' })
    await bench.query(
      `insert into identity_phones (workspace_id, identity_id, phone_normalized, phone, phone_verdict, first_seen_at, last_seen_at)
       select workspace_id, id, '+81200000004', '0812 0000 0004', 'invalid', now() - interval '9 days', now() - interval '8 days'
       from contact_identities where contact_id = $1`,
      [twice],
    )
    const before = await bench.rows(...people, 'workspaces')
    const planned = await bench.plan('recompute_numbers', { country: 'id' })
    expect(planned.counts).toEqual({ pending: 3 })
    await bench.go(planned.id, 'apply')
    const facts = await bench.query(
      `select p.phone_normalized, p.last_seen_at - p.first_seen_at > interval '8 days 23 hours' as is_whole from identity_phones p
       join contact_identities i on i.id = p.identity_id where i.contact_id = $1`,
      [twice],
    )
    expect(facts).toEqual([{ phone_normalized: '+6281200000004', is_whole: true }])
    expect(await bench.go(planned.id, 'undo')).toMatchObject({ counts: { undone: 3 } })
    expect(await bench.rows(...people, 'workspaces')).toEqual(before)
  })

  test('gives another country to what was typed and to nothing that WhatsApp told', async () => {
    const typed = await leave('Typed', '202 555 0123')
    const told = await leave('Told', '202 555 0124', { source: 'whatsapp_profile' })
    const planned = await bench.plan('recompute_numbers', { country: 'US' })
    expect(
      (await bench.items(planned.id)).map(({ subject, why }) => [subject === 'default_country', why]),
    ).toEqual([
      [true, 'default_country'],
      [false, 'number'],
      [false, 'number'],
    ])
    await bench.go(planned.id, 'apply')
    const country = () => bench.query('select default_country from workspaces where id = $1', [bench.of.id])
    expect(await numberOf(typed)).toMatchObject({ phone_normalized: '+12025550123' })
    expect(await numberOf(told)).toMatchObject({ phone_normalized: '+2025550124' })
    expect(await country()).toEqual([{ default_country: 'US' }])
    await bench.go(planned.id, 'undo')
    expect(await numberOf(typed)).toMatchObject({ phone_normalized: null })
    expect(await country()).toEqual([{ default_country: 'ID' }])
  })

  test('leaves whom somebody changed since the plan, and gives one number to one of two', async () => {
    const changed = await leave('Changed', '0812 0000 0002')
    const [first, second] = [await leave('First', '0812 0000 0003'), await leave('Second', '0812-0000-0003')]
    const planned = await bench.plan('recompute_numbers')
    await bench.query(`update contact_identities set phone = '0812 0000 0009' where contact_id = $1`, [
      changed,
    ])
    const applied = await bench.go(planned.id, 'apply')
    expect(applied.counts).toEqual({ applied: 1, skipped: 2 })
    expect(applied.reasons).toEqual({
      'applied/number': 1,
      'skipped/changed_meanwhile': 1,
      'skipped/number_taken': 1,
    })
    expect(
      [await numberOf(first), await numberOf(second)].map((number) => number?.phone_normalized).toSorted(),
    ).toEqual(['+6281200000003', null].toSorted())
    expect(await numberOf(changed)).toMatchObject({ phone_normalized: null })
  })
})

describe('merge_same_number', () => {
  test('merges by the ordinary plan those whose spellings are one number, and takes it back', async () => {
    const ani = await bench.receive('6281200000001', { name: 'ani.profile' })
    const doubled = await leave('Ani Wijaya', '0812 0000 0001', { normalized: '+81200000001' })
    const third = await leave('Ani W.', '62 812 0000 0001')
    const budi = await bench.receive('6281200000002', { name: 'Budi' })
    const before = await bench.rows(...people)

    const planned = await bench.plan('merge_same_number')
    expect(planned).toMatchObject({ state: 'planned', counts: { pending: 2 } })
    expect(await bench.rows(...people)).toEqual(before)
    const applied = await bench.go(planned.id, 'apply')
    expect(applied).toMatchObject({ state: 'applied', counts: { applied: 2 } })
    const roots = [await rootOf(ani), await rootOf(doubled), await rootOf(third)]
    expect(new Set(roots).size).toBe(1)
    // The most trusted name goes on.
    expect([doubled, third]).toContain(roots[0])
    expect(await rootOf(budi)).toBe(budi)
    const edges = await bench.query(
      'select reason, made_by, recovery_run_id from contact_joins where is_active order by id',
    )
    expect(edges).toEqual(
      Array.from({ length: 2 }, () => ({
        reason: 'Recovery run: one number',
        made_by: bench.owner.sub,
        recovery_run_id: planned.id,
      })),
    )
    expect((await bench.plan('merge_same_number')).counts).toEqual({})

    // A message that comes meanwhile is theirs.
    expect(await bench.receive('6281200000001')).toBe(roots[0])
    const messages = await bench.query('select count(*)::int as count from messages')
    expect(await bench.go(planned.id, 'undo')).toMatchObject({ state: 'undone', counts: { undone: 2 } })
    const tables = people.filter((table) => !['messages', 'conversations'].includes(table))
    const after = await bench.rows(...tables)
    expect(await bench.query('select count(*)::int as count from messages')).toEqual(messages)
    for (const table of ['contacts', 'duplicate_candidates', 'contact_chosen_values'])
      expect(after[table]).toEqual(before[table])
  })

  test('plans many along their numbers, each person once, also whom numbers far apart make one', async () => {
    // Two contacts for each of 300 numbers; the first two numbers that are looked at and the last belong to one person.
    await bench.query(
      `with made as (
         insert into contacts (workspace_id, name, name_source, name_as_of)
         select $1, concat_ws(' ', n, side), 'import', now()
         from generate_series(1, 300) n cross join generate_series(1, 2) side
         returning id, name
       )
       insert into contact_identities (workspace_id, contact_id, phone, source)
       select $1, id, concat('0812 ', 10000000 + split_part(name, ' ', 1)::int), 'import' from made`,
      [bench.of.id],
    )
    await bench.query(
      `insert into contact_identities (workspace_id, contact_id, phone, source)
       select $1, c.id, '0812 10000300', 'import' from contacts c where c.workspace_id = $1 and c.name in ('1 1', '2 1')`,
      [bench.of.id],
    )
    const planned = await bench.plan('merge_same_number')
    // Six contacts with the three numbers become one, and 297 pairs.
    expect(planned.reasons).toEqual({ 'pending/same_number': 297 + 5 })
    const items = await bench.items(planned.id)
    const survivors = items.map(({ before }) => String((before as Record<string, unknown>)['survivorId']))
    expect(new Set(survivors).size).toBe(298)
    expect(await bench.query('select from private.recovery_links')).toEqual([])
  })

  test('leaves those whom somebody called different people, and national variants', async () => {
    const ani = await bench.receive('6281200000001', { name: 'Ani' })
    const other = await leave('Ibu Ani', '0812 0000 0001')
    await callDifferent(ani, other)
    await bench.receive('5511987654321', { name: 'Paulo' })
    await bench.receive('551187654321', { name: 'Paulo' })
    const planned = await bench.plan('merge_same_number')
    expect(planned.reasons).toEqual({ 'skipped/called_different': 1 })
    expect(await bench.go(planned.id, 'apply')).toMatchObject({ state: 'applied', counts: { skipped: 1 } })
    expect(await rootOf(other)).toBe(other)
    expect(await bench.query('select from contact_joins')).toEqual([])
  })

  test('looks again before it merges: called different, merged or changed since the plan', async () => {
    const pairs = await Promise.all(
      ['1', '2', '3', '4'].map(async (digit) => {
        const one = await leave(`One ${digit}`, `+62 812-0000-001${digit}`, {
          normalized: `+628120000001${digit}`,
        })
        return { one, other: await leave(`Other ${digit}`, `0812 0000 001${digit}`) }
      }),
    )
    const planned = await bench.plan('merge_same_number')
    expect(planned.counts).toEqual({ pending: 4 })
    const items = await bench.items(planned.id)
    const loserOf = (at: number) => {
      const pair = pairs[at]
      const found = items.find(({ subject }) => subject === pair?.one || subject === pair?.other)
      if (pair === undefined || found === undefined) throw new Error('not planned')
      return { ...pair, loser: found.subject }
    }
    const [first, second, third] = [loserOf(0), loserOf(1), loserOf(2)]
    await callDifferent(first.one, first.other)
    await bench.query(`update contacts set name = 'Somebody else' where id = $1`, [second.loser])
    await bench.query(
      `update contact_identities set phone = '0812 9999 0000', phone_normalized = null where contact_id = $1`,
      [third.other],
    )
    const applied = await bench.go(planned.id, 'apply')
    expect(applied.counts).toEqual({ applied: 1, skipped: 3 })
    expect(applied.reasons).toEqual({
      'applied/same_number': 1,
      'skipped/called_different': 1,
      'skipped/changed_meanwhile': 2,
    })
  })

  test('a merge that was undone alone stays so when the run is taken back', async () => {
    const ani = await bench.receive('6281200000001', { name: 'Ani' })
    const other = await leave('Ani W', '0812 0000 0001')
    const planned = await bench.plan('merge_same_number')
    await bench.go(planned.id, 'apply')
    const [edge] = await bench.query<{ merge_id: string }>('select merge_id from contact_joins')
    await bench.asOwner((trx) =>
      undoMerge(trx, { workspaceId: bench.of.id, userId: bench.owner.sub }, edge?.merge_id ?? ''),
    )
    const undone = await bench.go(planned.id, 'undo')
    expect(undone).toMatchObject({
      state: 'undone',
      counts: { kept: 1 },
      reasons: { 'kept/merge_undone': 1 },
    })
    expect([await rootOf(ani), await rootOf(other)]).toEqual([ani, other])
    // Undone by a person, the two are different people.
    expect((await bench.plan('merge_same_number')).reasons).toEqual({ 'skipped/called_different': 1 })
  })
})
