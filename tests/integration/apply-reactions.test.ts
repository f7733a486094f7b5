import { afterAll, beforeAll, expect, test } from 'vitest'
import { sample, startApplyBench, type ApplyBench, type ToldWorkspace } from '../support/apply-bench.ts'

let bench: ApplyBench

beforeAll(async () => {
  bench = await startApplyBench()
})

afterAll(() => bench.close())

interface Told {
  wamid: string
  at: number
  /** Undefined: taken off. */
  emoji?: string
  isOurs?: boolean
}

/** A customer's reaction, or ours, to the message of the sample "sent-text". */
async function react(workspace: ToldWorkspace, { wamid, at, emoji, isOurs = false }: Told): Promise<void> {
  await workspace.tell(
    isOurs ? 'whatsapp.message.sent' : 'whatsapp.message.received',
    sample('kapso-v2-message-received-reaction-added', {
      message: {
        id: wamid,
        timestamp: String(1_786_000_000 + at),
        reaction: { message_id: 'wamid.456', emoji },
        kapso: { direction: isOurs ? 'outbound' : 'inbound', message_type_data: null },
      },
    }),
  )
}

async function reactionsOf(workspace: ToldWorkspace) {
  return bench.pipeline.kysely
    .selectFrom('message_reactions')
    .select(['emoji', 'direction', 'target_wamid'])
    .where('workspace_id', '=', workspace.workspaceId)
    .orderBy('direction')
    .execute()
}

async function threadOf(workspace: ToldWorkspace) {
  return bench.pipeline.kysely
    .selectFrom('conversations')
    .selectAll()
    .where('workspace_id', '=', workspace.workspaceId)
    .where('last_message_id', 'is not', null)
    .executeTakeFirst()
}

const emojiOf = async (workspace: ToldWorkspace) => (await reactionsOf(workspace)).map(({ emoji }) => emoji)

test('is kept with its message, makes no message, and nothing unread', async () => {
  const workspace = await bench.makeWorkspace()
  await workspace.tell('whatsapp.message.sent', sample('kapso-v2-message-sent-text'))
  await react(workspace, { wamid: 'wamid.R1', at: 1, emoji: '❤️' })
  expect(await reactionsOf(workspace)).toEqual([
    { emoji: '❤️', direction: 'inbound', target_wamid: 'wamid.456' },
  ])
  const messages = await bench.pipeline.kysely
    .selectFrom('messages')
    .select('wamid')
    .where('workspace_id', '=', workspace.workspaceId)
    .execute()
  expect(messages).toEqual([{ wamid: 'wamid.456' }])
  expect(await threadOf(workspace)).toMatchObject({ inbound_count: 0, last_inbound_at: null })
})

test('touches its message and thread, so that an open page asks for it; the same again touches nothing', async () => {
  const workspace = await bench.makeWorkspace()
  await workspace.tell('whatsapp.message.sent', sample('kapso-v2-message-sent-text'))
  const before = await threadOf(workspace)
  await react(workspace, { wamid: 'wamid.R1', at: 5, emoji: '❤️' })
  const after = await threadOf(workspace)
  expect(BigInt(after?.changed_xid ?? 0)).toBeGreaterThan(BigInt(before?.changed_xid ?? 0))
  await react(workspace, { wamid: 'wamid.R0', at: 4, emoji: '👍' })
  expect((await threadOf(workspace))?.changed_xid).toBe(after?.changed_xid)
})

test('the latest by provider time stays, whichever comes last', async () => {
  const workspace = await bench.makeWorkspace()
  await react(workspace, { wamid: 'wamid.R2', at: 2, emoji: '😂' })
  await react(workspace, { wamid: 'wamid.R1', at: 1, emoji: '❤️' })
  expect(await emojiOf(workspace)).toEqual(['😂'])
})

test('one that was taken off does not come back with an older one that is late', async () => {
  const workspace = await bench.makeWorkspace()
  await react(workspace, { wamid: 'wamid.R1', at: 1, emoji: '❤️' })
  await react(workspace, { wamid: 'wamid.R3', at: 3 })
  await react(workspace, { wamid: 'wamid.R2', at: 2, emoji: '😂' })
  expect(await emojiOf(workspace)).toEqual([null])
})

test.each([
  ['wamid.r1', 'wamid.r2'],
  ['wamid.r2', 'wamid.r1'],
])('one that was taken off within the same second is off (%s, %s)', async (on, off) => {
  const workspace = await bench.makeWorkspace()
  await react(workspace, { wamid: off, at: 10 })
  await react(workspace, { wamid: on, at: 10, emoji: '👍' })
  expect(await reactionsOf(workspace)).toMatchObject([{ emoji: null }])
})

test('may come before its message, and both sides may react', async () => {
  const workspace = await bench.makeWorkspace()
  await react(workspace, { wamid: 'wamid.R1', at: 1, emoji: '❤️' })
  await react(workspace, { wamid: 'wamid.R2', at: 2, emoji: '🙏', isOurs: true })
  await workspace.tell('whatsapp.message.sent', sample('kapso-v2-message-sent-text'))
  expect(await emojiOf(workspace)).toEqual(['❤️', '🙏'])
  expect(await threadOf(workspace)).toMatchObject({ inbound_count: 0 })
})
