import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql, type Kysely } from 'kysely'
import { inject } from 'vitest'
import {
  createAsMember,
  createAsSystem,
  createDatabase,
  type AsSystem,
} from '../../src/lib/server/database/database.ts'
import { sendMessageJob } from '../../src/lib/server/database/outbox.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import type { SendDependencies, SendTimes } from '../../src/lib/server/outbox/send-dependencies.ts'
import { sendDueMessages } from '../../src/lib/server/outbox/send-due-messages.ts'
import { startQueue, type Queue, type SendMessageJob } from '../../src/lib/server/queue/queue.ts'
import { createSealer } from '../../src/lib/server/secrets/sealing.ts'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import type { Customer, Message } from '../../src/simulator/world.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { silentLog } from '../support/pipeline.ts'
import { encryptionKeys, makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

/** Generous towards a busy machine; tests of time-outs make `requestMs` and `settleMs` short. */
export const testTimes: SendTimes = {
  requestMs: 10_000,
  settleMs: 0,
  leaseMarginMs: 10_000,
  lookupMs: 10_000,
  firstLookupMs: 20,
  patienceMs: 5_000,
  turnMs: 60_000,
}

export interface Thread extends SendMessageJob {
  customer: Customer
  channelId: string
  identityId: string
}

/** A worker's and a web process' access to one database, and a Kapso for it to talk to. */
export interface OutboxBench {
  database: TestDatabase
  workspace: TestWorkspace
  kysely: Kysely<DB>
  asSystem: AsSystem
  queue: Queue
  simulator: Simulator
  dependencies(times?: Partial<SendTimes>, more?: Partial<SendDependencies>): SendDependencies
  /** A customer who wrote to us just now, as ingest leaves it. */
  makeThread(options?: { isHidden?: boolean; lastInboundAt?: Date }): Promise<Thread>
  /** What the inbox does when a member presses "send": the reply and its job, in one transaction as the member. */
  reply(thread: Thread, text: string, clientReference?: string): Promise<string>
  /** The thread as a reader sees it, oldest first. */
  messagesOf(thread: Thread): Promise<ThreadRow[]>
  /** What has reached Kapso for this customer from the API, oldest first. */
  atKapso(thread: Thread): Message[]
  close(): Promise<void>
}

export type ThreadRow = Awaited<ReturnType<typeof readThread>>[number]

export async function startBench(): Promise<OutboxBench> {
  const database = await createTestDatabase()
  const workspace = await makeWorkspace(database.adminUrl)
  const webPool = createPool({ connectionString: database.webUrl, applicationName: 'test web', max: 4 })
  const workerPool = createPool({
    connectionString: database.workerUrl,
    applicationName: 'test worker',
    max: 8,
  })
  const queue = await startQueue({ connectionString: database.webUrl, runsJobs: false, log: silentLog })
  const kysely = createDatabase(workerPool)
  const web = createDatabase(webPool)
  const asSystem = createAsSystem(kysely, queue.enqueue)
  const asMember = createAsMember(web, queue.enqueue)
  const simulator = await startSimulator({
    port: 0,
    phoneNumbers: [{ id: workspace.phoneNumberId }],
    settings: { sendLatencyMs: 5, sentDelayMs: 5, deliveredDelayMs: 5, rateLimitPerMinute: 1_000_000 },
  })
  let customers = 0

  return {
    database,
    workspace,
    kysely,
    asSystem,
    queue,
    simulator,

    dependencies: (times = {}, more = {}) => ({
      asSystem,
      log: silentLog,
      sealer: createSealer(encryptionKeys),
      kapsoApiUrl: simulator.url,
      kapsoApiKey: simulator.apiKey,
      times: { ...testTimes, ...times },
      retries: { maxAttempts: 20, firstDelayMs: 20, longestDelayMs: 100 },
      ...more,
    }),

    async makeThread({ isHidden = false, lastInboundAt = new Date() } = {}) {
      customers += 1
      const customer = simulator.control.addCustomer({
        name: `Customer ${customers}`,
        kind: isHidden ? 'username' : 'phone',
        phone: `+62812000${String(1000 + customers).padStart(5, '0')}`,
      })
      simulator.control.write(customer.id, { text: 'Halo', phoneNumberId: workspace.phoneNumberId })
      return insertThread(kysely, workspace, customer, isHidden, lastInboundAt)
    },

    reply: (thread, text, clientReference = randomUUID()) =>
      asMember({ sub: workspace.ownerId, exp: 0 }, async (handle, enqueue) => {
        const { rows } = await sql<{ id: string }>`
          select (private.queue_reply(${thread.workspaceId}, ${thread.conversationId}, ${clientReference}, ${text})).id
        `.execute(handle)
        enqueue(sendMessageJob(thread))
        const [row] = rows
        if (row === undefined) throw new Error('no reply was queued')
        return row.id
      }),

    messagesOf: (thread) => readThread(kysely, thread),
    atKapso: (thread) =>
      [...simulator.control.world.messages.values()].filter(
        (message) => message.customerId === thread.customer.id && message.author === 'api',
      ),

    async close() {
      await simulator.close()
      await queue.stop()
      await Promise.all([kysely.destroy(), web.destroy()])
      await database.drop()
    },
  }
}

function readThread(kysely: Kysely<DB>, thread: SendMessageJob) {
  return kysely
    .selectFrom('messages')
    .select(['id', 'text', 'wamid', 'origin', 'status', 'send_state', 'send_attempts', 'send_due_at'])
    .select(['send_started_at', 'failed_at', 'failure_code', 'client_reference'])
    .where('workspace_id', '=', thread.workspaceId)
    .where('conversation_id', '=', thread.conversationId)
    .where('direction', '=', 'outbound')
    .orderBy('occurred_at')
    .orderBy('id')
    .execute()
}

export async function insertThread(
  kysely: Kysely<DB>,
  workspace: TestWorkspace,
  customer: Customer,
  isHidden: boolean,
  lastInboundAt: Date,
): Promise<Thread> {
  const { workspaceId, channelId } = workspace
  const [contactId, identityId, conversationId] = [randomUUID(), randomUUID(), randomUUID()]
  await kysely.transaction().execute(async (database) => {
    await database.insertInto('contacts').values({ id: contactId, workspace_id: workspaceId }).execute()
    await database
      .insertInto('contact_identities')
      .values({
        id: identityId,
        workspace_id: workspaceId,
        contact_id: contactId,
        phone_normalized: isHidden ? null : `+${customer.phone}`,
      })
      .execute()
    if (!isHidden) {
      await database
        .insertInto('identity_phones')
        .values({
          workspace_id: workspaceId,
          identity_id: identityId,
          phone_normalized: `+${customer.phone}`,
          first_seen_at: new Date('2026-01-01'),
          last_seen_at: new Date('2026-02-01'),
        })
        .execute()
    }
    await database
      .insertInto('business_scoped_ids')
      .values([
        {
          workspace_id: workspaceId,
          identity_id: identityId,
          scope: 'account',
          value: `${customer.userId}old`,
          first_seen_at: new Date('2026-01-01'),
        },
        {
          workspace_id: workspaceId,
          identity_id: identityId,
          scope: 'account',
          value: customer.userId,
          first_seen_at: new Date('2026-02-01'),
        },
        {
          workspace_id: workspaceId,
          identity_id: identityId,
          scope: 'elsewhere',
          value: `${customer.userId}x`,
          first_seen_at: new Date('2026-03-01'),
        },
      ])
      .execute()
    await database
      .insertInto('conversations')
      .values({
        id: conversationId,
        workspace_id: workspaceId,
        channel_id: channelId,
        identity_id: identityId,
        last_activity_at: lastInboundAt,
      })
      .execute()
    await database
      .insertInto('messages')
      .values({
        workspace_id: workspaceId,
        conversation_id: conversationId,
        channel_id: channelId,
        wamid: `wamid.in.${conversationId}`,
        direction: 'inbound',
        origin: 'cloud_api',
        type: 'text',
        text: 'Halo',
        occurred_at: lastInboundAt,
      })
      .execute()
  })
  return { workspaceId, conversationId, customer, channelId, identityId }
}

/** Postgres' own complaints about what was done to this database so far: deadlocks, violated constraints and the like. */
export async function findPostgresErrors(database: TestDatabase): Promise<string[]> {
  const log = await readFile(inject('testServer').logFile, 'utf8')
  return log
    .split('\n')
    .filter((line) => line.includes(`@${database.name} `) && /ERROR|FATAL|deadlock/.test(line))
}

/** Waits until `look` gives something that is neither false nor undefined. Fails with the test's own time limit. */
export async function until<Found>(
  look: () => Promise<Found | false | undefined> | Found | false | undefined,
): Promise<Found> {
  for (;;) {
    const found = await look()
    if (found !== false && found !== undefined) return found
    await sleep(10)
  }
}

/** Works on a thread, as redelivered jobs and the sweep would, until nothing of it is under way any more. */
export async function drain(
  bench: OutboxBench,
  dependencies: SendDependencies,
  thread: Thread,
): Promise<void> {
  await until(async () => {
    await sendDueMessages(dependencies, thread)
    const rows = await bench.messagesOf(thread)
    return rows.every((row) => !['waiting', 'sending', 'checking'].includes(row.send_state ?? ''))
  })
}
