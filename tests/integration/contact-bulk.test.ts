import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { BlockLevel } from '../../src/lib/domain/contacts.ts'
import { changeContacts, labelContact, type LabelAction } from '../../src/lib/server/database/contact-bulk.ts'
import { takeBackBlocks, unblockContact } from '../../src/lib/server/database/contact-edits.ts'
import { writeContactNote } from '../../src/lib/server/database/contact-notes.ts'
import { findContactPage } from '../../src/lib/server/database/contact-page.ts'
import type { Claims } from '../../src/lib/server/database/database.ts'
import { createLabel } from '../../src/lib/server/database/labels.ts'
import { deleteNote } from '../../src/lib/server/database/notes.ts'
import { makeContactBench, type ContactBench } from '../support/contact-bench.ts'

let bench: ContactBench
let digits = 6281200000900
let people: [string, string]

beforeAll(async () => {
  bench = await makeContactBench()
})

beforeEach(async () => {
  digits += 2
  people = [
    await bench.receive(String(digits), { name: 'Sekar' }),
    await bench.receive(String(digits + 1), { name: 'Bayu' }),
  ]
})

afterAll(() => bench.close())

const pageOf = async (id: string, claims = bench.owner) => {
  const page = await bench.asMember(claims, (trx) => findContactPage(trx, bench.of.id, id))
  if (page === undefined) throw new Error('there is no such contact')
  return page
}
const block = (
  ids: readonly string[],
  level: BlockLevel,
  {
    reason = null,
    endsAt = null,
    claims = bench.owner,
  }: { reason?: string | null; endsAt?: Date | null; claims?: Claims } = {},
) =>
  bench.asMember(claims, (trx) =>
    changeContacts(trx, bench.of.id, ids, { kind: 'block', level, reason, endsAt }),
  )
const takeBack = (ids: string[], claims = bench.owner) =>
  bench.asMember(claims, (trx) => takeBackBlocks(trx, bench.of.id, ids))
const blocksOf = async () =>
  Promise.all(
    people.map(async (id) => {
      const found = (await pageOf(id)).block
      return found && { level: found.level, reason: found.reason, endsAt: found.endsAt }
    }),
  )

test('many are blocked at once, and taken back each has the block from before', async () => {
  const endsAt = new Date('2099-01-01T00:00:00Z')
  await block([people[0]], 'mute', { reason: 'Iklan', endsAt })
  const before = await blocksOf()
  expect(before).toEqual([{ level: 'mute', reason: 'Iklan', endsAt: endsAt.toISOString() }, null])
  const { changed, blockIds } = await block(people, 'quarantine', { reason: 'Spam' })
  expect([changed, blockIds.length]).toEqual([2, 2])
  expect((await blocksOf()).map((each) => each?.level)).toEqual(['quarantine', 'quarantine'])
  expect(await takeBack(blockIds)).toBe(2)
  expect(await blocksOf()).toEqual(before)
  // Once more does nothing.
  expect(await takeBack(blockIds)).toBe(0)
  expect(await blocksOf()).toEqual(before)
  const { timeline } = await pageOf(people[1])
  expect(timeline.filter(({ kind }) => kind.endsWith('blocked'))).toMatchObject([
    { kind: 'unblocked', by: { id: bench.owner.sub } },
    { kind: 'blocked', by: { id: bench.owner.sub }, details: { level: 'quarantine', reason: 'Spam' } },
  ])
})

test('what was changed since stays, and nobody takes back what another set', async () => {
  const agent = await bench.addAgent('all')
  const { blockIds } = await block(people, 'mute')
  expect(await takeBack(blockIds, agent)).toBe(0)
  await bench.asMember(agent, (trx) => unblockContact(trx, bench.of.id, people[0]))
  await block([people[1]], 'quarantine', { claims: agent })
  expect(await takeBack(blockIds)).toBe(0)
  expect((await blocksOf()).map((each) => each?.level ?? null)).toEqual([null, 'quarantine'])
})

test('an agent who may not throw messages away blocks none of them, and takes no such block back', async () => {
  const agent = await bench.addAgent('all')
  await block([people[1]], 'drop')
  await expect(block(people, 'mute', { claims: agent })).rejects.toMatchObject({ code: 'drop_not_allowed' })
  expect((await blocksOf()).map((each) => each?.level ?? null)).toEqual([null, 'drop'])
  const admin = await bench.addAgent('all')
  await bench.query(`update workspace_members set role = 'admin' where user_id = $1`, [admin.sub])
  const { blockIds } = await block([people[0]], 'drop', { claims: admin })
  await bench.query(`update workspace_members set role = 'agent' where user_id = $1`, [admin.sub])
  await expect(takeBack(blockIds, admin)).rejects.toMatchObject({ code: 'drop_not_allowed' })
})

const label = (id: string, action: LabelAction, claims = bench.owner) =>
  bench.asMember(claims, (trx) => labelContact(trx, bench.of.id, id, action))

test('a label is put on what is open, else on what was last active, and taken off everything', async () => {
  const [person] = people
  const vip = await bench.asOwner((trx) =>
    createLabel(trx, bench.of.id, { name: `VIP ${person.slice(-6)}`, colour: 'green' }),
  )
  const close = (id: string) => bench.query(`update conversations set state = 'closed' where id = $1`, [id])
  const [thread] = (await pageOf(person)).conversations
  await close(thread?.id ?? '')
  await label(person, { kind: 'addLabel', labelId: vip.id })
  expect((await pageOf(person)).labelIds).toEqual([vip.id])
  await label(person, { kind: 'removeLabel', labelId: vip.id })
  expect((await pageOf(person)).labelIds).toEqual([])
  await expect(label(person, { kind: 'addLabel', labelId: person })).rejects.toMatchObject({
    code: 'no_such_label',
  })
  const restricted = await bench.addAgent('own')
  await expect(label(person, { kind: 'addLabel', labelId: vip.id }, restricted)).rejects.toMatchObject({
    code: 'contact_not_found',
  })
})

test('a note lies beside the messages of the contact, once, and goes again', async () => {
  const [person, other] = people
  const clientReference = crypto.randomUUID()
  const write = (contactId: string, conversationId: string | null, claims = bench.owner) =>
    bench.asMember(claims, (trx) =>
      writeContactNote(
        trx,
        { workspaceId: bench.of.id, contactId },
        { conversationId, clientReference, body: 'Telepon pagi' },
      ),
    )
  await write(person, null)
  const note = await write(person, null)
  const page = await pageOf(person)
  expect(page.notes).toMatchObject([
    { id: note.id, body: 'Telepon pagi', conversationId: page.conversations[0]?.id },
  ])
  await expect(write(other, page.conversations[0]?.id ?? null)).rejects.toMatchObject({
    code: 'contact_without_conversation',
  })
  await expect(write(person, null, await bench.addAgent('own'))).rejects.toMatchObject({
    code: 'contact_not_found',
  })
  await bench.asOwner((trx) =>
    deleteNote(trx, { workspaceId: bench.of.id, conversationId: note.conversationId ?? '' }, note.id),
  )
  expect((await pageOf(person)).notes).toEqual([])
})
