import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findSignalTarget } from '../../src/lib/server/database/customer-signals.ts'
import type { Database } from '../../src/lib/server/database/database.ts'
import { markRead } from '../../src/lib/server/database/inbox-reads.ts'
import { mergeThreads, splitThread, undoThreadMerge } from '../../src/lib/server/database/thread-merges.ts'
import { adoptEchoes } from '../../src/lib/server/ingest/adopt-echoes.ts'
import { sendDueMessages } from '../../src/lib/server/outbox/send-due-messages.ts'
import { startComposerBench, type ComposerBench } from './composer-support.ts'
import type { Thread } from './outbox-support.ts'

let bench: ComposerBench

beforeAll(async () => {
  bench = await startComposerBench()
}, 120_000)

afterAll(() => bench.close())

const asOwner = <Result>(work: (database: Database) => Promise<Result>) => bench.asMember(bench.owner, work)
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)
const deliver = (thread: Thread) => sendDueMessages(bench.dependencies(), thread)
const textsAt = (thread: Thread) =>
  bench.atKapso(thread).map(({ content }) => (content as { body: string }).body)

/** One contact with two accounts, each with a thread of its own. */
async function makePair(): Promise<{ earlier: Thread; later: Thread }> {
  const earlier = await bench.makeThread({ lastInboundAt: minutesAgo(90) })
  const later = await bench.makeThread({ lastInboundAt: minutesAgo(5) })
  await bench.admin.query(
    `with pair as (
       select a.contact_id as survivor, b.contact_id as loser
       from contact_identities a, contact_identities b where a.id = $2 and b.id = $3
     ), edge as (
       insert into contact_joins (workspace_id, loser_id, survivor_id, source, reason)
       select $1, loser, survivor, 'staff', 'The same person' from pair
     )
     update contacts c set root_id = pair.survivor from pair where c.id = pair.loser`,
    [bench.workspace.workspaceId, earlier.identityId, later.identityId],
  )
  return { earlier, later }
}

const merging = (survivor: Thread, other: Thread) => async (database: Database) => {
  const [joinId = ''] = await mergeThreads(database, bench.workspace.workspaceId, {
    survivorId: survivor.conversationId,
    conversationIds: [other.conversationId],
    reason: 'One person',
  })
  return joinId
}
const undoing = (joinId: string) => (database: Database) =>
  undoThreadMerge(database, bench.workspace.workspaceId, joinId)

const rowOf = async (thread: Thread) => {
  const { rows } = await bench.admin.query<{
    root_id: string
    inbound_count: number
    read_count: number | null
    last_type: string | null
    last_send_at: Date | null
    own_label_ids: string[] | null
    label_ids: string[]
  }>(
    `select c.root_id, c.inbound_count, r.read_count, l.type as last_type, l.send_at as last_send_at,
       c.own_label_ids, c.label_ids
     from conversations c
     left join messages l on l.id = c.last_message_id
     left join conversation_reads r on r.conversation_id = c.id and r.user_id = $2
     where c.id = $1`,
    [thread.conversationId, bench.owner.sub],
  )
  return rows[0]
}

/** Does something while something else is done and not yet committed; both end. */
async function during<First, Second>(
  first: (database: Database) => Promise<First>,
  second: () => Promise<Second>,
): Promise<[First, Second]> {
  const isDone = Promise.withResolvers<undefined>()
  const mayCommit = Promise.withResolvers<undefined>()
  const outer = asOwner(async (database) => {
    const result = await first(database)
    isDone.resolve(undefined)
    await mayCommit.promise
    return result
  })
  await Promise.race([isDone.promise, outer])
  const inner = second()
  const outcome = inner.then(
    () => true,
    () => true,
  )
  while (!(await Promise.race([outcome, isWaiting()]))) await sleep(10)
  mayCommit.resolve(undefined)
  return [await outer, await inner]
}

async function isWaiting(): Promise<boolean> {
  const { rows } = await bench.admin.query(
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows.length > 0
}

test('what was sent and is sent again after a split is sent once', async () => {
  const thread = await bench.makeThread()
  const once = { kind: 'text', text: 'Once', clientReference: randomUUID() } as const
  const sent = await bench.send(thread, once)
  await deliver(thread)
  await asOwner((database) =>
    splitThread(database, bench.workspace.workspaceId, thread.conversationId, {
      selection: { from: sent.id, to: null },
      reason: 'Another matter',
    }),
  )
  expect((await bench.send(thread, once)).id).toBe(sent.id)
  await deliver(thread)
  expect(textsAt(thread)).toEqual(['Once'])
})

test('what was sent and is sent again after a merge was undone goes to nobody else', async () => {
  const { earlier, later } = await makePair()
  const joinId = await asOwner(merging(earlier, later))
  const clientReference = randomUUID()
  const sent = await bench.send(earlier, {
    kind: 'text',
    text: 'To the later one',
    clientReference,
    addressId: later.conversationId,
  })
  await deliver(later)
  await asOwner(undoing(joinId))
  const again = await bench.send(earlier, { kind: 'text', text: 'To the later one', clientReference })
  expect(again.id).toBe(sent.id)
  await deliver(earlier)
  expect([textsAt(earlier), textsAt(later)]).toEqual([[], ['To the later one']])
})

test('what is sent at the instant of a merge, or of its undoing, stands in the thread of its account', async () => {
  const { earlier, later } = await makePair()
  const homeOf = async (id: string) =>
    (
      await bench.admin.query<{ home: string }>(
        'select conversation_id as home from messages where id = $1',
        [id],
      )
    ).rows[0]?.home
  const send = (text: string) => () =>
    bench.send(later, { kind: 'text', text, addressId: later.conversationId })
  const [joinId, meanwhile] = await during(merging(earlier, later), send('At the merge'))
  expect(await homeOf(meanwhile.id)).toBe(later.conversationId)
  expect(meanwhile.conversationId).toBe(earlier.conversationId)
  const [, after] = await during(undoing(joinId), send('At the undoing'))
  expect(await homeOf(after.id)).toBe(later.conversationId)
  expect(after.conversationId).toBe(later.conversationId)
  await deliver(later)
  expect([textsAt(earlier), textsAt(later)]).toEqual([[], ['At the merge', 'At the undoing']])
})

test('reading at the instant of an undoing counts what stands there after it', async () => {
  const { earlier, later } = await makePair()
  const inbox = { workspaceId: bench.workspace.workspaceId, userId: bench.owner.sub }
  const joinId = await asOwner(merging(earlier, later))
  await during(undoing(joinId), () =>
    asOwner((database) => markRead(database, inbox, earlier.conversationId)),
  )
  const row = await rowOf(earlier)
  expect(row?.read_count).toBe(row?.inbound_count)
})

test('an echo of a send whose outcome nobody knew finds it in the part that it stands in by now', async () => {
  const thread = await bench.makeThread()
  const sent = await bench.send(thread, { kind: 'text', text: 'Did it leave?' })
  await bench.admin.query(
    `update messages set send_state = 'unknown', send_due_at = null, send_started_at = now() where id = $1`,
    [sent.id],
  )
  await asOwner((database) =>
    splitThread(database, bench.workspace.workspaceId, thread.conversationId, {
      selection: { from: sent.id, to: null },
      reason: 'Another matter',
    }),
  )
  const verdict = await bench.asSystem((database) =>
    adoptEchoes(database, bench.workspace.workspaceId, [
      {
        id: 1,
        channelId: thread.channelId,
        conversationId: thread.conversationId,
        wamid: `wamid.${randomUUID()}`,
        type: 'text',
        text: 'Did it leave?',
        occurredAt: new Date(),
        callbackData: sent.id,
        isFromApi: true,
      },
    ]),
  )
  expect([...verdict.adopted]).toEqual([1])
})

test('what is to leave later is not the last message of what was merged, nor after it', async () => {
  const { earlier, later } = await makePair()
  await bench.send(earlier, {
    kind: 'text',
    text: 'Tomorrow',
    sendAt: new Date(Date.now() + 86_400_000).toISOString(),
  })
  const joinId = await asOwner(merging(later, earlier))
  expect(await rowOf(later)).toMatchObject({ root_id: later.conversationId, last_send_at: null })
  await asOwner(undoing(joinId))
  expect(await rowOf(earlier)).toMatchObject({ root_id: earlier.conversationId, last_send_at: null })
})

test('that somebody types is shown to the account that they write to', async () => {
  const { earlier, later } = await makePair()
  await asOwner(merging(earlier, later))
  const signal = { workspaceId: bench.workspace.workspaceId, isTyping: true, askedAt: Date.now() }
  const targetOf = ({ conversationId }: Thread, isForAccount: boolean) =>
    bench.asSystem((database) => findSignalTarget(database, { ...signal, conversationId, isForAccount }))
  expect((await targetOf(earlier, true))?.wamid).toBe(`wamid.in.${earlier.conversationId}`)
  expect((await targetOf(later, true))?.wamid).toBe(`wamid.in.${later.conversationId}`)
  expect((await targetOf(earlier, false))?.wamid).toBe(`wamid.in.${later.conversationId}`)
})

test('accounts that WhatsApp shows to be one were not merged by staff, and their labels stay', async () => {
  const { earlier, later } = await makePair()
  const other = await bench.makeThread()
  await bench.admin.query(
    `with edge as (
       insert into contact_joins (workspace_id, loser_id, survivor_id, source, reason)
       select $1, o.contact_id, e.contact_id, 'staff', 'The same person'
       from contact_identities o, contact_identities e where o.id = $2 and e.id = $3
       returning loser_id, survivor_id
     )
     update contacts c set root_id = edge.survivor_id from edge where c.id = edge.loser_id`,
    [bench.workspace.workspaceId, other.identityId, earlier.identityId],
  )
  const { rows: labels } = await bench.admin.query<{ id: string }>(
    `insert into labels (workspace_id, name) values ($1, 'Label one'), ($1, 'Label two') returning id`,
    [bench.workspace.workspaceId],
  )
  const [one = '', two = ''] = labels.map(({ id }) => id)
  await asOwner((database) =>
    sql`select private.set_conversation_labels(
      ${bench.workspace.workspaceId}, ${later.conversationId}, ${[one]}::uuid[])`.execute(database),
  )
  await asOwner((database) =>
    sql`select private.set_conversation_labels(
      ${bench.workspace.workspaceId}, ${other.conversationId}, ${[two]}::uuid[])`.execute(database),
  )
  await bench.admin.query(
    `select private.join_identities($1, array[$2]::uuid[], array[$3]::uuid[], array['phone_and_id'],
       array['{}']::jsonb[])`,
    [bench.workspace.workspaceId, later.identityId, earlier.identityId],
  )
  const shown = async () => {
    const row = await rowOf(earlier)
    return { labels: row?.label_ids, own: row?.own_label_ids }
  }
  expect(await shown()).toEqual({ labels: [one], own: null })
  const joinId = await asOwner(merging(earlier, other))
  expect((await shown()).labels).toEqual([one, two])
  await asOwner(undoing(joinId))
  expect(await shown()).toEqual({ labels: [one], own: null })
})
