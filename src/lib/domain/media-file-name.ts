import type { MediaKind } from './message-content.ts'

const extensions: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'video/mp4': 'mp4',
  'video/3gpp': '3gp',
  'video/quicktime': 'mov',
  'video/webm': 'webm',
  'audio/aac': 'aac',
  'audio/amr': 'amr',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/x-m4a': 'm4a',
  'audio/ogg': 'ogg',
  'audio/wav': 'wav',
  'application/pdf': 'pdf',
}

/** Longer names trouble file systems. */
const longestName = 120

/**
 * The name under which a file is saved. What a stranger called it leads nowhere: no folders, no hidden files, nothing
 * that a file system or a header cannot hold, and no characters that turn the reading direction, which make an `.exe`
 * look like something else.
 *
 * @param given as the sender's side calls it
 */
export function mediaFileName(given: string | null, kind: MediaKind, mimeType: string): string {
  const cleaned = (given ?? '')
    .normalize('NFC')
    .toWellFormed()
    .replace(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\uFFFD/gu, '')
    .replace(/[/\\:*?"<>|]/g, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '')
  const [, stem = cleaned, extension = ''] = /^(.+?)(\.[\p{L}\p{N}]{1,10})$/u.exec(cleaned) ?? []
  if (stem !== '') return [...stem].slice(0, longestName - extension.length).join('') + extension
  const known = extensions[mimeType]
  return known === undefined ? kind : `${kind}.${known}`
}
