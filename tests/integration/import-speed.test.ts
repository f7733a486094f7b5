import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { AsSystem } from '../../src/lib/server/database/database.ts'
import { askForRun, claimRun, finishRun } from '../../src/lib/server/database/duplicate-marks.ts'
import { findChangedDuplicates } from '../../src/lib/server/duplicates/find-changed.ts'
import {
  makeImportBench,
  openImportDesk,
  type ImportBench,
  type ImportDesk,
} from '../support/import-bench.ts'

let bench: ImportBench
let desk: ImportDesk

beforeAll(async () => {
  bench = await makeImportBench()
})
beforeEach(async () => {
  desk = await openImportDesk(bench)
})
afterAll(() => bench.close())

const file = `name,phone,email
Budi Santoso,0812 0000 7701,budi@example.com
Siti Rahayu,0812 0000 7702,
Agus Wijaya,,agus@example.com
`
const mapping = ['name', 'phone', 'email'] as const

const waiting = () =>
  bench.query<{ name: string }>(
    `select c.name from private.changed_contacts q join public.contacts c on c.id = q.contact_id
     where q.workspace_id = $1 order by q.id`,
    [desk.workspace.workspaceId],
  )

const lookAtChanged = () =>
  bench.pipeline.asSystem((database) => findChangedDuplicates(database, desk.workspace.workspaceId))

test('whoever an import makes or changes waits once to be looked at, and comes in the order of the file', async () => {
  const importId = await desk.check(file, [...mapping])
  await desk.advance(importId, { step: 'apply' })
  await desk.run(importId)
  expect((await waiting()).map(({ name }) => name)).toEqual(['Budi Santoso', 'Siti Rahayu', 'Agus Wijaya'])
  const made = await bench.query<{ name: string }>(
    'select name from public.contacts where workspace_id = $1 order by id',
    [desk.workspace.workspaceId],
  )
  expect(made.map(({ name }) => name)).toEqual(['Budi Santoso', 'Siti Rahayu', 'Agus Wijaya'])
  expect(await lookAtChanged()).toBe(3)

  const again = await desk.check(file.replace('Siti Rahayu', 'Siti Rahayu Lestari'), [...mapping])
  await desk.advance(again, { step: 'apply' })
  await desk.run(again)
  expect((await waiting()).map(({ name }) => name)).toEqual(['Siti Rahayu Lestari', 'Agus Wijaya'])
})

test('the threads of everybody whose lead status an import changes follow it, and inboxes hear of them once', async () => {
  const { workspaceId, channelId } = desk.workspace
  const people = ['0812 0000 7701', '0812 0000 7702', '0812 0000 7703']
  const statuses = (status: string) =>
    ['phone,status', ...people.map((phone) => `${phone},${status}`)].join('\n')
  const first = await desk.check(statuses('qualified'), ['phone', 'lead_status'])
  await desk.advance(first, { step: 'apply' })
  await desk.run(first)
  await bench.query(
    `insert into public.conversations (workspace_id, channel_id, identity_id, last_activity_at)
     select workspace_id, $2, id, now() from public.contact_identities where workspace_id = $1`,
    [workspaceId, channelId],
  )
  const threads = () =>
    bench.query<{ status: string }>(
      'select lead_status as status from public.conversations where workspace_id = $1',
      [workspaceId],
    )
  expect((await threads()).map(({ status }) => status)).toEqual(['qualified', 'qualified', 'qualified'])

  const second = await desk.check(statuses('customer'), ['phone', 'lead_status'])
  await desk.advance(second, { step: 'apply' })
  await desk.run(second)
  expect((await threads()).map(({ status }) => status)).toEqual(['customer', 'customer', 'customer'])
  const told = await bench.query<{ ids: string[] }>(
    `select payload -> 'conversationIds' as ids from realtime.messages
     where topic = $1 and event = 'conversations_changed'`,
    [`workspace:${workspaceId}`],
  )
  expect(told.map(({ ids }) => ids.length)).toEqual([3])
})

test('duplicates wait while a worker writes an import, and not for one that died', async () => {
  const first = await desk.check(file, [...mapping])
  await desk.advance(first, { step: 'apply' })
  await desk.run(first)
  const second = await desk.check(file.replaceAll('77', '78'), [...mapping])
  await desk.advance(second, { step: 'apply' })
  expect(await lookAtChanged()).toBe(0)
  await bench.query(
    `update public.contact_imports set worked_at = now() - interval '1 minute' where id = $1`,
    [second],
  )
  expect(await lookAtChanged()).toBe(3)
})

test('whoever gets keys while all contacts are compared is compared by one more run', async () => {
  const { workspaceId } = desk.workspace
  const { asSystem } = bench.pipeline
  await bench.query('insert into private.duplicate_marks (workspace_id) values ($1)', [workspaceId])
  const runOf = async () => (await asSystem((database) => claimRun(database, 60)))?.workspaceId
  await asSystem((database) => askForRun(database, workspaceId))
  const run = await asSystem((database) => claimRun(database, 60))
  if (run?.workspaceId !== workspaceId) throw new Error('the run was not begun')
  await asSystem((database) => askForRun(database, workspaceId))
  expect(await runOf()).not.toBe(workspaceId)
  await asSystem((database) => finishRun(database, run))
  expect(await runOf()).toBe(workspaceId)
})

test('what is found in names is what it was', async () => {
  const rows = await bench.query<{ folded: string }>(
    `select private.fold_name(n) as folded from unnest($1::text[]) with ordinality as u (n, at) order by at`,
    [[null, '', '  ', ' Siti  RAHAYU ', "Nur'aini", 'Renée', '...']],
  )
  expect(rows.map(({ folded }) => folded)).toEqual([' ', ' ', ' ', ' siti rahayu', ' nuraini', ' renee', ' '])
})

test('a plain name is found as its words are', async () => {
  const names = [
    'Siti Rahayu',
    'SITI 2',
    'a  b',
    'siti ',
    'siti_rahayu',
    'siti\n',
    'İpek',
    'x'.repeat(199),
    'y'.repeat(200),
  ]
  const rows = await bench.query<{ name: string; folded: string; words: string }>(
    `select n as name, private.fold_name(n) as folded, left(private.fold_words(n), 200) as words from unnest($1::text[]) n`,
    [names],
  )
  expect(rows).toHaveLength(names.length)
  for (const { folded, words } of rows) expect(folded).toBe(words)
})

test.each(['apply', 'undo'] as const)(
  'rows that a crash of Postgres takes back are done again: %s',
  async (step) => {
    const importId = await desk.check(file, [...mapping])
    await desk.advance(importId, { step: 'apply' })
    if (step === 'undo') {
      await desk.run(importId)
      await desk.advance(importId, { step })
    }
    const done = step === 'apply' ? 'applied_at' : 'undone_at'
    const lost = new Error('lost')
    let isLost = false
    // Who worked was told that the rows are written, as with a commit that does not wait for the disk.
    const asSystem: AsSystem = async (work) => {
      const told: { result?: Awaited<ReturnType<typeof work>> } = {}
      return bench.pipeline
        .asSystem(async (database, enqueue) => {
          const result = await work(database, enqueue)
          const { rows } = await sql`
          select from public.contact_import_rows where import_id = ${importId} and ${sql.ref(done)} is not null
        `.execute(database)
          if (rows.length > 0 && !isLost) {
            isLost = true
            told.result = result
            throw lost
          }
          return result
        })
        .catch((error: unknown) => {
          if (error !== lost || told.result === undefined) throw error
          return told.result
        })
    }
    await desk.run(importId, { asSystem })
    expect(isLost).toBe(true)
    expect(await desk.told(importId)).toMatchObject({ state: step === 'apply' ? 'applied' : 'undone' })
    const made = await bench.query(
      'select from public.contacts where workspace_id = $1 and set_aside_at is null',
      [desk.workspace.workspaceId],
    )
    expect(made).toHaveLength(step === 'apply' ? 3 : 0)
    const [progress] = await bench.query(
      'select progress_done as done, progress_total as total from public.contact_imports where id = $1',
      [importId],
    )
    expect(progress).toEqual({ done: 3, total: 3 })
  },
)
