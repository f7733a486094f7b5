import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import pg from 'pg'
import { createMediaStore, type MediaStore } from '../../src/lib/server/media/media-store.ts'
import { createTurns } from '../../src/lib/server/media/take-turns.ts'
import type { CopyDependencies } from '../../src/lib/server/media/copy-dependencies.ts'
import {
  createAsMember,
  createAsSystem,
  createDatabase,
  type AsMember,
  type AsSystem,
  type Database,
  type JobRequest,
} from '../../src/lib/server/database/database.ts'
import { recordMedia } from '../../src/lib/server/database/media.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import type { CopyMediaJob } from '../../src/lib/server/queue/queue.ts'
import { createSealer } from '../../src/lib/server/secrets/sealing.ts'
import type { MediaKind } from '../../src/lib/domain/message-content.ts'
import { startTestStack, type TestStack } from './embedded-stack.ts'
import { startFileServer, type FileServer } from '../../src/lib/server/media/test-file-server.ts'
import { silentLog } from './pipeline.ts'
import { encryptionKeys, makeWorkspace, type TestWorkspace } from './workspace.ts'

const password = 'password of a role in tests'

/** What a message says of its file. */
export interface FileFacts {
  kind?: MediaKind
  /** Kapso's own copy; a path of the file server, or an address. */
  url?: string
  /** WhatsApp's id, for asking Kapso's API. */
  mediaId?: string
  mimeType?: string
  fileName?: string
  /** Puts the item into a batch, behind another one. */
  isBatched?: boolean
}

/** A worker's things over a whole embedded stack, and a server in the place of Kapso. */
export interface MediaBench {
  stack: TestStack
  files: FileServer
  store: MediaStore
  kysely: Kysely<DB>
  asSystem: AsSystem
  asMember: AsMember
  workspace: TestWorkspace
  /** As the worker and the web process sign in. */
  workerUrl: string
  webUrl: string
  /** What was asked of the queue, in order. */
  jobs: JobRequest[]
  dependencies(more?: Partial<CopyDependencies>): CopyDependencies
  addWorkspace(): Promise<TestWorkspace>
  /** A message with a file, as ingest leaves it: nothing is copied yet. */
  receive(facts: FileFacts, workspace?: TestWorkspace): Promise<CopyMediaJob>
  /** The row, with what is known of the file. */
  mediaOf(job: CopyMediaJob): Promise<MediaRow>
  /** As if all tries had been a while ago. */
  letTriesPass(): Promise<void>
  /** Paths of all objects in the bucket. */
  listObjects(): Promise<string[]>
  close(): Promise<void>
}

export type MediaRow = Awaited<ReturnType<typeof readMedia>>

export async function startMediaBench(): Promise<MediaBench> {
  const stack = await startTestStack()
  const files = await startFileServer()
  const admin = new pg.Client(stack.adminUrl)
  await admin.connect()
  await admin.query(
    `alter role my21_web password '${password}'; alter role my21_worker password '${password}'`,
  )
  const workerUrl = urlFor(stack.ownerUrl, 'my21_worker')
  const webUrl = urlFor(stack.ownerUrl, 'my21_web')
  const kysely = createDatabase(
    createPool({ connectionString: workerUrl, applicationName: 'test worker', max: 6 }),
  )
  const web = createDatabase(createPool({ connectionString: webUrl, applicationName: 'test web', max: 2 }))
  const jobs: JobRequest[] = []
  const enqueue = (_database: Database, asked: JobRequest[]) => {
    jobs.push(...asked)
    return Promise.resolve()
  }
  const asSystem = createAsSystem(kysely, enqueue)
  const workspace = await makeWorkspace(stack.adminUrl)
  const store = createMediaStore({
    supabaseUrl: stack.apiUrl,
    publicSupabaseUrl: stack.apiUrl,
    secretKey: stack.secretKey,
  })
  return {
    stack,
    files,
    store,
    kysely,
    asSystem,
    asMember: createAsMember(web, enqueue),
    workspace,
    workerUrl,
    webUrl,
    jobs,
    dependencies: (more = {}) => ({
      asSystem,
      log: silentLog,
      sealer: createSealer(encryptionKeys),
      store,
      kapsoApiUrl: files.url,
      kapsoApiKey: 'key of the project',
      mediaHosts: [],
      takeDecodingTurn: createTurns(),
      times: { idleMs: 10_000, attemptMs: 30_000, leaseMs: 5_000, renewMs: 1_000 },
      retries: { maxAttempts: 3, firstDelayMs: 1, longestDelayMs: 1 },
      ...more,
    }),
    addWorkspace: () => makeWorkspace(stack.adminUrl),
    receive: (facts, receiver = workspace) =>
      asSystem((database, ask) => insertMessage(database, ask, receiver, files.url, facts)),
    mediaOf: (job) => readMedia(kysely, job),
    async letTriesPass() {
      await admin.query(`update public.message_media set due_at = due_at - interval '1 minute'`)
    },
    async listObjects() {
      const { rows } = await admin.query<{ name: string }>(
        `select name from storage.objects where bucket_id = 'media' order by name`,
      )
      return rows.map(({ name }) => name)
    },
    async close() {
      await Promise.all([kysely.destroy(), web.destroy(), admin.end(), files.close()])
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

async function insertMessage(
  database: Database,
  enqueue: (job: JobRequest) => void,
  workspace: TestWorkspace,
  filesUrl: string,
  facts: FileFacts,
): Promise<CopyMediaJob> {
  const { workspaceId, channelId, endpointId } = workspace
  const [contactId, identityId, conversationId, messageId, deliveryId] = Array.from({ length: 5 }, () =>
    randomUUID(),
  ) as [string, string, string, string, string]
  const kind = facts.kind ?? 'image'
  const item = mediaItem(workspace, `wamid.${messageId}`, filesUrl, { ...facts, kind })
  const body = facts.isBatched === true ? { batch: true, data: [{}, item] } : item
  const owned = { workspace_id: workspaceId }

  await database
    .insertInto('contacts')
    .values({ id: contactId, ...owned })
    .execute()
  await database
    .insertInto('contact_identities')
    .values({ id: identityId, ...owned, contact_id: contactId })
    .execute()
  await database
    .insertInto('conversations')
    .values({
      id: conversationId,
      ...owned,
      channel_id: channelId,
      identity_id: identityId,
      last_activity_at: new Date(),
    })
    .execute()
  await database
    .insertInto('messages')
    .values({
      id: messageId,
      ...owned,
      conversation_id: conversationId,
      channel_id: channelId,
      wamid: `wamid.${messageId}`,
      direction: 'inbound',
      origin: 'cloud_api',
      type: kind,
      content: JSON.stringify({ kind, fileName: facts.fileName ?? null }),
      occurred_at: new Date(),
    })
    .execute()
  await database
    .insertInto('webhook_deliveries')
    .values({ id: deliveryId, ...owned, endpoint_id: endpointId, body: Buffer.from(JSON.stringify(body)) })
    .execute()
  const { id: webhookEventId } = await database
    .insertInto('webhook_events')
    .values({
      ...owned,
      event_id: messageId,
      delivery_id: deliveryId,
      item_index: facts.isBatched === true ? 1 : 0,
      name: 'whatsapp.message.received',
      subject_key: 1,
      status: 'processed',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  for (const job of await recordMedia(database, workspaceId, [{ messageId, kind, webhookEventId }]))
    enqueue(job)
  return { workspaceId, messageId }
}

/** An item of `whatsapp.message.received` with a file. */
export function mediaItem(
  workspace: TestWorkspace,
  wamid: string,
  filesUrl: string,
  { kind = 'image', url, mediaId, mimeType = 'image/jpeg', fileName }: FileFacts,
): object {
  const address = url?.startsWith('/') === true ? filesUrl + url : url
  return {
    message: {
      id: wamid,
      timestamp: String(Math.floor(Date.now() / 1000)),
      type: kind,
      [kind]: {
        ...(mediaId === undefined ? {} : { id: mediaId }),
        ...(address === undefined ? {} : { link: address }),
        ...(fileName === undefined ? {} : { filename: fileName }),
        mime_type: mimeType,
      },
      kapso: {
        direction: 'inbound',
        status: 'received',
        origin: 'cloud_api',
        has_media: true,
        ...(address === undefined ? {} : { media_url: address }),
      },
    },
    conversation: {
      id: `conversation of ${wamid}`,
      phone_number: '+6281200001234',
      status: 'active',
      phone_number_id: workspace.phoneNumberId,
    },
    phone_number_id: workspace.phoneNumberId,
  }
}

function readMedia(kysely: Kysely<DB>, { workspaceId, messageId }: CopyMediaJob) {
  return kysely
    .selectFrom('message_media as d')
    .leftJoin('media_files as f', 'f.id', 'd.file_id')
    .select(['d.state', 'd.reason', 'd.attempts', 'd.due_at', 'd.changed_xid', 'd.file_id', 'f.sha256'])
    .select(['f.byte_size', 'f.mime_type', 'f.storage_path', 'f.thumbnail_path', 'f.width', 'f.height'])
    .select('f.duration_seconds')
    .where('d.workspace_id', '=', workspaceId)
    .where('d.message_id', '=', messageId)
    .executeTakeFirstOrThrow()
}
