import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createContact, editContact } from '../../src/lib/server/database/contact-edits.ts'
import { listContacts } from '../../src/lib/server/database/contacts.ts'
import {
  countDuplicates,
  listDuplicates,
  listDuplicatesOf,
} from '../../src/lib/server/database/duplicate-queue.ts'
import { findDuplicatesOfChanged } from '../../src/lib/server/jobs/find-duplicates.ts'
import { createAsSystem, createDatabase, type AsSystem } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { makeContactBench, type ContactBench } from '../support/contact-bench.ts'

let bench: ContactBench
let worker: ReturnType<typeof createDatabase>
let asSystem: AsSystem

beforeAll(async () => {
  bench = await makeContactBench()
  worker = createDatabase(
    createPool({ connectionString: bench.database.workerUrl, applicationName: 'test worker', max: 2 }),
  )
  asSystem = createAsSystem(worker, () => Promise.resolve())
})

afterAll(async () => {
  await worker.destroy()
  await bench.close()
})

const add = (name: string, email: string, phone: string | null = null) =>
  bench.asOwner((trx) => createContact(trx, bench.of.id, 'ID', phone, { name, email }))
const findChanged = () => findDuplicatesOfChanged(asSystem, new AbortController().signal)
const pairs = () =>
  bench.asOwner(async (trx) =>
    (await listDuplicates(trx, bench.of.id, null)).pairs.map((pair) =>
      [pair.left.contactId, pair.right.contactId].toSorted(),
    ),
  )

test('who is spam or was set aside as a duplicate is in no pair, until somebody says otherwise', async () => {
  const first = await add('Kirana Maheswari', 'kirana@example.com')
  const second = await add('Kirana Maheswari', 'kirana@example.com')
  await findChanged()
  const pair = [first, second].toSorted()
  expect(await pairs()).toEqual([pair])
  for (const leadStatus of ['spam', 'duplicate'] as const) {
    await bench.asOwner((trx) => editContact(trx, bench.of.id, second, { leadStatus }))
    expect(await pairs()).toEqual([])
    await bench.asOwner(async (trx) => {
      expect(await countDuplicates(trx, bench.of.id)).toMatchObject({ same: 0, likely: 0, possible: 0 })
      expect(await listDuplicatesOf(trx, bench.of.id, first)).toEqual([])
      const filter = { hasDuplicates: true }
      expect((await listContacts(trx, bench.of, { filter, sort: 'name', before: null })).contacts).toEqual([])
    })
  }
  await bench.asOwner((trx) => editContact(trx, bench.of.id, second, { leadStatus: 'customer' }))
  expect(await pairs()).toEqual([pair])
})

test('a name and an address that a merge chose are compared', async () => {
  const merged = await add('Toko', 'toko@example.com')
  const other = await add('Anindya Prameswari', 'anindya.prameswari@example.com')
  await findChanged()
  expect(await pairs()).not.toContainEqual([merged, other].toSorted())
  await bench.query(`update contacts set chosen_name = $2, chosen_email = $3 where id = $1`, [
    merged,
    'Anindya Prameswari',
    'anindya.prameswari@example.com',
  ])
  const { rows } = await sql`
    select from private.changed_contacts where workspace_id = ${bench.of.id} and contact_id = ${merged}
  `.execute(worker)
  expect(rows).not.toEqual([])
  await findChanged()
  expect(await pairs()).toContainEqual([merged, other].toSorted())
})
