import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ImportMapping } from '../../src/lib/domain/csv/import-columns.ts'
import type { AsSystem } from '../../src/lib/server/database/database.ts'
import { changeContactField, createContactField } from '../../src/lib/server/database/contact-fields.ts'
import { isImportWhole } from '../../src/lib/server/database/imports.ts'
import { exportInvalidRows } from '../../src/lib/server/imports/export-invalid-rows.ts'
import {
  makeImportBench,
  openImportDesk,
  type ImportBench,
  type ImportDesk,
} from '../support/import-bench.ts'
import { addMember } from '../support/workspace.ts'

let bench: ImportBench
let desk: ImportDesk

beforeAll(async () => {
  bench = await makeImportBench()
})

beforeEach(async () => {
  desk = await openImportDesk(bench)
})

afterAll(async () => {
  await bench.close()
})

interface HeldWorker {
  asSystem: AsSystem
  /** It stands before that transaction. */
  isHeld: Promise<true>
  /** Lets it go on; with an error that transaction fails. */
  release: (error?: Error) => void
}

/** A worker that stops before its how-manieth transaction, counted from 1. */
function holdBefore(transaction: number): HeldWorker {
  const reached = Promise.withResolvers<true>()
  const gate = Promise.withResolvers<Error | undefined>()
  let count = 0
  return {
    asSystem: async (work) => {
      if (++count === transaction) {
        reached.resolve(true)
        const error = await gate.promise
        if (error !== undefined) throw error
      }
      return bench.pipeline.asSystem(work)
    },
    isHeld: reached.promise,
    release: (error) => {
      gate.resolve(error)
    },
  }
}

const manyNames = (count: number, header = 'name') =>
  [header, ...Array.from({ length: count }, (_, n) => `Person ${String(n)}`)].join('\n')

const countRows = async (importId: string): Promise<number> => {
  const [row] = await bench.query<{ count: number }>(
    'select count(*)::int as count from contact_import_rows where import_id = $1',
    [importId],
  )
  return row?.count ?? 0
}

async function addAgents(count: number): Promise<void> {
  for (let n = 0; n < count; n++)
    await addMember(bench.database.adminUrl, desk.workspace.workspaceId, 'agent')
}

/** Gives all agents of the workspace one name. */
const callAgents = (name: string) =>
  bench.query(`update workspace_members set display_name = $2 where workspace_id = $1 and role = 'agent'`, [
    desk.workspace.workspaceId,
    name,
  ])

describe('two workers at one check', () => {
  // Wherever the second one stands still, the first one ends the check meanwhile. A check of two batches has ten.
  const places = Array.from({ length: 10 }, (_, at) => at + 1)

  async function overtake(
    text: string,
    transaction: number,
    { before, error }: { before?: () => Promise<unknown>; error?: Error } = {},
  ): Promise<string> {
    const importId = await desk.upload(text)
    await desk.advance(importId, { step: 'check', mapping: ['name'] })
    const second = holdBefore(transaction)
    const ended = desk.run(importId, { asSystem: second.asSystem }).catch(() => undefined)
    await Promise.race([second.isHeld, ended])
    await before?.()
    await desk.run(importId)
    second.release(error)
    await ended
    return importId
  }

  test.each(places)('leave each row once, the second standing before transaction %i', async (transaction) => {
    const importId = await overtake(manyNames(1200), transaction)
    expect(await desk.told(importId)).toMatchObject({ state: 'checked', counts: { new: 1200 } })
    expect(await countRows(importId)).toBe(1200)
  })

  test.each(places)('leave them also where the second one breaks at transaction %i', async (transaction) => {
    const importId = await overtake(manyNames(1200), transaction, { error: new Error('broken') })
    expect(await desk.told(importId)).toMatchObject({ state: 'checked', counts: { new: 1200 } })
    expect(await countRows(importId)).toBe(1200)
    await desk.advance(importId, { step: 'check', mapping: ['name'] })
  })

  test.each(places)(
    'end as the first one found it, the second having found no field at transaction %i',
    async (transaction) => {
      const { asMember } = bench
      const { workspaceId } = desk.workspace
      const fieldId = await asMember(desk.owner, (db) =>
        createContactField(db, workspaceId, { label: 'City', kind: 'text', choices: [] }),
      )
      const setArchived = (isArchived: boolean) =>
        asMember(desk.owner, (db) => changeContactField(db, workspaceId, fieldId, { isArchived }))
      const importId = await desk.upload('name,city\nBudi,Bogor\nSiti,Solo\n')
      await desk.advance(importId, { step: 'check', mapping: ['name', `field:${fieldId}`] })
      await setArchived(true)
      const second = holdBefore(transaction)
      const ended = desk.run(importId, { asSystem: second.asSystem })
      const isHeld = (await Promise.race([second.isHeld, ended])) === true
      await setArchived(false)
      await desk.run(importId)
      second.release()
      await ended
      const state = isHeld ? 'checked' : 'failed'
      expect(await desk.told(importId)).toMatchObject({ state, counts: isHeld ? { new: 2 } : {} })
      expect(await countRows(importId)).toBe(isHeld ? 2 : 0)
    },
  )

  test.each(places)(
    'do not mix what two mappings say, the second standing before transaction %i',
    async (transaction) => {
      const importId = await desk.upload(manyNames(1200, 'name,email'))
      await desk.advance(importId, { step: 'check', mapping: ['name', null] })
      const second = holdBefore(transaction)
      const ended = desk.run(importId, { asSystem: second.asSystem })
      await Promise.race([second.isHeld, ended])
      await desk.run(importId)
      await desk.advance(importId, { step: 'check', mapping: ['email', null] })
      second.release()
      await ended
      await desk.run(importId)
      expect(await desk.told(importId)).toMatchObject({ state: 'checked', counts: { invalid: 1200 } })
      expect(await countRows(importId)).toBe(1200)
    },
  )
})

test('three workers that begin one check together leave each row once', async () => {
  const importId = await desk.upload(manyNames(4000))
  await desk.advance(importId, { step: 'check', mapping: ['name'] })
  await Promise.all([desk.run(importId), desk.run(importId), desk.run(importId)])
  expect(await desk.told(importId)).toMatchObject({ state: 'checked', counts: { new: 4000 } })
  expect(await countRows(importId)).toBe(4000)
})

test('rows that one worker wrote are never continued by what another one had thought of them', async () => {
  await addAgents(1)
  const others = Array.from({ length: 1000 }, (_, n) => `Person ${String(n)},,`)
  const rows = ['Budi,b@example.com,Sari', ...others, 'Budi,b@example.com,']
  const importId = await desk.upload(['name,email,owner', ...rows].join('\n'))
  await desk.advance(importId, { step: 'check', mapping: ['name', 'email', 'owner'] })
  await callAgents('Sari')
  const first = holdBefore(8)
  const firstEnded = desk.run(importId, { asSystem: first.asSystem })
  await first.isHeld
  expect(await countRows(importId)).toBe(0)
  await callAgents('Dewi')
  const second = holdBefore(9)
  const secondEnded = desk.run(importId, { asSystem: second.asSystem })
  await second.isHeld
  expect(await countRows(importId)).toBe(1000)
  first.release()
  await firstEnded
  second.release()
  await secondEnded
  expect(await desk.told(importId)).toMatchObject({ state: 'checked', counts: { invalid: 1, new: 1001 } })
})

describe('who is the first of a file', () => {
  test('is not somebody who cannot be taken over', async () => {
    await addAgents(2)
    await callAgents('Sari')
    const importId = await desk.check(
      'name,phone,owner\nBudi,+62 812 0000 0003,Sari\nBudi,+62 812 0000 0003,\nBudi,+62 812 0000 0003,\n',
      ['name', 'phone', 'owner'],
    )
    expect(
      (await desk.rowsOf(importId)).map(({ verdict, reason, duplicateOf }) => [
        verdict,
        reason ?? duplicateOf,
      ]),
    ).toEqual([
      ['invalid', 'owner_unknown'],
      ['new', null],
      ['duplicate', 2],
    ])
  })

  test('is remembered by whoever goes on after a worker was ended', async () => {
    await addAgents(2)
    await callAgents('Sari')
    const rows = [
      'Unknown,a@example.com,Sari',
      'Known,b@example.com,',
      'Known,b@example.com,',
      ...Array.from({ length: 1000 }, (_, n) => `Person ${String(n)},,`),
      'Unknown,a@example.com,',
      'Known,b@example.com,',
    ]
    const importId = await desk.upload(['name,email,owner', ...rows].join('\n'))
    await desk.advance(importId, { step: 'check', mapping: ['name', 'email', 'owner'] })
    const ending = new AbortController()
    const asSystem: AsSystem = async (work) => {
      const result = await bench.pipeline.asSystem(work)
      if ((await countRows(importId)) > 0) ending.abort()
      return result
    }
    await expect(desk.run(importId, { asSystem, signal: ending.signal })).rejects.toThrow()
    expect(await countRows(importId)).toBe(1000)
    const counts: number[] = []
    await desk.run(importId, {
      asSystem: async (work) => {
        counts.push(await countRows(importId))
        return bench.pipeline.asSystem(work)
      },
    })
    expect(Math.min(...counts)).toBe(1000)
    const found = await desk.rowsOf(importId)
    expect([...found.slice(0, 3), ...found.slice(-2)].map((row) => [row.verdict, row.duplicateOf])).toEqual([
      ['invalid', null],
      ['new', null],
      ['duplicate', 2],
      ['new', null],
      ['duplicate', 2],
    ])
  })
})

test('a number that a sheet wrote with decimals is the number', async () => {
  const importId = await desk.check(
    'name,phone\na,81200000001.0\nb,6281200000002.00\nc,"+6281200000003,0"\nd,0812 0000 0004\n',
    ['name', 'phone'],
  )
  await desk.advance(importId, { step: 'apply' })
  await desk.run(importId)
  const rows = await bench.query<{ phone: string }>(
    'select phone_normalized as phone from contact_identities where workspace_id = $1 order by 1',
    [desk.workspace.workspaceId],
  )
  expect(rows.map(({ phone }) => phone)).toEqual(['1', '2', '3', '4'].map((n) => `+628120000000${n}`))
})

describe('large cells', () => {
  const cell = '\u0001'.repeat(90_000)
  const mapping: ImportMapping = ['name', null, null, null, null, null]
  const rowsOfCells = (count: number, name: (n: number) => string) =>
    [
      'name,note,note,note,note,note',
      ...Array.from({ length: count }, (_, n) => [name(n), cell, cell, cell, cell, cell].join(',')),
    ].join('\n')

  test('are written down a few at a time', async () => {
    const importId = await desk.upload(rowsOfCells(12, (n) => `Person ${String(n)}`))
    await desk.advance(importId, { step: 'check', mapping })
    const counts: number[] = []
    await desk.run(importId, {
      asSystem: async (work) => {
        const result = await bench.pipeline.asSystem(work)
        counts.push(await countRows(importId))
        return result
      },
    })
    expect(counts.at(-1)).toBe(12)
    const steps = counts.map((count, at) => count - (counts[at - 1] ?? 0))
    expect(Math.max(...steps)).toBeLessThanOrEqual(5)
  })

  test('are cut for a page, and whole in the file of what could not be taken over', async () => {
    const importId = await desk.check(
      rowsOfCells(12, () => ''),
      mapping,
    )
    const found = await desk.told(importId)
    if (found === undefined) throw new Error('there is no import')
    expect(found.counts).toEqual({ invalid: 12 })
    const rows = await desk.rowsOf(importId)
    expect(rows.map(({ cells }) => cells.map(({ length }) => length))).toEqual(
      rows.map(() => [0, 200, 200, 200, 200, 200]),
    )
    const words = { line: 'Line', problem: 'Problem', describe: () => 'wrong' }
    const pieces = await Array.fromAsync(
      exportInvalidRows(bench.asMember, desk.owner, desk.workspace.workspaceId, found, words),
    )
    expect(pieces.join('').split(cell)).toHaveLength(12 * 5 + 1)
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(3_000_000)
  })

  test('are cut between characters', async () => {
    const importId = await desk.check(`name\nx${'😀'.repeat(300)}\n`, ['name'])
    const [row] = await desk.rowsOf(importId)
    expect(row?.cells).toEqual([`x${'😀'.repeat(199)}`])
  })
})

test('no part of the file of what could not be taken over is a formula, whatever separates, and it reads back', async () => {
  const text = 'name,phone\n"a;=HYPERLINK(0);b",12\n"x\n+1, y",12\n'
  const importId = await desk.check(text, ['name', 'phone'])
  const found = await desk.told(importId)
  if (found === undefined) throw new Error('there is no import')
  const words = { line: 'Line', problem: 'Problem', describe: () => 'wrong' }
  const pieces = await Array.fromAsync(
    exportInvalidRows(bench.asMember, desk.owner, desk.workspace.workspaceId, found, words),
  )
  const written = pieces.join('')
  expect(written).toContain(`2,wrong,"a;'=HYPERLINK(0);b",12\r\n3,wrong,"x\n'+1, y",12\r\n`)
  const mended = await desk.check(written.replaceAll(',12', ',+62 812 0000 0001'), [
    null,
    null,
    'name',
    'phone',
  ])
  await desk.advance(mended, { step: 'apply' })
  await desk.run(mended)
  const people = await bench.query('select name from contacts where workspace_id = $1', [
    desk.workspace.workspaceId,
  ])
  expect(people).toEqual([{ name: 'a;=HYPERLINK(0);b' }])
})

test('a header that is longer than what is kept of it is cut between characters', async () => {
  const importId = await desk.check(`${'x'.repeat(199)}😀\nBudi\n`, ['name'])
  expect(await desk.told(importId)).toMatchObject({
    state: 'checked',
    headers: ['x'.repeat(199)],
    counts: { new: 1 },
  })
})

test('a file of which a part is missing in the middle is not read', async () => {
  const importId = await desk.upload(manyNames(30_000))
  const { workspaceId } = desk.workspace
  const found = await desk.told(importId)
  if (found === undefined) throw new Error('there is no import')
  const isWhole = () => bench.asMember(desk.owner, (db) => isImportWhole(db, workspaceId, found))
  expect(await isWhole()).toBe(true)
  await bench.query('update contact_import_parts set place = 2 where import_id = $1 and place = 1', [
    importId,
  ])
  expect(await isWhole()).toBe(false)
  await bench.query(
    `update contact_imports set state = 'checking', mapping = '["name"]', progress_total = 0 where id = $1`,
    [importId],
  )
  await desk.run(importId)
  expect(await desk.told(importId)).toMatchObject({
    state: 'failed',
    failure: { code: 'error', line: null },
    counts: {},
  })
  expect(await countRows(importId)).toBe(0)
})
