import { mediaFileName } from '../../domain/media-file-name.ts'
import type { ReadableFile } from '../database/media.ts'
import type { MediaStore } from './media-store.ts'

export interface OpenOptions {
  wantsThumbnail: boolean
  wantsDownload: boolean
}

/** How long an address opens a file: for a picture, until the browser has asked for it. */
const shortSeconds = 60
/** Sound and film are asked for piece by piece while they play. */
const playingSeconds = 10 * 60

/**
 * An address in Storage that opens a file for a short time. Never to be logged.
 *
 * @returns null when Storage does not have it
 * @throws MediaFailure when Storage does not answer
 */
export function signFile(
  store: MediaStore,
  file: ReadableFile,
  { wantsThumbnail, wantsDownload }: OpenOptions,
): Promise<string | null> {
  if (wantsThumbnail && file.thumbnailPath !== null) return store.sign(file.thumbnailPath, shortSeconds, null)
  const isPlayed = file.kind === 'audio' || file.kind === 'video'
  // A document is anything at all: it is saved and never shown.
  const isSaved = wantsDownload || file.kind === 'document'
  return store.sign(
    file.storagePath,
    isPlayed ? playingSeconds : shortSeconds,
    isSaved ? mediaFileName(file.fileName, file.kind, file.mimeType) : null,
  )
}
