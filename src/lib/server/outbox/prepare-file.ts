import { createHash } from 'node:crypto'
import { createReadStream, openAsBlob } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { mediaFileName } from '../../domain/media-file-name.ts'
import { mediaByteLimits } from '../../domain/media.ts'
import type { OutboxWork } from '../database/outbox.ts'
import {
  attachUploadedFile,
  failFile,
  findFileToPrepare,
  keepKapsoMedia,
  postponeFile,
  type FileToPrepare,
  type PreparedFile,
} from '../database/outbox-files.ts'
import { sendMessageJob } from '../database/outbox.ts'
import { lockConversations } from '../database/threads.ts'
import { KapsoError } from '../kapso/errors.ts'
import { errorFields } from '../log.ts'
import { describeFile } from '../media/describe-file.ts'
import { servedType } from '../media/file-type.ts'
import { MediaFailure } from '../media/media-failure.ts'
import type { SendMessageJob } from '../queue/queue.ts'
import { recognizeUpload } from '../composer/recognize-upload.ts'
import { sniffUpload } from '../composer/sniff-upload.ts'
import { uploadPath } from '../composer/upload-path.ts'
import { connectToKapso } from './reach-kapso.ts'
import type { SendDependencies } from './send-dependencies.ts'
import { convertToOgg } from './voice/convert-to-ogg.ts'

const directoryPrefix = 'my21staff-media-'
/** After so many tries a file that cannot be made ready has failed. */
const mostTries = 6
/** For fetching a file from Storage, putting it back under its hash, and handing it to WhatsApp. */
export const fileAttemptMs = 4 * 60_000

/**
 * Makes the file of a message ready to be sent: looks at what the upload really is, makes a recording into what WhatsApp
 * takes, keeps it under its hash as every file, and hands it to WhatsApp. Nothing of it is a message: it may be done
 * again after a worker died.
 *
 * @returns after how many milliseconds to look at the outbox again
 */
export async function prepareFile(
  dependencies: SendDependencies,
  thread: SendMessageJob,
  work: Extract<OutboxWork, { kind: 'prepare' }>,
): Promise<number | null> {
  const { asSystem, log, random = Math.random } = dependencies
  const key = { workspaceId: thread.workspaceId, messageId: work.messageId, attempt: work.attempt }
  try {
    const file = await asSystem((database) => findFileToPrepare(database, key.workspaceId, key.messageId))
    // Taken back meanwhile.
    if (file === undefined) return 0
    const { knownKapsoMediaId, stored, uploadId } = file
    const mediaId = knownKapsoMediaId ?? (await bringToKapso(dependencies, thread, work, file))
    await asSystem(async (database) => {
      if (stored !== null) await attachUploadedFile(database, { ...key, uploadId }, stored.sha256, null)
      await keepKapsoMedia(database, key, mediaId)
    })
    return 0
  } catch (error) {
    const failure = toFailure(error)
    log.warn(
      { kind: 'send-file', ...thread, messageId: work.messageId, ...errorFields(error) },
      'file not ready',
    )
    if (failure.isFinal || work.attempt >= mostTries) {
      await asSystem(async (database) => {
        await lockConversations(database, thread.workspaceId, [thread.conversationId], [])
        await failFile(database, key, failure.code, failure.mediaReason)
      })
      return 0
    }
    const delayMs = Math.round(1_000 * 3 ** (work.attempt - 1) * (0.5 + random() / 2))
    await asSystem(async (database, enqueue) => {
      await postponeFile(database, key, delayMs)
      enqueue(sendMessageJob(thread, delayMs))
    })
    return delayMs
  }
}

interface Failure {
  isFinal: boolean
  /** With what the message fails. */
  code: string
  /** Set where the file itself is to blame. */
  mediaReason: MediaFailure['reason'] | null
}

function toFailure(error: unknown): Failure {
  if (error instanceof MediaFailure) {
    const isFinal = error.kind !== 'try_later'
    return {
      isFinal,
      code: isFinal ? error.reason : 'media_upload_failed',
      mediaReason: isFinal ? error.reason : null,
    }
  }
  if (error instanceof KapsoError) {
    const isFinal = error.reason === 'refused'
    return { isFinal, code: isFinal ? error.code : 'media_upload_failed', mediaReason: null }
  }
  return { isFinal: false, code: 'media_upload_failed', mediaReason: null }
}

async function bringToKapso(
  dependencies: SendDependencies,
  thread: SendMessageJob,
  { messageId, route }: Extract<OutboxWork, { kind: 'prepare' }>,
  file: FileToPrepare,
): Promise<string> {
  const { files } = dependencies
  const client = connectToKapso(dependencies, thread, route)
  if (client === null) throw new KapsoError('refused', null, 'no_api_key')
  if (files === undefined) throw new MediaFailure('try_later', 'storage_failed')
  const signal = AbortSignal.timeout(fileAttemptMs)
  const directory = await mkdtemp(join(tmpdir(), directoryPrefix))
  try {
    const path = join(directory, 'file')
    const ready = await fetchReady(dependencies, files, thread.workspaceId, messageId, file, path, signal)
    return await client.uploadMedia({
      phoneNumberId: route.phoneNumberId,
      file: await openAsBlob(ready.path, { type: ready.mimeType }),
      fileName: mediaFileName(file.fileName, file.kind, ready.mimeType),
      mimeType: ready.mimeType,
      timeoutMs: fileAttemptMs / 2,
    })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** The file on this machine, of a type that WhatsApp takes, and kept in Storage under its hash. */
async function fetchReady(
  dependencies: SendDependencies,
  { store, takeDecodingTurn }: NonNullable<SendDependencies['files']>,
  workspaceId: string,
  messageId: string,
  file: FileToPrepare,
  path: string,
  signal: AbortSignal,
): Promise<{ path: string; mimeType: string }> {
  const limit = mediaByteLimits[file.kind]
  if (file.stored !== null) {
    if (!(await store.read(file.stored.storagePath, path, limit, signal)))
      throw new MediaFailure('gone', 'gone')
    return { path, mimeType: recognizeUpload(file, file.stored.mimeType) }
  }

  const upload = uploadPath(workspaceId, file.uploadId)
  if (!(await store.read(upload, path, limit, signal))) throw new MediaFailure('gone', 'gone')
  const recognized = recognizeUpload(file, await sniffUpload(path))
  const isConverted = recognized === 'audio/webm'
  const readyPath = isConverted ? `${path}.ogg` : path
  if (isConverted) await convertToOgg(path, readyPath)
  const mimeType = isConverted ? 'audio/ogg' : recognized
  const { size: byteSize } = await stat(readyPath)
  if (byteSize === 0) throw new MediaFailure('refused', 'empty')
  if (byteSize > limit) throw new MediaFailure('refused', 'too_large')

  const { thumbnail, ...facts } = await describeFile(
    readyPath,
    { kind: file.kind, mimeType, byteSize },
    { log: dependencies.log, takeDecodingTurn },
  )
  const sha256 = await hashFile(readyPath)
  const storagePath = `${workspaceId}/${sha256}`
  const thumbnailPath = thumbnail === null ? null : `${storagePath}.thumbnail.webp`
  await store.upload(storagePath, readyPath, servedType(mimeType), signal)
  if (thumbnail !== null && thumbnailPath !== null) {
    await store.upload(thumbnailPath, thumbnail, 'image/webp', signal)
  }
  const prepared: PreparedFile = { ...facts, sha256, byteSize, mimeType, storagePath, thumbnailPath }
  await dependencies.asSystem((database) =>
    attachUploadedFile(database, { workspaceId, messageId, uploadId: file.uploadId }, sha256, prepared),
  )
  // It lies under its hash now. What is not removed here, nobody finds: its row says that it is done.
  await store.remove([upload]).catch((error: unknown) => {
    dependencies.log.warn(
      { kind: 'send-file', workspaceId, ...errorFields(error) },
      'an upload was left behind',
    )
  })
  return { path: readyPath, mimeType }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
