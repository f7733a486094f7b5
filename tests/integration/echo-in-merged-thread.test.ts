import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { acceptSend } from '../../src/lib/server/database/send-results.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { openScene, type IdentityScene } from '../support/identity-scene.ts'
import { runAs } from '../support/run-as.ts'

let database: TestDatabase
let scene: IdentityScene

beforeAll(async () => {
  database = await createTestDatabase()
  scene = await openScene(database)
})

afterAll(async () => {
  await scene.pipeline.close()
  await database.drop()
})

test('an answer that comes after its echo and after a join still finds its row, and the list its last message', async () => {
  const at = Math.floor(Date.now() / 1000) - 100
  const phone = '6281200000055'
  await scene.say({ wamid: 'wamid.p', phone, conversationId: 'kp', at })
  await scene.say({ wamid: 'wamid.i', businessScopedId: 'ID.55', conversationId: 'ki', at: at + 1 })
  await scene.apply()
  const { workspaceId, channelId, ownerId } = scene.workspace
  const [loser] = await runAs<{ id: string }>(
    database.adminUrl,
    `select c.id from conversations c join messages m on m.conversation_id = c.id where m.wamid = 'wamid.i'`,
  )
  const insert = async (row: string, values: unknown[]): Promise<string> => {
    const [inserted] = await runAs<{ id: string }>(
      database.adminUrl,
      `insert into messages (workspace_id, conversation_id, channel_id, direction, type, text, ${row}
       returning id`,
      [workspaceId, loser?.id, channelId, ...values],
    )
    return inserted?.id ?? ''
  }
  const echo = await insert(
    `origin, wamid, occurred_at) values ($1, $2, $3, 'outbound', 'text', 'Baik', 'cloud_api', 'wamid.echo', now())`,
    [],
  )
  const own = await insert(
    `origin, author_id, client_reference, send_state, status, occurred_at)
     values ($1, $2, $3, 'outbound', 'text', 'Baik', 'my21staff', $4, $5, 'unknown', 'queued', now() - interval '5 seconds')`,
    [ownerId, randomUUID()],
  )
  // Now it shows that both are one person: the thread with the echo is merged away.
  await scene.say({ wamid: 'wamid.b', businessScopedId: 'ID.55', phone, conversationId: 'kb', at: at + 2 })
  await scene.apply()
  expect(await lastMessage()).toEqual([{ id: echo }])

  await scene.pipeline.asSystem((system) =>
    acceptSend(
      system,
      workspaceId,
      { messageId: own, conversationId: loser?.id ?? '', channelId },
      'wamid.echo',
    ),
  )
  expect(await lastMessage()).toEqual([{ id: own }])
  expect(
    await runAs(database.adminUrl, `select id, send_state from messages where wamid = 'wamid.echo'`),
  ).toEqual([{ id: own, send_state: 'accepted' }])
})

function lastMessage(): Promise<unknown[]> {
  return runAs(database.adminUrl, 'select last_message_id as id from conversations where is_root')
}
