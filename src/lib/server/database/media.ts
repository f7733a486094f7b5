import { sql } from 'kysely'
import type { MediaReason } from '../../domain/media.ts'
import type { MediaKind } from '../../domain/message-content.ts'
import { queueNames, type CopyMediaJob } from '../queue/queue.ts'
import type { Database, JobRequest } from './database.ts'

export interface MediaToRecord {
  messageId: string
  kind: MediaKind
  /** The row of the ledger whose body says where the file is. */
  webhookEventId: number
}

/**
 * Notes that these messages have files, which are to be copied. The messages must be there already. A message whose file
 * is known keeps it as it is.
 *
 * @returns the jobs that copy what is new, to enqueue in the same transaction
 */
export async function recordMedia(
  database: Database,
  workspaceId: string,
  media: MediaToRecord[],
): Promise<JobRequest[]> {
  if (media.length === 0) return []
  const { rows } = await sql<{ message_id: string }>`
    insert into public.message_media (workspace_id, message_id, kind, webhook_event_id)
    select ${workspaceId}, n.message_id, n.kind::public.media_kind, n.webhook_event_id
    from unnest(
      ${media.map(({ messageId }) => messageId)}::uuid[],
      ${media.map(({ kind }) => kind)}::text[],
      ${media.map(({ webhookEventId }) => webhookEventId)}::bigint[]
    ) as n (message_id, kind, webhook_event_id)
    order by n.message_id
    on conflict (workspace_id, message_id) do nothing
    returning message_id
  `.execute(database)
  return rows.map((row) => copyMediaJob({ workspaceId, messageId: row.message_id }))
}

/** The job that copies the file of a message. */
export function copyMediaJob({ workspaceId, messageId }: CopyMediaJob, startAfterMs = 0): JobRequest {
  return {
    queue: queueNames.copyMedia,
    data: { workspaceId, messageId } satisfies CopyMediaJob,
    group: workspaceId,
    ...(startAfterMs > 0 ? { startAfterSeconds: startAfterMs / 1000 } : {}),
  }
}

/** What a worker needs to copy a file. */
export interface ClaimedMedia {
  kind: MediaKind
  /** 1 for the first. What comes of an attempt is recorded only while it is the newest one. */
  attempt: number
  /** The ledger row and its body; the body is null where retention has dropped it. */
  event: { name: string; itemIndex: number; receivedAt: Date; body: Buffer | null }
  channel: {
    id: string
    phoneNumberId: string
    /** Overrides the installation's Kapso address. */
    apiUrl: string | null
    sealedApiKey: Buffer | null
  }
}

/**
 * Takes a file that is due. The claim holds for `leaseMs` and counts once the transaction has committed.
 *
 * @returns undefined when there is nothing to do, or another worker does it
 */
export async function claimMedia(
  database: Database,
  { workspaceId, messageId }: CopyMediaJob,
  leaseMs: number,
): Promise<ClaimedMedia | undefined> {
  const claimed = await database
    .updateTable('message_media')
    .set((expression) => ({ attempts: expression('attempts', '+', 1), due_at: fromNow(leaseMs) }))
    .where('workspace_id', '=', workspaceId)
    .where('message_id', '=', messageId)
    .where('state', '=', 'pending')
    // What a member uploaded here is the outbox's.
    .where('webhook_event_id', 'is not', null)
    .where('due_at', '<=', sql<Date>`clock_timestamp()`)
    .returning(['kind', 'attempts'])
    .executeTakeFirst()
  if (claimed === undefined) return undefined
  const row = await database
    .selectFrom('message_media as d')
    .innerJoin('messages as m', 'm.id', 'd.message_id')
    .innerJoin('channels as h', 'h.id', 'm.channel_id')
    .innerJoin('webhook_events as e', 'e.id', 'd.webhook_event_id')
    .leftJoin('webhook_deliveries as b', 'b.id', 'e.delivery_id')
    .leftJoin('private.channel_api_keys as k', 'k.channel_id', 'h.id')
    .select(['e.name', 'e.item_index as itemIndex', 'e.received_at as receivedAt', 'b.body', 'h.id'])
    .select(['h.phone_number_id as phoneNumberId', 'h.kapso_api_url as apiUrl', 'k.sealed as sealedApiKey'])
    .where('d.workspace_id', '=', workspaceId)
    .where('m.workspace_id', '=', workspaceId)
    .where('e.workspace_id', '=', workspaceId)
    .where('d.message_id', '=', messageId)
    .executeTakeFirstOrThrow()
  const { name, itemIndex, receivedAt, body, ...channel } = row
  return {
    kind: claimed.kind,
    attempt: claimed.attempts,
    event: { name, itemIndex, receivedAt, body },
    channel,
  }
}

/** Keeps a claim a while longer. */
export async function holdMedia(database: Database, media: MediaAttempt, leaseMs: number): Promise<void> {
  await updateAttempt(database, media)
    .set({ due_at: fromNow(leaseMs) })
    .execute()
}

/** An attempt at copying: a newer one takes away its right to say what came of it. */
export interface MediaAttempt extends CopyMediaJob {
  attempt: number
}

function updateAttempt(database: Database, { workspaceId, messageId, attempt }: MediaAttempt) {
  return database
    .updateTable('message_media')
    .where('workspace_id', '=', workspaceId)
    .where('message_id', '=', messageId)
    .where('attempts', '=', attempt)
    .where('state', '=', 'pending')
}

/** To be tried again after a while, by a job of the same transaction: counted from its beginning, as the job's own time. */
export async function postponeMedia(database: Database, media: MediaAttempt, delayMs: number): Promise<void> {
  await updateAttempt(database, media)
    .set({ due_at: sql<Date>`now() + ${delayMs} * interval '1 millisecond'` })
    .execute()
}

/** The file cannot be had. */
export async function closeMedia(
  database: Database,
  media: MediaAttempt,
  state: 'expired' | 'refused' | 'failed',
  reason: MediaReason,
): Promise<void> {
  await updateAttempt(database, media).set({ state, reason }).execute()
}

/** What is known of bytes in Storage. */
export interface StoredFile {
  sha256: string
  byteSize: number
  mimeType: string
  storagePath: string
  thumbnailPath: string | null
  width: number | null
  height: number | null
  durationSeconds: number | null
}

/**
 * True when the workspace has these bytes already and knows of them what this kind needs. A picture that came as a
 * document before was never opened: as a picture it is, and may be refused.
 */
export async function hasFile(
  database: Database,
  workspaceId: string,
  sha256: string,
  kind: MediaKind,
): Promise<boolean> {
  const isPicture = kind === 'image' || kind === 'sticker'
  const row = await database
    .selectFrom('media_files')
    .select('id')
    .where('workspace_id', '=', workspaceId)
    .where('sha256', '=', sha256)
    .$if(isPicture, (query) => query.where('width', 'is not', null))
    .executeTakeFirst()
  return row !== undefined
}

/** The bytes are in Storage: the message has its file. */
export async function attachFile(
  database: Database,
  media: MediaAttempt,
  sha256: string,
  file: StoredFile | null,
): Promise<void> {
  const { workspaceId } = media
  if (file !== null) {
    await database
      .insertInto('media_files')
      .values({
        workspace_id: workspaceId,
        sha256: file.sha256,
        byte_size: file.byteSize,
        mime_type: file.mimeType,
        storage_path: file.storagePath,
        thumbnail_path: file.thumbnailPath,
        width: file.width,
        height: file.height,
        duration_seconds: file.durationSeconds,
      })
      // The same bytes as another kind: what was not looked for then is known now.
      .onConflict((conflict) =>
        conflict.columns(['workspace_id', 'sha256']).doUpdateSet(({ fn, ref }) => ({
          thumbnail_path: fn.coalesce('media_files.thumbnail_path', ref('excluded.thumbnail_path')),
          width: fn.coalesce('media_files.width', ref('excluded.width')),
          height: fn.coalesce('media_files.height', ref('excluded.height')),
          duration_seconds: fn.coalesce('media_files.duration_seconds', ref('excluded.duration_seconds')),
        })),
      )
      .execute()
  }
  await updateAttempt(database, media)
    .set((expression) => ({
      state: 'stored',
      reason: null,
      file_id: expression
        .selectFrom('media_files')
        .select('id')
        .where('workspace_id', '=', workspaceId)
        .where('sha256', '=', sha256),
    }))
    .execute()
}

/**
 * Files that have been due for a while without anybody taking care: their job died with its worker. To be asked every
 * few seconds; a job too many does no harm.
 *
 * @returns the jobs to enqueue in the same transaction
 */
export async function findForgottenMedia(
  database: Database,
  overdueMs: number,
  limit = 1000,
): Promise<JobRequest[]> {
  const { rows } = await sql<CopyMediaJob>`
    select d.workspace_id as "workspaceId", d.message_id as "messageId"
    from public.message_media d
    where d.state = 'pending' and d.webhook_event_id is not null and d.due_at <= clock_timestamp() - ${overdueMs} * interval '1 millisecond'
      and not exists (
        select from pgboss.job j
        where j.name = ${queueNames.copyMedia} and j.state < 'active' and j.start_after <= now()
      )
    order by d.due_at
    limit ${limit}
  `.execute(database)
  return rows.map((row) => copyMediaJob(row))
}

/** A file that a member may open. */
export interface ReadableFile {
  kind: MediaKind
  mimeType: string
  storagePath: string
  thumbnailPath: string | null
  /** As the sender's side calls it. */
  fileName: string | null
}

/** The stored file of a message, or undefined when there is none, or not one of the member's. */
export async function findReadableFile(
  database: Database,
  workspaceId: string,
  messageId: string,
): Promise<ReadableFile | undefined> {
  return database
    .selectFrom('message_media as d')
    .innerJoin('media_files as f', (join) =>
      join.onRef('f.workspace_id', '=', 'd.workspace_id').onRef('f.id', '=', 'd.file_id'),
    )
    .innerJoin('messages as m', (join) =>
      join.onRef('m.workspace_id', '=', 'd.workspace_id').onRef('m.id', '=', 'd.message_id'),
    )
    .select(['d.kind', 'f.mime_type as mimeType', 'f.storage_path as storagePath'])
    .select([
      'f.thumbnail_path as thumbnailPath',
      sql<string | null>`m.content ->> 'fileName'`.as('fileName'),
    ])
    .where('d.workspace_id', '=', workspaceId)
    .where('d.message_id', '=', messageId)
    .where('d.state', '=', 'stored')
    .executeTakeFirst()
}

/**
 * Asks for a file again that could not be had.
 *
 * @returns the job to enqueue in the same transaction, or null when there is nothing to ask for
 */
export async function retryMedia(
  database: Database,
  { workspaceId, messageId }: CopyMediaJob,
): Promise<JobRequest | null> {
  const { rows } = await sql<{ is_asked: boolean }>`
    select private.retry_media(${workspaceId}, ${messageId}) as is_asked
  `.execute(database)
  return rows[0]?.is_asked === true ? copyMediaJob({ workspaceId, messageId }) : null
}

function fromNow(milliseconds: number) {
  return sql<Date>`clock_timestamp() + ${milliseconds} * interval '1 millisecond'`
}
