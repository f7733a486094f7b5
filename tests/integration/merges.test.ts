import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ContactChanges } from '../../src/lib/domain/contacts.ts'
import { hashPlan } from '../../src/lib/domain/merges/hash-plan.ts'
import type { MergeChoices } from '../../src/lib/domain/merges/merge-facts.ts'
import { planMerge } from '../../src/lib/domain/merges/plan-merge.ts'
import { readSearchQuery } from '../../src/lib/domain/search-query.ts'
import {
  blockContact,
  editContact,
  setOptOut,
  unblockContact,
} from '../../src/lib/server/database/contact-edits.ts'
import { createContactField } from '../../src/lib/server/database/contact-fields.ts'
import { findContactPage, findRootContactId } from '../../src/lib/server/database/contact-page.ts'
import { listContacts } from '../../src/lib/server/database/contacts.ts'
import { findDuplicateSides } from '../../src/lib/server/database/duplicate-sides.ts'
import { firstPage, listConversations } from '../../src/lib/server/database/inbox-list.ts'
import type { Claims } from '../../src/lib/server/database/database.ts'
import { listMergeProposals, listMerges } from '../../src/lib/server/database/merge-list.ts'
import { findMergeUndo } from '../../src/lib/server/database/merge-undo.ts'
import { readMergeFacts } from '../../src/lib/server/database/merge-facts.ts'
import {
  decideProposal,
  executeMerge,
  proposeMerge,
  undoMerge,
  type MergeRequest,
} from '../../src/lib/server/database/merges.ts'
import { searchContacts } from '../../src/lib/server/database/search.ts'
import { makeContactBench, type ContactBench } from '../support/contact-bench.ts'

let bench: ContactBench
let digits = 6281200000600

beforeAll(async () => {
  bench = await makeContactBench()
})

afterAll(() => bench.close())

const inbox = () => ({ workspaceId: bench.of.id, userId: bench.owner.sub })
const newPhone = () => String((digits += 1))
const edit = (id: string, changes: ContactChanges) =>
  bench.asOwner((trx) => editContact(trx, bench.of.id, id, changes))
const pageOf = (id: string) => bench.asOwner((trx) => findContactPage(trx, bench.of.id, id))
const rootOf = (id: string) => bench.asOwner((trx) => findRootContactId(trx, bench.of.id, id))

async function person(name?: string): Promise<string> {
  return bench.receive(newPhone(), name === undefined ? {} : { name })
}

const planOf = (ids: string[], survivorId?: string, claims: Claims = bench.owner) =>
  bench.asMember(claims, async (trx) => {
    const facts = await readMergeFacts(trx, bench.of.id, ids)
    const plan = planMerge(facts, survivorId)
    return { facts, plan, hash: hashPlan(facts, plan.survivorId) }
  })

async function requestOf(
  ids: string[],
  survivorId?: string,
  choices: MergeChoices = {},
): Promise<MergeRequest> {
  const { plan, hash } = await planOf(ids, survivorId)
  return { contactIds: ids, survivorId: plan.survivorId, choices, reason: 'The same person', planHash: hash }
}

const execute = (request: MergeRequest, claims: Claims = bench.owner) =>
  bench.asMember(claims, (trx) => executeMerge(trx, inbox(), request))

const merge = async (ids: string[], survivorId?: string, choices: MergeChoices = {}) =>
  execute(await requestOf(ids, survivorId, choices))

const undo = (id: string, claims: Claims = bench.owner, handedOn: Record<string, string> = {}) =>
  bench.asMember(claims, (trx) => undoMerge(trx, inbox(), id, handedOn))

/** The later edits of a merge, by field. */
async function editsOf(id: string) {
  const found = await bench.asOwner((trx) => findMergeUndo(trx, bench.of.id, id))
  return new Map(found?.edits.map((edit) => [edit.field, edit]))
}

/** What makes the edits of these fields go to a contact. */
async function handing(id: string, fields: string[], to: string): Promise<Record<string, string>> {
  const edits = await editsOf(id)
  return Object.fromEntries(fields.map((field) => [edits.get(field)?.id ?? `no ${field}`, to]))
}

const addField = (kind: 'text' | 'number' = 'text') =>
  bench.asOwner((trx) =>
    createContactField(trx, bench.of.id, { label: `Kota ${randomUUID().slice(0, 8)}`, kind, choices: [] }),
  )

test('shows what was chosen, and everything of both, until it is undone', async () => {
  const [ani, budi] = [await person('Ani'), await person('Budi')]
  await edit(ani, { email: 'ani@example.com', leadStatus: 'qualified' })
  await edit(budi, { leadStatus: 'customer', ownerId: bench.owner.sub })
  const { mergeId, survivorId } = await merge([ani, budi], ani, {
    name: { custom: 'Ani Budiman' },
    lead_status: budi,
  })
  expect(survivorId).toBe(ani)
  expect(await rootOf(budi)).toBe(ani)
  const sides = await bench.asOwner((trx) => findDuplicateSides(trx, bench.of.id, [ani, budi]))
  expect([...sides.values()].map(({ name }) => name)).toEqual(['Ani Budiman'])
  expect(await pageOf(budi)).toBeUndefined()
  const page = await pageOf(ani)
  expect(page).toMatchObject({
    title: 'Ani Budiman',
    name: { value: 'Ani Budiman', source: 'staff' },
    email: { value: 'ani@example.com' },
    leadStatus: { value: 'customer', source: 'staff' },
    owner: { value: bench.owner.sub },
  })
  expect(page?.identities).toHaveLength(2)
  expect(page?.conversations).toHaveLength(2)
  const list = await bench.asOwner((trx) =>
    listContacts(trx, bench.of, { filter: {}, sort: 'name', before: null }),
  )
  expect(list.contacts.filter(({ id }) => id === ani || id === budi).map(({ name }) => name)).toEqual([
    'Ani Budiman',
  ])
  const inboxNames = await bench.asOwner((trx) => listConversations(trx, inbox(), firstPage))
  expect(
    inboxNames.conversations
      .filter(({ contactId }) => contactId === ani)
      .map((row) => [row.contactName, row.leadStatus]),
  ).toEqual([
    ['Ani Budiman', 'customer'],
    ['Ani Budiman', 'customer'],
  ])
  const hits = await bench.asOwner((trx) =>
    searchContacts(trx, bench.of.id, readSearchQuery('Budiman', 'ID'), 10),
  )
  expect(hits.map(({ contactId, name }) => [contactId, name])).toEqual([[ani, 'Ani Budiman']])

  expect(await undo(mergeId)).toEqual([{ loserId: budi, survivorId: ani }])
  expect(await undo(mergeId)).toEqual([])
  expect(await pageOf(ani)).toMatchObject({
    title: 'Ani',
    leadStatus: { value: 'qualified' },
    owner: { value: null },
  })
  expect(await pageOf(budi)).toMatchObject({ title: 'Budi', leadStatus: { value: 'customer' } })
})

test('refuses a plan that is not the one that was shown, and changes nothing', async () => {
  const [ani, budi] = [await person('Ani'), await person('Budi')]
  const request = await requestOf([ani, budi])
  await edit(budi, { email: 'budi@example.com' })
  await expect(execute(request)).rejects.toMatchObject({ code: 'stale_plan' })
  expect(await rootOf(ani)).toBe(ani)
  expect(await rootOf(budi)).toBe(budi)
  // A plan for another survivor is another plan.
  const other = await requestOf([ani, budi], ani)
  await expect(execute({ ...other, survivorId: budi })).rejects.toMatchObject({ code: 'stale_plan' })
})

test('a message that arrives meanwhile makes no plan stale and lands with the person', async () => {
  const [one, two] = [newPhone(), newPhone()]
  const [ani, budi] = [await bench.receive(one, { name: 'Ani' }), await bench.receive(two, { name: 'Budi' })]
  const request = await requestOf([ani, budi], ani)
  await bench.receive(two, { name: 'Budi', at: Math.floor(Date.now() / 1000) + 3 })
  const { mergeId } = await execute(request)
  expect(await bench.receive(two, { name: 'Budi', at: Math.floor(Date.now() / 1000) + 6 })).toBe(ani)
  const countOf = async (id: string) =>
    (
      await bench.query<{ count: number }>(
        `select count(*)::int as count from messages m join conversations c on c.id = m.conversation_id
         join contact_identities i on i.id = c.identity_id join contacts k on k.id = i.contact_id where k.root_id = $1`,
        [id],
      )
    )[0]?.count
  expect(await countOf(ani)).toBe(4)
  await undo(mergeId)
  expect(await countOf(ani)).toBe(1)
  expect(await countOf(budi)).toBe(3)
})

test('a merge and a message at the same moment both come through', async () => {
  const [one, two] = [newPhone(), newPhone()]
  const [ani, budi] = [await bench.receive(one), await bench.receive(two)]
  const request = await requestOf([ani, budi], ani)
  const at = Math.floor(Date.now() / 1000) + 10
  const [made, seen] = await Promise.all([execute(request), bench.receive(two, { at })])
  expect([ani, budi]).toContain(seen)
  expect(await rootOf(budi)).toBe(made.survivorId)
  const rows = await bench.query<{ amount: number }>(
    `select count(*)::int as amount from messages m join conversations c on c.id = m.conversation_id
     join contact_identities i on i.id = c.identity_id where i.contact_id = $1`,
    [budi],
  )
  expect(rows).toEqual([{ amount: 2 }])
})

test('refuses the same contact, contacts that are one already, strangers, and a reason that says nothing', async () => {
  const [ani, budi] = [await person('Ani'), await person('Budi')]
  const request = await requestOf([ani, budi], ani)
  const refusal = (change: Partial<MergeRequest>) =>
    execute({ ...request, ...change }).then(
      () => 'merged',
      (error: unknown) => (error as { code?: string }).code,
    )
  expect(await refusal({ contactIds: [ani, ani] })).toBe('same_contact')
  expect(await refusal({ contactIds: [ani] })).toBe('same_contact')
  expect(await refusal({ contactIds: [ani, randomUUID()] })).toBe('contact_not_found')
  expect(await refusal({ reason: ' x ' })).toBe('reason_length')
  expect(await refusal({ reason: 'x'.repeat(501) })).toBe('reason_length')
  expect(await refusal({ choices: { name: { custom: ' ' } } })).toBe('name_length')
  expect(await refusal({ choices: { name: randomUUID() } })).toBe('choice_invalid')
  await execute(request)
  expect(await refusal({})).toBe('already_merged')
  // Its plan was made before, and it stands for another one now.
  const citra = await person('Citra')
  expect(await refusal({ contactIds: [budi, citra], survivorId: budi })).toBe('stale_plan')
})

test('a contact of another workspace is nobody', async () => {
  const ani = await person('Ani')
  const [row] = await bench.query<{ id: string }>(
    `with w as (insert into workspaces (slug, name) values ('other-' || gen_random_uuid(), 'Other') returning id)
     insert into contacts (workspace_id, name, name_source) select w.id, 'Rahasia', 'staff' from w returning id`,
  )
  const request = { ...(await requestOf([ani, await person()], ani)), contactIds: [ani, row?.id ?? ''] }
  await expect(execute(request)).rejects.toMatchObject({ code: 'contact_not_found' })
})

test('one that was merged is merged on by who shows it', async () => {
  const [ani, budi, citra] = [await person('Ani'), await person('Budi'), await person('Citra')]
  const first = await merge([ani, budi], ani)
  const { facts, plan, hash } = await planOf([ani, citra], citra)
  expect(facts.sides[0]?.partIds.toSorted()).toEqual([ani, budi].toSorted())
  const second = await execute({
    contactIds: [budi, citra],
    survivorId: citra,
    choices: {},
    reason: 'The same person',
    planHash: hash,
  })
  expect(plan.survivorId).toBe(citra)
  expect([await rootOf(ani), await rootOf(budi), await rootOf(citra)]).toEqual([citra, citra, citra])
  // The earlier one first.
  await undo(first.mergeId)
  expect([await rootOf(ani), await rootOf(budi), await rootOf(citra)]).toEqual([citra, budi, citra])
  await undo(second.mergeId)
  expect([await rootOf(ani), await rootOf(budi), await rootOf(citra)]).toEqual([ani, budi, citra])
})

test('of several that were merged at once, one can be parted again', async () => {
  const ids = [await person('Ani'), await person('Budi'), await person('Citra')] as const
  const [ani, budi, citra] = ids
  const { mergeId } = await merge([...ids], ani, { name: budi })
  expect(await pageOf(ani)).toMatchObject({ title: 'Budi' })
  const [record] = await bench.asOwner((trx) => listMerges(trx, bench.of.id, citra))
  expect(record).toMatchObject({
    id: mergeId,
    survivor: { id: ani, name: 'Budi' },
    reason: 'The same person',
  })
  expect(record?.madeBy?.id).toBe(bench.owner.sub)
  const joinOf = (id: string) => record?.merged.find((each) => each.id === id)?.joinId ?? ''
  // What was taken from Budi goes with Budi, and what the merge says of Citra stays.
  await undo(joinOf(budi))
  expect([await rootOf(budi), await rootOf(citra)]).toEqual([budi, ani])
  expect(await pageOf(ani)).toMatchObject({ title: 'Ani' })
  await undo(mergeId)
  expect([await rootOf(budi), await rootOf(citra)]).toEqual([budi, citra])
})

test('the timeline of either tells of the merge and of its end, with who and why', async () => {
  const [ani, budi, citra] = [await person('Ani'), await person('Budi'), await person('Citra')]
  const { mergeId } = await merge([ani, budi, citra], ani)
  const told = async (id: string) =>
    ((await pageOf(id))?.timeline ?? [])
      .filter(({ kind }) => kind === 'merged' || kind === 'parted')
      .map(({ kind, by, details }) => [kind, details['name'], by?.id])
  const who = bench.owner.sub
  expect(await told(ani)).toHaveLength(2)
  await undo(mergeId)
  expect((await told(ani)).toSorted()).toEqual([
    ['merged', 'Budi', who],
    ['merged', 'Citra', who],
    ['parted', 'Budi', who],
    ['parted', 'Citra', who],
  ])
  expect(await told(budi)).toEqual([
    ['parted', 'Ani', who],
    ['merged', 'Ani', who],
  ])
  expect((await pageOf(budi))?.timeline[0]?.details['reason']).toBe('The same person')
})

test('what staff writes afterwards comes before what was chosen, and stays when the merge is undone', async () => {
  const [ani, budi] = [await person('Ani'), await person('Budi')]
  const field = await bench.asOwner((trx) =>
    createContactField(trx, bench.of.id, {
      label: `Kota ${randomUUID().slice(0, 8)}`,
      kind: 'text',
      choices: [],
    }),
  )
  await edit(ani, { fields: { [field]: 'Bandung' } })
  await edit(budi, { email: 'budi@example.com', fields: { [field]: 'Medan' } })
  const { mergeId } = await merge([ani, budi], ani, { name: budi, [`field:${field}`]: ani })
  const cityOf = async (id: string) => (await pageOf(id))?.fields.find((each) => each.id === field)?.value
  expect(await pageOf(ani)).toMatchObject({ title: 'Budi', email: { value: 'budi@example.com' } })
  expect(await cityOf(ani)).toBe('Bandung')
  // The same as its own value was all the time, and none at all.
  await edit(budi, { name: 'Ani', email: null, fields: { [field]: null } })
  expect(await pageOf(ani)).toMatchObject({ title: 'Ani', email: { value: null } })
  expect(await cityOf(ani)).toBeNull()
  await edit(ani, { leadStatus: 'customer' })
  await undo(mergeId)
  expect(await pageOf(ani)).toMatchObject({ title: 'Ani', leadStatus: { value: 'customer' } })
  expect(await pageOf(budi)).toMatchObject({ title: 'Budi', email: { value: 'budi@example.com' } })
  expect([await cityOf(ani), await cityOf(budi)]).toEqual([null, 'Medan'])
  const [record] = await bench.asOwner((trx) => listMerges(trx, bench.of.id, ani))
  expect(record?.laterEdits.map(({ field: of }) => of).toSorted()).toEqual(
    // What she held herself all the time is said in place of what was chosen.
    ['email', `field:${field}`, 'lead_status', 'name'].toSorted(),
  )
  expect(record?.merged[0]?.undoneBy?.id).toBe(bench.owner.sub)
})

test('later edits go to the contact that is parted where somebody says so, and stay where nobody does', async () => {
  const [ani, budi] = [await person('Ani'), await person('Budi')]
  const field = await addField()
  await edit(ani, { email: 'ani@example.com', fields: { [field]: 'Bandung' } })
  const { mergeId } = await merge([ani, budi], ani)
  await edit(ani, { name: 'Budi Santoso', email: 'typo@example.com' })
  await edit(ani, { email: 'budi@example.com', leadStatus: 'customer', fields: { [field]: 'Medan' } })
  await edit(ani, { ownerId: bench.owner.sub })
  const edits = await editsOf(mergeId)
  expect([...edits.keys()].toSorted()).toEqual(
    ['email', `field:${field}`, 'lead_status', 'name', 'owner'].toSorted(),
  )
  expect(edits.get('email')).toMatchObject({
    holder: { id: ani },
    oldValue: 'ani@example.com',
    newValue: 'budi@example.com',
    source: 'staff',
    changedBy: { id: bench.owner.sub },
    canGo: true,
  })
  const going = await handing(mergeId, ['name', 'email', 'owner', `field:${field}`], budi)
  expect(await undo(mergeId, bench.owner, going)).toEqual([{ loserId: budi, survivorId: ani }])

  const [left, right] = [await pageOf(ani), await pageOf(budi)]
  expect(left).toMatchObject({
    name: { value: 'Ani', source: 'whatsapp_profile' },
    email: { value: 'ani@example.com', source: 'staff' },
    owner: { value: null },
    leadStatus: { value: 'customer', source: 'staff' },
  })
  expect(right).toMatchObject({
    name: { value: 'Budi Santoso', source: 'staff' },
    email: { value: 'budi@example.com', source: 'staff' },
    owner: { value: bench.owner.sub },
    leadStatus: { value: 'new' },
  })
  const cityOf = (page: typeof left) => page?.fields.find(({ id }) => id === field)
  expect(cityOf(left)).toMatchObject({ value: 'Bandung', source: 'staff' })
  expect(cityOf(right)).toMatchObject({ value: 'Medan', source: 'staff' })
  // Both histories tell of it, with who did it.
  expect(left?.email.history[0]).toMatchObject({
    oldValue: 'budi@example.com',
    newValue: 'ani@example.com',
    changedBy: { id: bench.owner.sub },
  })
  expect(right?.email.history[0]).toMatchObject({
    oldValue: null,
    newValue: 'budi@example.com',
    source: 'staff',
    changedBy: { id: bench.owner.sub },
  })
  const [record] = await bench.asOwner((trx) => listMerges(trx, bench.of.id, ani))
  expect(
    Object.fromEntries(record?.laterEdits.map((each) => [each.field, each.handedTo?.id ?? null]) ?? []),
  ).toEqual({ name: budi, email: budi, owner: budi, [`field:${field}`]: budi, lead_status: null })
})

test('who is called as WhatsApp says again follows WhatsApp again', async () => {
  const [one, two] = [newPhone(), newPhone()]
  const [ani, budi] = [await bench.receive(one, { name: 'Ani' }), await bench.receive(two, { name: 'Budi' })]
  const { mergeId } = await merge([ani, budi], ani)
  await edit(ani, { name: 'Budi Santoso' })
  await bench.receive(one, { name: 'Ani Lestari', at: Math.floor(Date.now() / 1000) + 5 })
  await undo(mergeId, bench.owner, await handing(mergeId, ['name'], budi))
  expect(await pageOf(ani)).toMatchObject({ title: 'Ani Lestari', name: { source: 'whatsapp_profile' } })
  await bench.receive(one, { name: 'Ani L', at: Math.floor(Date.now() / 1000) + 10 })
  expect(await pageOf(ani)).toMatchObject({ title: 'Ani L' })
  expect(await pageOf(budi)).toMatchObject({ title: 'Budi Santoso', name: { source: 'staff' } })
})

test('an edit that was edited again, or that is to go to somebody else, undoes nothing', async () => {
  const [ani, budi, citra] = [await person('Ani'), await person('Budi'), await person('Citra')]
  const { mergeId } = await merge([ani, budi], ani)
  await edit(ani, { email: 'first@example.com' })
  const going = await handing(mergeId, ['email'], budi)
  await edit(ani, { email: 'second@example.com' })
  const agent = await bench.addAgent('all')
  await expect(undo(mergeId, agent, going)).rejects.toMatchObject({ code: 'not_allowed' })
  await expect(undo(mergeId, bench.owner, going)).rejects.toMatchObject({ code: 'edits_changed' })
  for (const to of [citra, ani, 'nobody'])
    await expect(undo(mergeId, bench.owner, await handing(mergeId, ['email'], to))).rejects.toMatchObject({
      code: 'choice_invalid',
    })
  await expect(undo(mergeId, bench.owner, { nothing: budi })).rejects.toMatchObject({ code: 'edits_changed' })
  expect(await rootOf(budi)).toBe(ani)
  expect(await pageOf(ani)).toMatchObject({ email: { value: 'second@example.com' } })
})

test('an owner who left and a field that is gone stay where they are', async () => {
  const [ani, budi] = [await person('Ani'), await person('Budi')]
  const field = await addField()
  const agent = await bench.addAgent('all')
  const { mergeId } = await merge([ani, budi], ani)
  await edit(ani, { ownerId: agent.sub, fields: { [field]: 'Medan' } })
  await bench.query('update workspace_members set removed_at = now() where user_id = $1', [agent.sub])
  await bench.query('update contact_field_definitions set archived_at = now() where id = $1', [field])
  const edits = await editsOf(mergeId)
  expect([edits.get('owner')?.canGo, edits.get(`field:${field}`)?.canGo]).toEqual([false, false])
  for (const name of ['owner', `field:${field}`])
    await expect(undo(mergeId, bench.owner, await handing(mergeId, [name], budi))).rejects.toMatchObject({
      code: 'edits_changed',
    })
})

test('of two merges that stand one above the other, an edit at the top goes to who is parted below', async () => {
  const [ani, budi, citra] = [await person('Ani'), await person('Budi'), await person('Citra')]
  const below = await merge([ani, budi], ani)
  await edit(ani, { email: 'below@example.com' })
  const above = await merge([ani, citra], citra, { name: ani })
  await edit(citra, { name: 'Budi Santoso', leadStatus: 'qualified' })
  expect([...(await editsOf(above.mergeId)).keys()].toSorted()).toEqual(['lead_status', 'name'])
  const edits = await editsOf(below.mergeId)
  expect([...edits].map(([field, { holder }]) => [field, holder.id]).toSorted()).toEqual([
    ['email', ani],
    ['lead_status', citra],
    ['name', citra],
  ])
  await undo(below.mergeId, bench.owner, await handing(below.mergeId, ['name', 'email'], budi))
  expect(await pageOf(budi)).toMatchObject({
    title: 'Budi Santoso',
    email: { value: 'below@example.com' },
    leadStatus: { value: 'new' },
  })
  // What the other merge chose shows again, and there is nothing left to hand on.
  expect(await pageOf(citra)).toMatchObject({
    title: 'Ani',
    email: { value: null },
    leadStatus: { value: 'qualified' },
  })
  expect([...(await editsOf(above.mergeId)).keys()]).toEqual(['lead_status'])
  await undo(above.mergeId)
  expect([(await pageOf(ani))?.title, (await pageOf(citra))?.title]).toEqual(['Ani', 'Citra'])
})

test('of several that were merged at once, each edit goes to one of them', async () => {
  const [ani, budi, citra] = [await person('Ani'), await person('Budi'), await person('Citra')]
  await edit(budi, { leadStatus: 'customer' })
  const { mergeId } = await merge([ani, budi, citra], ani, { lead_status: budi })
  await edit(ani, { name: 'Budi Santoso', email: 'citra@example.com' })
  // She was a customer by the merge, and staff says no.
  await edit(ani, { leadStatus: 'new' })
  await undo(mergeId, bench.owner, {
    ...(await handing(mergeId, ['name'], budi)),
    ...(await handing(mergeId, ['email', 'lead_status'], citra)),
  })
  expect(await pageOf(ani)).toMatchObject({ title: 'Ani', email: { value: null } })
  expect(await pageOf(budi)).toMatchObject({ title: 'Budi Santoso', email: { value: null } })
  expect(await pageOf(citra)).toMatchObject({
    title: 'Citra',
    email: { value: 'citra@example.com' },
    leadStatus: { value: 'new', source: 'staff' },
  })
})

test('a block and a wish to hear no more go along where somebody says so', async () => {
  const [ani, budi] = [await person('Ani'), await person('Budi')]
  await bench.asOwner((trx) => setOptOut(trx, bench.of.id, ani, { isOptedOut: true, reason: 'Before' }))
  const { mergeId } = await merge([ani, budi], ani)
  expect((await editsOf(mergeId)).size).toBe(0)
  await bench.asOwner((trx) => setOptOut(trx, bench.of.id, ani, { isOptedOut: false, reason: null }))
  await bench.asOwner((trx) => setOptOut(trx, bench.of.id, ani, { isOptedOut: true, reason: 'Asked so' }))
  const block = { level: 'mute' as const, reason: 'Too loud', endsAt: null }
  await bench.asOwner((trx) => blockContact(trx, bench.of.id, ani, block))
  await bench.asOwner((trx) => unblockContact(trx, bench.of.id, ani))
  expect([...(await editsOf(mergeId)).keys()]).toEqual(['opt_out'])
  await bench.asOwner((trx) => blockContact(trx, bench.of.id, ani, { ...block, level: 'drop' }))
  await undo(mergeId, bench.owner, await handing(mergeId, ['block', 'opt_out'], budi))
  expect(await pageOf(ani)).toMatchObject({ block: null, optOuts: [] })
  expect(await pageOf(budi)).toMatchObject({
    block: { level: 'drop', reason: 'Too loud', createdBy: { id: bench.owner.sub } },
    optOuts: [{ reason: 'Asked so', by: { id: bench.owner.sub } }],
  })
})

test('agents propose what owners and admins decide', async () => {
  const [ani, budi] = [await person('Ani'), await person('Budi')]
  const agent = await bench.addAgent('all')
  const { hash } = await planOf([ani, budi], ani, agent)
  const request = {
    contactIds: [ani, budi],
    survivorId: ani,
    choices: { name: budi },
    reason: 'Same',
    planHash: hash,
  }
  await expect(execute(request, agent)).rejects.toMatchObject({ code: 'not_allowed' })
  const propose = () => bench.asMember(agent, (trx) => proposeMerge(trx, inbox(), request))
  const decide = (id: string, decision: 'accept' | 'reject', claims = bench.owner) =>
    bench.asMember(claims, (trx) => decideProposal(trx, inbox(), id, decision))
  const [first, second, third] = [await propose(), await propose(), await propose()]
  await expect(decide(first, 'accept', agent)).rejects.toMatchObject({ code: 'not_allowed' })
  expect(await decide(second, 'reject', agent)).toEqual({ state: 'rejected' })
  expect(await decide(first, 'accept')).toMatchObject({ state: 'accepted', survivorId: ani })
  expect(await pageOf(ani)).toMatchObject({ title: 'Budi' })
  expect(await decide(third, 'accept')).toEqual({ state: 'stale' })
  await expect(decide(first, 'reject')).rejects.toMatchObject({ code: 'proposal_not_found' })
  const listed = await bench.asMember(agent, (trx) => listMergeProposals(trx, bench.of.id))
  expect(listed.map(({ id, state }) => [id, state]).toSorted()).toEqual(
    [
      [first, 'accepted'],
      [second, 'rejected'],
      [third, 'stale'],
    ].toSorted(),
  )
  const [record] = await bench.asOwner((trx) => listMerges(trx, bench.of.id, ani))
  await expect(undo(record?.id ?? '', agent)).rejects.toMatchObject({ code: 'not_allowed' })
  const stranger = await bench.addAgent('own')
  await expect(bench.asMember(stranger, (trx) => proposeMerge(trx, inbox(), request))).rejects.toMatchObject({
    code: 'contact_not_found',
  })
})

test('two that were parted are not brought up as duplicates again', async () => {
  const [ani, budi] = [await person('Ani'), await person('Budi')]
  const { mergeId } = await merge([ani, budi])
  await undo(mergeId)
  const rows = await bench.query(
    `select state, decided_by from duplicate_candidates where $1 in (left_id, right_id) and $2 in (left_id, right_id)`,
    [ani, budi],
  )
  expect(rows).toEqual([{ state: 'different', decided_by: bench.owner.sub }])
})

test('accounts that WhatsApp shows to be one while their contacts are merged stay one when that is undone', async () => {
  const [ani, budi, citra] = [await person('Ani'), await person('Budi'), await person('Citra')]
  const { mergeId } = await merge([ani, budi], ani)
  const accountOf = async (id: string) =>
    (await bench.query<{ id: string }>('select id from contact_identities where contact_id = $1', [id]))[0]
      ?.id
  const join = async (loser: string, survivor: string) =>
    bench.query(
      `select private.join_identities($1, array[$2::uuid], array[$3::uuid], array['phone_and_id'], array['{}'::jsonb])`,
      [bench.of.id, await accountOf(loser), await accountOf(survivor)],
    )
  // Citra turns out to be Budi, whom staff merged into Ani.
  await join(citra, budi)
  expect([await rootOf(budi), await rootOf(citra)]).toEqual([ani, ani])
  await join(ani, budi)
  expect([await rootOf(ani), await rootOf(budi), await rootOf(citra)]).toEqual([ani, ani, ani])
  await undo(mergeId)
  const roots = [await rootOf(ani), await rootOf(budi), await rootOf(citra)]
  expect(new Set(roots).size).toBe(1)
})
