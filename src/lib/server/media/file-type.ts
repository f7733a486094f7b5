import { open } from 'node:fs/promises'
import { fileTypeFromFile } from 'file-type'
import type { MediaKind } from '../../domain/message-content.ts'
import { MediaFailure } from './media-failure.ts'

/** What the bytes of each kind may be. Documents may be anything; they are never shown, only saved. */
const acceptedTypes: Readonly<Record<Exclude<MediaKind, 'document'>, RegExp>> = {
  image: /^image\/(jpeg|png|webp|gif)$/,
  sticker: /^image\/(webp|png)$/,
  video: /^video\/(mp4|3gpp|3gpp2|quicktime|x-m4v|webm)$/,
  // Sound alone often lies in a container that is told from a film's only by its tracks.
  audio: /^(audio\/[\w.+-]+|application\/ogg|video\/(ogg|mp4|3gpp|webm))$/,
}

/** What a browser may get under its own type; all the rest is bytes to it. */
const shownTypes = /^(image\/(jpeg|png|webp|gif)|(audio|video)\/[\w.+-]+|application\/(ogg|pdf))$/

/**
 * What a file is, as its bytes tell.
 *
 * @returns a media type without parameters; `application/octet-stream` for what is not known
 */
export async function sniffType(path: string): Promise<string> {
  const known = await fileTypeFromFile(path)
  if (known !== undefined && !known.mime.endsWith('/xml')) return known.mime.replace(/;.*$/, '')
  const beginning = await readBeginning(path)
  if (/<svg[\s>]/i.test(beginning)) return 'image/svg+xml'
  if (/^(<!--|<!doctype html|<(html|head|body|script|title|meta)[\s>])/i.test(beginning)) return 'text/html'
  return known?.mime ?? 'application/octet-stream'
}

async function readBeginning(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1024))
    return buffer.toString('latin1', 0, bytesRead).replace(/^(\xEF\xBB\xBF)?\s+|^\xEF\xBB\xBF/, '')
  } finally {
    await file.close()
  }
}

/**
 * Refuses bytes that are not what they are sent as: a page that pretends to be a picture runs scripts where it is shown,
 * and a page in place of a document is an error's or a sign-in's.
 *
 * @throws MediaFailure `wrong_type`
 */
export function checkType(kind: MediaKind, mimeType: string, declared: string | null): void {
  const isAccepted =
    kind === 'document'
      ? mimeType !== 'text/html' || declared === null || /html|octet-stream/i.test(declared)
      : acceptedTypes[kind].test(mimeType)
  if (!isAccepted) throw new MediaFailure('refused', 'wrong_type')
}

/** The type under which a file is handed out. */
export function servedType(mimeType: string): string {
  return shownTypes.test(mimeType) ? mimeType : 'application/octet-stream'
}
