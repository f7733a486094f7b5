import { sql } from 'kysely'
import type { UploadKind } from '../../domain/upload-rules.ts'
import type { Database } from './database.ts'

/** A file that a member put into Storage to send it. */
export interface KnownUpload {
  id: string
  kind: UploadKind
  /** These three as the browser said. */
  fileName: string
  mimeType: string
  byteSize: number
  /** It was looked at and kept; else nobody has seen its bytes yet. */
  isChecked: boolean
}

/** Keeps a place for a file that the member is about to upload; returns its id. */
export async function createUpload(
  database: Database,
  workspaceId: string,
  file: Omit<KnownUpload, 'id' | 'isChecked'>,
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select private.create_upload(${workspaceId}, ${file.kind}, ${file.fileName}, ${file.mimeType}, ${file.byteSize}) as id
  `.execute(database)
  const [row] = rows
  if (row === undefined) throw new Error('no upload was made')
  return row.id
}

/** An upload that the member may send: their own, or a saved reply's. */
export async function findUpload(
  database: Database,
  workspaceId: string,
  uploadId: string,
): Promise<KnownUpload | undefined> {
  const { rows } = await sql<KnownUpload>`
    select u.id, u.kind, u.file_name as "fileName", u.mime_type as "mimeType", u.byte_size::float8 as "byteSize",
      u.is_checked as "isChecked"
    from private.find_upload(${workspaceId}, ${uploadId}) as u
  `.execute(database)
  return rows[0]
}

/** Uploads that nothing came of within the time, the oldest first: never sent, and kept by no saved reply. */
export async function listOrphanedUploads(
  database: Database,
  olderThanHours: number,
  limit = 200,
): Promise<{ id: string; workspaceId: string }[]> {
  const { rows } = await sql<{ id: string; workspaceId: string }>`
    select u.id, u.workspace_id as "workspaceId"
    from private.uploads u
    where u.file_id is null and u.created_at < now() - ${olderThanHours} * interval '1 hour'
      and not exists (
        select from public.message_media d where d.workspace_id = u.workspace_id and d.upload_id = u.id
      )
      and not exists (
        select from public.saved_replies s where s.workspace_id = u.workspace_id and s.upload_id = u.id
      )
    order by u.created_at
    limit ${limit}
  `.execute(database)
  return rows
}

/** Forgets uploads whose objects are gone. One that is used after all meanwhile stays. */
export async function deleteUploads(database: Database, ids: string[]): Promise<void> {
  await sql`
    delete from private.uploads u
    where u.id = any(${ids}::uuid[]) and u.file_id is null
      and not exists (
        select from public.message_media d where d.workspace_id = u.workspace_id and d.upload_id = u.id
      )
      and not exists (
        select from public.saved_replies s where s.workspace_id = u.workspace_id and s.upload_id = u.id
      )
  `.execute(database)
}
