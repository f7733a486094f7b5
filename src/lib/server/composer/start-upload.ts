import type { Upload, UploadRequest } from '../../domain/composer.ts'
import { mediaFileName } from '../../domain/media-file-name.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import { judgeUpload } from '../../domain/upload-rules.ts'
import type { Database } from '../database/database.ts'
import { createUpload } from '../database/uploads.ts'
import type { MediaStore } from '../media/media-store.ts'
import { throwRuleViolation } from './composer-errors.ts'
import { uploadPath } from './upload-path.ts'

const refusals = {
  file_type: 'WhatsApp takes no files of this type.',
  too_large: 'This file is larger than WhatsApp takes.',
  empty_file: 'This file is empty.',
} as const

/** A place for a file that a member is about to upload, judged by what the browser says of it. */
export interface StartedUpload {
  uploadId: string
  kind: Upload['kind']
  mimeType: string
}

/** @throws RuleViolation `file_type`, `too_large`, `empty_file`, `too_many_uploads` */
export async function startUpload(
  database: Database,
  workspaceId: string,
  file: UploadRequest,
): Promise<StartedUpload> {
  const verdict = judgeUpload(file)
  if (!verdict.isAccepted) throw new RuleViolation(verdict.code, refusals[verdict.code])
  const { kind, mimeType } = verdict
  const fileName = mediaFileName(file.fileName, kind, mimeType)
  const uploadId = await createUpload(database, workspaceId, {
    kind,
    mimeType,
    fileName,
    byteSize: file.byteSize,
  }).catch(throwRuleViolation)
  return { uploadId, kind, mimeType }
}

/**
 * Where the browser puts it. Apart from the above, so that no transaction is open while Storage is asked.
 *
 * @throws MediaFailure when Storage does not answer
 */
export async function signStartedUpload(
  store: MediaStore,
  workspaceId: string,
  { uploadId, kind, mimeType }: StartedUpload,
): Promise<Upload> {
  return {
    uploadId,
    kind,
    url: await store.signUpload(uploadPath(workspaceId, uploadId)),
    headers: { 'content-type': mimeType },
  }
}
