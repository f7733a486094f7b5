import { randomUUID } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import {
  createAsMember,
  createAsSystem,
  createDatabase,
  type AsMember,
  type AsSystem,
  type Claims,
  type Enqueue,
} from '../../src/lib/server/database/database.ts'
import type { ConversationOf } from '../../src/lib/server/database/conversation-states.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { addMember, makeWorkspace, type TestWorkspace } from './workspace.ts'

export interface Person extends Claims {
  sub: string
}

/** A workspace with a team at work, over a database of its own. */
export interface TeamBench {
  database: TestDatabase
  kysely: Kysely<DB>
  asSystem: AsSystem
  asMember: AsMember
  /** What was asked for in members' transactions, oldest first. */
  jobs: { queue: string; data: object }[]
  makeWorkspace(): Promise<TestWorkspace>
  makeAgent(workspace: TestWorkspace): Promise<Person>
  /** A customer who wrote at some time, as ingest leaves it. */
  makeConversation(workspace: TestWorkspace, wroteAt?: Date): Promise<ConversationOf>
  /** The customer writes again; silent is imported or repaired. */
  write(at: ConversationOf, options?: { occurredAt?: Date; isSilent?: boolean }): Promise<void>
  read(at: ConversationOf): Promise<ConversationRow>
  /** Kinds, oldest first. */
  events(at: ConversationOf): Promise<EventRow[]>
  close(): Promise<void>
}

export type ConversationRow = Awaited<ReturnType<typeof readConversation>>
export type EventRow = Awaited<ReturnType<typeof readEvents>>[number]

/** @param connections of the web process: as many members can be at work at once */
export async function startTeamBench(connections = 4): Promise<TeamBench> {
  const database = await createTestDatabase()
  const webPool = createPool({
    connectionString: database.webUrl,
    applicationName: 'test web',
    max: connections,
  })
  const workerPool = createPool({
    connectionString: database.workerUrl,
    applicationName: 'test worker',
    max: 8,
  })
  const web = createDatabase(webPool)
  const kysely = createDatabase(workerPool)
  const jobs: TeamBench['jobs'] = []
  const enqueue: Enqueue = (_, added) => {
    jobs.push(...added.map(({ queue, data }) => ({ queue, data })))
    return Promise.resolve()
  }
  return {
    database,
    kysely,
    jobs,
    asSystem: createAsSystem(kysely, enqueue),
    asMember: createAsMember(web, enqueue),
    makeWorkspace: () => makeWorkspace(database.adminUrl),
    makeAgent: (workspace) => addMember(database.adminUrl, workspace.workspaceId, 'agent'),
    makeConversation: (workspace, wroteAt = new Date()) => insertConversation(kysely, workspace, wroteAt),
    write: (at, options = {}) => writeAsCustomer(kysely, at, options),
    read: (at) => readConversation(kysely, at),
    events: (at) => readEvents(kysely, at),
    close: async () => {
      await Promise.all([web.destroy(), kysely.destroy()])
      await database.drop()
    },
  }
}

async function insertConversation(
  kysely: Kysely<DB>,
  { workspaceId, channelId }: TestWorkspace,
  wroteAt: Date,
): Promise<ConversationOf> {
  const [contactId, identityId, conversationId] = [randomUUID(), randomUUID(), randomUUID()]
  await kysely.transaction().execute(async (database) => {
    await database.insertInto('contacts').values({ id: contactId, workspace_id: workspaceId }).execute()
    await database
      .insertInto('contact_identities')
      .values({ id: identityId, workspace_id: workspaceId, contact_id: contactId })
      .execute()
    await database
      .insertInto('conversations')
      .values({
        id: conversationId,
        workspace_id: workspaceId,
        channel_id: channelId,
        identity_id: identityId,
        last_activity_at: wroteAt,
      })
      .execute()
  })
  await writeAsCustomer(kysely, { workspaceId, conversationId }, { occurredAt: wroteAt })
  return { workspaceId, conversationId }
}

async function writeAsCustomer(
  kysely: Kysely<DB>,
  { workspaceId, conversationId }: ConversationOf,
  { occurredAt = new Date(), isSilent = false }: { occurredAt?: Date; isSilent?: boolean },
): Promise<void> {
  await sql`
    insert into public.messages (
      workspace_id, conversation_id, channel_id, wamid, direction, origin, type, text, occurred_at, is_silent
    )
    select workspace_id, id, channel_id, ${`wamid.${randomUUID()}`}, 'inbound', 'cloud_api', 'text', 'Halo',
      ${occurredAt}, ${isSilent}
    from public.conversations where workspace_id = ${workspaceId} and id = ${conversationId}
  `.execute(kysely)
}

function readConversation(kysely: Kysely<DB>, { workspaceId, conversationId }: ConversationOf) {
  return kysely
    .selectFrom('conversations')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', conversationId)
    .executeTakeFirstOrThrow()
}

function readEvents(kysely: Kysely<DB>, { workspaceId, conversationId }: ConversationOf) {
  return kysely
    .selectFrom('conversation_events')
    .select(['kind', 'actor_id', 'details'])
    .where('workspace_id', '=', workspaceId)
    .where('conversation_id', '=', conversationId)
    .orderBy('occurred_at')
    .orderBy('id')
    .execute()
}
