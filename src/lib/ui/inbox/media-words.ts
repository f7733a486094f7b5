import type { MessageMedia } from '#lib/domain/inbox.ts'
import type { MediaContent } from '#lib/domain/message-content.ts'

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
  const units = ['bytes', 'KB', 'MB', 'GB']
  let unit = 0
  let amount = bytes
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1000
    unit += 1
  }
  const digits = unit > 0 && amount < 10 ? 1 : 0
  return `${amount.toLocaleString('en', { maximumFractionDigits: digits })} ${units[unit] ?? ''}`
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
    'text/plain': 'Text',
    'text/csv': 'CSV',
  }),
)

/** What a file is and how large: `PDF, 1.2 MB`. Unknown types are not named: what a sender calls them proves nothing. */
export function describeFile(content: MediaContent, media: MessageMedia | null): string {
  const type = namedTypes.get(media?.mimeType ?? content.mimeType ?? '')
  const bytes = media?.byteSize ?? content.byteSize
  return [type, bytes === null ? null : writeBytes(bytes)].filter((part) => part).join(', ')
}

/** A file name as one line: senders choose it freely, direction marks and line breaks included. */
export function writeFileName(name: string | null): string {
  // Marks that turn the reading direction could make `exe.pdf` of `fdp.exe`.
  const plain = (name ?? '').replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '').trim()
  return plain || 'File without a name'
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

/** Why a file is not here, and whether asking again makes sense. */
export function explainMissing(media: MessageMedia | null, kind: string): { title: string; text: string } {
  const what = kind.toLowerCase()
  if (media === null)
    return { title: `${kind} not kept here`, text: 'It can be seen in WhatsApp on the phone.' }
  if (media.state === 'expired')
    return {
      title: `${kind} no longer available`,
      text: 'WhatsApp keeps files for a short time only. Ask the customer to send it again.',
    }
  if (media.state === 'refused')
    return { title: `${kind} not stored`, text: refusals[media.reason ?? ''] ?? refused }
  return { title: `${kind} could not be fetched`, text: `The ${what} is not lost yet: try again.` }
}

const refused = 'For safety it was left out. It can be seen in WhatsApp on the phone.'
const refusals: Record<string, string> = {
  too_large: 'It is larger than WhatsApp allows for its kind.',
  wrong_type: 'What came is not what it says it is. For safety it was left out.',
  empty: 'The file was empty. Ask the customer to send it again.',
}
