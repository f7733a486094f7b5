import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { hashPlan } from '../../src/lib/domain/merges/hash-plan.ts'
import { planMerge } from '../../src/lib/domain/merges/plan-merge.ts'
import { changeContacts, labelContact, type LabelAction } from '../../src/lib/server/database/contact-bulk.ts'
import { createContact, editContact } from '../../src/lib/server/database/contact-edits.ts'
import { deleteContactNote, writeContactNote } from '../../src/lib/server/database/contact-notes.ts'
import { findContactPage } from '../../src/lib/server/database/contact-page.ts'
import { findContactDetails } from '../../src/lib/server/database/contact-pane.ts'
import { countContactViews, createContactView } from '../../src/lib/server/database/contact-views.ts'
import { listContacts } from '../../src/lib/server/database/contacts.ts'
import { createLabel, deleteLabel } from '../../src/lib/server/database/labels.ts'
import { readMergeFacts } from '../../src/lib/server/database/merge-facts.ts'
import { executeMerge, undoMerge } from '../../src/lib/server/database/merges.ts'
import { makeContactBench, type ContactBench } from '../support/contact-bench.ts'
import { makeWorkspace } from '../support/workspace.ts'

let bench: ContactBench
let digits = 6281200000300
/** Typed in: nobody has written to them. */
let sekar: string
let bayu: string
let labelId: string
let otherLabelId: string

beforeAll(async () => {
  bench = await makeContactBench()
})

beforeEach(async () => {
  ;[sekar, bayu] = await bench.asOwner(async (trx) => [
    await createContact(trx, bench.of.id, 'ID', `+${String((digits += 1))}`, { name: 'Sekar' }),
    await createContact(trx, bench.of.id, 'ID', `+${String((digits += 1))}`, { name: 'Bayu' }),
  ])
  ;[labelId, otherLabelId] = await bench.asOwner(async (trx) => [
    (await createLabel(trx, bench.of.id, { name: `Fair ${String(digits)}`, colour: 'green' })).id,
    (await createLabel(trx, bench.of.id, { name: `Hot ${String(digits)}`, colour: 'red' })).id,
  ])
})

afterAll(() => bench.close())

const inbox = () => ({ workspaceId: bench.of.id, userId: bench.owner.sub })
const pageOf = async (id: string, claims = bench.owner) => {
  const page = await bench.asMember(claims, (trx) => findContactPage(trx, bench.of.id, id))
  if (page === undefined) throw new Error('there is no such contact')
  return page
}
const label = (id: string, kind: LabelAction['kind'] = 'addLabel', claims = bench.owner, which = labelId) =>
  bench.asMember(claims, (trx) => labelContact(trx, bench.of.id, id, { kind, labelId: which }))
const note = (
  id: string,
  body = 'Met at the fair',
  {
    claims = bench.owner,
    clientReference = randomUUID(),
  }: { claims?: ContactBench['owner']; clientReference?: string } = {},
) =>
  bench.asMember(claims, (trx) =>
    writeContactNote(
      trx,
      { workspaceId: bench.of.id, contactId: id },
      { conversationId: null, clientReference, body },
    ),
  )
const remove = (id: string, noteId: string, claims = bench.owner) =>
  bench.asMember(claims, (trx) => deleteContactNote(trx, { workspaceId: bench.of.id, contactId: id }, noteId))
const listed = async (claims = bench.owner, which = labelId) => {
  const { contacts } = await bench.asMember(claims, (trx) =>
    listContacts(trx, bench.of, { filter: { labelId: which }, sort: 'name', before: null }),
  )
  return contacts.map(({ id }) => id)
}

/** A conversation of somebody in which nothing was written yet. */
async function addSilentThread(contactId: string, assigneeId: string): Promise<string> {
  const [thread] = await bench.query<{ id: string }>(
    `with i as (
       insert into contact_identities (workspace_id, contact_id) values ($1, $2) returning id
     )
     insert into conversations (workspace_id, channel_id, identity_id, last_activity_at, assignee_id)
     select $1, $3, i.id, now(), $4 from i returning id`,
    [bench.of.id, contactId, bench.workspace.channelId, assigneeId],
  )
  return thread?.id ?? ''
}

async function merge(survivorId: string, loserId: string): Promise<string> {
  return bench.asOwner(async (trx) => {
    const contactIds = [survivorId, loserId]
    const facts = await readMergeFacts(trx, bench.of.id, contactIds)
    const { mergeId } = await executeMerge(trx, inbox(), {
      contactIds,
      survivorId,
      choices: {},
      reason: 'The same person',
      planHash: hashPlan(facts, survivorId),
    })
    return mergeId
  })
}

test('somebody without a conversation has a label and a note of their own, and loses them again', async () => {
  await label(sekar)
  const written = await note(sekar)
  expect(written.conversationId).toBeNull()
  const page = await pageOf(sekar)
  expect(page).toMatchObject({
    labelIds: [labelId],
    ownLabelIds: [labelId],
    notes: [{ id: written.id, conversationId: null, body: 'Met at the fair', author: { name: 'Owner' } }],
  })
  expect(await listed()).toEqual([sekar])
  const view = await bench.asOwner((trx) =>
    createContactView(trx, inbox(), { name: 'Fair', query: `label=${labelId}`, isShared: false }),
  )
  const counts = await countContactViews(bench.asOwner, bench.of, bench.owner.sub)
  expect(counts[view.id]).toBe(1)
  await label(sekar, 'removeLabel')
  await remove(sekar, written.id)
  await remove(sekar, written.id)
  expect(await pageOf(sekar)).toMatchObject({ labelIds: [], ownLabelIds: [], notes: [] })
  expect(await listed()).toEqual([])
  const name = `Fair ${String(digits)}`
  expect((await pageOf(sekar)).timeline).toMatchObject([
    { kind: 'unlabelled', by: { name: 'Owner' }, details: { name } },
    { kind: 'labelled', by: { name: 'Owner' }, details: { name } },
    { kind: 'changed' },
    { kind: 'created' },
  ])
})

test('nothing is put on twice, and a note is written once, also where a conversation begins in between', async () => {
  await label(sekar)
  await label(sekar)
  const clientReference = randomUUID()
  const [first, second] = await Promise.all([
    note(sekar, 'Once', { clientReference }),
    note(sekar, 'Once', { clientReference }),
  ])
  expect(second.id).toBe(first.id)
  const [again] = await bench.asOwner(async (trx) => {
    const { rows } = await sql<{ id: string }>`
      select n.id from private.write_contact_note(${bench.of.id}, ${sekar}, ${clientReference}, 'Once') n
    `.execute(trx)
    return rows
  })
  expect(again?.id).toBe(first.id)
  await bench.receive(String(digits - 1), { name: 'Sekar' })
  expect((await pageOf(sekar)).conversations).toHaveLength(1)
  expect(await note(sekar, 'Once', { clientReference })).toEqual({ id: first.id, conversationId: null })
  expect((await pageOf(sekar)).notes).toHaveLength(1)
  expect((await pageOf(sekar)).labelIds).toEqual([labelId])
  await expect(note(sekar, ' \n ')).rejects.toMatchObject({ code: 'text_length' })
  await expect(note(bayu, ' \n ')).rejects.toMatchObject({ code: 'text_length' })
  await expect(note(bayu, 'x'.repeat(4097))).rejects.toMatchObject({ code: 'text_length' })
})

test('once there is a conversation what is new goes to it, and a label is taken off both', async () => {
  await label(sekar)
  await note(sekar, 'Before')
  await bench.receive(String(digits - 1), { name: 'Sekar' })
  await label(sekar)
  await label(sekar, 'addLabel', bench.owner, otherLabelId)
  const after = await note(sekar, 'After')
  const page = await pageOf(sekar)
  const [thread] = page.conversations
  expect(after.conversationId).toBe(thread?.id)
  expect(page.ownLabelIds).toEqual([labelId])
  expect(page.labelIds.toSorted()).toEqual([labelId, otherLabelId].toSorted())
  expect(thread?.labelIds).toEqual([labelId, otherLabelId])
  expect(page.notes.map(({ body, conversationId }) => [body, conversationId])).toEqual([
    ['After', thread?.id],
    ['Before', null],
  ])
  // The pane beside the thread tells of both, each at its place.
  const pane = await bench.asOwner((trx) => findContactDetails(trx, bench.of.id, thread?.id ?? ''))
  expect(pane).toMatchObject({
    noteCount: 1,
    ownLabelIds: [labelId],
    ownNotes: [{ body: 'Before', authorName: 'Owner' }],
  })
  await label(sekar, 'removeLabel')
  expect(await pageOf(sekar)).toMatchObject({
    labelIds: [otherLabelId],
    ownLabelIds: [],
    conversations: [{ labelIds: [otherLabelId] }],
  })
})

test('open pages are told of what is put on a contact', async () => {
  const id = await addSilentThread(sekar, bench.owner.sub)
  const xidOf = async () =>
    (
      await bench.query<{ xid: string }>('select changed_xid::text as xid from conversations where id = $1', [
        id,
      ])
    )[0]?.xid
  let before = await xidOf()
  const written: string[] = []
  for (const deed of [
    () => label(sekar),
    () => label(sekar, 'removeLabel'),
    async () => written.push((await note(sekar)).id),
    () => remove(sekar, written[0] ?? ''),
  ]) {
    await deed()
    const after = await xidOf()
    expect(after).not.toBe(before)
    before = after
  }
  // Nothing new is nothing to tell.
  await label(sekar, 'removeLabel')
  expect(await xidOf()).toBe(before)
})

test('who sees less sees and writes only what is on those whom they see', async () => {
  const agent = await bench.addAgent('own')
  await label(sekar)
  const written = await note(sekar)
  await expect(label(sekar, 'removeLabel', agent)).rejects.toMatchObject({ code: 'contact_not_found' })
  await expect(note(sekar, 'Mine', { claims: agent })).rejects.toMatchObject({ code: 'contact_not_found' })
  await expect(remove(sekar, written.id, agent)).rejects.toMatchObject({ code: 'note_not_found' })
  expect(await listed(agent)).toEqual([])
  const seen = (table: 'contact_labels' | 'contact_notes') =>
    bench.asMember(agent, (trx) => trx.selectFrom(table).select('contact_id').execute())
  expect([await seen('contact_labels'), await seen('contact_notes')]).toEqual([[], []])

  // The conversation that others have is not theirs to write into: what they say stands on the contact.
  await bench.receive(String(digits - 1), { name: 'Sekar' })
  await addSilentThread(sekar, agent.sub)
  expect((await pageOf(sekar, agent)).labelIds).toEqual([labelId])
  expect(await listed(agent)).toEqual([sekar])
  await label(sekar, 'addLabel', agent, otherLabelId)
  const mine = await note(sekar, 'Mine', { claims: agent })
  expect(mine.conversationId).toBeNull()
  expect((await pageOf(sekar)).conversations[0]?.labelIds).toEqual([])
  expect((await pageOf(sekar, agent)).notes.map(({ body }) => body)).toEqual(['Mine', 'Met at the fair'])
  // Of another's note only owners and admins.
  await expect(remove(sekar, written.id, agent)).rejects.toMatchObject({ code: 'not_author' })
  await remove(sekar, mine.id)
  await expect(remove(bayu, written.id)).rejects.toMatchObject({ code: 'note_not_found' })
  expect((await pageOf(sekar)).notes.map(({ body }) => body)).toEqual(['Met at the fair'])
})

test('nobody reaches into another workspace', async () => {
  const other = await makeWorkspace(bench.database.adminUrl)
  const stranger = { sub: other.ownerId, exp: 0 }
  const written = await note(sekar)
  await expect(label(sekar, 'addLabel', stranger)).rejects.toMatchObject({ code: 'contact_not_found' })
  await expect(note(sekar, 'Mine', { claims: stranger })).rejects.toMatchObject({ code: 'contact_not_found' })
  await expect(remove(sekar, written.id, stranger)).rejects.toMatchObject({ code: 'note_not_found' })
  const theirs = await bench.asMember(stranger, (trx) =>
    createContact(trx, other.workspaceId, 'ID', null, { name: 'Theirs' }),
  )
  const put = (which: string) =>
    bench.asMember(stranger, (trx) =>
      labelContact(trx, other.workspaceId, theirs, { kind: 'addLabel', labelId: which }),
    )
  await expect(put(labelId)).rejects.toMatchObject({ code: 'no_such_label' })
  expect((await pageOf(sekar)).labelIds).toEqual([])
})

test('those who are merged show what lies on all of them, and each has its own again', async () => {
  await label(sekar)
  await note(sekar, 'On Sekar')
  await label(bayu, 'addLabel', bench.owner, otherLabelId)
  await note(bayu, 'On Bayu')
  const facts = await bench.asOwner((trx) => readMergeFacts(trx, bench.of.id, [sekar, bayu]))
  const plan = planMerge(facts, sekar)
  expect(plan.comesAlong.notes).toBe(1)
  expect(plan.united.labelIds.toSorted()).toEqual([labelId, otherLabelId].toSorted())
  const mergeId = await merge(sekar, bayu)
  const merged = await pageOf(sekar)
  expect(merged.ownLabelIds.toSorted()).toEqual([labelId, otherLabelId].toSorted())
  expect(merged.notes.map(({ body }) => body)).toEqual(['On Bayu', 'On Sekar'])
  expect(await listed(bench.owner, otherLabelId)).toEqual([sekar])
  // There already, on another of them.
  await label(sekar, 'addLabel', bench.owner, otherLabelId)
  await note(bayu, 'On both')
  await bench.asOwner((trx) => undoMerge(trx, inbox(), mergeId, {}))
  expect(await pageOf(sekar)).toMatchObject({
    labelIds: [labelId],
    notes: [{ body: 'On both' }, { body: 'On Sekar' }],
  })
  expect(await pageOf(bayu)).toMatchObject({ labelIds: [otherLabelId], notes: [{ body: 'On Bayu' }] })
  // Taken off while they are one, it is off wherever it lay.
  const again = await merge(sekar, bayu)
  await label(sekar, 'removeLabel', bench.owner, otherLabelId)
  await bench.asOwner((trx) => undoMerge(trx, inbox(), again, {}))
  expect((await pageOf(bayu)).labelIds).toEqual([])
})

test('of many those without a conversation are labelled themselves, and have it taken off', async () => {
  await bench.receive(String(digits), { name: 'Bayu' })
  const change = (kind: LabelAction['kind'], claims = bench.owner) =>
    bench.asMember(claims, (trx) => changeContacts(trx, bench.of.id, [sekar, bayu], { kind, labelId }))
  expect((await change('addLabel', await bench.addAgent('own'))).changed).toBe(0)
  expect((await change('addLabel')).changed).toBe(2)
  await change('addLabel')
  expect((await listed()).toSorted()).toEqual([sekar, bayu].toSorted())
  expect((await pageOf(sekar)).ownLabelIds).toEqual([labelId])
  expect(await pageOf(bayu)).toMatchObject({ ownLabelIds: [], conversations: [{ labelIds: [labelId] }] })
  await change('removeLabel')
  expect(await listed()).toEqual([])
})

test('a contact has thirty labels at most', async () => {
  await bench.query(
    `with made as (
       insert into labels (workspace_id, name) select $1, concat('Many ', n) from generate_series(1, 30) n
       returning id
     ) insert into contact_labels (workspace_id, contact_id, label_id) select $1, $2, id from made`,
    [bench.of.id, sekar],
  )
  await expect(label(sekar)).rejects.toMatchObject({ code: 'too_many_labels' })
  await bench.asOwner((trx) => changeContacts(trx, bench.of.id, [sekar, bayu], { kind: 'addLabel', labelId }))
  expect(await listed()).toEqual([bayu])
  await bench.query(`delete from labels where name like 'Many %'`)
})

test('a label that is deleted is gone from contacts too', async () => {
  await label(sekar)
  await bench.asOwner((trx) => deleteLabel(trx, bench.of.id, labelId))
  expect(await bench.query('select id from contact_labels where contact_id = $1', [sekar])).toEqual([])
  expect(await pageOf(sekar)).toMatchObject({ labelIds: [], ownLabelIds: [] })
  await expect(label(sekar)).rejects.toMatchObject({ code: 'no_such_label' })
})

test('whoever was set aside is there again once somebody writes on them', async () => {
  const setAside = () => bench.query('update contacts set set_aside_at = now() where id = $1', [sekar])
  await label(sekar)
  await setAside()
  expect(await listed()).toEqual([])
  await label(sekar, 'removeLabel')
  await label(sekar)
  expect(await listed()).toEqual([sekar])
  await setAside()
  await note(sekar)
  expect(await listed()).toEqual([sekar])
})

test('a recovery run sets nobody aside on whom somebody wrote', async () => {
  const untouched = async (id: string) => {
    const rows = await bench.query('select private.list_untouched_contacts($1, array[$2::uuid]) as id', [
      bench.of.id,
      id,
    ])
    return rows.length > 0
  }
  const strangers = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const [row] = await bench.query<{ id: string }>(
        'insert into contacts (workspace_id) values ($1) returning id',
        [bench.of.id],
      )
      return row?.id ?? ''
    }),
  )
  const [labelled = '', annotated = '', neither = ''] = strangers
  await label(labelled)
  await label(labelled, 'removeLabel')
  await note(annotated)
  expect([await untouched(labelled), await untouched(annotated), await untouched(neither)]).toEqual([
    false,
    false,
    true,
  ])
})

test('who edits is told apart from who labels: nothing of the values changes', async () => {
  const before = await pageOf(sekar)
  await label(sekar)
  await note(sekar)
  expect(await pageOf(sekar)).toMatchObject({ name: before.name, editedAt: before.editedAt })
  await bench.asOwner((trx) => editContact(trx, bench.of.id, sekar, { email: 'sekar@example.com' }))
  expect((await pageOf(sekar)).ownLabelIds).toEqual([labelId])
})
