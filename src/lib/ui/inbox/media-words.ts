import type { MessageMedia } from '#lib/domain/inbox.ts'
import type { MediaContent } from '#lib/domain/message-content.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { getLocale } from '#lib/i18n/generated/runtime.js'
import { kindInSentence, kindOf } from './message-kinds.ts'

/** `0:07`, `12:30`, `1:02:03`. */
export function writeDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const [hours = 0, minutes = 0, rest = 0] = parts
  const end = String(rest).padStart(2, '0')
  return hours > 0
    ? `${String(hours)}:${String(minutes).padStart(2, '0')}:${end}`
    : `${String(minutes)}:${end}`
}

/** `1.2 MB`. */
export function writeBytes(bytes: number): string {
  const locale = getLocale()
  if (bytes < 1000) {
    return bytes.toLocaleString(locale, { style: 'unit', unit: 'byte', unitDisplay: 'long' })
  }
  const units = ['', 'KB', 'MB', 'GB']
  let unit = 0
  let amount = bytes
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1000
    unit += 1
  }
  const digits = amount < 10 ? 1 : 0
  return `${amount.toLocaleString(locale, { maximumFractionDigits: digits })} ${units[unit] ?? ''}`
}

const namedTypes = new Map(
  Object.entries({
    'application/pdf': 'PDF',
    'application/msword': 'Word',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'Word',
    'application/vnd.ms-excel': 'Excel',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'Excel',
    'application/vnd.ms-powerpoint': 'PowerPoint',
    'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'PowerPoint',
    'application/zip': 'ZIP',
    'text/csv': 'CSV',
  }),
)

/** What a file is and how large: `PDF, 1.2 MB`. Unknown types are not named: what a sender calls them proves nothing. */
export function describeFile(content: MediaContent, media: MessageMedia | null): string {
  const mimeType = media?.mimeType ?? content.mimeType ?? ''
  const type = mimeType === 'text/plain' ? m.message_file_text() : namedTypes.get(mimeType)
  const bytes = media?.byteSize ?? content.byteSize
  return [type, bytes === null ? null : writeBytes(bytes)].filter((part) => part).join(', ')
}

/** A file name as one line: senders choose it freely, direction marks and line breaks included. */
export function writeFileName(name: string | null): string {
  // Marks that turn the reading direction could make `exe.pdf` of `fdp.exe`.
  const plain = (name ?? '').replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '').trim()
  return plain || m.message_file_unnamed()
}

/** Where and how large a picture stands: its true proportion within bounds, known before it has loaded. */
export function fitPicture(width: number | null, height: number | null): { width: number; height: number } {
  const [longest, tallest, least] = [320, 360, 140]
  if (!width || !height) return { width: 280, height: 210 }
  const scale = Math.min(longest / width, tallest / height)
  return {
    width: Math.max(least, Math.round(width * scale)),
    height: Math.max(least / 2, Math.round(height * scale)),
  }
}

/**
 * Why a file is not here, and whether asking again makes sense.
 * @param type of the message; `voice` for voice notes
 */
export function explainMissing(media: MessageMedia | null, type: string): { title: string; text: string } {
  const kind = kindOf(type)
  if (media === null)
    return { title: m.message_missing_not_kept({ kind }), text: m.message_missing_on_phone() }
  if (media.state === 'expired')
    return { title: m.message_missing_expired({ kind }), text: m.message_missing_ask_again() }
  if (media.state === 'refused')
    return {
      title: m.message_missing_refused({ kind }),
      text: (refusals.get(media.reason ?? '') ?? m.message_missing_unsafe)(),
    }
  return {
    title: m.message_missing_failed({ kind }),
    text: m.message_missing_not_lost({ kind: kindInSentence(type) }),
  }
}

const refusals = new Map(
  Object.entries({
    too_large: m.message_missing_too_large,
    wrong_type: m.message_missing_wrong_type,
    empty: m.message_missing_empty,
  }),
)
