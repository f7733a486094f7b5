import { afterAll, beforeAll, expect, test } from 'vitest'
import { queueReaction } from '../../src/lib/server/composer/send.ts'
import { mergeThreads, splitThread, undoThreadMerge } from '../../src/lib/server/database/thread-merges.ts'
import { readThreadTies } from '../../src/lib/server/database/thread-ties.ts'
import { sendDueMessages } from '../../src/lib/server/outbox/send-due-messages.ts'
import { letTimePass, startComposerBench, type ComposerBench } from './composer-support.ts'
import type { Thread } from './outbox-support.ts'

let bench: ComposerBench

beforeAll(async () => {
  bench = await startComposerBench()
}, 120_000)

afterAll(() => bench.close())

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)
const deliver = (thread: Thread) => sendDueMessages(bench.dependencies(), thread)
const textsAt = (thread: Thread) =>
  bench.atKapso(thread).map(({ content }) => (content as { body: string }).body)

/** One contact with two accounts, whose threads are one; the later one wrote last. */
async function makePair(earlierMinutes = 90): Promise<{ earlier: Thread; later: Thread; joinId: string }> {
  const earlier = await bench.makeThread({ lastInboundAt: minutesAgo(earlierMinutes) })
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
  const [joinId = ''] = await bench.asMember(bench.owner, (trx) =>
    mergeThreads(trx, bench.workspace.workspaceId, {
      survivorId: earlier.conversationId,
      conversationIds: [later.conversationId],
      reason: 'One person',
    }),
  )
  return { earlier, later, joinId }
}

const note = (thread: Thread, body: string) =>
  bench.admin.query(
    `insert into conversation_notes (workspace_id, conversation_id, author_id, body, client_reference)
     values ($1, $2, $3, $4, gen_random_uuid())`,
    [bench.workspace.workspaceId, thread.conversationId, bench.owner.sub, body],
  )

test('writes to the account of the last message, or to the one that is chosen, each within its own window', async () => {
  const { earlier, later } = await makePair()
  const ties = await bench.asMember(bench.owner, (trx) =>
    readThreadTies(trx, bench.workspace.workspaceId, earlier.conversationId),
  )
  expect(ties.defaultAddressId).toBe(later.conversationId)
  expect(ties.addresses.map(({ id }) => id)).toEqual([later.conversationId, earlier.conversationId])
  await bench.send(earlier, { kind: 'text', text: 'By default' })
  await bench.send(earlier, { kind: 'text', text: 'Chosen', addressId: earlier.conversationId })
  await deliver(earlier)
  await deliver(later)
  expect(textsAt(later)).toEqual(['By default'])
  expect(textsAt(earlier)).toEqual(['Chosen'])
  await expect(
    bench.send(earlier, { kind: 'text', text: 'Elsewhere', addressId: bench.workspace.workspaceId }),
  ).rejects.toMatchObject({ code: 'address_not_found' })

  const old = await makePair(26 * 60)
  await expect(
    bench.send(old.earlier, { kind: 'text', text: 'Too late', addressId: old.earlier.conversationId }),
  ).rejects.toMatchObject({ code: 'window_closed' })
  await bench.send(old.earlier, { kind: 'text', text: 'In time', addressId: old.later.conversationId })
  await deliver(old.later)
  expect(textsAt(old.later)).toEqual(['In time'])
})

test('what waits to be sent goes to its own account after the merge is undone, and reactions and quotes to theirs', async () => {
  const { earlier, later, joinId } = await makePair()
  const waiting = await bench.send(earlier, {
    kind: 'text',
    text: 'Later',
    addressId: later.conversationId,
    sendAt: new Date(Date.now() + 3_600_000).toISOString(),
  })
  const [inbound] = (
    await bench.admin.query<{ id: string }>(
      `select id from messages where conversation_id = $1 and direction = 'inbound'`,
      [earlier.conversationId],
    )
  ).rows
  await bench.asMember(bench.owner, (trx, enqueue) =>
    queueReaction(trx, enqueue, bench.workspace.workspaceId, earlier.conversationId, {
      messageId: inbound?.id ?? '',
      emoji: '👍',
    }),
  )
  const { rows } = await bench.admin.query(
    `select conversation_id from message_reactions where workspace_id = $1 and target_wamid = $2`,
    [bench.workspace.workspaceId, `wamid.in.${earlier.conversationId}`],
  )
  expect(rows).toEqual([{ conversation_id: earlier.conversationId }])
  await expect(
    bench.send(earlier, {
      kind: 'text',
      text: 'A quote of another chat',
      addressId: later.conversationId,
      replyToMessageId: inbound?.id ?? '',
    }),
  ).rejects.toMatchObject({ code: 'quote_not_found' })
  await bench.asMember(bench.owner, (trx) => undoThreadMerge(trx, bench.workspace.workspaceId, joinId))
  await letTimePass(bench, waiting.id)
  await deliver(later)
  expect(textsAt(later)).toEqual(['Later'])
  expect(textsAt(earlier)).toEqual([])
})

test('nothing of what staff note or give as a reason ever reaches a customer', async () => {
  const { earlier, later, joinId } = await makePair()
  await note(earlier, 'SECRET note of the one')
  await note(later, 'SECRET note of the other')
  await bench.send(earlier, { kind: 'text', text: 'Merged' })
  await deliver(later)
  const inbound = await bench.admin.query<{ id: string }>(
    `select id from messages where conversation_id = $1 and direction = 'inbound'`,
    [earlier.conversationId],
  )
  await bench.asMember(bench.owner, (trx) =>
    splitThread(trx, bench.workspace.workspaceId, earlier.conversationId, {
      selection: { from: null, to: inbound.rows[0]?.id ?? '' },
      reason: 'SECRET reason',
    }),
  )
  await bench.send(earlier, { kind: 'text', text: 'After the split', addressId: earlier.conversationId })
  await deliver(earlier)
  await bench.asMember(bench.owner, (trx) => undoThreadMerge(trx, bench.workspace.workspaceId, joinId))
  await note(later, 'SECRET note after it')
  await bench.send(later, { kind: 'text', text: 'Parted' })
  await deliver(later)
  expect(textsAt(earlier)).toEqual(['After the split'])
  expect(textsAt(later)).toEqual(['Merged', 'Parted'])
  const sent = [...bench.simulator.control.world.messages.values()]
  expect(sent.length).toBeGreaterThan(3)
  expect(JSON.stringify(sent)).not.toContain('SECRET')
})
