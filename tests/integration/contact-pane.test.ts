import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findContactDetails } from '../../src/lib/server/database/contact-pane.ts'
import {
  createAsMember,
  createDatabase,
  type AsMember,
  type Claims,
} from '../../src/lib/server/database/database.ts'
import { listConversations } from '../../src/lib/server/database/inbox-list.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { receivedBody, sign } from '../support/kapso-bodies.ts'
import { startPipeline, type Pipeline } from '../support/pipeline.ts'
import { runAs } from '../support/run-as.ts'
import { makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let pipeline: Pipeline
let workspace: TestWorkspace
let web: Kysely<DB>
let asMember: AsMember
let owner: Claims

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
  workspace = await makeWorkspace(database.adminUrl)
  web = createDatabase(pipeline.webPool)
  asMember = createAsMember(web, pipeline.queue.enqueue)
  owner = { sub: workspace.ownerId, exp: 0 }
})

afterAll(async () => {
  await pipeline.close()
  await database.drop()
})

async function receive(phone: string): Promise<string> {
  const facts = { wamid: `wamid.${randomUUID()}`, phoneNumberId: workspace.phoneNumberId }
  const body = receivedBody({ ...facts, phone, text: 'Halo', at: Math.floor(Date.now() / 1000) })
  await pipeline.deliver(workspace, sign('whatsapp.message.received', body, workspace.secret))
  await pipeline.applyAll(workspace)
  const inbox = { workspaceId: workspace.workspaceId, userId: owner.sub }
  const { conversations } = await asMember(owner, (trx) => listConversations(trx, inbox))
  const found = conversations.find((row) => row.address?.replace(/\D/g, '') === phone)
  if (!found) throw new Error(`No conversation with ${phone}`)
  return found.id
}

const detailsOf = (conversationId: string, claims = owner) =>
  asMember(claims, (trx) => findContactDetails(trx, workspace.workspaceId, conversationId))

test('tells who it is, with the address of the conversation, its session and its notes', async () => {
  const id = await receive('6281200000411')
  const note = (deletedAt: Date | null) =>
    runAs(
      database.adminUrl,
      `insert into conversation_notes (workspace_id, conversation_id, author_id, client_reference, body, deleted_at)
       values ($1, $2, $3, gen_random_uuid(), 'Titip', $4)`,
      [workspace.workspaceId, id, workspace.ownerId, deletedAt],
    )
  await note(null)
  await note(new Date())
  const details = await detailsOf(id)
  expect(details).toMatchObject({
    leadStatus: 'new',
    botState: 'active',
    noteCount: 1,
    otherConversations: [],
  })
  expect(details?.identities).toMatchObject([{ isOfConversation: true }])
  expect(details?.identities[0]?.phone?.replace(/\D/g, '')).toBe('6281200000411')
  expect(details?.sessions).toMatchObject([{ endedAt: null }])
})

test('tells of other conversations of the same contact', async () => {
  const [one, other] = [await receive('6281200000412'), await receive('6281200000413')]
  await runAs(
    database.adminUrl,
    `update contact_identities set contact_id = (
       select i.contact_id from conversations c join contact_identities i on i.id = c.identity_id where c.id = $1
     ) where id = (select identity_id from conversations where id = $2)`,
    [one, other],
  )
  const details = await detailsOf(one)
  expect(details?.otherConversations.map(({ id }) => id)).toEqual([other])
  expect(details?.identities.map(({ isOfConversation }) => isOfConversation)).toEqual([true, false])
})

test('tells a stranger nothing', async () => {
  const id = await receive('6281200000414')
  const elsewhere = await makeWorkspace(database.adminUrl)
  expect(await detailsOf(id, { sub: elsewhere.ownerId, exp: 0 })).toBeUndefined()
})
