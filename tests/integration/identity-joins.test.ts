import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { undoIdentityJoin } from '../../src/lib/server/database/identities.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { openScene, type IdentityScene } from '../support/identity-scene.ts'
import { reactionBody, sign } from '../support/kapso-bodies.ts'
import { addMember } from '../support/workspace.ts'

let database: TestDatabase
let scene: IdentityScene

beforeAll(async () => {
  database = await createTestDatabase()
})

afterAll(async () => {
  await database.drop()
})

beforeEach(async () => {
  scene = await openScene(database)
})

afterEach(async () => {
  await scene.pipeline.close()
})

const at = (seconds: number) => 1_760_000_000 + seconds
const phone = '6281200000001'

/** Somebody who is two for the time being: three messages with the number, two with the id. */
async function tellHalves(): Promise<void> {
  for (const second of [1, 3, 5]) {
    await scene.say({
      wamid: `p${String(second)}`,
      phone,
      conversationId: 'kp',
      at: at(second),
      contactName: 'Budi',
    })
  }
  for (const second of [2, 4]) {
    await scene.say({
      wamid: `i${String(second)}`,
      businessScopedId: 'ID.1',
      conversationId: 'ki',
      at: at(second),
      contactName: 'Ani',
    })
  }
  await scene.apply()
}

async function tellBoth(second: number): Promise<void> {
  await scene.say({
    wamid: `b${String(second)}`,
    businessScopedId: 'ID.1',
    phone,
    conversationId: 'kb',
    at: at(second),
  })
  await scene.apply()
}

/** A reaction to a message that nobody has told of yet. */
async function react(
  who: { phone?: string; businessScopedId?: string; conversationId: string },
  second: number,
): Promise<void> {
  const { phoneNumberId, secret } = scene.workspace
  const wamid = `r${String(second)}`
  const body = reactionBody({ ...who, wamid, about: 'unknown', phoneNumberId, at: at(second) })
  const delivery = sign('whatsapp.message.received', body, secret)
  expect(await scene.pipeline.deliver(scene.workspace, delivery)).toBe(200)
}

async function undo(): Promise<boolean[]> {
  const joins = await scene.pipeline.kysely
    .selectFrom('identity_joins')
    .select('id')
    .where('workspace_id', '=', scene.workspace.workspaceId)
    .execute()
  return scene.pipeline.asSystem(async (system) => {
    const undone: boolean[] = []
    for (const { id } of joins) {
      undone.push(
        await undoIdentityJoin(system, scene.workspace.workspaceId, id, { userId: scene.workspace.ownerId }),
      )
    }
    return undone
  })
}

/** Reads as far as somebody would who opened the thread after its first messages. */
async function read(userId: string, readCounts: number[]): Promise<void> {
  const threads = await scene.threads()
  for (const [place, readCount] of readCounts.entries()) {
    await sql`
      insert into conversation_reads (workspace_id, conversation_id, user_id, read_count)
      values (${scene.workspace.workspaceId}, ${threads[place]?.id}, ${userId}, ${readCount})
      on conflict (workspace_id, user_id, conversation_id) do update set read_count = excluded.read_count
    `.execute(scene.pipeline.kysely)
  }
}

async function unread(userId: string): Promise<number[]> {
  const { rows } = await sql<{ unread: number }>`
    select c.inbound_count - coalesce(r.read_count, 0) as unread
    from conversations c
    left join conversation_reads r on r.conversation_id = c.id and r.user_id = ${userId}
    where c.workspace_id = ${scene.workspace.workspaceId} and c.root_id = c.id
    order by c.inbound_count desc
  `.execute(scene.pipeline.kysely)
  return rows.map((row) => row.unread)
}

test('a join makes one thread of two, with one summary, and nobody has more or less to read', async () => {
  const member = await addMember(database.adminUrl, scene.workspace.workspaceId, 'agent')
  await tellHalves()
  const [ids, numbers] = await scene.threads()
  expect([ids?.inbound_count, numbers?.inbound_count]).toEqual([2, 3])
  await read(member.sub, [1, 3])
  expect(await unread(member.sub)).toEqual([0, 1])

  await tellBoth(6)
  expect(await scene.threads()).toMatchObject([
    { wamids: ['p1', 'i2', 'p3', 'i4', 'p5', 'b6'], inbound_count: 6, last_wamid: 'b6' },
  ])
  // The one from before and the one that has just come.
  expect(await unread(member.sub)).toEqual([2])
  expect(await unread(scene.workspace.ownerId)).toEqual([6])
})

test.each([
  [2, 9],
  [9, 2],
])(
  'threads without a message that become one stand at the latest time told of either (%i and %i)',
  async (ofNumber, ofId) => {
    await react({ phone, conversationId: 'kp' }, ofNumber)
    await react({ businessScopedId: 'ID.1', conversationId: 'ki' }, ofId)
    await scene.apply()
    await react({ phone, businessScopedId: 'ID.1', conversationId: 'kb' }, 1)
    await scene.apply()
    const roots = await scene.pipeline.kysely
      .selectFrom('conversations')
      .select('last_activity_at')
      .where('workspace_id', '=', scene.workspace.workspaceId)
      .where('is_root', '=', true)
      .execute()
    expect(roots).toEqual([{ last_activity_at: new Date(at(9) * 1000) }])
  },
)

test('an undone join gives everybody back what was theirs, also what they have not read', async () => {
  const member = await addMember(database.adminUrl, scene.workspace.workspaceId, 'agent')
  await tellHalves()
  await tellBoth(6)
  await read(member.sub, [4])
  expect(await unread(member.sub)).toEqual([2])

  expect(await undo()).toEqual([true])
  const people = await scene.people()
  expect(people).toMatchObject([
    { contact: 'Ani', ids: ['ID.1'], contacts: 1 },
    { contact: 'Budi', ids: [], contacts: 1 },
  ])
  expect((await scene.threads()).flatMap(({ wamids }) => wamids).sort()).toEqual([
    'b6',
    'i2',
    'i4',
    'p1',
    'p3',
    'p5',
  ])
  const threads = await scene.threads()
  for (const { wamids, inbound_count, last_wamid } of threads) {
    expect({ inbound_count, last_wamid }).toEqual({ inbound_count: wamids.length, last_wamid: wamids.at(-1) })
  }
  // The newest two, p5 and b6, wherever they stand.
  expect((await unread(member.sub)).reduce((sum, count) => sum + count)).toBe(2)
  expect(await undo()).toEqual([false])
})

test('an undone join is never made again, and both go on apart', async () => {
  await tellHalves()
  await tellBoth(6)
  await undo()
  await tellBoth(7)
  await scene.say({ wamid: 'k8', conversationId: 'kp', phone, at: at(8) })
  await scene.apply()
  expect(await scene.people()).toHaveLength(2)
  expect(await scene.threads()).toHaveLength(2)
  expect(await scene.people()).toMatchObject([{ ids: ['ID.1'], phone: `+${phone}` }, { phone: null }])
})

test('of three that were joined one after the other, each join can be undone by itself', async () => {
  await tellHalves()
  await scene.say({ wamid: 'j1', businessScopedId: 'ID.2', conversationId: 'kj', at: at(1) })
  await scene.apply()
  await tellBoth(6)
  await scene.tellChange({ from: 'ID.1', to: 'ID.2', at: at(7) })
  await scene.apply()
  expect(await scene.people()).toMatchObject([{ ids: ['ID.1', 'ID.2'], accounts: 3, contacts: 1 }])
  expect(await scene.threads()).toMatchObject([{ inbound_count: 7 }])
  const [first] = await scene.pipeline.kysely
    .selectFrom('identity_joins')
    .select('id')
    .where('reason', '=', 'phone_and_id')
    .where('workspace_id', '=', scene.workspace.workspaceId)
    .execute()
  await scene.pipeline.asSystem((system) =>
    undoIdentityJoin(system, scene.workspace.workspaceId, first?.id ?? '', {
      userId: scene.workspace.ownerId,
    }),
  )
  const people = await scene.people()
  expect(people.map(({ accounts, contacts }) => [accounts, contacts]).sort()).toEqual([
    [1, 1],
    [2, 1],
  ])
  const threads = await scene.threads()
  expect(threads.map(({ inbound_count }) => inbound_count).sort()).toHaveLength(2)
  expect(threads.reduce((sum, { inbound_count }) => sum + inbound_count, 0)).toBe(7)
})

test('a name that staff gave stays in front when its contact is joined', async () => {
  await tellHalves()
  await scene.pipeline.kysely
    .updateTable('contacts')
    .set({ name: 'Ibu Ani', name_source: 'staff' })
    .where('workspace_id', '=', scene.workspace.workspaceId)
    .where('name', '=', 'Ani')
    .execute()
  await tellBoth(6)
  expect(await scene.people()).toMatchObject([{ contact: 'Ibu Ani', contacts: 1 }])
})

test('an open inbox hears of a join and of its undoing by its cursor', async () => {
  await tellHalves()
  const cursor = await readCursor()
  await tellBoth(6)
  const joined = await changedThreads(cursor)
  expect(joined.map(({ is_root }) => is_root).sort()).toEqual([false, true])
  const later = await readCursor()
  await undo()
  expect(await changedThreads(later)).toMatchObject([{ is_root: true }, { is_root: true }])
})

async function readCursor(): Promise<string> {
  const { rows } = await sql<{ cursor: string }>`
    select pg_snapshot_xmin(pg_current_snapshot())::text as cursor
  `.execute(scene.pipeline.kysely)
  return rows[0]?.cursor ?? ''
}

async function changedThreads(cursor: string): Promise<{ is_root: boolean }[]> {
  const { rows } = await sql<{ is_root: boolean }>`
    select c.root_id = c.id as is_root from conversations c
    where c.workspace_id = ${scene.workspace.workspaceId} and c.changed_xid >= ${cursor}::xid8
  `.execute(scene.pipeline.kysely)
  return rows
}

test('a message that is written to a thread that was merged away counts in the thread at the root', async () => {
  await tellHalves()
  const [, numbers] = await scene.threads()
  await tellBoth(6)
  const [thread] = await scene.threads()
  const merged = numbers?.id === thread?.id ? await mergedThread() : numbers?.id
  await sql`
    insert into messages (workspace_id, conversation_id, channel_id, wamid, direction, origin, type, text, occurred_at)
    values (${scene.workspace.workspaceId}, ${merged}, ${scene.workspace.channelId}, 'late', 'inbound', 'cloud_api',
      'text', 'Halo', ${new Date(at(9) * 1000)})
  `.execute(scene.pipeline.kysely)
  expect(await scene.threads()).toMatchObject([{ inbound_count: 7, last_wamid: 'late' }])
})

async function mergedThread(): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select c.id from conversations c where c.workspace_id = ${scene.workspace.workspaceId} and c.root_id <> c.id
  `.execute(scene.pipeline.kysely)
  return rows[0]?.id ?? ''
}
