import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { BlockLevel } from '../../src/lib/domain/contacts.ts'
import { blockContact, unblockContact } from '../../src/lib/server/database/contact-edits.ts'
import { makeContactBench, type ContactBench } from '../support/contact-bench.ts'

let bench: ContactBench
let digits = 6281200000700
let phone: string
let id: string

beforeAll(async () => {
  bench = await makeContactBench()
})

beforeEach(async () => {
  digits += 1
  phone = String(digits)
  id = await bench.receive(phone, { name: 'Sari' })
})

afterAll(() => bench.close())

const block = (level: BlockLevel, contactId = id) =>
  bench.asOwner((trx) => blockContact(trx, bench.of.id, contactId, { level, reason: 'Iklan', endsAt: null }))
const unblock = () => bench.asOwner((trx) => unblockContact(trx, bench.of.id, id))

async function thread() {
  const [row] = await bench.query<{ messages: number; inbound: number; is_waiting: boolean }>(
    `select (select count(*)::int from messages m where m.conversation_id = c.id) as messages,
       c.inbound_count::int as inbound, c.waiting_since <> 'infinity' as is_waiting
     from conversations c join contact_identities i on i.id = c.identity_id where i.phone_normalized = $1`,
    [`+${phone}`],
  )
  return row
}

test('of somebody muted everything is kept, and nothing is news', async () => {
  await bench.query(
    `insert into push_subscriptions (workspace_id, user_id, endpoint, p256dh, auth)
     values ($1, $2, $3, 'key', 'secret')`,
    [bench.of.id, bench.owner.sub, `https://push.example.com/${phone}`],
  )
  const due = () => bench.query('select from private.due_pushes where workspace_id = $1', [bench.of.id])
  await bench.receive(phone)
  const before = { thread: await thread(), due: (await due()).length }
  expect(before.due).toBeGreaterThan(0)
  await block('mute')
  await bench.receive(phone)
  expect(await thread()).toEqual({ ...before.thread, messages: 3 })
  expect(await due()).toHaveLength(before.due)
  await unblock()
  await bench.receive(phone)
  expect(await thread()).toMatchObject({ messages: 4, inbound: 3 })
})

test('what somebody in quarantine writes waits with its reason, and can be let through', async () => {
  await block('quarantine')
  await bench.receive(phone)
  expect(await thread()).toMatchObject({ messages: 1, inbound: 1 })
  const held = await bench.lastOutcome()
  expect(held).toMatchObject({ status: 'quarantined', reason: 'blocked_contact' })
  await bench.query('select private.requeue_events($1, $2, null, null)', [bench.of.id, [held.id]])
  await bench.applyAll()
  expect(await bench.lastOutcome()).toEqual({ id: held.id, status: 'processed', reason: null })
  expect(await thread()).toMatchObject({ messages: 2, inbound: 2 })
  // One that is let through lets no other in.
  await bench.receive(phone)
  expect(await bench.lastOutcome()).toMatchObject({ status: 'quarantined' })
})

test('of somebody who is dropped only the ids stay in the ledger', async () => {
  await block('drop')
  await bench.receive(phone)
  expect(await bench.lastOutcome()).toMatchObject({ status: 'ignored', reason: 'blocked_contact' })
  expect(await thread()).toMatchObject({ messages: 1, inbound: 1 })
  await unblock()
  await bench.receive(phone)
  expect(await bench.lastOutcome()).toMatchObject({ status: 'processed' })
  expect(await thread()).toMatchObject({ messages: 2 })
})

test('a block that has ended by its time, or is somebody else’s, keeps nobody out', async () => {
  await block('drop')
  await bench.query('update contact_blocks set ends_at = now() where contact_id = $1', [id])
  digits += 1
  const other = await bench.receive(String(digits))
  await block('drop', other)
  await bench.receive(phone)
  expect(await bench.lastOutcome()).toMatchObject({ status: 'processed' })
})

test('a block of one who was merged counts for all that they are', async () => {
  digits += 1
  const loser = await bench.receive(String(digits))
  await block('drop', loser)
  await bench.query('update contacts set root_id = $1 where id = $2', [id, loser])
  await bench.receive(phone)
  expect(await bench.lastOutcome()).toMatchObject({ status: 'ignored', reason: 'blocked_contact' })
  await unblock()
  await bench.receive(phone)
  expect(await bench.lastOutcome()).toMatchObject({ status: 'processed' })
})
