import type { MediaKind } from '../../domain/message-content.ts'
import { asText, countAt, isTrueAt, objectAt, textAt, webAddressAt, type JsonObject } from './json.ts'
import type { MediaSource } from './kapso-event.ts'
import { longestText, type MessageBody } from './message-body.ts'

const mediaKinds: ReadonlySet<string> = new Set<MediaKind>(['image', 'video', 'audio', 'document', 'sticker'])

export function isMediaKind(type: string): type is MediaKind {
  return mediaKinds.has(type)
}

/** Reads a message that is a file: image, video, audio, document or sticker. The words are its caption or transcript. */
export function readMediaBody(message: JsonObject, kind: MediaKind): MessageBody {
  const file = objectAt(message, kind)
  const kapso = objectAt(message, 'kapso')
  const typeData = objectAt(kapso, 'message_type_data')
  const media = readSource(file, kapso, typeData)
  const transcript = readTranscript(kapso)
  return {
    text: textAt(file, 'caption', longestText) ?? textAt(typeData, 'caption', longestText) ?? transcript,
    content: {
      kind,
      mimeType: media.declaredMimeType,
      fileName: media.fileName,
      byteSize: media.byteSize,
      isVoice: isTrueAt(file, 'voice'),
      isAnimated: isTrueAt(file, 'animated'),
      transcript,
    },
    media: media.mediaId === null && media.urls.length === 0 ? null : media,
  }
}

function readSource(
  file: JsonObject | undefined,
  kapso: JsonObject | undefined,
  typeData: JsonObject | undefined,
): MediaSource {
  const mediaData = objectAt(kapso, 'media_data')
  const addresses = [
    webAddressAt(kapso, 'media_url'),
    webAddressAt(file, 'link'),
    webAddressAt(mediaData, 'url'),
    // Meta's own lives minutes and wants Meta's token.
    webAddressAt(file, 'url'),
  ].filter((address) => address !== undefined)
  return {
    mediaId: textAt(file, 'id', 200) ?? null,
    urls: [...new Set(addresses)],
    sha256: textAt(file, 'sha256', 128) ?? null,
    declaredMimeType: textAt(file, 'mime_type', 200) ?? textAt(mediaData, 'content_type', 200) ?? null,
    fileName: readFileName(
      textAt(file, 'filename', 255) ??
        textAt(mediaData, 'filename', 255) ??
        textAt(typeData, 'filename', 255),
    ),
    byteSize: countAt(mediaData, 'byte_size') ?? null,
  }
}

/** Without what turns a name into a path, and without the marks that make `exe.pdf` read as `fdp.exe`. */
function readFileName(told: string | undefined): string | null {
  const name = told
    ?.replace(/[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, '')
    .replace(/[/\\]/g, '_')
    .trim()
  return name === undefined || name === '' ? null : name
}

/** Kapso's pages have `transcript.text`, one of its models a plain text. */
function readTranscript(kapso: JsonObject | undefined): string | null {
  return (
    textAt(objectAt(kapso, 'transcript'), 'text', longestText) ??
    (typeof kapso?.['transcript'] === 'string' ? asText(kapso['transcript'], longestText) : undefined) ??
    null
  )
}
