import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hashPlan } from '../../src/lib/domain/merges/hash-plan.ts'
import { importPartBytes } from '../../src/lib/domain/csv/contact-import.ts'
import { guessMapping, type ImportMapping } from '../../src/lib/domain/csv/import-columns.ts'
import { detectCsv } from '../../src/lib/domain/csv/detect-csv.ts'
import { readCsv } from '../../src/lib/domain/csv/read-csv.ts'
import {
  createAsMember,
  createDatabase,
  type AsMember,
  type Claims,
} from '../../src/lib/server/database/database.ts'
import { labelContact } from '../../src/lib/server/database/contact-bulk.ts'
import {
  changeContactField,
  createContactField,
  listContactFields,
} from '../../src/lib/server/database/contact-fields.ts'
import { writeContactNote } from '../../src/lib/server/database/contact-notes.ts'
import {
  addImportPart,
  advanceImport,
  createImport,
  findImport,
  listImportRows,
} from '../../src/lib/server/database/imports.ts'
import { findForgottenImports } from '../../src/lib/server/database/imports-work.ts'
import { createLabel } from '../../src/lib/server/database/labels.ts'
import { exportContacts } from '../../src/lib/server/imports/export-contacts.ts'
import { exportInvalidRows } from '../../src/lib/server/imports/export-invalid-rows.ts'
import { runImport } from '../../src/lib/server/jobs/import-contacts.ts'
import { findInvariantViolations } from '../../src/lib/server/operator/invariants.ts'
import { executeMerge, undoMerge } from '../../src/lib/server/database/merges.ts'
import { readMergeFacts } from '../../src/lib/server/database/merge-facts.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { receivedBody, sign } from '../support/kapso-bodies.ts'
import { silentLog, startPipeline, type Pipeline } from '../support/pipeline.ts'
import { addMember, makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let pipeline: Pipeline
let asMember: AsMember
let workspace: TestWorkspace
let owner: Claims
let web: ReturnType<typeof createDatabase>

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
  web = createDatabase(pipeline.webPool)
  asMember = createAsMember(web, pipeline.queue.enqueue)
})

beforeEach(async () => {
  workspace = await makeWorkspace(database.adminUrl)
  owner = { sub: workspace.ownerId, exp: 4_102_444_800 }
})

afterAll(async () => {
  await pipeline.close()
  await database.drop()
})

async function upload(text: string | Uint8Array, by = owner): Promise<string> {
  const bytes = Buffer.from(text)
  const importId = await asMember(by, (db) =>
    createImport(db, workspace.workspaceId, { name: 'contacts.csv', byteSize: bytes.length }),
  )
  for (let place = 0; place * importPartBytes < bytes.length; place++) {
    const part = { place, bytes: bytes.subarray(place * importPartBytes, (place + 1) * importPartBytes) }
    await asMember(by, (db) => addImportPart(db, workspace.workspaceId, importId, part))
  }
  return importId
}

const run = (importId: string) =>
  runImport({ asSystem: pipeline.asSystem, log: silentLog }, { workspaceId: workspace.workspaceId, importId })

async function step(importId: string, asked: Parameters<typeof advanceImport>[3], by = owner): Promise<void> {
  const isGoing = await asMember(by, (db) => advanceImport(db, workspace.workspaceId, importId, asked))
  if (!isGoing) throw new Error(`${asked.step} is not possible`)
  await run(importId)
}

const told = (importId: string) => asMember(owner, (db) => findImport(db, workspace.workspaceId, importId))
const rowsOf = (importId: string) =>
  asMember(owner, (db) =>
    listImportRows(db, workspace.workspaceId, importId, {
      verdict: null,
      outcome: null,
      after: 0,
      limit: 1000,
    }),
  )

async function check(text: string, mapping?: ImportMapping): Promise<string> {
  const importId = await upload(text)
  await step(importId, { step: 'check', mapping: mapping ?? (await guess(text)) })
  return importId
}

async function guess(text: string): Promise<ImportMapping> {
  async function* whole() {
    await Promise.resolve()
    yield Buffer.from(text)
  }
  const [header, ...samples] = await Array.fromAsync(readCsv(whole(), await detectCsv(whole(), true)))
  const fields = await asMember(owner, (db) => listContactFields(db, workspace.workspaceId))
  return guessMapping(header?.cells ?? [], samples.map(({ cells }) => cells).slice(0, 20), fields)
}

async function importAll(text: string): Promise<string> {
  const importId = await check(text)
  await step(importId, { step: 'apply' })
  expect((await told(importId))?.state).toBe('applied')
  return importId
}

interface ContactState {
  name: string | null
  name_source: string | null
  email: string | null
  lead_status: string
  phone: string | null
  fields: string[] | null
}

/** Everybody who is not set aside, by the name. */
async function contacts(): Promise<ContactState[]> {
  const { rows } = await sql<ContactState>`
    select c.name, c.name_source, c.email, c.lead_status, i.phone_normalized as phone,
      (select array_agg(v.value order by v.value) from contact_field_values v where v.contact_id = c.id) as fields
    from contacts c left join contact_identities i on i.contact_id = c.id
    where c.workspace_id = ${workspace.workspaceId} and c.set_aside_at is null
    order by c.name, i.phone_normalized
  `.execute(pipeline.kysely)
  return rows
}

const edit = (contactId: string, changes: object) =>
  asMember(owner, (db) =>
    sql`select private.edit_contact(${workspace.workspaceId}, ${contactId}, ${JSON.stringify(changes)}::jsonb)`.execute(
      db,
    ),
  )

const contactIdOf = async (phone: string): Promise<string> => {
  const { rows } = await sql<{ id: string }>`
    select i.contact_id as id from contact_identities i
    where i.workspace_id = ${workspace.workspaceId} and i.phone_normalized = ${phone}
  `.execute(pipeline.kysely)
  return rows[0]?.id ?? ''
}

async function customerWrites(phone: string, contactName: string, wamid = 'wamid.1'): Promise<void> {
  const body = receivedBody({
    wamid,
    phoneNumberId: workspace.phoneNumberId,
    phone,
    at: 1_760_000_000,
    contactName,
  })
  await pipeline.deliver(workspace, sign('whatsapp.message.received', body, workspace.secret))
  await pipeline.applyAll(workspace)
}

const field = (kind: 'text' | 'number' | 'date' | 'choice', label: string, choices: string[] = []) =>
  asMember(owner, (db) => createContactField(db, workspace.workspaceId, { label, kind, choices }))

describe('a check', () => {
  test('gives each row its verdict, with the reason and the column, and changes nobody', async () => {
    await field('date', 'Born')
    await importAll('name,phone\nBudi,0812 0000 0001\nSiti,0812 0000 0002\n')
    const before = await contacts()
    const importId = await check(
      [
        'Nama,No. HP,Email,Born,Lead status,Owner',
        'Anna,0812-0000-0003,anna@example.com,2000-01-31,qualified,Owner',
        'Budi B,+62 812 0000 0001,,,,',
        'Siti,62 812 0000 0002,,,,',
        'Anna again,+62 812-0000-0003,,,,',
        'Nobody,12,,,,',
        'Excel,6.28120E+12,,,,',
        'Mail,,not an address,,,',
        'Day,,a@example.com,31/02/2000,,',
        'State,,b@example.com,,hot,',
        'Whose,,c@example.com,,,Stranger',
        ',,,,Baru,',
        'Long,,d@example.com,,,,too much',
        'No number,,e@example.com,,baru,',
      ].join('\n'),
    )
    const rows = await rowsOf(importId)
    expect(
      rows.map(({ verdict, reason, reasonColumn, duplicateOf }) => [
        verdict,
        reason ?? duplicateOf,
        reasonColumn,
      ]),
    ).toEqual([
      ['new', null, null],
      ['update', null, null],
      ['unchanged', null, null],
      ['duplicate', 1, null],
      ['invalid', 'phone_invalid', 1],
      ['invalid', 'phone_shortened', 1],
      ['invalid', 'email_invalid', 2],
      ['invalid', 'field_value_invalid', 3],
      ['invalid', 'lead_status_unknown', 4],
      ['invalid', 'owner_unknown', 5],
      ['invalid', 'nothing', null],
      ['invalid', 'too_many_cells', 6],
      ['new', null, null],
    ])
    expect(rows.map(({ duplicateOfLine }) => duplicateOfLine).filter((line) => line !== null)).toEqual([2])
    expect((await told(importId))?.counts).toEqual({
      new: 2,
      update: 1,
      unchanged: 1,
      duplicate: 1,
      invalid: 8,
    })
    expect(await contacts()).toEqual(before)
  })

  test('again with another mapping begins anew', async () => {
    const importId = await check('a,b\nBudi,0812 0000 0001\n', ['name', null])
    expect((await rowsOf(importId)).map(({ verdict }) => verdict)).toEqual(['new'])
    await step(importId, { step: 'check', mapping: [null, 'name'] })
    await step(importId, { step: 'apply' })
    expect((await contacts()).map(({ name, phone }) => [name, phone])).toEqual([['0812 0000 0001', null]])
  })

  test('of columns that were to hold a field which is archived by now ends, and nothing is taken over', async () => {
    const fieldId = await field('text', 'City')
    const importId = await upload('name,city\nBudi,Bogor\n')
    await asMember(owner, (db) =>
      changeContactField(db, workspace.workspaceId, fieldId, { isArchived: true }),
    )
    await step(importId, { step: 'check', mapping: ['name', `field:${fieldId}`] })
    expect(await told(importId)).toMatchObject({ state: 'failed', failure: { code: 'columns', line: null } })
    expect(await rowsOf(importId)).toEqual([])
  })

  test('gives what it cannot take over as a file, with what is wrong, to be mended', async () => {
    const importId = await check("Nama,HP\nBudi,0812 0000 0001\n=Rusak,'+62\n,\n+Salah,12,more\n")
    const found = await told(importId)
    if (found === undefined) throw new Error('there is no import')
    const pieces = exportInvalidRows(asMember, owner, workspace.workspaceId, found, {
      line: 'Line',
      problem: 'Problem',
      describe: (reason, column) => `${column ?? 'row'} ${reason}`,
    })
    expect((await Array.fromAsync(pieces)).join('')).toBe(
      "\ufeffLine,Problem,Nama,HP\r\n3,HP phone_invalid,'=Rusak,'+62\r\n5,row too_many_cells,'+Salah,12,more\r\n",
    )
  })

  test('finds people by a number that they had before, and merged ones at the root', async () => {
    await importAll('name,phone\nOne,+62 812 0000 0001\nTwo,+62 812 0000 0002\n')
    const [one, two] = [await contactIdOf('+6281200000001'), await contactIdOf('+6281200000002')]
    await sql`
      insert into contact_joins (workspace_id, loser_id, survivor_id, source, reason)
      values (${workspace.workspaceId}, ${two}, ${one}, 'staff', 'test')
    `.execute(pipeline.kysely)
    await sql`update contacts set root_id = ${one} where id = ${two}`.execute(pipeline.kysely)
    await sql`
      insert into identity_phones (workspace_id, identity_id, phone_normalized, first_seen_at, last_seen_at)
      select ${workspace.workspaceId}, id, '+6281200000009', '2020-01-01', '2020-01-02'
      from contact_identities where contact_id = ${two}
    `.execute(pipeline.kysely)
    const importId = await check('name,phone\nUno,+62 812 0000 0002\n')
    const former = await check('name,phone\nUno,+62 812 0000 0009\n')
    const both = await check('name,phone\nUno,+62 812 0000 0009\nDue,+62 812 0000 0001\n')
    expect((await rowsOf(importId)).map(({ verdict, contactId }) => [verdict, contactId])).toEqual([
      ['update', one],
    ])
    expect((await rowsOf(former)).map(({ verdict, contactId }) => [verdict, contactId])).toEqual([
      ['update', one],
    ])
    expect((await rowsOf(both)).map(({ verdict, duplicateOf }) => [verdict, duplicateOf])).toEqual([
      ['update', null],
      ['duplicate', 1],
    ])
  })

  test('hints at a number alike and takes it for another all the same', async () => {
    await importAll('name,phone\nJoão,+55 11 96123 4567\n')
    const importId = await check('name,phone\nJoao,+55 11 6123 4567\n')
    const contactId = await contactIdOf('+5511961234567')
    expect((await rowsOf(importId)).map(({ verdict, hint }) => [verdict, hint])).toEqual([
      ['new', { contactId, phone: '+5511961234567' }],
    ])
  })

  test.each([
    ['a quote that is not closed', 'name\n"Budi\n', { code: 'open_quote', line: 2 }],
    ['text behind a quote', 'name\nSiti\n"Budi"x\n', { code: 'text_after_quote', line: 3 }],
    ['a cell of 10 MB', `name\nSiti\n"${'x'.repeat(10_000_000)}"\n`, { code: 'cell_too_large', line: 3 }],
    ['a header alone', 'name\n', { code: 'no_rows', line: null }],
    ['no text at all', 'PK\u0003\u0004\0\0\0\0', { code: 'not_text', line: null }],
  ])('of a file with %s ends with the reason, and nothing is taken over', async (_, text, failure) => {
    const importId = await check(text, ['name'])
    expect(await told(importId)).toMatchObject({ state: 'failed', failure, counts: {} })
    expect(await rowsOf(importId)).toEqual([])
    expect(await contacts()).toEqual([])
    await expect(step(importId, { step: 'apply' })).rejects.toThrow('apply is not possible')
  })
})

describe('applied', () => {
  test('new people come with their number, values, owner and history', async () => {
    await field('choice', 'Size', ['S', 'M'])
    const importId = await importAll(
      'name,phone,email,size,status,owner\nBudi,0812 0000 0001,b@example.com,M,Pelanggan,owner\nMail only,,m@example.com,,,\n',
    )
    expect(await contacts()).toEqual([
      {
        name: 'Budi',
        name_source: 'import',
        email: 'b@example.com',
        lead_status: 'customer',
        phone: '+6281200000001',
        fields: ['M'],
      },
      {
        name: 'Mail only',
        name_source: 'import',
        email: 'm@example.com',
        lead_status: 'new',
        phone: null,
        fields: null,
      },
    ])
    // Shown as every other number, and known from where it is.
    const accounts = await pipeline.kysely
      .selectFrom('contact_identities')
      .select(['phone', 'source'])
      .where('workspace_id', '=', workspace.workspaceId)
      .execute()
    expect(accounts).toEqual([{ phone: '+62 812 0000 0001', source: 'import' }])
    const { rows } = await sql<{ field: string; new_value: string; import_id: string; changed_by: string }>`
      select split_part(field, ':', 1) as field, new_value, import_id, changed_by from contact_changes
      where workspace_id = ${workspace.workspaceId} and contact_id = ${await contactIdOf('+6281200000001')} order by field
    `.execute(pipeline.kysely)
    const by = { import_id: importId, changed_by: workspace.ownerId }
    expect(rows).toEqual([
      { field: 'email', new_value: 'b@example.com', ...by },
      { field: 'field', new_value: 'M', ...by },
      { field: 'lead_status', new_value: 'customer', ...by },
      { field: 'name', new_value: 'Budi', ...by },
      { field: 'owner', new_value: workspace.ownerId, ...by },
    ])
    expect(await pipeline.asSystem((db) => findInvariantViolations(db))).toEqual([])
  })

  test('staff’s words stay, WhatsApp’s and earlier imports’ do not, and an empty cell changes nothing', async () => {
    await customerWrites('6281200000001', 'WhatsApp name')
    await importAll('name,phone,email\nFirst,0812 0000 0002,first@example.com\nMine,0812 0000 0003,\n')
    await edit(await contactIdOf('+6281200000003'), { name: 'Staff name' })
    const importId = await check(
      'name,phone,email\nA,0812 0000 0001,\nB,0812 0000 0002,\nC,0812 0000 0003,c@example.com\n',
    )
    expect((await rowsOf(importId)).map(({ verdict, kept }) => [verdict, kept])).toEqual([
      ['update', []],
      ['update', []],
      ['update', ['name']],
    ])
    await step(importId, { step: 'apply' })
    expect((await contacts()).map(({ name, email }) => [name, email])).toEqual([
      ['A', null],
      ['B', 'first@example.com'],
      ['Staff name', 'c@example.com'],
    ])
  })

  test('a word that staff wrote between check and apply stays as well, and who wrote meanwhile is not made twice', async () => {
    await importAll('name,phone\nBudi,0812 0000 0001\n')
    const importId = await check('name,phone\nOther,0812 0000 0001\nSiti,0812 0000 0002\n')
    await edit(await contactIdOf('+6281200000001'), { name: 'Staff name' })
    await customerWrites('6281200000002', 'WhatsApp name')
    await step(importId, { step: 'apply' })
    expect((await contacts()).map(({ name }) => name)).toEqual(['Siti', 'Staff name'])
    expect((await told(importId))?.counts).toEqual({ update: 2 })
  })

  test('twice, or by two workers at once, does everything once', async () => {
    const importId = await check(manyRows(1200))
    await asMember(owner, (db) => advanceImport(db, workspace.workspaceId, importId, { step: 'apply' }))
    await Promise.all([run(importId), run(importId)])
    await run(importId)
    expect(await contacts()).toHaveLength(1200)
    expect((await told(importId))?.state).toBe('applied')
  })

  test('goes on where a worker was killed', async () => {
    const importId = await check(manyRows(3000))
    await asMember(owner, (db) => advanceImport(db, workspace.workspaceId, importId, { step: 'apply' }))
    await killHalfWay(importId)
    const done = await countApplied(importId)
    expect(done).toBeGreaterThan(0)
    expect(done).toBeLessThan(3000)
    // Postgres holds the dead worker's locks until it has noticed.
    await expect
      .poll(async () =>
        (await pipeline.asSystem((db) => findForgottenImports(db, 0))).map(({ data }) => data),
      )
      .toContainEqual({ workspaceId: workspace.workspaceId, importId })
    await run(importId)
    const all = await contacts()
    expect(all).toHaveLength(3000)
    expect(new Set(all.map(({ phone }) => phone)).size).toBe(3000)
  })
})

const manyRows = (count: number) =>
  [
    'name,phone',
    ...Array.from({ length: count }, (_, n) => `Person ${String(n)},+62 812 ${String(10_000_000 + n)}`),
  ].join('\n')

const countApplied = async (importId: string): Promise<number> => {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from contact_import_rows where import_id = ${importId} and applied_at is not null
  `.execute(pipeline.kysely)
  return rows[0]?.count ?? 0
}

/** Lets a process of its own work on an import and kills it once it has done some of it. */
async function killHalfWay(importId: string): Promise<void> {
  const input = { databaseUrl: database.workerUrl, workspaceId: workspace.workspaceId, importId }
  const child = spawn(process.execPath, ['tests/integration/import-worker-process.ts', JSON.stringify(input)])
  const ended = once(child, 'exit')
  while ((await countApplied(importId)) === 0 && child.exitCode === null);
  child.kill('SIGKILL')
  await ended
}

async function countWaiting(): Promise<number> {
  const { rows } = await sql`
    select from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where not l.granted and a.datname = current_database()
  `.execute(pipeline.kysely)
  return rows.length
}

/** Until somebody waits for a lock, or the work is over without. */
async function untilBlocked(work: Promise<unknown>): Promise<void> {
  let isOver = false
  const noteEnd = () => {
    isOver = true
  }
  work.then(noteEnd, noteEnd)
  await expect
    .poll(
      async () => {
        return isOver || (await countWaiting()) > 0
      },
      { timeout: 10_000, interval: 20 },
    )
    .toBe(true)
}

async function merge(survivorId: string, otherId: string, choices = {}): Promise<string> {
  const contactIds = [survivorId, otherId]
  return asMember(owner, async (db) => {
    const facts = await readMergeFacts(db, workspace.workspaceId, contactIds)
    const { mergeId } = await executeMerge(
      db,
      { workspaceId: workspace.workspaceId, userId: owner.sub },
      { contactIds, survivorId, choices, reason: 'The same person', planHash: hashPlan(facts, survivorId) },
    )
    return mergeId
  })
}

describe('meanwhile', () => {
  test('a number that has become another person’s since the check is written to nobody', async () => {
    await importAll('name,phone\nAni,0812 0000 0001\nBudi,0812 0000 0002\n')
    const [ani, budi] = [await contactIdOf('+6281200000001'), await contactIdOf('+6281200000002')]
    const mergeId = await merge(ani, budi)
    const importId = await check('name,phone,email\nBudiman,0812 0000 0002,budi@example.com\n')
    expect((await rowsOf(importId))[0]).toMatchObject({ verdict: 'update', contactId: ani })
    await asMember(owner, (db) =>
      undoMerge(db, { workspaceId: workspace.workspaceId, userId: owner.sub }, mergeId),
    )
    const before = await contacts()
    await step(importId, { step: 'apply' })
    expect(await contacts()).toEqual(before)
    expect((await rowsOf(importId))[0]).toMatchObject({ verdict: 'invalid', reason: 'phone_of_another' })
    expect(await told(importId)).toMatchObject({ state: 'applied', counts: { invalid: 1 } })
  })

  test('a conversation that somebody opens while its contact is taken back keeps its number', async () => {
    const importId = await importAll('name,phone\nSiti,0812 0000 0001\n')
    const siti = await contactIdOf('+6281200000001')
    await asMember(owner, (db) => advanceImport(db, workspace.workspaceId, importId, { step: 'undo' }))
    const opened = Promise.withResolvers<undefined>()
    const end = Promise.withResolvers<undefined>()
    const opening = asMember(owner, async (db) => {
      await sql`
        select private.open_conversation(${workspace.workspaceId}, h.id, ${siti}, null, null, null)
        from channels h where h.workspace_id = ${workspace.workspaceId}
      `.execute(db)
      opened.resolve(undefined)
      await end.promise
    })
    await opened.promise
    const undoing = run(importId)
    await untilBlocked(undoing)
    end.resolve(undefined)
    await Promise.all([opening, undoing])
    expect(await contacts()).toMatchObject([{ name: null, phone: '+6281200000001' }])
    expect((await rowsOf(importId))[0]).toMatchObject({ undoOutcome: 'kept', undoKept: ['phone'] })
  })

  test.each(['apply', 'undo', 'edit'] as const)(
    'an %s takes accounts before contacts, as ingest does: neither can wait for the other',
    async (kind) => {
      await importAll('name,phone\nSiti,0812 0000 0001\n')
      const siti = await contactIdOf('+6281200000001')
      const text = 'name,phone\nSiti R,0812 0000 0001\n'
      const importId = kind === 'undo' ? await importAll(text) : await check(text)
      if (kind !== 'edit')
        await asMember(owner, (db) => advanceImport(db, workspace.workspaceId, importId, { step: kind }))
      let work: Promise<unknown> = Promise.resolve()
      await pipeline.asSystem(async (db) => {
        await sql`select from contact_identities where contact_id = ${siti} for no key update`.execute(db)
        work = kind === 'edit' ? edit(siti, { lead_status: 'customer' }) : run(importId)
        await untilBlocked(work)
        expect(await countWaiting()).toBe(1)
        await sql`select from contacts where id = ${siti} for no key update nowait`.execute(db)
      })
      await work
    },
  )

  test('an owner who was removed since the check is not told of in the history', async () => {
    const { sub } = await addMember(database.adminUrl, workspace.workspaceId, 'agent')
    await sql`update workspace_members set display_name = 'Rina' where user_id = ${sub}`.execute(
      pipeline.kysely,
    )
    const importId = await check('name,phone,owner\nSiti,0812 0000 0001,Rina\n')
    expect((await rowsOf(importId))[0]).toMatchObject({ verdict: 'new' })
    await sql`
      update workspace_members set removed_at = now() where workspace_id = ${workspace.workspaceId} and user_id = ${sub}
    `.execute(pipeline.kysely)
    await step(importId, { step: 'apply' })
    const { rows } = await sql<{ field: string }>`
      select field from contact_changes where workspace_id = ${workspace.workspaceId}
    `.execute(pipeline.kysely)
    expect(rows).toEqual([{ field: 'name' }])
  })

  test('what a merge chose is the word of the team: a file that says something else changes nothing', async () => {
    await field('text', 'City')
    await importAll('name,phone,city\nAni,0812 0000 0001,Solo\nBudi,0812 0000 0002,Bogor\n')
    await merge(await contactIdOf('+6281200000001'), await contactIdOf('+6281200000002'), {
      name: { custom: 'Ani Budi' },
    })
    const [row] = await rowsOf(await check('name,phone,city\nAni Lestari,0812 0000 0001,\n'))
    expect(row).toMatchObject({ verdict: 'unchanged', kept: ['name'] })
  })
})

describe('undone', () => {
  test('people whom nobody touched since are set aside, and their numbers are free again', async () => {
    await field('text', 'City')
    const text =
      'name,phone,email,city\nBudi,0812 0000 0001,b@example.com,Bandung\nNo number,,n@example.com,\n'
    const importId = await importAll(text)
    await step(importId, { step: 'undo' })
    expect(await told(importId)).toMatchObject({ state: 'undone', counts: { new: 2, set_aside: 2 } })
    expect(await contacts()).toEqual([])
    expect(await pipeline.asSystem((db) => findInvariantViolations(db))).toEqual([])
    await customerWrites('6281200000001', 'WhatsApp name')
    expect((await contacts()).map(({ name }) => name)).toEqual(['WhatsApp name'])
    const again = await check(text)
    expect((await rowsOf(again)).map(({ verdict }) => verdict)).toEqual(['update', 'new'])
  })

  test('fields go back to what they were, but for those that somebody changed since, which are named', async () => {
    await field('text', 'City')
    await customerWrites('6281200000001', 'WhatsApp name')
    await importAll('name,phone,email,city\nOld,0812 0000 0002,old@example.com,Bogor\n')
    const before = await contacts()
    const importId = await importAll(
      'name,phone,email,city\nNew 1,0812 0000 0001,one@example.com,Solo\nNew 2,0812 0000 0002,new@example.com,Medan\n',
    )
    await edit(await contactIdOf('+6281200000002'), { email: 'staff@example.com' })
    await step(importId, { step: 'undo' })
    expect((await rowsOf(importId)).map(({ undoOutcome, undoKept }) => [undoOutcome, undoKept])).toEqual([
      ['restored', []],
      ['kept', ['email']],
    ])
    expect(await contacts()).toEqual(
      before.map((contact) =>
        contact.name === 'Old' ? { ...contact, email: 'staff@example.com' } : contact,
      ),
    )
  })

  test('what staff said again since stays, also where the import had said the same', async () => {
    const importId = await importAll('name,phone,status\nSiti,0812 0000 0001,Pelanggan\n')
    const siti = await contactIdOf('+6281200000001')
    await edit(siti, { lead_status: 'customer' })
    await step(importId, { step: 'undo' })
    expect((await rowsOf(importId))[0]).toMatchObject({
      undoOutcome: 'kept',
      undoKept: ['lead_status', 'phone'],
    })
    expect(await contacts()).toMatchObject([{ name: null, lead_status: 'customer' }])
  })

  test('two imports of the same people, the earlier one first, leave nothing of either', async () => {
    await field('text', 'City')
    await customerWrites('6281200000001', 'WhatsApp name')
    const before = await contacts()
    const first = await importAll(
      'name,phone,email,city\nOne,0812 0000 0001,one@example.com,Solo\nMade,0812 0000 0002,,Solo\n',
    )
    const second = await importAll(
      'name,phone,email,city\nTwo,0812 0000 0001,two@example.com,Medan\nMade again,0812 0000 0002,m@example.com,Medan\n',
    )
    await step(first, { step: 'undo' })
    expect(await contacts()).toMatchObject([
      { name: 'Made again', fields: ['Medan'] },
      { name: 'Two', fields: ['Medan'] },
    ])
    await step(second, { step: 'undo' })
    expect(await contacts()).toEqual(before)
  })

  test('somebody who wrote since stays, under the name that WhatsApp has', async () => {
    const importId = await importAll(
      'name,phone\nBudi,0812 0000 0001\nSiti,0812 0000 0002\nEdited,0812 0000 0003\n',
    )
    await customerWrites('6281200000001', 'WhatsApp name')
    await edit(await contactIdOf('+6281200000003'), { name: 'Staff name' })
    await step(importId, { step: 'undo' })
    expect((await rowsOf(importId)).map(({ undoOutcome, undoKept }) => [undoOutcome, undoKept])).toEqual([
      ['kept', ['phone']],
      ['set_aside', []],
      ['kept', ['name', 'phone']],
    ])
    expect((await contacts()).map(({ name, phone }) => [name, phone])).toEqual([
      ['Staff name', '+6281200000003'],
      ['WhatsApp name', '+6281200000001'],
    ])
  })

  test('somebody whom the team labelled or wrote a note on since stays', async () => {
    const importId = await importAll(
      'name,phone\nLabelled,0812 0000 0001\nAnnotated,0812 0000 0002\nNeither,0812 0000 0003\n',
    )
    const [labelled, annotated] = [await contactIdOf('+6281200000001'), await contactIdOf('+6281200000002')]
    await asMember(owner, async (db) => {
      const { id } = await createLabel(db, workspace.workspaceId, { name: 'Fair', colour: 'green' })
      await labelContact(db, workspace.workspaceId, labelled, { kind: 'addLabel', labelId: id })
      await writeContactNote(
        db,
        { workspaceId: workspace.workspaceId, contactId: annotated },
        { conversationId: null, clientReference: randomUUID(), body: 'Met at the fair' },
      )
    })
    await step(importId, { step: 'undo' })
    expect((await rowsOf(importId)).map(({ undoOutcome, undoKept }) => [undoOutcome, undoKept])).toEqual([
      ['kept', ['phone']],
      ['kept', ['phone']],
      ['set_aside', []],
    ])
    expect((await contacts()).map(({ phone }) => phone)).toEqual(['+6281200000001', '+6281200000002'])
  })

  test('goes on where a worker was killed, and is done once', async () => {
    const importId = await importAll(manyRows(1500))
    await asMember(owner, (db) => advanceImport(db, workspace.workspaceId, importId, { step: 'undo' }))
    await Promise.all([run(importId), run(importId)])
    expect(await told(importId)).toMatchObject({ state: 'undone', counts: { new: 1500, set_aside: 1500 } })
    expect(await contacts()).toEqual([])
  })
})

async function exported(by = owner): Promise<string> {
  const of = { id: workspace.workspaceId, timeZone: 'Asia/Jakarta', defaultCountry: 'ID' }
  return (await Array.fromAsync(exportContacts(asMember, by, of, {}))).join('')
}

describe('an export', () => {
  test('imported as it is changes nothing, people without a number and odd values included', async () => {
    await field('text', 'City')
    await field('number', 'Name')
    await field('date', 'Since')
    await customerWrites('12025550123', '=HYPERLINK("http://example.com")')
    const names = [
      '"Quoted, ""twice"""',
      "'=1+1",
      '@home',
      '"two\nlines"',
      '+62',
      '-5',
      "O'Brien",
      'Ünïcode 名',
    ]
    await importAll(
      [
        'name,phone,email,city,field: name,since,status,owner',
        ...names.map(
          (name, n) =>
            `${name},${n % 2 === 0 ? `+62 812 0000 00${String(10 + n)}` : ''},n${String(n)}@example.com,"=cmd; |",${String(n - 3)}.50,2026-01-0${String(n + 1)},spam,owner`,
        ),
      ].join('\n'),
    )
    const before = await contacts()
    const text = await exported()
    expect(text.split('\r\n').length).toBe(names.length + 3)
    expect(text).not.toMatch(/(?:^|[,\n"])[=+@-]/)
    const importId = await check(text)
    expect((await rowsOf(importId)).filter(({ verdict }) => verdict !== 'unchanged')).toEqual([])
    expect((await told(importId))?.counts).toEqual({ unchanged: names.length + 1 })
    await step(importId, { step: 'apply' })
    expect(await contacts()).toEqual(before)
  })

  test('with a number filled in gives it to the person of that id', async () => {
    await importAll('name,email\nMail only,m@example.com\n')
    const importId = await importAll(
      (await exported()).replace('m@example.com,', "m@example.com,'+6281200000001"),
    )
    expect((await contacts()).map(({ name, phone }) => [name, phone])).toEqual([
      ['Mail only', '+6281200000001'],
    ])
    await step(importId, { step: 'undo' })
    expect((await contacts()).map(({ name, phone }) => [name, phone])).toEqual([['Mail only', null]])
  })

  test('of another workspace is known nowhere', async () => {
    await importAll('name,email\nMail only,m@example.com\n')
    const text = await exported()
    workspace = await makeWorkspace(database.adminUrl)
    owner = { sub: workspace.ownerId, exp: 4_102_444_800 }
    const importId = await check(text)
    expect((await rowsOf(importId)).map(({ reason }) => reason)).toEqual(['contact_unknown'])
  })
})

describe('who may', () => {
  test('agents and members of other workspaces may not begin, add to, see or advance an import', async () => {
    const importId = await check('name\nBudi\n')
    const draft = await upload('name\nBudi\n')
    const agent = await addMember(database.adminUrl, workspace.workspaceId, 'agent')
    const elsewhere = await makeWorkspace(database.adminUrl)
    for (const claims of [agent, { sub: elsewhere.ownerId, exp: 4_102_444_800 }]) {
      await expect(upload('name\nBudi\n', claims)).rejects.toThrow('not_allowed')
      await expect(
        asMember(claims, (db) =>
          addImportPart(db, workspace.workspaceId, draft, { place: 1, bytes: Buffer.from('a') }),
        ),
      ).rejects.toThrow('not_allowed')
      expect(await asMember(claims, (db) => findImport(db, workspace.workspaceId, importId))).toBeUndefined()
      await expect(step(importId, { step: 'apply' }, claims)).rejects.toThrow('apply is not possible')
    }
    expect((await told(importId))?.state).toBe('checked')
  })

  test('a file may not be larger than was told, or checked before it is whole', async () => {
    const importId = await asMember(owner, (db) =>
      createImport(db, workspace.workspaceId, { name: 'a.csv', byteSize: 10 }),
    )
    const add = (place: number, text: string) =>
      asMember(owner, (db) =>
        addImportPart(db, workspace.workspaceId, importId, { place, bytes: Buffer.from(text) }),
      )
    expect(await add(0, 'name\n')).toBe(5)
    expect(await add(0, 'name\n')).toBe(5)
    await expect(step(importId, { step: 'check', mapping: ['name'] })).rejects.toThrow(
      'check is not possible',
    )
    await expect(add(1, 'Budi and Siti')).rejects.toMatchObject({ code: 'import_size' })
    expect(await add(1, 'Budi\n')).toBe(10)
    await step(importId, { step: 'check', mapping: ['name'] })
    expect((await told(importId))?.counts).toEqual({ new: 1 })
  })
})
