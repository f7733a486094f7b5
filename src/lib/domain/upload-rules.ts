import { mediaByteLimits } from './media.ts'
import type { UploadRequest } from './composer.ts'

/** What WhatsApp takes from a company, and what a recording in a browser is made into. */
export type UploadKind = 'image' | 'video' | 'audio' | 'document'

/**
 * Types that may be sent (WhatsApp Cloud API docs: supported media types). `audio/webm` is what most browsers record;
 * it leaves as OGG. Tables in CSV leave as plain text, which WhatsApp takes.
 */
const kinds: Readonly<Record<string, UploadKind>> = {
  'image/jpeg': 'image',
  'image/png': 'image',
  'video/mp4': 'video',
  'video/3gpp': 'video',
  'audio/aac': 'audio',
  'audio/amr': 'audio',
  'audio/mp4': 'audio',
  'audio/mpeg': 'audio',
  'audio/ogg': 'audio',
  'audio/webm': 'audio',
  'application/pdf': 'document',
  'application/msword': 'document',
  'application/vnd.ms-excel': 'document',
  'application/vnd.ms-powerpoint': 'document',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'document',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'document',
  'text/plain': 'document',
  'text/csv': 'document',
}

/** Other names of the same, as browsers and systems use them. */
const otherNames: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'audio/x-m4a': 'audio/mp4',
  'audio/m4a': 'audio/mp4',
  'audio/mp3': 'audio/mpeg',
  'audio/x-aac': 'audio/aac',
  'audio/opus': 'audio/ogg',
  'application/ogg': 'audio/ogg',
  'video/webm;codecs=opus': 'audio/webm',
}

/** For files to which the system gives no type, by the end of their name. */
const typesByEnding: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  mp4: 'video/mp4',
  '3gp': 'video/3gpp',
  aac: 'audio/aac',
  amr: 'audio/amr',
  m4a: 'audio/mp4',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  pdf: 'application/pdf',
  doc: 'application/msword',
  xls: 'application/vnd.ms-excel',
  ppt: 'application/vnd.ms-powerpoint',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  txt: 'text/plain',
  csv: 'text/csv',
}

export type UploadVerdict =
  | { isAccepted: true; kind: UploadKind; mimeType: string }
  /** `limit` in bytes, for `too_large`. */
  | { isAccepted: false; code: 'file_type' | 'too_large' | 'empty_file'; limit: number | null }

/** For the `accept` of a file field. */
export const acceptedUploads: readonly string[] = Object.keys(kinds).filter((type) => type !== 'audio/webm')

/**
 * Whether a file may be sent, by what is said of it: its type (else the end of its name) and its size. The browser asks
 * before it uploads, the server again; what the bytes really are is looked at when they are there.
 */
export function judgeUpload({ fileName, mimeType, byteSize }: UploadRequest): UploadVerdict {
  const declared = mimeType.toLowerCase().replaceAll(' ', '')
  const bare = declared.replace(/;.*$/, '')
  const named = otherNames[declared] ?? otherNames[bare] ?? bare
  const ending = /\.([a-z0-9]{1,10})$/i.exec(fileName)?.[1]?.toLowerCase() ?? ''
  const isUnsaid = named === '' || named === 'application/octet-stream'
  const type = isUnsaid ? (typesByEnding[ending] ?? '') : named
  const kind = kinds[type]
  if (kind === undefined) return { isAccepted: false, code: 'file_type', limit: null }
  if (!Number.isSafeInteger(byteSize) || byteSize <= 0) {
    return { isAccepted: false, code: 'empty_file', limit: null }
  }
  const limit = mediaByteLimits[kind]
  if (byteSize > limit) return { isAccepted: false, code: 'too_large', limit }
  return { isAccepted: true, kind, mimeType: type }
}
