import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Evidence } from '../../src/lib/domain/duplicates/evidence.ts'
import { createAsMember, createDatabase, type AsMember } from '../../src/lib/server/database/database.ts'
import { askForRun, claimRun } from '../../src/lib/server/database/duplicate-marks.ts'
import {
  askForDuplicates,
  countDuplicates,
  decideDuplicate,
  findDuplicateSearch,
  listDuplicates,
  listDuplicatesOf,
} from '../../src/lib/server/database/duplicate-queue.ts'
import { undoIdentityJoin } from '../../src/lib/server/database/identities.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { findAllDuplicates } from '../../src/lib/server/duplicates/find-all.ts'
import { findChangedDuplicates } from '../../src/lib/server/duplicates/find-changed.ts'
import { findDuplicatesOfAll, findDuplicatesOfChanged } from '../../src/lib/server/jobs/find-duplicates.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { zoneWhereItIs } from '../support/time-zones.ts'
import { openScene, type IdentityScene } from '../support/identity-scene.ts'
import { addMember, makeWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let web: ReturnType<typeof createDatabase>
let asMember: AsMember
let scene: IdentityScene
let workspaceId: string
let owner: { sub: string; exp: number }

beforeAll(async () => {
  database = await createTestDatabase()
  web = createDatabase(createPool({ connectionString: database.webUrl, applicationName: 'test', max: 4 }))
  asMember = createAsMember(web, () => Promise.resolve())
})

afterAll(async () => {
  await web.destroy()
  await database.drop()
})

beforeEach(async () => {
  scene = await openScene(database)
  workspaceId = scene.workspace.workspaceId
  owner = { sub: scene.workspace.ownerId, exp: 4_102_444_800 }
  // By night runs begin by themselves.
  await setTimeZone(zoneWhereItIs(12))
})

afterEach(async () => {
  await scene.pipeline.close()
})

const setTimeZone = (zone: string) =>
  sql`update workspaces set time_zone = ${zone} where id = ${workspaceId}`.execute(scene.pipeline.kysely)

const signal = new AbortController().signal
const asSystem: typeof scene.pipeline.asSystem = (work) => scene.pipeline.asSystem(work)
const findChanged = () => findDuplicatesOfChanged(asSystem, signal)
const queue = () => asMember(owner, (member) => listDuplicates(member, workspaceId, null))
const decide = (id: string, decision: 'different' | 'undo', who = owner) =>
  asMember(who, (member) => decideDuplicate(member, workspaceId, id, decision))

/** Somebody whom an older program wrote down: a number as it was typed, never worked out. */
async function typeContact(facts: { name: string; phone?: string; email?: string }): Promise<string> {
  const id = randomUUID()
  await sql`
    insert into contacts (id, workspace_id, name, name_source, email, email_source)
    values (${id}, ${workspaceId}, ${facts.name}, 'staff', ${facts.email ?? null},
      ${facts.email === undefined ? null : 'staff'}::field_source)
  `.execute(scene.pipeline.kysely)
  if (facts.phone !== undefined)
    await sql`
      insert into contact_identities (workspace_id, contact_id, phone) values (${workspaceId}, ${id}, ${facts.phone})
    `.execute(scene.pipeline.kysely)
  return id
}

const change = (contactId: string, name: string) =>
  sql`update contacts set name = ${name} where id = ${contactId}`.execute(scene.pipeline.kysely)

async function statesOf(contactId: string): Promise<string[]> {
  const { rows } = await sql<{ state: string }>`
    select state from duplicate_candidates
    where workspace_id = ${workspaceId} and (left_id = ${contactId} or right_id = ${contactId}) order by id
  `.execute(scene.pipeline.kysely)
  return rows.map(({ state }) => state)
}

/** A typed contact, and the same number writing to us: one pair. */
async function makePair(): Promise<{ typedId: string; pairId: string }> {
  const typedId = await typeContact({ name: 'Budi Santoso', phone: '0812-0000-1234' })
  await scene.say({ wamid: randomUUID(), phone: '6281200001234', contactName: 'Budi' })
  await scene.apply()
  await findChanged()
  const [pair] = (await queue()).pairs
  return { typedId, pairId: pair?.id ?? '' }
}

const only = (evidence: Evidence[] | undefined, code: Evidence['code']) =>
  evidence?.find((finding) => finding.code === code)

test('a number that writes is found beside the one that somebody typed in another spelling', async () => {
  const { typedId } = await makePair()
  const { pairs } = await queue()
  expect(pairs).toHaveLength(1)
  const [pair] = pairs
  expect(pair?.left).toMatchObject({
    contactId: typedId,
    name: 'Budi Santoso',
    numbers: [{ phone: '0812-0000-1234', isFormer: false }],
    conversationCount: 0,
    lastActivityAt: null,
    sources: ['staff'],
  })
  expect(pair?.right).toMatchObject({ name: 'Budi', conversationCount: 1, sources: ['whatsapp'] })
  expect(only(pair?.evidence, 'same_number_written_differently')).toMatchObject({
    number: '+6281200001234',
    left: '0812-0000-1234',
  })
  expect(pair?.turningPoint).not.toBeNull()
  expect(await asMember(owner, (member) => listDuplicatesOf(member, workspaceId, typedId))).toEqual(pairs)
  expect(await asMember(owner, (member) => countDuplicates(member, workspaceId))).toEqual({
    same: 1,
    likely: 0,
    possible: 0,
    isMore: false,
  })
})

test('numbers in findings are told as people read them', async () => {
  const email = 'ratna.kusuma@example.com'
  await typeContact({ name: 'Ratna Kusumawardani', email, phone: '0812-0000-1234' })
  await typeContact({ name: 'Ratna Kusumawardani', email, phone: '081200001235' })
  await findChanged()
  const [pair] = (await queue()).pairs
  const numbers = only(pair?.evidence, 'similar_number')
  expect(numbers).toMatchObject({ field: 'number' })
  expect(Object.values(numbers ?? {})).toEqual(
    expect.arrayContaining(['+62 812 0000 1234', '+62 812 0000 1235']),
  )
})

test('whoever becomes like somebody is found, and lost again when they are not any more', async () => {
  const firstId = await typeContact({ name: 'Ratna Kusumawardani', email: 'ratna.kusuma@example.com' })
  const secondId = await typeContact({ name: 'Ratna Kusumawardhani' })
  await findChanged()
  const before = await queue()
  await sql`
    update contacts set email = 'Ratna.Kusuma@example.com', email_source = 'staff' where id = ${secondId}
  `.execute(scene.pipeline.kysely)
  await findChanged()
  const [found] = (await queue()).pairs
  expect(only(found?.evidence, 'same_email')).toBeDefined()
  expect(only(found?.evidence, 'similar_name')).toBeDefined()
  expect(found?.score).toBeGreaterThan(before.pairs[0]?.score ?? -100)
  await sql`
    update contacts set email = 'someone@example.net', name = 'Joko Widagdo' where id = ${secondId}
  `.execute(scene.pipeline.kysely)
  await findChanged()
  expect((await queue()).pairs).toEqual([])
  expect(await statesOf(firstId)).toEqual(['gone'])
})

test('own fields are compared: what stands in them, and a date of birth by its name', async () => {
  const ids = [await typeContact({ name: 'Made Wirawan' }), await typeContact({ name: 'I Made Wirawan' })]
  const { rows } = await sql<{ id: string }>`
    insert into contact_field_definitions (workspace_id, label, kind)
    values (${workspaceId}, 'Tanggal lahir', 'date'), (${workspaceId}, 'Nomor pelanggan', 'text') returning id
  `.execute(scene.pipeline.kysely)
  for (const id of ids)
    await sql`
      insert into contact_field_values (workspace_id, contact_id, field_id, value, source, as_of)
      values (${workspaceId}, ${id}, ${rows[0]?.id}, '1990-05-17', 'staff', now()),
        (${workspaceId}, ${id}, ${rows[1]?.id}, 'C-20417', 'staff', now())
    `.execute(scene.pipeline.kysely)
  await findChanged()
  const [pair] = (await queue()).pairs
  expect(only(pair?.evidence, 'same_birth_date')).toMatchObject({ date: '1990-05-17' })
  expect(only(pair?.evidence, 'same_custom_text')).toMatchObject({ customField: rows[1]?.id })
  expect(pair?.fieldLabels).toEqual({ [String(rows[1]?.id)]: 'Nomor pelanggan' })
})

test('different people stay different, whatever changes, and through runs over all', async () => {
  const { typedId, pairId } = await makePair()
  expect(await decide(pairId, 'different')).toBe('different')
  expect(await decide(pairId, 'different')).toBe('different')
  await change(typedId, 'Budi')
  await findChanged()
  await asSystem((system) => askForRun(system, workspaceId))
  await findDuplicatesOfAll(asSystem, signal)
  expect((await queue()).pairs).toEqual([])
  expect(await statesOf(typedId)).toEqual(['different'])
  expect(await decide(pairId, 'undo')).toBe('open')
  expect((await queue()).pairs.map(({ id }) => id)).toEqual([pairId])
})

test('whoever was told apart from a part of somebody was told apart from all of them', async () => {
  const { typedId, pairId } = await makePair()
  await decide(pairId, 'different')
  const wholeId = await typeContact({ name: 'Budi S.', phone: '+62 812 0000 1234' })
  await findChanged()
  const of = (id: string) => asMember(owner, (member) => listDuplicatesOf(member, workspaceId, id))
  const customerId = (await of(wholeId))
    .flatMap(({ left, right }) => [left.contactId, right.contactId])
    .find((id) => id !== wholeId && id !== typedId)
  expect(await of(wholeId)).toHaveLength(2)
  // The one who was told apart from the customer becomes part of the third.
  await setRoot(typedId, wholeId)
  await findChanged()
  expect((await of(wholeId)).map(({ left, right }) => [left.contactId, right.contactId])).toEqual([])
  expect(customerId).toBeDefined()
  await setRoot(typedId, typedId)
  await findChanged()
  expect(await of(wholeId)).toHaveLength(2)
})

const setRoot = (contactId: string, rootId: string) =>
  sql`update contacts set root_id = ${rootId} where id = ${contactId}`.execute(scene.pipeline.kysely)

/** Two accounts that look alike, until one event shows that they are one. */
async function makeJoinable(): Promise<string> {
  await scene.say({ wamid: 'a', phone: '6281200005678', conversationId: 'ka', contactName: 'Putri Maharani' })
  await scene.say({
    wamid: 'b',
    businessScopedId: 'ID.9',
    conversationId: 'kb',
    contactName: 'Putri Maharani',
  })
  await scene.apply()
  await findChanged()
  const { pairs } = await queue()
  expect(pairs).toHaveLength(1)
  return pairs[0]?.id ?? ''
}

async function join(): Promise<void> {
  await scene.say({ wamid: 'c', phone: '6281200005678', businessScopedId: 'ID.9', conversationId: 'kc' })
  await scene.apply()
}

async function undoJoin(): Promise<void> {
  const { id } = await scene.pipeline.kysely
    .selectFrom('identity_joins')
    .select('id')
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow()
  await asSystem((system) => undoIdentityJoin(system, workspaceId, id, { userId: owner.sub }))
}

test('a pair that was merged leaves the queue at once, and is there again at once after the undo', async () => {
  const pairId = await makeJoinable()
  await join()
  expect((await queue()).pairs).toEqual([])
  await expect(decide(pairId, 'different')).rejects.toMatchObject({ code: 'already_merged' })
  await findChanged()
  expect((await queue()).pairs).toEqual([])
  await undoJoin()
  expect((await queue()).pairs.map(({ id }) => id)).toEqual([pairId])
  await findChanged()
  expect((await queue()).pairs.map(({ id }) => id)).toEqual([pairId])
})

test('a pair that was told apart is not asked about again after a merge and its undo', async () => {
  const pairId = await makeJoinable()
  await decide(pairId, 'different')
  await join()
  await findChanged()
  await undoJoin()
  await findChanged()
  expect((await queue()).pairs).toEqual([])
})

test('two workers at once find each pair once, and count nothing twice', async () => {
  for (let at = 0; at < 250; at += 1) {
    const phone = `0812-0001-${String(1000 + Math.floor(at / 2))}`
    await typeContact({
      name: `Wayan Sudiarta ${String(Math.floor(at / 2))}`,
      phone: at % 2 ? phone : `+62${phone.slice(1)}`,
    })
  }
  const workers = Array.from({ length: 4 }, findChanged)
  await Promise.all(workers)
  await findChanged()
  const { rows } = await sql<{ pairs: number; contacts: number; keys: number; holders: number }>`
    select
      (select count(*)::int from duplicate_candidates d where d.workspace_id = ${workspaceId} and d.verdict = 'same') as pairs,
      (select contacts from private.duplicate_marks where workspace_id = ${workspaceId}) as contacts,
      (select count(*)::int from private.duplicate_keys where workspace_id = ${workspaceId}) as keys,
      (select max(holders) from private.duplicate_terms where workspace_id = ${workspaceId}) as holders
  `.execute(scene.pipeline.kysely)
  expect(rows).toEqual([{ pairs: 125, contacts: 250, keys: 250, holders: 250 }])
})

test('a batch that dies is done again, whole', async () => {
  await typeContact({ name: 'Budi Santoso', phone: '0812-0000-1234' })
  await typeContact({ name: 'Budi Santoso', phone: '+62 812 0000 1234' })
  await expect(
    asSystem(async (system) => {
      expect(await findChangedDuplicates(system, workspaceId)).toBe(2)
      throw new Error('killed')
    }),
  ).rejects.toThrow('killed')
  expect((await queue()).pairs).toEqual([])
  await findChanged()
  expect((await queue()).pairs).toHaveLength(1)
})

test('a run over all begins by itself at night, once', async () => {
  await typeContact({ name: 'Budi Santoso', phone: '0812-0000-1234' })
  await typeContact({ name: 'Budi Santoso', phone: '+62 812 0000 1234' })
  await findChanged()
  expect(await findAllDuplicates(asSystem, signal)).toBeNull()
  await setTimeZone(zoneWhereItIs(2))
  expect(await findAllDuplicates(asSystem, signal)).toBe(workspaceId)
  expect(await findAllDuplicates(asSystem, signal)).toBeNull()
})

test('a run over all that dies goes on with the next worker, and brings up what the night should', async () => {
  await typeContact({ name: 'Budi Santoso', phone: '0812-0000-1234' })
  await typeContact({ name: 'Budi Santoso', phone: '+62 812 0000 1234' })
  await sql`delete from private.changed_contacts where workspace_id = ${workspaceId}`.execute(
    scene.pipeline.kysely,
  )
  await asMember(owner, (member) => askForDuplicates(member, workspaceId))
  const claimed = await asSystem((system) => claimRun(system, 300))
  expect(claimed?.workspaceId).toBe(workspaceId)
  expect(await findAllDuplicates(asSystem, signal)).toBeNull()
  // The lease of the dead is over.
  await sql`
    update private.duplicate_marks set run_leased_until = now() - interval '1 second' where workspace_id = ${workspaceId}
  `.execute(scene.pipeline.kysely)
  expect(await findAllDuplicates(asSystem, signal)).toBe(workspaceId)
  expect((await queue()).pairs).toHaveLength(1)
  expect(await asMember(owner, (member) => findDuplicateSearch(member, workspaceId))).toMatchObject({
    isRunning: false,
  })
  // Whoever had no keys has been put into line for them.
  await findChanged()
  const { rows } = await sql`select from private.duplicate_keys where workspace_id = ${workspaceId}`.execute(
    scene.pipeline.kysely,
  )
  expect(rows).toHaveLength(2)
})

test('a stopped run is left to the next worker at once', async () => {
  await typeContact({ name: 'Budi Santoso', phone: '0812-0000-1234' })
  await asSystem((system) => askForRun(system, workspaceId))
  await expect(findAllDuplicates(asSystem, AbortSignal.abort())).rejects.toThrow()
  expect(await findAllDuplicates(asSystem, signal)).toBe(workspaceId)
})

test('a run over all sets aside what is none any more, and finds what changes found', async () => {
  const { typedId, pairId } = await makePair()
  const before = (await queue()).pairs
  await sql`
    update duplicate_candidates set weighed_at = weighed_at - interval '1 day', score = 1
    where workspace_id = ${workspaceId}
  `.execute(scene.pipeline.kysely)
  const runAll = async () => {
    await sql`
      update private.duplicate_keys set compared_at = compared_at - interval '1 day'
      where workspace_id = ${workspaceId}
    `.execute(scene.pipeline.kysely)
    await asSystem((system) => askForRun(system, workspaceId))
    await findDuplicatesOfAll(asSystem, signal)
  }
  await runAll()
  const [again] = (await queue()).pairs
  expect(again?.id).toBe(pairId)
  expect(again?.score).toBeCloseTo(before[0]?.score ?? 0, 6)
  await sql`alter table contact_identities disable trigger user`.execute(await asOwner())
  await sql`update contact_identities set phone = '0812-9999-4321' where contact_id = ${typedId}`.execute(
    scene.pipeline.kysely,
  )
  await sql`alter table contact_identities enable trigger user`.execute(await asOwner())
  await change(typedId, 'Toko Makmur Jaya Abadi')
  await sql`delete from private.changed_contacts where workspace_id = ${workspaceId}`.execute(
    scene.pipeline.kysely,
  )
  await runAll()
  expect(await statesOf(typedId)).toEqual(['gone'])
})

let ownerDatabase: ReturnType<typeof createDatabase> | undefined
afterAll(() => ownerDatabase?.destroy())
function asOwner(): Promise<ReturnType<typeof createDatabase>> {
  ownerDatabase ??= createDatabase(
    createPool({ connectionString: database.ownerUrl, applicationName: 'test owner', max: 1 }),
  )
  return Promise.resolve(ownerDatabase)
}

test('a pair is for those who see both, and of one workspace', async () => {
  const { typedId, pairId } = await makePair()
  const agent = await addMember(database.adminUrl, workspaceId, 'agent')
  const restricted = await addMember(database.adminUrl, workspaceId, 'agent')
  await sql`update workspace_members set visibility = 'own' where user_id = ${restricted.sub}`.execute(
    scene.pipeline.kysely,
  )
  await sql`update conversations set assignee_id = ${restricted.sub} where workspace_id = ${workspaceId}`.execute(
    scene.pipeline.kysely,
  )
  const see = (who: { sub: string; exp: number }) =>
    asMember(who, async (member) => ({
      queue: (await listDuplicates(member, workspaceId, null)).pairs.length,
      of: (await listDuplicatesOf(member, workspaceId, typedId)).length,
      counted: (await countDuplicates(member, workspaceId)).same,
    }))
  expect(await see(agent)).toEqual({ queue: 1, of: 1, counted: 1 })
  // The customer is theirs, the typed contact nobody's.
  expect(await see(restricted)).toEqual({ queue: 0, of: 0, counted: 0 })
  await expect(decide(pairId, 'different', restricted)).rejects.toMatchObject({ code: 'duplicate_not_found' })

  const other = await makeWorkspace(database.adminUrl)
  const stranger = { sub: other.ownerId, exp: owner.exp }
  expect(await see(stranger)).toEqual({ queue: 0, of: 0, counted: 0 })
  await expect(decide(pairId, 'different', stranger)).rejects.toMatchObject({ code: 'duplicate_not_found' })
  await expect(asMember(stranger, (member) => askForDuplicates(member, workspaceId))).rejects.toMatchObject({
    code: 'not_allowed',
  })
  await expect(asMember(agent, (member) => askForDuplicates(member, workspaceId))).rejects.toMatchObject({
    code: 'not_allowed',
  })

  expect(await decide(pairId, 'different', agent)).toBe('different')
  const colleague = await addMember(database.adminUrl, workspaceId, 'agent')
  await expect(decide(pairId, 'undo', colleague)).rejects.toMatchObject({ code: 'not_yours' })
  expect(await decide(pairId, 'undo', owner)).toBe('open')
})

test('contacts of other workspaces are never compared', async () => {
  await typeContact({ name: 'Budi Santoso', phone: '0812-0000-1234' })
  await findChanged()
  const second = await openScene(database)
  await second.say({ wamid: 'x', phone: '6281200001234', contactName: 'Budi Santoso' })
  await second.apply()
  await findChanged()
  await second.pipeline.close()
  expect((await queue()).pairs).toEqual([])
})

test('pages follow each other without gaps, the surest first', async () => {
  for (let at = 0; at < 25; at += 1) {
    const phone = `0813-0001-${String(1000 + at * 7)}`
    await typeContact({ name: `Ni Luh ${String.fromCharCode(97 + at)}stari`, phone })
    await typeContact({ name: `Ketut ${String.fromCharCode(97 + at)}nggara`, phone: `+62 ${phone.slice(1)}` })
  }
  await findChanged()
  const first = await queue()
  expect(first.pairs).toHaveLength(20)
  const rest = []
  for (let next = first.next; next !== null;) {
    const page = await asMember(owner, (member) => listDuplicates(member, workspaceId, next))
    rest.push(...page.pairs)
    next = page.next
  }
  const all = [...first.pairs, ...rest]
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
  expect(all.map(({ score }) => score)).toEqual(all.map(({ score }) => score).sort((a, b) => b - a))
  expect(all.filter(({ evidence }) => only(evidence, 'same_number_written_differently'))).toHaveLength(25)
  await expect(
    asMember(owner, (member) => listDuplicates(member, workspaceId, 'nonsense')),
  ).rejects.toMatchObject({ code: 'bad_cursor' })
})

test('after an import of thousands, keys are made first and all are compared at once', async () => {
  await sql`
    insert into contacts (workspace_id, name, name_source)
    select ${workspaceId}, 'Pelanggan ' || md5(n::text), 'import' from generate_series(1, 2600) n
  `.execute(scene.pipeline.kysely)
  await typeContact({ name: 'Budi Santoso', phone: '0812-0000-1234' })
  await typeContact({ name: 'Budi Santoso', phone: '+62 812 0000 1234' })
  expect(await asSystem((system) => findChangedDuplicates(system, workspaceId))).toBe(500)
  expect(await asMember(owner, (member) => findDuplicateSearch(member, workspaceId))).toMatchObject({
    isRunning: true,
    hasChanges: true,
  })
  await findChanged()
  await findDuplicatesOfAll(asSystem, signal)
  const [surest] = (await queue()).pairs
  expect(only(surest?.evidence, 'same_number_written_differently')).toBeDefined()
  const { rows } = await sql<{ waiting: number; contacts: number }>`
    select (select count(*)::int from private.changed_contacts where workspace_id = ${workspaceId}) as waiting,
      (select contacts from private.duplicate_marks where workspace_id = ${workspaceId}) as contacts
  `.execute(scene.pipeline.kysely)
  expect(rows).toEqual([{ waiting: 0, contacts: 2602 }])
})
