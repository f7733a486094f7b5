import { sql } from 'kysely'
import type { MediaReason } from '../../domain/media.ts'
import type { MediaKind } from '../../domain/message-content.ts'
import type { Database } from './database.ts'
import type { StoredFile } from './media.ts'
import { fromNow, markFailed } from './send-results.ts'

export type PreparedFile = StoredFile

/** An upload that is about to be sent with a message. */
export interface FileToPrepare {
  uploadId: string
  kind: MediaKind
  /** As the browser says. */
  fileName: string
  mimeType: string
  /** Where it lies once it was looked at; null until then. */
  stored: { sha256: string; storagePath: string; mimeType: string } | null
  /** WhatsApp has these bytes from another message of this number already. */
  knownKapsoMediaId: string | null
}

/** An attempt to make a file ready: a newer one takes away its right to say what came of it. */
export interface FileAttempt {
  workspaceId: string
  messageId: string
  attempt: number
}

/** What is to be sent with a message; undefined when the message was taken back. */
export async function findFileToPrepare(
  database: Database,
  workspaceId: string,
  messageId: string,
): Promise<FileToPrepare | undefined> {
  const { rows } = await sql<FileToPrepare>`
    select u.id as "uploadId", u.kind, u.file_name as "fileName", u.mime_type as "mimeType",
      case when f.id is not null then json_build_object('sha256', f.sha256, 'storagePath', f.storage_path,
        'mimeType', f.mime_type) end as stored,
      known.kapso_media_id as "knownKapsoMediaId"
    from public.message_media d
    join public.messages m on m.workspace_id = d.workspace_id and m.id = d.message_id
    join private.uploads u on u.workspace_id = d.workspace_id and u.id = d.upload_id
    left join public.media_files f on f.workspace_id = u.workspace_id and f.id = u.file_id
    left join lateral (
      select o.kapso_media_id
      from public.message_media o
      join public.messages n on n.workspace_id = o.workspace_id and n.id = o.message_id
      where o.workspace_id = d.workspace_id and o.file_id = f.id and n.channel_id = m.channel_id
        and o.upload_id is not null and o.kapso_media_at > now() - interval '25 days'
      order by o.kapso_media_at desc
      limit 1
    ) known on true
    where d.workspace_id = ${workspaceId} and d.message_id = ${messageId}
  `.execute(database)
  return rows[0]
}

/** The bytes lie in Storage under their hash: the message has its file, and so has whatever sends the upload again. */
export async function attachUploadedFile(
  database: Database,
  { workspaceId, messageId, uploadId }: { workspaceId: string; messageId: string; uploadId: string },
  sha256: string,
  file: PreparedFile | null,
): Promise<void> {
  if (file !== null) {
    await sql`
      insert into public.media_files as f (workspace_id, sha256, byte_size, mime_type, storage_path, thumbnail_path, width,
        height, duration_seconds)
      values (${workspaceId}, ${file.sha256}, ${file.byteSize}, ${file.mimeType}, ${file.storagePath},
        ${file.thumbnailPath}, ${file.width}, ${file.height}, ${file.durationSeconds})
      on conflict (workspace_id, sha256) do update
        set thumbnail_path = coalesce(f.thumbnail_path, excluded.thumbnail_path),
          width = coalesce(f.width, excluded.width), height = coalesce(f.height, excluded.height),
          duration_seconds = coalesce(f.duration_seconds, excluded.duration_seconds)
    `.execute(database)
  }
  await sql`
    with kept as (
      update private.uploads u set file_id = f.id
      from public.media_files f
      where u.workspace_id = ${workspaceId} and u.id = ${uploadId} and f.workspace_id = ${workspaceId}
        and f.sha256 = ${sha256}
      returning u.file_id
    )
    update public.message_media d
    set state = 'stored', reason = null, file_id = kept.file_id
    from kept
    where d.workspace_id = ${workspaceId} and d.message_id = ${messageId} and d.state <> 'stored'
  `.execute(database)
}

/** WhatsApp has the file under this id: the message can be sent. */
export async function keepKapsoMedia(
  database: Database,
  { workspaceId, messageId }: FileAttempt,
  kapsoMediaId: string,
): Promise<void> {
  await database
    .updateTable('message_media')
    .set({ kapso_media_id: kapsoMediaId, kapso_media_at: sql<Date>`clock_timestamp()`, due_at: fromNow(0) })
    .where('workspace_id', '=', workspaceId)
    .where('message_id', '=', messageId)
    .execute()
}

/** To be tried again after a while, message and file. */
export async function postponeFile(database: Database, file: FileAttempt, delayMs: number): Promise<void> {
  await database
    .updateTable('message_media')
    .set({ due_at: fromNow(delayMs) })
    .where('workspace_id', '=', file.workspaceId)
    .where('message_id', '=', file.messageId)
    .where('attempts', '=', file.attempt)
    .execute()
}

/** The message cannot be sent for its file. Its conversation must be locked. */
export async function failFile(
  database: Database,
  file: FileAttempt,
  code: string,
  mediaReason: MediaReason | null,
): Promise<void> {
  const { rows } = await sql`
    update public.message_media d
    set due_at = clock_timestamp(),
      state = case when d.file_id is not null then 'stored'::public.media_state
        else ${mediaReason === null ? 'failed' : 'refused'}::public.media_state end,
      reason = case when d.file_id is null then ${mediaReason ?? 'interrupted'} end
    where d.workspace_id = ${file.workspaceId} and d.message_id = ${file.messageId} and d.attempts = ${file.attempt}
    returning d.message_id
  `.execute(database)
  if (rows.length === 0) return
  const waiting = await database
    .selectFrom('messages')
    .select('id')
    .where('workspace_id', '=', file.workspaceId)
    .where('id', '=', file.messageId)
    .where('send_state', '=', 'waiting')
    .executeTakeFirst()
  if (waiting !== undefined) await markFailed(database, waiting.id, code)
}
