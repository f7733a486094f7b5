import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import pg from 'pg'
import {
  createAsMember,
  createDatabase,
  type AsMember,
  type Claims,
} from '../../src/lib/server/database/database.ts'
import type { InboxOf } from '../../src/lib/server/database/inbox-rows.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { addMember, makeWorkspace, type TestWorkspace } from './workspace.ts'

export type Row = Record<string, unknown>

/** A workspace with an owner and an agent, and short ways to put rows into it past all rules. */
export interface InboxScene {
  database: TestDatabase
  admin: pg.Client
  workspace: TestWorkspace
  asMember: AsMember
  owner: Claims
  agent: Claims
  inboxOf(claims: Claims): InboxOf
  /** Inserts a row of the workspace and returns its id. */
  insert(table: string, row: Row): Promise<string>
  /** A person with an account and a thread. */
  startThread(news?: { conversation?: Row; contact?: Row }): Promise<Thread>
  write(thread: Thread, message: Row): Promise<string>
  close(): Promise<void>
}

export interface Thread {
  id: string
  contactId: string
  identityId: string
}

export async function makeInboxScene(): Promise<InboxScene> {
  const database = await createTestDatabase()
  const admin = new pg.Client(database.adminUrl)
  await admin.connect()
  const workspace = await makeWorkspace(database.adminUrl)
  const agent = await addMember(database.adminUrl, workspace.workspaceId, 'agent')
  const pool = createPool({ connectionString: database.webUrl, applicationName: 'test web', max: 2 })
  const web: Kysely<DB> = createDatabase(pool)

  async function insert(table: string, news: Row): Promise<string> {
    const row: Row = { workspace_id: workspace.workspaceId, ...news }
    const columns = Object.keys(row)
    const places = columns.map((_, at) => `$${String(at + 1)}`)
    const { rows } = await admin.query<{ id: string }>(
      `insert into ${table} (${columns.join(', ')}) values (${places.join(', ')}) returning id`,
      Object.values(row),
    )
    return rows[0]?.id ?? ''
  }

  return {
    database,
    admin,
    workspace,
    asMember: createAsMember(web, () => Promise.resolve()),
    owner: { sub: workspace.ownerId, exp: 0 },
    agent,
    inboxOf: (claims) => ({ workspaceId: workspace.workspaceId, userId: claims.sub }),
    insert,
    async startThread({ conversation = {}, contact = {} } = {}) {
      const contactId = await insert('contacts', { name: 'Ratna', name_source: 'staff', ...contact })
      const identityId = await insert('contact_identities', { contact_id: contactId })
      const id = await insert('conversations', {
        channel_id: workspace.channelId,
        identity_id: identityId,
        last_activity_at: new Date(),
        ...conversation,
      })
      return { id, contactId, identityId }
    },
    write: (thread, message) =>
      insert('messages', {
        conversation_id: thread.id,
        channel_id: workspace.channelId,
        wamid: `wamid.${randomUUID()}`,
        direction: 'inbound',
        origin: 'cloud_api',
        type: 'text',
        text: 'Halo',
        occurred_at: new Date(),
        ...message,
      }),
    async close() {
      await web.destroy()
      await admin.end()
      await database.drop()
    },
  }
}
