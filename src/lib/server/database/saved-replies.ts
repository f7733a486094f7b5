import { sql } from 'kysely'
import type { SavedReply } from '../../domain/composer.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from './database.ts'
import { findUpload } from './uploads.ts'

/** What a member may set of a saved reply. An `uploadId` of null takes the file off. */
export interface SavedReplyFields {
  shortcut: string
  title: string
  isShared: boolean
  versions: SavedReply['versions']
  uploadId?: string | null | undefined
}

/** The team's saved replies and the member's own, by shortcut. */
export async function listSavedReplies(database: Database, workspaceId: string): Promise<SavedReply[]> {
  const rows = await savedReplies(database, workspaceId)
    .orderBy('shortcut')
    .orderBy('owner_id', (order) => order.asc().nullsFirst())
    .execute()
  return rows.map(toSavedReply)
}

/** @throws RuleViolation `shortcut_taken`, `not_allowed`, `upload_not_found` */
export async function createSavedReply(
  database: Database,
  workspaceId: string,
  fields: SavedReplyFields,
): Promise<SavedReply> {
  const file = await fileColumns(database, workspaceId, fields.uploadId)
  const row = await database
    .insertInto('saved_replies')
    .values({
      workspace_id: workspaceId,
      owner_id: owner(fields.isShared),
      shortcut: fields.shortcut,
      title: fields.title,
      versions: JSON.stringify(fields.versions),
      ...file,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch(refuse)
  return readSavedReply(database, workspaceId, row.id)
}

/** @throws RuleViolation `not_found`, `shortcut_taken`, `not_allowed`, `upload_not_found` */
export async function changeSavedReply(
  database: Database,
  workspaceId: string,
  id: string,
  fields: Partial<SavedReplyFields>,
): Promise<SavedReply> {
  const file = await fileColumns(database, workspaceId, fields.uploadId)
  const changes = {
    ...(fields.isShared === undefined ? {} : { owner_id: owner(fields.isShared) }),
    ...(fields.shortcut === undefined ? {} : { shortcut: fields.shortcut }),
    ...(fields.title === undefined ? {} : { title: fields.title }),
    ...(fields.versions === undefined ? {} : { versions: JSON.stringify(fields.versions) }),
    ...file,
  }
  if (Object.keys(changes).length > 0) {
    const row = await database
      .updateTable('saved_replies')
      .set(changes)
      .where('workspace_id', '=', workspaceId)
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst()
      .catch(refuse)
    if (row === undefined) await refuseUnchanged(database, workspaceId, id)
  }
  return readSavedReply(database, workspaceId, id)
}

/** @throws RuleViolation `not_found`, `not_allowed` */
export async function deleteSavedReply(database: Database, workspaceId: string, id: string): Promise<void> {
  const row = await database
    .deleteFrom('saved_replies')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  if (row === undefined) await refuseUnchanged(database, workspaceId, id)
}

function owner(isShared: boolean) {
  return isShared ? null : sql<string>`private.my_user_id()`
}

async function fileColumns(database: Database, workspaceId: string, uploadId: string | null | undefined) {
  if (uploadId === undefined) return {}
  if (uploadId === null) {
    return { upload_id: null, file_name: null, file_mime_type: null, file_byte_size: null }
  }
  const upload = await findUpload(database, workspaceId, uploadId)
  if (upload === undefined) throw new RuleViolation('upload_not_found', 'This file does not exist.')
  return {
    upload_id: upload.id,
    file_name: upload.fileName,
    file_mime_type: upload.mimeType,
    file_byte_size: upload.byteSize,
  }
}

interface SavedReplyRow {
  id: string
  owner_id: string | null
  shortcut: string
  title: string
  versions: unknown
  upload_id: string | null
  file_name: string | null
  file_mime_type: string | null
  file_byte_size: number | null
}

function savedReplies(database: Database, workspaceId: string) {
  return database
    .selectFrom('saved_replies')
    .select(['id', 'owner_id', 'shortcut', 'title', 'versions', 'upload_id', 'file_name', 'file_mime_type'])
    .select('file_byte_size')
    .where('workspace_id', '=', workspaceId)
}

async function readSavedReply(database: Database, workspaceId: string, id: string): Promise<SavedReply> {
  const row = await savedReplies(database, workspaceId).where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new RuleViolation('not_found', 'This saved reply does not exist.')
  return toSavedReply(row)
}

function toSavedReply(row: SavedReplyRow): SavedReply {
  return {
    id: row.id,
    shortcut: row.shortcut,
    title: row.title,
    isShared: row.owner_id === null,
    versions: row.versions as SavedReply['versions'],
    file:
      row.upload_id === null
        ? null
        : {
            id: row.upload_id,
            fileName: row.file_name ?? '',
            mimeType: row.file_mime_type ?? '',
            byteSize: row.file_byte_size ?? 0,
          },
  }
}

/** Row-level security hides what a member may not change as if it were not there; this says which of the two it is. */
async function refuseUnchanged(database: Database, workspaceId: string, id: string): Promise<never> {
  await readSavedReply(database, workspaceId, id)
  return refuseTeams()
}

function refuseTeams(): never {
  throw new RuleViolation('not_allowed', "Only owners and admins keep the team's saved replies.")
}

function refuse(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === '23505') throw new RuleViolation('shortcut_taken', 'Another saved reply has this shortcut.')
  if (code === '42501') refuseTeams()
  throw error
}
