import type { MediaKind } from '../../domain/message-content.ts'
import { errorFields, type Log } from '../log.ts'
import { MediaFailure } from './media-failure.ts'
import type { TakeTurn } from './take-turns.ts'

/** What is known of a file besides its type; null where it has no such thing or it cannot be told. */
export interface FileFacts {
  width: number | null
  height: number | null
  durationSeconds: number | null
  /** WebP; null for what is no picture, or small enough to be shown itself. */
  thumbnail: Buffer | null
}

/** Longest side of a thumbnail, in pixels: a bubble on a screen of double density. */
const thumbnailSide = 480
/** A picture up to this size is its own thumbnail. */
const smallPictureBytes = 48 * 1024
/** More than any phone takes; a picture of a few bytes that unfolds to more is an attack on whoever opens it. */
const mostPixels = 24_000_000
/** Such a picture unfolds as a whole, not line by line. */
const mostProgressiveBytes = 100_000_000

/**
 * Looks into a file.
 *
 * @param mimeType as sniffType told
 * @throws MediaFailure for a picture that is none, or is too large to be opened
 */
export async function describeFile(
  path: string,
  file: { kind: MediaKind; mimeType: string; byteSize: number },
  { log, takeDecodingTurn }: { log: Log; takeDecodingTurn: TakeTurn },
): Promise<FileFacts> {
  const nothing: FileFacts = { width: null, height: null, durationSeconds: null, thumbnail: null }
  // Whatever was sent as a document is only saved, never opened here.
  if (file.kind === 'document') return nothing
  if (/^image\/(jpeg|png|webp|gif)$/.test(file.mimeType)) {
    try {
      return { ...nothing, ...(await takeDecodingTurn(() => describePicture(path, file.byteSize))) }
    } catch (error) {
      if (error instanceof MediaFailure) throw error
      const isTooLarge = error instanceof Error && /pixel limit/i.test(error.message)
      throw new MediaFailure('refused', isTooLarge ? 'too_large' : 'wrong_type')
    }
  }
  if (file.kind === 'audio' || file.kind === 'video') {
    return { ...nothing, durationSeconds: await readDuration(path, log) }
  }
  return nothing
}

// Both libraries are loaded with the first file that needs them: many workers never meet one.

async function describePicture(path: string, byteSize: number) {
  const { default: sharp } = await import('sharp')
  const open = () => sharp(path, { limitInputPixels: mostPixels, sequentialRead: true, failOn: 'error' })
  // No file comes twice, and what the cache keeps is as large as pictures are.
  sharp.cache(false)
  const { autoOrient, ...header } = await open().metadata()
  const bytes = header.width * header.height * header.channels * (header.depth === 'ushort' ? 2 : 1)
  if (header.isProgressive && bytes > mostProgressiveBytes) throw new MediaFailure('refused', 'too_large')
  const isSmall =
    byteSize <= smallPictureBytes && Math.max(autoOrient.width, autoOrient.height) <= thumbnailSide
  // Also what needs no thumbnail is decoded: a head without a picture behind it is none.
  const thumbnail = await open()
    .autoOrient()
    .resize(thumbnailSide, thumbnailSide, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 75 })
    .timeout({ seconds: 20 })
    .toBuffer()
  return { width: autoOrient.width, height: autoOrient.height, thumbnail: isSmall ? null : thumbnail }
}

async function readDuration(path: string, log: Log): Promise<number | null> {
  try {
    const { parseFile } = await import('music-metadata')
    const { format } = await parseFile(path, { duration: true, skipCovers: true, skipPostHeaders: true })
    const { duration } = format
    return duration !== undefined && Number.isFinite(duration) && duration > 0 ? duration : null
  } catch (error) {
    log.debug({ kind: 'copy-media', ...errorFields(error) }, 'no duration')
    return null
  }
}
