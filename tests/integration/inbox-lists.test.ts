import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  compareBy,
  inboxViews,
  leadStatuses,
  listSorts,
  matchesFilter,
} from '../../src/lib/domain/inbox-views.ts'
import type { ConversationSummary, ListFilter, ListSort } from '../../src/lib/domain/inbox.ts'
import type { Claims } from '../../src/lib/server/database/database.ts'
import { saveDraft } from '../../src/lib/server/database/drafts.ts'
import { findChanges, readCursor } from '../../src/lib/server/database/inbox-changes.ts'
import { countLists } from '../../src/lib/server/database/inbox-counts.ts'
import { listConversations } from '../../src/lib/server/database/inbox-list.ts'
import { openInbox, readSetup } from '../../src/lib/server/database/inbox-setup.ts'
import { makeInboxScene, type InboxScene } from '../support/inbox-scene.ts'
import { addMember } from '../support/workspace.ts'

let scene: InboxScene
let teamIds: string[]
let channelIds: string[]
let everything: ConversationSummary[]
const labelIds = [randomUUID(), randomUUID(), randomUUID()]
const size = 150
const minute = 60_000

/** Picks in turn, with steps that share no factor, so that all combinations come about. */
function pick<Value>(values: readonly Value[], place: number, step: number): Value | undefined {
  return values[Math.floor(place / step) % values.length]
}

beforeAll(async () => {
  scene = await makeInboxScene()
  const { insert, workspace, owner, agent, admin } = scene
  teamIds = [await insert('teams', { name: 'Sales' }), await insert('teams', { name: 'Service' })]
  const second = { name: 'Service', phone_number_id: '15550002', identity_scope: 'account' }
  channelIds = [workspace.channelId, await insert('channels', second)]
  // Rows as they may stand, whatever made them so.
  await admin.query(`set session_replication_role = replica`)
  const start = Date.now()
  for (let place = 0; place < size; place++) {
    const [contactId, identityId, id, messageId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()]
    await insert('contacts', {
      id: contactId,
      root_id: contactId,
      name: `Customer ${String(place)}`,
      name_source: 'staff',
    })
    await insert('contact_identities', { id: identityId, root_id: identityId, contact_id: contactId })
    const state = pick(['open', 'pending', 'open', 'snoozed', 'closed', 'open', 'open'], place, 1)
    const channelId = pick(channelIds, place, 5)
    // Not near the moments at which a window starts to close soon, or closes.
    const age = pick([10, 60, 23 * 60, 22 * 60 + 5, 24 * 60 - 5, 24 * 60 + 5, null], place, 4)
    await insert('conversations', {
      id,
      root_id: id,
      channel_id: channelId,
      identity_id: identityId,
      last_message_id: messageId,
      // Some at the same moment: then their ids decide.
      last_activity_at: new Date(start - Math.floor(place / 3) * minute),
      last_inbound_at: age === null || age === undefined ? null : new Date(start - age * minute),
      inbound_count: pick([0, 3], place, 1),
      state,
      snooze_kind: state === 'snoozed' ? 'reply' : null,
      assignee_id: pick([owner.sub, agent.sub, null], place, 2),
      team_id: pick([teamIds[0], null, teamIds[1]], place, 3),
      label_ids: pick([[], [labelIds[0]], [labelIds[1], labelIds[0]], [labelIds[2]]], place, 2),
      lead_status: pick(leadStatuses, place, 3),
      waiting_since: pick(
        ['infinity', new Date(start - 5 * minute), new Date(start - place * minute)],
        place,
        1,
      ),
    })
    await insert('messages', {
      id: messageId,
      conversation_id: id,
      channel_id: channelId,
      direction: 'inbound',
      origin: 'cloud_api',
      type: 'text',
      text: 'Halo',
      wamid: `wamid.${String(place)}`,
      occurred_at: new Date(start - Math.floor(place / 3) * minute),
    })
    const readCount = pick([3, 0, 2, null], place, 2)
    if (readCount !== null)
      await admin.query(
        'insert into conversation_reads (workspace_id, conversation_id, user_id, read_count) values ($1, $2, $3, $4)',
        [workspace.workspaceId, id, owner.sub, readCount],
      )
  }
  await admin.query(`set session_replication_role = origin`)
  const states = ['open', 'pending', 'snoozed', 'closed'] as const
  everything = (await Promise.all(states.map((view) => list({ view })))).flat()
})

afterAll(() => scene.close())

async function list(filter: ListFilter, sort: ListSort = 'newest', claims: Claims = scene.owner) {
  const { conversations } = await scene.asMember(claims, (database) =>
    listConversations(database, scene.inboxOf(claims), { filter, sort, limit: 500 }),
  )
  return conversations
}

const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

const filters = () =>
  fc.record({
    view: fc.constantFrom(...inboxViews),
    channelId: maybe(fc.constantFrom(...channelIds)),
    labelId: maybe(fc.constantFrom(...labelIds, randomUUID())),
    assigneeId: maybe(fc.constantFrom('none', scene.owner.sub, scene.agent.sub)),
    teamId: maybe(fc.constantFrom(...teamIds)),
    leadStatus: maybe(fc.constantFrom(...leadStatuses)),
    unread: maybe(fc.boolean()),
  })

test('the database and the page agree on what a list holds, in which order, and how much', async () => {
  expect(everything).toHaveLength(size)
  const seen = { rows: 0 }
  await fc.assert(
    fc.asyncProperty(filters(), fc.constantFrom(...listSorts), async (filter, sort) => {
      const expected = everything
        .filter((conversation) => matchesFilter(conversation, filter, scene.owner.sub, new Date()))
        .sort(compareBy(sort))
        .map(({ id }) => id)
      seen.rows += expected.length
      expect((await list(filter, sort)).map(({ id }) => id)).toEqual(expected)
      const counts = await scene.asMember(scene.owner, (database) =>
        countLists(database, scene.inboxOf(scene.owner), [{ id: 'view', filter }]),
      )
      expect(counts.saved['view']).toBe(expected.length)
    }),
    { numRuns: 150 },
  )
  expect(seen.rows).toBeGreaterThan(500)
})

test('the counts are those of the lists', async () => {
  const counts = await scene.asMember(scene.owner, (database) =>
    countLists(database, scene.inboxOf(scene.owner), []),
  )
  for (const view of inboxViews)
    expect({ view, count: counts.views[view] }).toEqual({ view, count: (await list({ view })).length })
  const unread = [
    ...(await list({ view: 'mine', unread: true })),
    ...(await list({ view: 'unassigned', unread: true })),
  ]
  expect(unread.length).toBeGreaterThan(0)
  expect(counts.unread).toBe(unread.length)
})

describe.each(listSorts)('pages in the order %s', (sort) => {
  async function readPages(between: () => Promise<unknown> = () => Promise.resolve()) {
    const ids: string[] = []
    let before: string | null = null
    do {
      const page = await scene.asMember(scene.owner, (database) =>
        listConversations(database, scene.inboxOf(scene.owner), { sort, before, limit: 7 }),
      )
      ids.push(...page.conversations.map(({ id }) => id))
      before = page.nextBefore
      if (before !== null) await between()
    } while (before !== null)
    return ids
  }

  test('hold each row once, in the order of the whole', async () => {
    const whole = (await list({ view: 'open' }, sort)).map(({ id }) => id)
    expect(await readPages()).toEqual(whole)
  })

  test('and what changed meanwhile are together the whole list', async () => {
    const whole = new Set((await list({ view: 'open' }, sort)).map(({ id }) => id))
    const cursor = await scene.asMember(scene.owner, readCursor)
    const moving = [...whole].toReversed()
    const ids = await readPages(() =>
      scene.admin.query(
        `update conversations set last_activity_at = now(), waiting_since = now() - interval '1 year' where id = $1`,
        [moving.shift()],
      ),
    )
    const changes = await scene.asMember(scene.owner, (database) =>
      findChanges(database, scene.inboxOf(scene.owner), cursor, null),
    )
    expect(new Set([...ids, ...changes.conversations.map(({ id }) => id)])).toEqual(whole)
    // Whoever reads upwards meets again what has moved up.
    if (sort !== 'oldest') expect(new Set(ids).size).toBe(ids.length)
  })
})

test.each([
  '',
  'x',
  '2026-13-01T00:00:00.000Z_00000000-0000-4000-8000-000000000000',
  'none_none_none',
  '_',
  '2026-01-01T00:00:00.000Z_x',
])('refuses the cursor %j in every order', async (before) => {
  for (const sort of listSorts)
    await expect(
      scene.asMember(scene.owner, (database) =>
        listConversations(database, scene.inboxOf(scene.owner), { sort, before }),
      ),
    ).rejects.toMatchObject({ code: 'bad_cursor' })
})

test.each(['', '-1', 'x', '99999999999999999999', '18446744073709551616'])(
  'refuses the cursor %j of a catch-up',
  async (cursor) => {
    await expect(
      scene.asMember(scene.owner, (database) =>
        findChanges(database, scene.inboxOf(scene.owner), cursor, null),
      ),
    ).rejects.toMatchObject({ code: 'bad_cursor' })
  },
)

describe('since when a customer waits', () => {
  test('follows from the messages, in whatever order they arrive', async () => {
    const start = Date.now() - 60 * minute
    const messages = fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 50 }),
        kind: fc.constantFrom('customer', 'customer', 'bot', 'import', 'away message'),
      }),
      { minLength: 1, maxLength: 8 },
    )
    await fc.assert(
      fc.asyncProperty(messages, async (written) => {
        const thread = await scene.startThread()
        for (const { at, kind } of written)
          await scene.write(thread, {
            occurred_at: new Date(start + at * minute),
            direction: kind === 'customer' || kind === 'import' ? 'inbound' : 'outbound',
            origin: kind === 'bot' ? 'bot' : kind === 'away message' ? 'my21staff' : 'cloud_api',
            is_silent: kind === 'import',
          })
        const answered = Math.max(-1, ...written.filter(({ kind }) => kind === 'bot').map(({ at }) => at))
        const open = written.filter(({ kind, at }) => kind === 'customer' && at > answered)
        const first = open.length === 0 ? null : start + Math.min(...open.map(({ at }) => at)) * minute
        const found = (await list({ view: 'open' })).find(({ id }) => id === thread.id)
        expect(found?.waitingSince).toBe(first === null ? null : new Date(first).toISOString())
        await scene.admin.query(`update conversations set state = 'closed' where id = $1`, [thread.id])
      }),
      { numRuns: 40 },
    )
  })
})

describe('the lead status of a conversation', () => {
  const statusOf = async (id: string) =>
    (await list({ view: 'open' })).find((row) => row.id === id)?.leadStatus

  test('is that of its contact from the start, and follows it', async () => {
    const thread = await scene.startThread({ contact: { lead_status: 'qualified' } })
    await scene.write(thread, {})
    expect(await statusOf(thread.id)).toBe('qualified')
    await scene.admin.query(`update contacts set lead_status = 'customer' where id = $1`, [thread.contactId])
    expect(await statusOf(thread.id)).toBe('customer')
  })

  test('is that of the contact into which its own was joined', async () => {
    const kept = await scene.startThread({ contact: { lead_status: 'spam' } })
    const joined = await scene.startThread()
    await scene.write(joined, {})
    await scene.admin.query('update contacts set root_id = $1 where id = $2', [
      kept.contactId,
      joined.contactId,
    ])
    expect(await statusOf(joined.id)).toBe('spam')
    await scene.admin.query(`update contacts set lead_status = 'new' where id = $1`, [kept.contactId])
    expect(await statusOf(joined.id)).toBe('new')
  })
})

test('opening the inbox takes one statement, with everything that the page needs', async () => {
  await scene.insert('labels', { name: 'Urgent', colour: 'red' })
  await scene.admin.query('insert into team_members (workspace_id, team_id, user_id) values ($1, $2, $3)', [
    scene.workspace.workspaceId,
    teamIds[0],
    scene.agent.sub,
  ])
  const { owner, inboxOf, asMember, workspace } = scene
  const opened = await asMember(owner, (database) =>
    openInbox(database, inboxOf(owner), { filter: { view: 'closed' }, limit: 5 }),
  )
  expect(opened.cursor).toMatch(/^\d+$/)
  expect(opened.page.conversations).toHaveLength(5)
  expect(opened.page.conversations).toEqual((await list({ view: 'closed' })).slice(0, 5))
  expect(opened.setup).toEqual(await asMember(owner, (database) => readSetup(database, inboxOf(owner))))
  expect(opened.setup).toMatchObject({
    topics: [`workspace:${workspace.workspaceId}`, `member:${workspace.workspaceId}:${owner.sub}`],
    channels: [{ name: 'Sales' }, { name: 'Service' }],
    teams: [
      { id: teamIds[0], name: 'Sales', memberIds: [scene.agent.sub] },
      { name: 'Service', memberIds: [] },
    ],
    labels: [{ name: 'Urgent', colour: 'red' }],
    savedViews: [],
    preferences: { density: 'comfortable', undoSeconds: 5, sort: 'newest' },
    workspace: { readReceipts: 'never', showsTyping: true, timeZone: 'Asia/Jakarta' },
  })
  expect(opened.setup.members.find(({ isMe }) => isMe)).toMatchObject({
    id: owner.sub,
    availability: 'online',
  })
})

test('whoever sees their own alone finds and counts nothing else', async () => {
  const claims = await addMember(scene.database.adminUrl, scene.workspace.workspaceId, 'agent')
  await scene.admin.query(`update workspace_members set visibility = 'own' where user_id = $1`, [claims.sub])
  expect(await list({ view: 'open' }, 'newest', claims)).toEqual([])
  const thread = await scene.startThread({ conversation: { assignee_id: claims.sub } })
  await scene.write(thread, {})
  expect((await list({ view: 'open' }, 'newest', claims)).map(({ id }) => id)).toEqual([thread.id])
  const counts = await scene.asMember(claims, (database) => countLists(database, scene.inboxOf(claims), []))
  expect(counts).toMatchObject({ views: { open: 1, mine: 1, unassigned: 0, closed: 0 }, unread: 1 })
})

test('a row begins with the reader’s own draft, and with nobody else’s', async () => {
  const [first, second] = everything.filter(({ state }) => state === 'open')
  if (!first || !second) throw new Error('no conversations')
  const draft = { text: `Besok kami ${'kirim '.repeat(50)}`, replyToMessageId: null, writtenAt: new Date() }
  await scene.asMember(scene.owner, (database) =>
    saveDraft(database, scene.workspace.workspaceId, first.id, draft),
  )
  const draftsOf = async (claims: Claims) =>
    (await list({ view: 'open' }, 'newest', claims)).filter((row) => row.draft !== null)
  const mine = await draftsOf(scene.owner)
  expect(mine.map(({ id }) => id)).toEqual([first.id])
  expect(mine[0]?.draft).toBe(draft.text.slice(0, 120))
  expect(await draftsOf(scene.agent)).toEqual([])
})
