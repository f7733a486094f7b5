import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Claims } from '../../src/lib/server/database/database.ts'
import { readDraft, saveDraft } from '../../src/lib/server/database/drafts.ts'
import { listMessages } from '../../src/lib/server/database/inbox-thread.ts'
import { splitThread } from '../../src/lib/server/database/thread-merges.ts'
import { makeThreadBench, type Account, type ThreadBench } from '../support/thread-bench.ts'

let bench: ThreadBench

beforeAll(async () => {
  bench = await makeThreadBench()
})

afterAll(() => bench.close())

const id = () => bench.workspace.workspaceId

async function pair(): Promise<[Account, Account]> {
  const { accounts } = await bench.makePerson(2)
  return accounts as [Account, Account]
}

const type = ({ thread }: Account, text: string, claims: Claims = bench.owner) =>
  bench.asMember(claims, (trx) =>
    saveDraft(trx, id(), thread, { text, replyToMessageId: null, writtenAt: new Date() }),
  )

const draftOf = async ({ thread }: Account, claims: Claims = bench.owner) =>
  (await bench.asMember(claims, (trx) => readDraft(trx, id(), thread))).text

const send = ({ thread }: Account, text: string) =>
  bench.asOwner((trx) =>
    sql`select private.queue_message(${id()}, ${thread}, gen_random_uuid(), ${JSON.stringify({
      type: 'text',
      text,
    })}::jsonb)`.execute(trx),
  )

test('what was being written in a thread that goes under another goes on there, and is back when they are parted', async () => {
  const [ani, other] = await pair()
  const agent = await bench.addAgent('all')
  await type(other, 'Half a sentence')
  await type(other, 'Of the agent', agent)
  await type(ani, 'Their own', agent)
  const [joinId = ''] = await bench.merge(ani.thread, [other.thread])
  expect(await draftOf(ani)).toBe('Half a sentence')
  // Who writes there already goes on with that.
  expect(await draftOf(ani, agent)).toBe('Their own')
  await bench.undo(joinId)
  expect([await draftOf(ani), await draftOf(other)]).toEqual(['', 'Half a sentence'])
  expect([await draftOf(ani, agent), await draftOf(other, agent)]).toEqual(['Their own', 'Of the agent'])
})

test('what was changed meanwhile is in both then, what was thrown away in neither', async () => {
  const [ani, other] = await pair()
  await type(other, 'Half a sentence')
  const [joinId = ''] = await bench.merge(ani.thread, [other.thread])
  await type(ani, 'Half a sentence, and the rest')
  await bench.undo(joinId)
  expect([await draftOf(ani), await draftOf(other)]).toEqual([
    'Half a sentence, and the rest',
    'Half a sentence',
  ])
  await type(ani, '')
  const [again = ''] = await bench.merge(ani.thread, [other.thread])
  expect(await draftOf(ani)).toBe('Half a sentence')
  await type(ani, '')
  await bench.undo(again)
  expect([await draftOf(ani), await draftOf(other)]).toEqual(['', ''])
})

test('what was sent meanwhile is not offered once more; what stood aside is', async () => {
  const [ani, other] = await pair()
  await bench.query('update conversations set last_inbound_at = now() where id = any ($1)', [
    [ani.thread, other.thread],
  ])
  const now = Math.floor(Date.now() / 1000)
  await bench.write(ani, `Now ${ani.phone}`, now)
  await bench.write(other, `Now ${other.phone}`, now)
  await type(other, 'To be sent')
  const [joinId = ''] = await bench.merge(ani.thread, [other.thread])
  await send(ani, 'To be sent')
  expect(await draftOf(ani)).toBe('')
  await bench.undo(joinId)
  expect([await draftOf(ani), await draftOf(other)]).toEqual(['', ''])
  await type(ani, 'Mine')
  await type(other, 'Aside')
  const [again = ''] = await bench.merge(ani.thread, [other.thread])
  await send(ani, 'Mine')
  await bench.undo(again)
  expect([await draftOf(ani), await draftOf(other)]).toEqual(['', 'Aside'])
})

test('a message that was split off is found in its part, by those who see that', async () => {
  const ani = await bench.makeAccount()
  const messageId = await bench.write(ani, `Another matter of ${ani.phone}`)
  const { partId } = await bench.asOwner((trx) =>
    splitThread(trx, id(), ani.thread, {
      selection: { from: messageId, to: messageId },
      reason: 'Another matter',
    }),
  )
  const around = (claims: Claims) =>
    bench
      .asMember(claims, (trx) => listMessages(trx, id(), ani.thread, { around: messageId }))
      .catch((error: unknown) => error)
  expect(await around(bench.owner)).toMatchObject({ code: 'message_not_found', into: partId })
  const restricted = await bench.addAgent('own')
  await bench.query('update conversations set assignee_id = $2 where id = $1', [ani.thread, restricted.sub])
  await bench.query('update conversations set assignee_id = null where id = $1', [partId])
  const told = await around(restricted)
  expect(told).toMatchObject({ code: 'message_not_found' })
  expect(told).not.toMatchObject({ into: partId })
})
