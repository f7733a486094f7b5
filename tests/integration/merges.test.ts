import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ContactChanges } from '../../src/lib/domain/contacts.ts'
import { hashPlan } from '../../src/lib/domain/merges/hash-plan.ts'
import type { MergeChoices } from '../../src/lib/domain/merges/merge-facts.ts'
import { planMerge } from '../../src/lib/domain/merges/plan-merge.ts'
import { readSearchQuery } from '../../src/lib/domain/search-query.ts'
import { editContact } from '../../src/lib/server/database/contact-edits.ts'
import { createContactField } from '../../src/lib/server/database/contact-fields.ts'
import { findContactPage, findRootContactId } from '../../src/lib/server/database/contact-page.ts'
import { listContacts } from '../../src/lib/server/database/contacts.ts'
import { firstPage, listConversations } from '../../src/lib/server/database/inbox-list.ts'
import type { Claims } from '../../src/lib/server/database/database.ts'
import { listMergeProposals, listMerges } from '../../src/lib/server/database/merge-list.ts'
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

const undo = (id: string, claims: Claims = bench.owner) =>
  bench.asMember(claims, (trx) => undoMerge(trx, inbox(), id))

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
    [`field:${field}`, 'lead_status'].toSorted(),
  )
  expect(record?.merged[0]?.undoneBy?.id).toBe(bench.owner.sub)
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
