import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { changeConversation } from '../../src/lib/server/database/conversation-states.ts'
import { markRead } from '../../src/lib/server/database/inbox-reads.ts'
import { mergeThreads, undoThreadMerge } from '../../src/lib/server/database/thread-merges.ts'
import { makeThreadBench, type Account, type ThreadBench } from '../support/thread-bench.ts'

let bench: ThreadBench

beforeAll(async () => {
  bench = await makeThreadBench()
})

afterAll(() => bench.close())

/** So many accounts of one person. */
async function person<Count extends 2 | 3>(
  count: Count,
): Promise<{
  accounts: Count extends 2 ? [Account, Account] : [Account, Account, Account]
  mergeId: string
}> {
  const made = await bench.makePerson(count)
  return made as never
}

const eventsOf = (thread: string) =>
  bench.query<{ kind: string; details: Record<string, unknown>; actor_id: string | null }>(
    'select kind, details, actor_id from conversation_events where conversation_id = $1 order by occurred_at, id',
    [thread],
  )

let labels = 0

async function makeLabel(): Promise<{ id: string; name: string }> {
  labels += 1
  const [row] = await bench.query<{ id: string; name: string }>(
    'insert into labels (workspace_id, name) values ($1, $2) returning id, name',
    [bench.workspace.workspaceId, `Label ${String(labels).padStart(3, '0')}`],
  )
  if (row === undefined) throw new Error('no label')
  return row
}

const label = (thread: string, ids: string[]) =>
  bench.asOwner((trx) =>
    changeConversation(
      trx,
      sql`private.set_conversation_labels(${bench.workspace.workspaceId}, ${thread}, ${ids}::uuid[])`,
    ),
  )

test('shows two threads as one, keeps what comes with its account, and parts them as if they had never been one', async () => {
  const { accounts } = await person(2)
  const [ani, other] = accounts
  await bench.write(ani, 'Ani 2')
  await bench.write(other, 'Other 2')
  const [joinId = ''] = await bench.merge(ani.thread, [other.thread])
  expect(await bench.shown(accounts)).toMatchObject([
    { id: ani.thread, inbound_count: 4, unread: 4, last_text: 'Other 2' },
  ])
  await bench.write(other, 'Other 3')
  await bench.write(ani, 'Ani 3')
  await bench.write(other, 'Other 4')
  expect(await bench.shown(accounts)).toMatchObject([
    {
      id: ani.thread,
      inbound_count: 7,
      last_text: 'Other 4',
      texts: [
        `First of ${ani.phone}`,
        `First of ${other.phone}`,
        'Ani 2',
        'Other 2',
        'Other 3',
        'Ani 3',
        'Other 4',
      ],
    },
  ])
  expect(await bench.warnings()).toEqual([])

  expect(await bench.undo(joinId)).toBe(true)
  expect(await bench.undo(joinId)).toBe(false)
  expect(await bench.shown(accounts)).toMatchObject([
    {
      id: ani.thread,
      inbound_count: 3,
      last_text: 'Ani 3',
      texts: [`First of ${ani.phone}`, 'Ani 2', 'Ani 3'],
    },
    {
      id: other.thread,
      inbound_count: 4,
      last_text: 'Other 4',
      texts: [`First of ${other.phone}`, 'Other 2', 'Other 3', 'Other 4'],
    },
  ])
  expect(await bench.warnings()).toEqual([])
  expect((await eventsOf(ani.thread)).map(({ kind }) => kind)).toEqual(['thread_merged_in', 'thread_parted'])
  expect(await eventsOf(other.thread)).toMatchObject([
    { kind: 'thread_merged_away', details: { joinId, threadId: ani.thread }, actor_id: bench.owner.sub },
    { kind: 'thread_parted', details: { joinId } },
  ])
})

test('has as much unread after merging and undoing, whatever was read meanwhile', async () => {
  const { accounts } = await person(2)
  const [ani, other] = accounts
  const read = (thread: string) =>
    bench.asOwner((trx) =>
      markRead(trx, { workspaceId: bench.workspace.workspaceId, userId: bench.owner.sub }, thread),
    )
  await bench.write(ani, 'Read a')
  await read(ani.thread)
  await bench.write(other, 'Unread o')
  const [joinId = ''] = await bench.merge(ani.thread, [other.thread])
  expect(await bench.shown(accounts)).toMatchObject([{ inbound_count: 4, unread: 2 }])
  await bench.undo(joinId)
  expect((await bench.shown(accounts)).reduce((sum, { unread }) => sum + unread, 0)).toBe(2)
  const [again = ''] = await bench.merge(ani.thread, [other.thread])
  await read(other.thread)
  await bench.write(ani, 'Unread a')
  await bench.undo(again)
  expect(await bench.shown(accounts)).toMatchObject([
    { id: ani.thread, inbound_count: 3, unread: 1 },
    { id: other.thread, inbound_count: 2, unread: 0 },
  ])
})

test("goes on with the survivor's state; the other one's own is there again when they are parted", async () => {
  const { accounts } = await person(2)
  const [ani, other] = accounts
  await bench.query(
    `update conversations set state = 'closed', bot_state = 'paused', bot_state_at = now(), assignee_id = $2
     where id = $1`,
    [other.thread, bench.owner.sub],
  )
  await bench.query(`update conversations set state = 'pending' where id = $1`, [ani.thread])
  const [joinId = ''] = await bench.merge(ani.thread, [other.thread])
  const stateOf = (id: string) =>
    bench.query('select state, bot_state, assignee_id from conversations where id = $1', [id])
  expect(await stateOf(ani.thread)).toEqual([{ state: 'pending', bot_state: 'active', assignee_id: null }])
  expect(await stateOf(other.thread)).toEqual([
    { state: 'closed', bot_state: 'paused', assignee_id: bench.owner.sub },
  ])
  // Whoever writes opens what shows it, and the thread that it is written to for the day they are parted.
  await bench.write(other, 'Wakes both')
  expect(await stateOf(ani.thread)).toMatchObject([{ state: 'open' }])
  expect(await stateOf(other.thread)).toMatchObject([{ state: 'open' }])
  expect((await eventsOf(other.thread)).map(({ kind }) => kind)).toEqual(['thread_merged_away'])
  await bench.undo(joinId)
  expect(await stateOf(ani.thread)).toMatchObject([{ bot_state: 'active', assignee_id: null }])
})

test('shows the labels of all, and gives each its own back, in any order', async () => {
  const { accounts } = await person(3)
  const [a, b, c] = accounts
  const [one, two, three, four, five] = [
    await makeLabel(),
    await makeLabel(),
    await makeLabel(),
    await makeLabel(),
    await makeLabel(),
  ]
  await label(a.thread, [one.id, four.id])
  await label(b.thread, [two.id, four.id])
  await label(c.thread, [three.id])
  const [cb = ''] = await bench.merge(b.thread, [c.thread])
  const [ba = ''] = await bench.merge(a.thread, [b.thread])
  const shownLabels = async () => (await bench.shown(accounts)).map((row) => row.labels)
  expect(await shownLabels()).toEqual([[one.name, two.name, three.name, four.name]])
  // What staff does meanwhile stays with who shows it; what is another one's is only hidden.
  await label(a.thread, [one.id, two.id, four.id, five.id])
  expect(await shownLabels()).toEqual([[one.name, two.name, four.name, five.name]])
  await bench.undo(cb)
  expect(await shownLabels()).toEqual([[one.name, two.name, four.name, five.name], [three.name]])
  await bench.undo(ba)
  expect(await shownLabels()).toEqual([[one.name, four.name, five.name], [two.name, four.name], [three.name]])
})

test('parts threads when their contacts are parted, and leaves them so when the contacts are merged again', async () => {
  const { accounts, mergeId } = await person(2)
  const [ani, other] = accounts
  const [joinId = ''] = await bench.merge(ani.thread, [other.thread])
  await bench.write(other, 'While merged')
  await bench.partContacts(mergeId)
  expect(await bench.shown(accounts)).toMatchObject([
    { id: ani.thread, inbound_count: 1 },
    { id: other.thread, inbound_count: 2 },
  ])
  expect(
    await bench.query('select is_active, undone_by from conversation_joins where id = $1', [joinId]),
  ).toEqual([{ is_active: false, undone_by: bench.owner.sub }])
  await bench.mergeContacts([ani.contact, other.contact])
  expect(await bench.shown(accounts)).toHaveLength(2)
  expect(await bench.undo(joinId)).toBe(false)
  expect(await bench.warnings()).toEqual([])
})

test('merges chains and undoes them in any order', async () => {
  const { accounts } = await person(3)
  const [a, b, c] = accounts
  const [ba = ''] = await bench.merge(b.thread, [c.thread])
  const [ab = ''] = await bench.merge(a.thread, [b.thread])
  expect(await bench.shown(accounts)).toMatchObject([{ id: a.thread, inbound_count: 3 }])
  await bench.write(c, 'Chain c')
  await bench.undo(ab)
  expect(await bench.shown(accounts)).toMatchObject([
    { id: a.thread, inbound_count: 1 },
    { id: b.thread, inbound_count: 3, last_text: 'Chain c' },
  ])
  await bench.undo(ba)
  expect(await bench.shown(accounts)).toMatchObject([
    { id: a.thread, inbound_count: 1 },
    { id: b.thread, inbound_count: 1 },
    { id: c.thread, inbound_count: 2 },
  ])
  expect(await bench.warnings()).toEqual([])
})

test('holds through accounts that WhatsApp shows to be one meanwhile', async () => {
  const { accounts } = await person(3)
  const [a, b, c] = accounts
  const [ba = ''] = await bench.merge(a.thread, [b.thread])
  const joinAccounts = async (loser: Account, survivor: Account) => {
    await bench.query(
      `with account as (
         select array(select id from contact_identities where workspace_id = $1 and phone_normalized = $2) as loser,
           array(select id from contact_identities where workspace_id = $1 and phone_normalized = $3) as survivor
       )
       select private.join_identities($1, loser, survivor, array['phone_and_id'], array['{}']::jsonb[]) from account`,
      [bench.workspace.workspaceId, `+${loser.phone}`, `+${survivor.phone}`],
    )
  }
  // The thread that staff merged is the one of both accounts now.
  await joinAccounts(b, c)
  expect(await bench.shown(accounts)).toMatchObject([{ id: a.thread, inbound_count: 3 }])
  await bench.write(c, 'To the joined account')
  expect(await bench.shown(accounts)).toMatchObject([{ id: a.thread, inbound_count: 4 }])
  expect(await bench.warnings()).toEqual([])
  await bench.undo(ba)
  expect(await bench.shown(accounts)).toMatchObject([
    { id: a.thread, inbound_count: 1 },
    { id: c.thread, inbound_count: 3, last_text: 'To the joined account' },
  ])
  // Merged the one way, and shown to be one account the other way: no circle.
  const [again = ''] = await bench.merge(a.thread, [c.thread])
  await joinAccounts(a, c)
  expect(await bench.shown(accounts)).toMatchObject([{ inbound_count: 4 }])
  await bench.undo(again)
  expect(await bench.shown(accounts)).toMatchObject([{ inbound_count: 4 }])
  expect(await bench.warnings()).toEqual([])
})

test('refuses what cannot be one thread, and changes nothing', async () => {
  const { accounts } = await person(2)
  const [ani, other] = accounts
  const stranger = await bench.makeAccount()
  const agent = await bench.addAgent('all')
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: unknown) => (error as { code: unknown }).code,
    )
  const { workspaceId } = bench.workspace
  expect(await refusal(bench.merge(ani.thread, [ani.thread]))).toBe('same_conversation')
  expect(await refusal(bench.merge(ani.thread, [stranger.thread]))).toBe('other_contact')
  expect(await refusal(bench.merge(ani.thread, [bench.workspace.workspaceId]))).toBe('conversation_not_found')
  expect(await refusal(bench.merge(ani.thread, [other.thread], '  '))).toBe('reason_length')
  expect(await refusal(bench.merge(ani.thread, [other.thread], 'x'.repeat(501)))).toBe('reason_length')
  expect(
    await refusal(
      bench.asMember(agent, (trx) =>
        mergeThreads(trx, workspaceId, {
          survivorId: ani.thread,
          conversationIds: [other.thread],
          reason: 'Agents do not',
        }),
      ),
    ),
  ).toBe('not_allowed')
  expect(await refusal(bench.undo(ani.thread))).toBe('merge_not_found')
  const [elsewhere] = await bench.query<{ id: string }>(
    `with channel as (
       insert into channels (workspace_id, name, phone_number_id, identity_scope)
       values ($1, 'Second', '2999', 'account') returning id
     )
     insert into conversations (workspace_id, channel_id, identity_id, last_activity_at)
     select $1, channel.id, c.identity_id, now() from channel, conversations c where c.id = $2
     returning id`,
    [workspaceId, ani.thread],
  )
  expect(await refusal(bench.merge(ani.thread, [elsewhere?.id ?? '']))).toBe('other_channel')
  expect(await bench.shown([ani])).toMatchObject([{ id: ani.thread }, { id: elsewhere?.id }])
  const [joinId = ''] = await bench.merge(ani.thread, [other.thread])
  expect(await refusal(bench.merge(ani.thread, [other.thread]))).toBe('already_merged')
  expect(await refusal(bench.asMember(agent, (trx) => undoThreadMerge(trx, workspaceId, joinId)))).toBe(
    'not_allowed',
  )
  expect(await bench.shown([other])).toEqual([])
})
