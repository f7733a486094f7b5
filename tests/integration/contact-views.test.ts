import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newContactViewSchema, tidyViewQuery } from '../../src/lib/domain/contact-view-schema.ts'
import type { NewContactView } from '../../src/lib/domain/contact-views.ts'
import { blockContact, createContact } from '../../src/lib/server/database/contact-edits.ts'
import {
  changeContactView,
  countContactViews,
  createContactView,
  deleteContactView,
  listContactViews,
} from '../../src/lib/server/database/contact-views.ts'
import type { Claims } from '../../src/lib/server/database/database.ts'
import { makeContactBench, type ContactBench } from '../support/contact-bench.ts'

let bench: ContactBench
let agent: Claims
let colleague: Claims

beforeAll(async () => {
  bench = await makeContactBench()
  agent = await bench.addAgent('all')
  colleague = await bench.addAgent('all')
})

afterAll(() => bench.close())

const personal: NewContactView = { name: 'Mine', query: 'owner=none&sort=name', isShared: false }
const shared: NewContactView = { name: 'Customers', query: 'lead=customer', isShared: true }
const viewsOf = (claims: Claims) => ({ workspaceId: bench.of.id, userId: claims.sub })

const create = (claims: Claims, view: NewContactView) =>
  bench.asMember(claims, (database) => createContactView(database, viewsOf(claims), view))
const change = (claims: Claims, id: string, news: Partial<NewContactView>) =>
  bench.asMember(claims, (database) => changeContactView(database, viewsOf(claims), id, news))
const remove = (claims: Claims, id: string) =>
  bench.asMember(claims, (database) => deleteContactView(database, viewsOf(claims), id))
const list = (claims: Claims) =>
  bench.asMember(claims, (database) => listContactViews(database, viewsOf(claims)))
const idsOf = async (claims: Claims) => (await list(claims)).map(({ id }) => id)
const count = (claims: Claims) =>
  countContactViews((work) => bench.asMember(claims, work), bench.of, claims.sub)

test('a personal view is its owner’s alone', async () => {
  const view = await create(agent, personal)
  expect(view).toEqual({ id: view.id, ownerId: agent.sub, ...personal })
  expect(await idsOf(agent)).toContain(view.id)
  for (const other of [bench.owner, colleague]) {
    expect(await idsOf(other)).not.toContain(view.id)
    await expect(change(other, view.id, { name: 'Theirs' })).rejects.toMatchObject({ code: 'view_not_found' })
    await expect(remove(other, view.id)).rejects.toMatchObject({ code: 'view_not_found' })
  }
  expect(await change(agent, view.id, { name: 'Ours' })).toMatchObject({
    name: 'Ours',
    query: personal.query,
  })
  await remove(agent, view.id)
  expect(await idsOf(agent)).not.toContain(view.id)
})

test('a shared view is seen by all, and changed by its owner and by admins', async () => {
  const view = await create(agent, shared)
  for (const member of [agent, bench.owner, colleague]) expect(await idsOf(member)).toContain(view.id)
  await expect(change(colleague, view.id, { name: 'Theirs' })).rejects.toMatchObject({
    code: 'view_not_found',
  })
  await expect(remove(colleague, view.id)).rejects.toMatchObject({ code: 'view_not_found' })
  expect(await change(bench.owner, view.id, { query: 'lead=spam' })).toMatchObject({
    name: 'Customers',
    query: 'lead=spam',
    ownerId: agent.sub,
  })
  await expect(change(bench.owner, view.id, { isShared: false })).rejects.toMatchObject({ code: 'not_yours' })
  await remove(bench.owner, view.id)
  expect(await idsOf(agent)).not.toContain(view.id)
})

test('nobody keeps more than thirty, and what is not there cannot be changed', async () => {
  for (let place = 0; place < 30; place++)
    await create(colleague, { ...personal, name: `View ${String(place)}` })
  await expect(create(colleague, personal)).rejects.toMatchObject({ code: 'too_many_views' })
  await expect(change(colleague, randomUUID(), {})).rejects.toMatchObject({ code: 'view_not_found' })
})

test('a query is kept as the list reads it, and what it no longer knows is left out', async () => {
  expect(
    newContactViewSchema.parse({
      name: ' VIP ',
      query: 'sort=name&junk=1&owner=none&before=x',
      isShared: true,
    }),
  ).toEqual({ name: 'VIP', query: 'owner=none&sort=name', isShared: true })
  expect(tidyViewQuery('lead=gone&sort=sideways')).toBe('')
  const view = await create(bench.owner, shared)
  await bench.query(`update contact_views set query = 'lead=gone&blocked=1' where id = $1`, [view.id])
  expect((await list(bench.owner)).find(({ id }) => id === view.id)?.query).toBe('blocked=1')
  await remove(bench.owner, view.id)
})

test('each view is counted as its list is, of those whom the reader sees', async () => {
  const { id: workspaceId } = bench.of
  const seen = await bench.receive('6281200000801', { name: 'Seruni Satu' })
  await bench.receive('6281200000802', { name: 'Seruni Dua' })
  await bench.asOwner(async (trx) => {
    await createContact(trx, workspaceId, 'ID', '081200000803', { name: 'Melati', leadStatus: 'customer' })
    await blockContact(trx, workspaceId, seen, { level: 'mute', reason: null, endsAt: null })
  })
  const restricted = await bench.addAgent('own')
  await bench.query(
    `update conversations c set assignee_id = $2 from contact_identities i
     where i.id = c.identity_id and i.contact_id = $1`,
    [seen, restricted.sub],
  )
  const keep = (query: string) => create(bench.owner, { name: query, query, isShared: true })
  const views = {
    all: await keep('sort=name'),
    customers: await keep('lead=customer'),
    blocked: await keep('blocked=1'),
    searched: await keep('q=seruni'),
    nobody: await keep('q=seruni&lead=customer'),
  }
  const counted = async (claims: Claims) => {
    const counts = await count(claims)
    return Object.fromEntries(Object.entries(views).map(([name, { id }]) => [name, counts[id]]))
  }
  expect(await counted(bench.owner)).toEqual({ all: 3, customers: 1, blocked: 1, searched: 2, nobody: 0 })
  expect(await counted(restricted)).toEqual({ all: 1, customers: 0, blocked: 1, searched: 1, nobody: 0 })
})
