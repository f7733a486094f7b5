import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Claims } from '../../src/lib/server/database/database.ts'
import { changePreferences, readPreferences } from '../../src/lib/server/database/preferences.ts'
import {
  changeView,
  createView,
  deleteView,
  listSavedViews,
  type NewView,
} from '../../src/lib/server/database/saved-views.ts'
import { makeInboxScene, type InboxScene } from '../support/inbox-scene.ts'
import { addMember } from '../support/workspace.ts'

let scene: InboxScene
let colleague: Claims

beforeAll(async () => {
  scene = await makeInboxScene()
  colleague = await addMember(scene.database.adminUrl, scene.workspace.workspaceId, 'agent')
})

afterAll(() => scene.close())

const personal: NewView = {
  name: 'Mine',
  filter: { view: 'mine', unread: true },
  sort: 'waiting',
  isShared: false,
}
const shared: NewView = { name: 'Urgent', filter: { view: 'open' }, sort: 'oldest', isShared: true }

const create = (claims: Claims, view: NewView) =>
  scene.asMember(claims, (database) => createView(database, scene.inboxOf(claims), view))
const change = (claims: Claims, id: string, news: Partial<NewView>) =>
  scene.asMember(claims, (database) => changeView(database, scene.inboxOf(claims), id, news))
const remove = (claims: Claims, id: string) =>
  scene.asMember(claims, (database) => deleteView(database, scene.inboxOf(claims), id))
const idsOf = async (claims: Claims) =>
  (await scene.asMember(claims, (database) => listSavedViews(database, scene.inboxOf(claims)))).map(
    ({ id }) => id,
  )

test('a personal view is its owner’s alone', async () => {
  const view = await create(scene.agent, personal)
  expect(view).toEqual({ id: view.id, ownerId: scene.agent.sub, ...personal })
  expect(await idsOf(scene.agent)).toContain(view.id)
  for (const other of [scene.owner, colleague]) {
    expect(await idsOf(other)).not.toContain(view.id)
    await expect(change(other, view.id, { name: 'Theirs' })).rejects.toMatchObject({ code: 'view_not_found' })
    await expect(remove(other, view.id)).rejects.toMatchObject({ code: 'view_not_found' })
  }
  expect((await change(scene.agent, view.id, { name: 'Ours' })).name).toBe('Ours')
  await remove(scene.agent, view.id)
  expect(await idsOf(scene.agent)).not.toContain(view.id)
})

test('a shared view is seen by all, and changed by its owner and by admins', async () => {
  const view = await create(scene.agent, shared)
  for (const member of [scene.agent, scene.owner, colleague]) expect(await idsOf(member)).toContain(view.id)
  await expect(change(colleague, view.id, { name: 'Theirs' })).rejects.toMatchObject({
    code: 'view_not_found',
  })
  await expect(remove(colleague, view.id)).rejects.toMatchObject({ code: 'view_not_found' })
  const changed = await change(scene.owner, view.id, { filter: { view: 'closed' }, sort: 'newest' })
  expect(changed).toMatchObject({
    name: 'Urgent',
    filter: { view: 'closed' },
    sort: 'newest',
    ownerId: scene.agent.sub,
  })
  await expect(change(scene.owner, view.id, { isShared: false })).rejects.toMatchObject({ code: 'not_yours' })
  await remove(scene.owner, view.id)
  expect(await idsOf(scene.agent)).not.toContain(view.id)
})

test('nobody keeps more than thirty, and what is not there cannot be changed', async () => {
  for (let place = 0; place < 30; place++)
    await create(colleague, { ...personal, name: `View ${String(place)}` })
  await expect(create(colleague, personal)).rejects.toMatchObject({ code: 'too_many_views' })
  await expect(change(colleague, randomUUID(), {})).rejects.toMatchObject({ code: 'view_not_found' })
})

test('a filter that can no longer be read shows the open conversations', async () => {
  const view = await create(scene.owner, shared)
  await scene.admin.query(`update saved_views set filter = '{"view": "gone"}' where id = $1`, [view.id])
  const views = await scene.asMember(scene.owner, (database) =>
    listSavedViews(database, scene.inboxOf(scene.owner)),
  )
  expect(views.find(({ id }) => id === view.id)?.filter).toEqual({ view: 'open' })
})

test('preferences are the member’s own; changing some keeps the others', async () => {
  const { agent, owner, workspace, asMember, inboxOf } = scene
  const save = (news: Parameters<typeof changePreferences>[2]) =>
    asMember(agent, (database) => changePreferences(database, workspace.workspaceId, news))
  await save({ density: 'compact' })
  const saved = await save({ undoSeconds: 3, keys: { 'thread.close': 'x' } })
  expect(saved).toMatchObject({
    density: 'compact',
    undoSeconds: 3,
    keys: { 'thread.close': 'x' },
    areKeysOn: true,
  })
  expect(await asMember(agent, (database) => readPreferences(database, inboxOf(agent)))).toEqual(saved)
  expect((await asMember(owner, (database) => readPreferences(database, inboxOf(owner)))).density).toBe(
    'comfortable',
  )
})
