import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendSchema } from '../../src/lib/domain/composer.ts'
import type { SplitSelection } from '../../src/lib/domain/threads/thread-merges.ts'
import { queueReaction, queueSend } from '../../src/lib/server/composer/send.ts'
import { changeConversation } from '../../src/lib/server/database/conversation-states.ts'
import { listMessages } from '../../src/lib/server/database/inbox-thread.ts'
import { previewSplit, splitThread, undoSplit } from '../../src/lib/server/database/thread-merges.ts'
import { makeThreadBench, type Account, type ThreadBench } from '../support/thread-bench.ts'

let bench: ThreadBench

beforeAll(async () => {
  bench = await makeThreadBench()
})

afterAll(() => bench.close())

const split = (thread: string, selection: SplitSelection, reason = 'Two matters') =>
  bench.asOwner((trx) => splitThread(trx, bench.workspace.workspaceId, thread, { selection, reason }))
const preview = (thread: string, selection: SplitSelection) =>
  bench.asOwner((trx) => previewSplit(trx, bench.workspace.workspaceId, thread, selection))
const undo = (splitId: string) => bench.asOwner((trx) => undoSplit(trx, bench.workspace.workspaceId, splitId))

const send = (thread: string, more: object = {}) =>
  bench.asMember(bench.owner, (trx, enqueue) =>
    queueSend(
      trx,
      enqueue,
      bench.workspace.workspaceId,
      thread,
      sendSchema.parse({ kind: 'text', text: 'Ours', clientReference: randomUUID(), ...more }),
    ),
  )

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => (error as { code: unknown }).code,
  )

/** An account with four messages, by their ids. */
async function talk(): Promise<{ account: Account; ids: string[] }> {
  const account = await bench.makeAccount()
  const ids: string[] = []
  for (const place of ['b', 'c', 'd']) ids.push(await bench.write(account, `${account.phone} ${place}`))
  return { account, ids }
}

const partOf = async (partId: string) => {
  const [row] = await bench.query<{ state: string; texts: string[]; unread: number; inbound_count: number }>(
    `select c.state, c.inbound_count, c.inbound_count - coalesce(
         (select r.read_count from conversation_reads r where r.conversation_id = c.id and r.user_id = $2), 0
       ) as unread, array(
         select m.text from conversations t join messages m on m.conversation_id = t.id
         where t.root_id = c.id order by m.occurred_at, m.id
       ) as texts
     from conversations c where c.id = $1 and c.is_root`,
    [partId, bench.owner.sub],
  )
  return row
}

test('splits off what comes before a message, and shows it where it was when that is undone', async () => {
  const { account, ids } = await talk()
  const [before] = await bench.shown([account])
  const [, , last = ''] = ids
  expect(await preview(account.thread, { from: null, to: ids[1] ?? '' })).toEqual({
    selected: 3,
    kept: 1,
    underWay: 0,
  })
  const { splitId, partId } = await split(account.thread, { from: null, to: ids[1] ?? '' })
  expect(await partOf(partId)).toEqual({
    state: 'closed',
    inbound_count: 3,
    unread: 3,
    texts: before?.texts.slice(0, 3),
  })
  expect((await bench.shown([account])).find(({ id }) => id === account.thread)).toMatchObject({
    inbound_count: 1,
    unread: 1,
    last_text: `${account.phone} d`,
  })
  expect(last).not.toBe('')
  expect(await bench.warnings()).toEqual([])
  // What is new never comes into the part.
  await bench.write(account, `${account.phone} later`)
  expect((await partOf(partId))?.texts).toHaveLength(3)

  expect(await undo(splitId)).toBe(true)
  expect(await undo(splitId)).toBe(false)
  expect(await bench.shown([account])).toMatchObject([
    {
      id: account.thread,
      inbound_count: 5,
      unread: 5,
      texts: [...(before?.texts ?? []), `${account.phone} later`],
      last_text: `${account.phone} later`,
    },
  ])
  expect(await bench.warnings()).toEqual([])
  // And the same again, of what lies in a part that stands under it by now.
  const again = await split(account.thread, { from: null, to: ids[0] ?? '' })
  expect((await partOf(again.partId))?.texts).toEqual(before?.texts.slice(0, 2))
  await undo(again.splitId)
  expect(await bench.shown([account])).toMatchObject([{ id: account.thread, inbound_count: 5 }])
})

test('splits by message, by time and by session', async () => {
  const { account, ids } = await talk()
  await bench.query(`update messages set kapso_conversation_id = 'session-1' where id = any ($1)`, [
    ids.slice(0, 2),
  ])
  const [times] = await bench.query<{ second: Date; last: Date }>(
    `select (select occurred_at from messages where id = $1) as second, (select occurred_at from messages where id = $2) as last`,
    [ids[0], ids[2]],
  )
  const second = times?.second.toISOString() ?? ''
  const last = times?.last.toISOString() ?? ''
  const counts = async (selection: SplitSelection) => (await preview(account.thread, selection)).selected
  expect(await counts({ from: ids[1] ?? '', to: null })).toBe(2)
  expect(await counts({ from: ids[0] ?? '', to: ids[1] ?? '' })).toBe(2)
  expect(await counts({ before: last })).toBe(3)
  expect(await counts({ between: [second, last] })).toBe(2)
  expect(await counts({ session: 'session-1' })).toBe(2)
  const { partId } = await split(account.thread, { session: 'session-1' })
  expect((await partOf(partId))?.texts).toEqual([`${account.phone} b`, `${account.phone} c`])
})

test('splits a merged thread by account, whatever is undone first', async () => {
  const made = await bench.makePerson(2)
  const [ani, other] = made.accounts as [Account, Account]
  await bench.write(ani, `${ani.phone} two`)
  await bench.write(other, `${other.phone} two`)
  await bench.write(ani, `${ani.phone} three`)
  const [joinId = ''] = await bench.merge(ani.thread, [other.thread])
  const [first] = await bench.query<{ id: string }>(
    `select m.id from messages m where m.text = $1 and m.workspace_id = $2`,
    [`${ani.phone} two`, bench.workspace.workspaceId],
  )
  const { splitId, partId } = await split(ani.thread, { from: first?.id ?? '', to: null })
  expect((await partOf(partId))?.texts).toEqual([
    `${ani.phone} two`,
    `${other.phone} two`,
    `${ani.phone} three`,
  ])
  await bench.undo(joinId)
  await undo(splitId)
  const shown = await bench.shown(made.accounts)
  expect(shown).toMatchObject([
    { id: ani.thread, texts: [`First of ${ani.phone}`, `${ani.phone} two`, `${ani.phone} three`] },
    { id: other.thread, texts: [`First of ${other.phone}`, `${other.phone} two`] },
  ])
  expect(await bench.warnings()).toEqual([])
})

test('a part receives nothing, and nothing is sent in it', async () => {
  const { account, ids } = await talk()
  const { partId } = await split(account.thread, { from: ids[2] ?? '', to: null })
  expect(await refusal(send(partId))).toBe('thread_split_off')
  expect(
    await refusal(
      bench.asMember(bench.owner, (trx, enqueue) =>
        queueReaction(trx, enqueue, bench.workspace.workspaceId, partId, {
          messageId: ids[2] ?? '',
          emoji: '👍',
        }),
      ),
    ),
  ).toBe('thread_split_off')
  expect(
    await refusal(
      bench.asOwner((trx) =>
        changeConversation(
          trx,
          sql`private.set_conversation_state(${bench.workspace.workspaceId}, ${partId}, 'open', null, null)`,
        ),
      ),
    ),
  ).toBe('thread_split_off')
  expect(await refusal(split(partId, { from: ids[2] ?? '', to: null }))).toBe('thread_split_off')
  expect(await refusal(bench.merge(partId, [account.thread]))).toBe('thread_split_off')
  // The customer wrote within the last 24 hours, wherever that stands now.
  const sent = await send(account.thread)
  expect(sent.conversationId).toBe(account.thread)
})

test('shows what a reply quotes across the cut, and leaves notes where they are', async () => {
  const { account, ids } = await talk()
  await bench.query(
    `update messages m set reply_to_wamid = q.wamid from messages q where m.id = $1 and q.id = $2`,
    [ids[2], ids[0]],
  )
  await bench.query(
    `insert into conversation_notes (workspace_id, conversation_id, author_id, body, client_reference, created_at)
     select $1, $2, $3, 'For us alone', gen_random_uuid(), occurred_at from messages where id = $4`,
    [bench.workspace.workspaceId, account.thread, bench.owner.sub, ids[2]],
  )
  const { partId } = await split(account.thread, { from: ids[2] ?? '', to: null })
  const page = await bench.asOwner((trx) => listMessages(trx, bench.workspace.workspaceId, partId))
  expect(page.messages[0]?.quote?.original).toMatchObject({ messageId: ids[0], text: `${account.phone} b` })
  expect(page.notes).toEqual([])
  const origin = await bench.asOwner((trx) => listMessages(trx, bench.workspace.workspaceId, account.thread))
  expect(origin.notes).toMatchObject([{ body: 'For us alone' }])
  expect(origin.events).toMatchObject([{ kind: 'thread_split', details: { threadId: partId, count: 1 } }])
  expect(page.events).toMatchObject([{ kind: 'thread_split_from', details: { threadId: account.thread } }])
})

test('refuses what is no split, and changes nothing', async () => {
  const { account, ids } = await talk()
  const agent = await bench.addAgent('all')
  const other = await talk()
  expect(await refusal(split(account.thread, { before: '2020-01-01T00:00:00Z' }))).toBe('nothing_to_split')
  expect(await refusal(split(account.thread, { before: '2100-01-01T00:00:00Z' }))).toBe('nothing_left')
  expect(await refusal(split(account.thread, { from: null, to: null }))).toBe('selection_invalid')
  expect(await refusal(split(account.thread, { from: other.ids[0] ?? '', to: null }))).toBe(
    'selection_invalid',
  )
  expect(await refusal(split(account.thread, { from: ids[1] ?? '', to: null }, ' '))).toBe('reason_length')
  expect(await refusal(split(randomUUID(), { from: ids[1] ?? '', to: null }))).toBe('conversation_not_found')
  const sent = await send(account.thread)
  expect(await refusal(split(account.thread, { from: sent.id, to: null }))).toBe('message_under_way')
  expect(await preview(account.thread, { from: sent.id, to: null })).toEqual({
    selected: 1,
    kept: 4,
    underWay: 1,
  })
  expect(
    await refusal(
      bench.asMember(agent, (trx) =>
        splitThread(trx, bench.workspace.workspaceId, account.thread, {
          selection: { from: ids[1] ?? '', to: null },
          reason: 'Agents do not',
        }),
      ),
    ),
  ).toBe('not_allowed')
  expect(await refusal(undo(randomUUID()))).toBe('split_not_found')
  expect(await bench.shown([account])).toHaveLength(1)
})

test('what is meant for later stays where it is', async () => {
  const { account, ids } = await talk()
  const later = await send(account.thread, { sendAt: new Date(Date.now() + 3_600_000).toISOString() })
  await split(account.thread, { from: ids[2] ?? '', to: null })
  expect(
    await bench.query('select conversation_id, send_state from messages where id = $1', [later.id]),
  ).toEqual([{ conversation_id: account.thread, send_state: 'waiting' }])
})
