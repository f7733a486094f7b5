import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { findOtherEvents } from '../../src/lib/server/database/retract-events.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import {
  addEndpoint,
  budi,
  openRetraction,
  stranger,
  type RetractionScene,
} from '../support/retraction-scene.ts'
import { readEveryColumn } from '../support/wrecked-runs.ts'

let database: TestDatabase
let at: RetractionScene

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

beforeEach(async () => {
  at = await openRetraction(database)
})
afterEach(() => at.scene.pipeline.close())

const people = () =>
  at.query(
    `select p.name, i.phone_normalized as phone, i.profile_name,
       array(select b.value from business_scoped_ids b where b.identity_id = i.id) as ids
     from contact_identities i join contacts p on p.id = i.contact_id where i.workspace_id = $1 order by p.name`,
  )

const everything = () => readEveryColumn(database.adminUrl, at.scene.workspace.workspaceId)

/** As retention does; the rows of the ledger stay. */
const dropBodies = (endpointId: string) =>
  at.query('update webhook_deliveries set body = null where workspace_id = $1 and endpoint_id = $2', [
    endpointId,
  ])

test('whom staff or an import made known keeps the number that forged messages told earlier and later', async () => {
  await at.query(
    `with made as (
       insert into contacts (workspace_id, name, name_source, name_as_of)
       values ($1, 'Citra', 'import', to_timestamp(1760000010)) returning id
     ), account as (
       insert into contact_identities (workspace_id, contact_id, phone_normalized, source)
       select $1, id, $2, 'import' from made returning id
     )
     insert into identity_phones (workspace_id, identity_id, phone_normalized, first_seen_at, last_seen_at)
     select $1, id, $2, to_timestamp(1760000010), to_timestamp(1760000010) from account`,
    [budi],
  )
  await at.receive(at.leaky, at.facts('f1', budi, 0, { contactName: 'Bank' }))
  await at.receive(at.leaky, at.facts('f2', budi, 20, { contactName: 'Bank' }))
  await at.scene.apply()
  const before = await everything()
  const run = await at.plan()
  await run.apply()
  expect(await at.wamids()).toEqual([])
  expect(await people()).toEqual([{ name: 'Citra', phone: budi, profile_name: null, ids: [] }])
  await run.undo()
  expect(await everything()).toEqual(before)
})

test('a customer of whom nothing can be read any more keeps number, id and name', async () => {
  const { workspace } = at.scene
  const customer = { contactName: 'Budi', businessScopedId: 'ID.budi' }
  await at.receive(workspace, at.facts('g1', budi, 10, customer))
  await at.scene.apply()
  await dropBodies(workspace.endpointId)
  await at.receive(at.leaky, at.facts('f1', budi, 0, customer))
  await at.receive(at.leaky, at.facts('f2', budi, 20, customer))
  await at.receive(at.leaky, at.facts('f3', stranger, 20, { contactName: 'Stranger' }))
  await at.scene.apply()
  const run = await at.plan()
  await run.apply()
  expect(await at.wamids()).toEqual(['g1'])
  expect(await people()).toEqual([
    { name: 'Budi', phone: budi, profile_name: 'Budi', ids: ['ID.budi'] },
    { name: null, phone: null, profile_name: null, ids: [] },
  ])
})

test('one who writes much does not hide what others wrote', async () => {
  const { workspace } = at.scene
  const { workspaceId } = workspace
  await at.receive(workspace, at.facts('g1', budi, 0, { contactName: 'Budi' }))
  await at.receive(workspace, at.facts('g2', stranger, 1, { contactName: 'Sari' }))
  await at.scene.apply()
  const keys = (
    await at.query(
      'select subject_key::text as key, id from webhook_events where workspace_id = $1 order by id',
    )
  ).map((row) => String(row['key']))
  const [, loud] = keys
  await at.query(
    `insert into webhook_events (workspace_id, event_id, name, subject_key, status, item_index, delivery_id,
       received_at, processed_at)
     select $1, 'much-' || n, e.name, e.subject_key, 'processed', n, e.delivery_id, e.received_at, now()
     from webhook_events e cross join generate_series(1, 6000) n
     where e.workspace_id = $1 and e.subject_key = $2`,
    [loud],
  )
  const found = await at.scene.pipeline.asSystem((transaction) =>
    findOtherEvents(transaction, workspaceId, at.span(), keys),
  )
  const ids = await at.query(
    'select min(id)::int as first, max(id)::int as last from webhook_events where workspace_id = $1 group by subject_key',
  )
  const told = new Set(found.map(({ id }) => id))
  expect(ids.flatMap(({ first, last }) => [told.has(Number(first)), told.has(Number(last))])).toEqual([
    true,
    true,
    true,
    true,
  ])
  expect(found.length).toBeLessThan(6000)
})

test('a run is undone where the stranger has written since, under an earlier time', async () => {
  await at.receive(at.leaky, at.facts('f4', stranger, 23, { contactName: 'Stranger' }))
  await at.scene.apply()
  const run = await at.plan()
  await run.apply()
  await at.receive(at.scene.workspace, at.facts('g5', stranger, 5, { contactName: 'Sari' }))
  await at.scene.apply()
  await run.undo()
  expect((await run.report()).state).toBe('undone')
  expect(await at.wamids()).toEqual(['f4', 'g5'])
  // Two accounts claim it; whoever was seen last with it has it.
  expect((await people()).map((row) => [row['name'], row['phone']])).toEqual([
    ['Sari', null],
    ['Stranger', stranger],
  ])
})

test('of two runs about one person the earlier can be undone alone', async () => {
  const other = await addEndpoint(database, at.scene.workspace)
  await at.receive(
    at.leaky,
    at.facts('f1', stranger, 20, { contactName: 'Stranger', businessScopedId: 'ID.x' }),
  )
  await at.receive(other, at.facts('f2', stranger, 40, { contactName: 'Stranger', businessScopedId: 'ID.x' }))
  await at.scene.apply()
  const before = await everything()
  const [first, second] = [await at.plan(), await at.plan(other)]
  await first.apply()
  await second.apply()
  expect((await people()).map((row) => row['phone'])).toEqual([null])
  await first.undo()
  expect(await at.wamids()).toEqual(['f1'])
  expect((await people()).map((row) => row['phone'])).toEqual([stranger])
  await second.undo()
  expect(await at.wamids()).toEqual(['f1', 'f2'])
  expect((await everything())['public.messages']).toEqual(before['public.messages'])
})
