import { mediaByteLimits } from '../../domain/media.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { AsMember, Claims } from '../database/database.ts'
import { findUpload } from '../database/uploads.ts'
import { MediaFailure } from '../media/media-failure.ts'
import type { MediaStore } from '../media/media-store.ts'
import { recognizeUpload } from './recognize-upload.ts'
import { sniffBeginning } from './sniff-upload.ts'
import { uploadPath } from './upload-path.ts'

/** As much of a file as tells what it is. */
const beginningBytes = 64 * 1024

/**
 * Looks at the bytes that a browser has put into Storage, before a message is made of them: whoever sends a renamed
 * program is told so at once. The worker looks at the whole file again. One that is not there, or not theirs, is left to
 * whoever makes the message.
 *
 * @param uploadId null where no file goes along
 * @throws RuleViolation `upload_missing`, `empty_file`, `too_large`, `wrong_type`; MediaFailure when Storage is silent
 */
export async function checkUpload(
  { asMember, mediaStore }: { asMember: AsMember; mediaStore: MediaStore },
  claims: Claims,
  workspaceId: string,
  uploadId: string | null,
): Promise<void> {
  if (uploadId === null) return
  // By itself, so that no transaction is open while Storage is asked.
  const upload = await asMember(claims, (database) => findUpload(database, workspaceId, uploadId))
  if (upload === undefined || upload.isChecked) return
  const found = await mediaStore.peek(uploadPath(workspaceId, upload.id), beginningBytes)
  if (found === null) {
    throw new RuleViolation('upload_missing', 'The file has not arrived. Attach it again.')
  }
  if (found.byteSize === 0) throw new RuleViolation('empty_file', 'This file is empty.')
  if (found.byteSize > mediaByteLimits[upload.kind]) {
    throw new RuleViolation('too_large', 'This file is larger than WhatsApp takes.')
  }
  try {
    recognizeUpload(upload, await sniffBeginning(found.beginning))
  } catch (error) {
    if (!(error instanceof MediaFailure)) throw error
    throw new RuleViolation('wrong_type', 'This file is not what its name says. It was not sent.')
  }
}
