import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { readHistory } from '../../src/lib/server/database/contact-history.ts'
import { writeTimeline } from '../../src/lib/server/database/contact-timeline.ts'
import { actForMember } from '../../src/lib/server/database/recovery-work.ts'
import { archiveDuplicates } from '../../src/lib/server/recovery/archive-duplicates.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { openScene, type IdentityScene } from '../support/identity-scene.ts'
import { queryOnce } from '../support/query.ts'
import { planRun, readEveryColumn } from '../support/wrecked-runs.ts'

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
  await scene.say({ wamid: 'a1', phone: '+6281200000301', contactName: 'Ani', at: began })
  await scene.say({ wamid: 'b1', phone: '+6281200000302', contactName: 'Ani', at: began + 1 })
  await scene.say({ wamid: 'c1', phone: '+6281200000303', contactName: 'Citra', at: began + 2 })
  await scene.apply()
})

afterEach(async () => {
  await scene.pipeline.close()
})

const query = (statement: string, values: unknown[] = []) =>
  queryOnce<Record<string, unknown>>(database.adminUrl, statement, [scene.workspace.workspaceId, ...values])

/** Writes down that the two Anis are one person, as the search for duplicates would. */
async function findDuplicates(verdict: string, state = 'open') {
  await query(
    `insert into duplicate_candidates
       (workspace_id, left_id, right_id, score, verdict, evidence, counter_evidence, state, decided_by, decided_at)
     select $1, l.id, r.id, 12, $2::duplicate_verdict, '[]', '[]', $3::duplicate_state,
       case when $3 = 'different' then $4::uuid end, case when $3 = 'different' then now() end
     from contacts l join contacts r on r.workspace_id = l.workspace_id and r.id > l.id
     where l.workspace_id = $1 and l.name = 'Ani' and r.name = 'Ani'`,
    [verdict, state, scene.workspace.ownerId],
  )
}

const plan = () =>
  planRun(database, scene.pipeline, scene.workspace, ['archive_duplicates', archiveDuplicates], {})

const standing = () =>
  query(
    `select c.name, c.lead_status, t.state, t.snooze_kind
     from contacts c
     join contact_identities i on i.contact_id = c.id
     join conversations t on t.identity_id = i.id
     where c.workspace_id = $1 order by c.name, c.lead_status`,
  )

test('archives all but one, and gives back what was', async () => {
  await findDuplicates('same')
  await query(`update conversations set state = 'snoozed', snooze_kind = 'reply' where workspace_id = $1`)
  const before = await readEveryColumn(database.adminUrl, scene.workspace.workspaceId)
  const run = await plan()
  expect(await run.report()).toEqual({ state: 'planned', items: { pending: 1 } })
  await run.apply()
  expect(await run.report()).toEqual({ state: 'applied', items: { applied: 1 } })
  expect(await standing()).toEqual([
    { name: 'Ani', lead_status: 'new', state: 'snoozed', snooze_kind: 'reply' },
    { name: 'Ani', lead_status: 'duplicate', state: 'closed', snooze_kind: null },
    { name: 'Citra', lead_status: 'new', state: 'snoozed', snooze_kind: 'reply' },
  ])
  expect(
    await query(
      'select distinct recovery_run_id from contact_changes where workspace_id = $1 and field = $2',
      ['lead_status'],
    ),
  ).toEqual([{ recovery_run_id: run.id }])
  const again = await plan()
  expect((await again.report()).items).toEqual({})
  await run.undo()
  expect(await run.report()).toEqual({ state: 'undone', items: { undone: 1 } })
  expect(await readEveryColumn(database.adminUrl, scene.workspace.workspaceId)).toEqual(before)
})

test('history says that a recovery run did it, and of what people do that they did', async () => {
  await findDuplicates('same')
  const run = await plan()
  await run.apply()
  const [item] = await run.items()
  const contactId = String(item?.subject)
  const { workspaceId } = scene.workspace
  await scene.pipeline.asSystem(async (transaction) => {
    await actForMember(transaction, scene.workspace.ownerId)
    await transaction
      .updateTable('contacts')
      .set({ lead_status: 'spam' })
      .where('id', '=', contactId)
      .execute()
  })
  const history = await scene.pipeline.asSystem((transaction) =>
    readHistory(transaction, { workspaceId, contactIds: [contactId], accountIds: [], people: new Map() }),
  )
  const shown = writeTimeline({
    ...{ contactId, createdAt: new Date(0), history, conversations: [], notes: [], labelLines: [] },
    ...{ blocks: [], optOutLines: [], merges: [], imports: [] },
  })
  expect(
    shown
      .filter(({ details }) => details['field'] === 'lead_status')
      .map(({ details }) => [details['newValue'], details['way']]),
  ).toEqual([
    ['spam', null],
    ['duplicate', 'recovery'],
  ])
})

test.each([
  ['who only looks alike', 'likely', 'open'],
  ['whom somebody called different people', 'same', 'different'],
])('leaves %s', async (_, verdict, state) => {
  await findDuplicates(verdict, state)
  expect((await (await plan()).report()).items).toEqual({})
})

test('a contact that was changed since the plan is left, and a conversation that goes on stays open', async () => {
  await findDuplicates('same')
  const late = await plan()
  const [item] = await late.items()
  await query(`update contacts set lead_status = 'qualified' where workspace_id = $1 and id = $2`, [
    item?.subject,
  ])
  await late.apply()
  expect((await late.items())[0]).toMatchObject({ state: 'skipped', outcome_why: 'changed_meanwhile' })

  const run = await plan()
  await run.apply()
  const [{ phone } = {}] = await query(
    'select phone_normalized as phone from contact_identities where workspace_id = $1 and contact_id = $2',
    [item?.subject],
  )
  await scene.say({ wamid: 'later', phone: String(phone), at: began + 60 })
  await scene.apply()
  await run.undo()
  expect((await run.items())[0]).toMatchObject({ state: 'undone', outcome_why: 'partly_changed_since' })
  expect((await standing()).map((row) => row['state'])).toEqual(['open', 'open', 'open'])
  expect((await standing()).map((row) => row['lead_status']).sort()).toEqual(['new', 'new', 'qualified'])
})

test('spellings of one number are sure without having been compared', async () => {
  await query(`update contact_identities set phone = '0812 0000 0301', phone_normalized = '+8120000301', source = 'import'
    where workspace_id = $1 and phone_normalized = '+6281200000302'`)
  await query(`update workspaces set default_country = 'ID' where id = $1`)
  const run = await plan()
  expect((await run.items()).map(({ why }) => why)).toEqual(['sure_duplicate'])
  await run.apply()
  expect(await run.report()).toEqual({ state: 'applied', items: { applied: 1 } })
})

test('whom somebody called different people since the plan is left', async () => {
  await findDuplicates('same')
  const run = await plan()
  await query(
    `update duplicate_candidates set state = 'different', decided_by = $2, decided_at = now() where workspace_id = $1`,
    [scene.workspace.ownerId],
  )
  await run.apply()
  expect((await run.items())[0]).toMatchObject({ state: 'skipped', outcome_why: 'called_different' })
  expect((await standing()).map((row) => row['lead_status'])).toEqual(['new', 'new', 'new'])
})

test.each([
  [
    'who is surely the same no more',
    () => query(`update duplicate_candidates set verdict = 'likely' where workspace_id = $1`),
  ],
  [
    'whose other one is a duplicate by now',
    (subject: string) =>
      query(
        `update contacts set lead_status = 'duplicate' where workspace_id = $1 and name = 'Ani' and id <> $2`,
        [subject],
      ),
  ],
  [
    'whose other one is in no list any more',
    (subject: string) =>
      query(
        `update contacts set set_aside_at = now() where workspace_id = $1 and name = 'Ani' and id <> $2`,
        [subject],
      ),
  ],
  [
    'who wrote since the plan',
    async (subject: string) => {
      const [{ phone } = {}] = await query(
        'select phone_normalized as phone from contact_identities where workspace_id = $1 and contact_id = $2',
        [subject],
      )
      await scene.say({ wamid: 'since', phone: String(phone), at: began + 60 })
      await scene.apply()
    },
  ],
])('leaves %s', async (_, change) => {
  await findDuplicates('same')
  const run = await plan()
  const [item] = await run.items()
  await change(String(item?.subject))
  await run.apply()
  expect((await run.items())[0]).toMatchObject({ state: 'skipped', outcome_why: 'changed_meanwhile' })
  expect(await query('select distinct state from conversations where workspace_id = $1')).toEqual([
    { state: 'open' },
  ])
})

test('nobody becomes the duplicate of a duplicate', async () => {
  await findDuplicates('same')
  const [item] = await (await plan()).items()
  await query(
    `update contacts set lead_status = 'duplicate' where workspace_id = $1 and name = 'Ani' and id <> $2`,
    [item?.subject],
  )
  expect((await (await plan()).report()).items).toEqual({})
})
