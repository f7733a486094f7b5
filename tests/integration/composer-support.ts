import { randomUUID } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import pg from 'pg'
import { sendSchema, type SendRequest } from '../../src/lib/domain/composer.ts'
import type { ThreadMessage } from '../../src/lib/domain/inbox.ts'
import { checkUpload } from '../../src/lib/server/composer/check-upload.ts'
import { queueSend, uploadIdOf } from '../../src/lib/server/composer/send.ts'
import { signStartedUpload, startUpload } from '../../src/lib/server/composer/start-upload.ts'
import {
  createAsMember,
  createAsSystem,
  createDatabase,
  type AsMember,
  type AsSystem,
} from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import { syncTemplates } from '../../src/lib/server/jobs/sync-templates.ts'
import { createMediaStore, type MediaStore } from '../../src/lib/server/media/media-store.ts'
import { createTurns } from '../../src/lib/server/media/take-turns.ts'
import type { SendDependencies, SendTimes } from '../../src/lib/server/outbox/send-dependencies.ts'
import { startQueue, type Queue } from '../../src/lib/server/queue/queue.ts'
import { createSealer } from '../../src/lib/server/secrets/sealing.ts'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import type { Message } from '../../src/simulator/world.ts'
import { startTestStack, type TestStack } from '../support/embedded-stack.ts'
import { silentLog } from '../support/pipeline.ts'
import { addMember, encryptionKeys, makeWorkspace, type TestWorkspace } from '../support/workspace.ts'
import { insertThread, testTimes, type Thread } from './outbox-support.ts'

const password = 'password of a role in tests'

interface Member {
  sub: string
  exp: number
}

/** What the web process and a worker hold, over a database with Storage, and a Kapso to talk to. */
export interface ComposerBench {
  stack: TestStack
  admin: pg.Client
  workspace: TestWorkspace
  owner: Member
  kysely: Kysely<DB>
  asMember: AsMember
  asSystem: AsSystem
  store: MediaStore
  queue: Queue
  simulator: Simulator
  workerUrl: string
  dependencies(times?: Partial<SendTimes>, more?: Partial<SendDependencies>): SendDependencies
  addMember(role: 'owner' | 'admin' | 'agent'): Promise<Member>
  makeThread(options?: { lastInboundAt?: Date }): Promise<Thread>
  /** What the endpoint does. */
  send(thread: Thread, request: Loose<SendRequest>, as?: Member): Promise<ThreadMessage>
  /** Uploads a file as a browser does; returns the upload's id. */
  upload(file: { fileName: string; mimeType: string; bytes: Uint8Array }, as?: Member): Promise<string>
  syncTemplates(): Promise<number>
  messageOf(id: string): Promise<{
    send_state: string | null
    failure_code: string | null
    wamid: string | null
    text: string | null
    send_attempts: number
  }>
  /** What has reached Kapso for this customer from the API, oldest first. */
  atKapso(thread: Thread): Message[]
  close(): Promise<void>
}

/** Tests give what matters to them. */
type Loose<Request> = Request extends unknown
  ? Omit<Request, 'clientReference'> & { clientReference?: string }
  : never

export async function startComposerBench(): Promise<ComposerBench> {
  const stack = await startTestStack()
  const admin = new pg.Client(stack.adminUrl)
  await admin.connect()
  await admin.query(
    `alter role my21_web password '${password}'; alter role my21_worker password '${password}'`,
  )
  const workerUrl = urlFor(stack.ownerUrl, 'my21_worker')
  const webUrl = urlFor(stack.ownerUrl, 'my21_web')
  const workspace = await makeWorkspace(stack.adminUrl)
  const queue = await startQueue({ connectionString: webUrl, runsJobs: false, log: silentLog })
  const kysely = createDatabase(
    createPool({ connectionString: workerUrl, applicationName: 'test worker', max: 6 }),
  )
  const web = createDatabase(createPool({ connectionString: webUrl, applicationName: 'test web', max: 4 }))
  const asSystem = createAsSystem(kysely, queue.enqueue)
  const asMember = createAsMember(web, queue.enqueue)
  const simulator = await startSimulator({
    port: 0,
    phoneNumbers: [{ id: workspace.phoneNumberId }],
    settings: { sendLatencyMs: 5, sentDelayMs: 5, deliveredDelayMs: 5, rateLimitPerMinute: 1_000_000 },
  })
  const store = createMediaStore({
    supabaseUrl: stack.apiUrl,
    publicSupabaseUrl: stack.apiUrl,
    secretKey: stack.secretKey,
  })
  const owner: Member = { sub: workspace.ownerId, exp: 0 }
  const kapso = {
    asSystem,
    log: silentLog,
    sealer: createSealer(encryptionKeys),
    kapsoApiUrl: simulator.url,
    kapsoApiKey: simulator.apiKey,
  }
  let customers = 0

  return {
    stack,
    admin,
    workspace,
    owner,
    kysely,
    asMember,
    asSystem,
    store,
    queue,
    simulator,
    workerUrl,
    dependencies: (times = {}, more = {}) => ({
      ...kapso,
      files: { store, takeDecodingTurn: createTurns() },
      times: { ...testTimes, ...times },
      retries: { maxAttempts: 20, firstDelayMs: 20, longestDelayMs: 100 },
      ...more,
    }),
    addMember: (role) => addMember(stack.adminUrl, workspace.workspaceId, role),
    async makeThread({ lastInboundAt = new Date() } = {}) {
      customers += 1
      const customer = simulator.control.addCustomer({
        name: `Customer ${String(customers)}`,
        phone: `+62812000${String(1000 + customers).padStart(5, '0')}`,
      })
      const at = lastInboundAt.getTime()
      simulator.control.write(customer.id, { text: 'Halo', phoneNumberId: workspace.phoneNumberId, at })
      return insertThread(kysely, workspace, customer, false, lastInboundAt)
    },
    async send(thread, request, as = owner) {
      const send = sendSchema.parse({ clientReference: randomUUID(), ...request })
      await checkUpload({ asMember, mediaStore: store }, as, workspace.workspaceId, uploadIdOf(send))
      return asMember(as, (database, enqueue) =>
        queueSend(database, enqueue, workspace.workspaceId, thread.conversationId, send),
      )
    },
    async upload({ fileName, mimeType, bytes }, as = owner) {
      const started = await asMember(as, (database) =>
        startUpload(database, workspace.workspaceId, { fileName, mimeType, byteSize: bytes.length }),
      )
      const { url, headers, uploadId } = await signStartedUpload(store, workspace.workspaceId, started)
      const response = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(bytes) })
      if (!response.ok) throw new Error(`Storage answered ${String(response.status)}`)
      await response.arrayBuffer()
      return uploadId
    },
    syncTemplates: () =>
      syncTemplates(
        { ...kapso, timeoutMs: 5_000 },
        { workspaceId: workspace.workspaceId, channelId: workspace.channelId },
      ),
    messageOf: (id) =>
      kysely
        .selectFrom('messages')
        .select(['send_state', 'failure_code', 'wamid', 'text', 'send_attempts'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow(),
    atKapso: (thread) =>
      [...simulator.control.world.messages.values()].filter(
        (message) => message.customerId === thread.customer.id && message.author === 'api',
      ),
    async close() {
      await simulator.close()
      await queue.stop()
      await Promise.all([kysely.destroy(), web.destroy(), admin.end()])
      await stack.remove()
    },
  }
}

function urlFor(ownerUrl: string, role: string): string {
  const url = new URL(ownerUrl)
  url.username = role
  url.password = password
  return url.href
}

/** Makes what is due in a while due now. */
export async function letTimePass(bench: ComposerBench, messageId: string): Promise<void> {
  await sql`
    update public.messages set send_due_at = now() - interval '1 second',
      send_at = case when send_at is not null then now() - interval '1 second' end
    where id = ${messageId}
  `.execute(bench.kysely)
}
