import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { actForMember } from '../../src/lib/server/database/recovery-work.ts'
import { undoThreadMerge } from '../../src/lib/server/database/thread-merges.ts'
import { consolidateThreads } from '../../src/lib/server/recovery/consolidate-threads.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { openScene, type IdentityScene } from '../support/identity-scene.ts'
import { queryOnce } from '../support/query.ts'
import { planRun } from '../support/wrecked-runs.ts'

const began = 1_760_000_000

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
  await scene.say({
    wamid: 'a1',
    phone: '+6281200000401',
    contactName: 'Ani',
    at: began,
    conversationId: 's1',
  })
  await scene.say({
    wamid: 'b1',
    phone: '+6281200000402',
    contactName: 'Ani',
    at: began + 1,
    conversationId: 's2',
  })
  await scene.apply()
})

afterEach(async () => {
  await scene.pipeline.close()
})

const query = (statement: string, values: unknown[] = []) =>
  queryOnce<Record<string, unknown>>(database.adminUrl, statement, [scene.workspace.workspaceId, ...values])

const plan = () =>
  planRun(database, scene.pipeline, scene.workspace, ['consolidate_threads', consolidateThreads], {})

const threads = async () => (await scene.threads()).map(({ wamids, inbound_count: count }) => [wamids, count])

/** As an older version would have left them: both accounts belong to one contact. */
async function giveOneContact() {
  await query(
    `update contact_identities set contact_id = (select id from contacts where workspace_id = $1 order by created_at, id limit 1)
     where workspace_id = $1`,
  )
}

test('threads of one contact become one, and stand apart again after the undo', async () => {
  await giveOneContact()
  const run = await plan()
  expect((await run.items()).map(({ why }) => why)).toEqual(['one_contact'])
  await run.apply()
  expect(await run.report()).toEqual({ state: 'applied', items: { applied: 1 } })
  expect(await threads()).toEqual([[['a1', 'b1'], 2]])
  expect(await query('select recovery_run_id from conversation_joins where workspace_id = $1')).toEqual([
    { recovery_run_id: run.id },
  ])
  expect((await (await plan()).report()).items).toEqual({})
  await run.undo()
  expect(await run.report()).toEqual({ state: 'undone', items: { undone: 1 } })
  expect(await threads()).toEqual([
    [['a1'], 1],
    [['b1'], 1],
  ])
})

test('threads of one account that lost their edge are settled, what is written meanwhile included', async () => {
  // The accounts are one, their threads were never brought together.
  await query(
    `with chosen as (select id, contact_id from contact_identities where workspace_id = $1 order by created_at, id limit 1)
     update contact_identities i set root_id = chosen.id, contact_id = chosen.contact_id from chosen where i.workspace_id = $1`,
  )
  const [first] = await query('select id from contact_identities where workspace_id = $1 and root_id = id')
  await query(
    `insert into identity_joins (workspace_id, loser_id, survivor_id, source, reason)
     select $1, i.id, $2, 'ingest', 'same_event' from contact_identities i where i.workspace_id = $1 and i.id <> $2`,
    [first?.['id']],
  )
  const run = await plan()
  expect((await run.items()).map(({ why }) => why)).toEqual(['one_account'])
  await scene.say({ wamid: 'a2', phone: '+6281200000401', at: began + 5, conversationId: 's1' })
  await scene.apply()
  await run.apply()
  expect((await threads()).flat(2)).toEqual(['a1', 'b1', 'a2', 3])
  expect((await (await plan()).report()).items).toEqual({})
  await run.undo()
  expect(await run.report()).toEqual({ state: 'undone', items: { undone: 1 } })
  expect(await threads()).toHaveLength(2)
})

test('two contacts that share a Kapso conversation are told of and left', async () => {
  await query(`update messages set kapso_conversation_id = 's1' where workspace_id = $1 and wamid = 'b1'`)
  const run = await plan()
  expect((await run.items()).map(({ why, state }) => [why, state])).toEqual([
    ['session_of_two_contacts', 'skipped'],
  ])
  await run.apply()
  expect(await threads()).toHaveLength(2)
})

test.each([
  ['a merge of somebody', true, false],
  ['a merge of a run', false, false],
  ['a merge of a run that was undone later', false, true],
])('threads that somebody parted stay apart, after %s', async (_, isOfSomebody, isRunUndone) => {
  await giveOneContact()
  const run = await plan()
  await run.apply()
  if (isOfSomebody)
    await query(`update conversation_joins set recovery_run_id = null where workspace_id = $1`)
  const [join] = await query('select id from conversation_joins where workspace_id = $1')
  const { workspaceId, ownerId } = scene.workspace
  await scene.pipeline.asSystem(async (transaction) => {
    await actForMember(transaction, ownerId)
    expect(await undoThreadMerge(transaction, workspaceId, String(join?.['id']))).toBe(true)
  })
  expect(await threads()).toHaveLength(2)
  if (isRunUndone) await run.undo()
  expect((await (await plan()).report()).items).toEqual({})
})

test('threads that stand apart because a run was undone are brought together by another', async () => {
  await giveOneContact()
  const run = await plan()
  await run.apply()
  await run.undo()
  expect((await (await plan()).report()).items).toEqual({ pending: 1 })
})
