import type { MediaKind } from '../../domain/message-content.ts'
import { MediaFailure } from '../media/media-failure.ts'

/** What the bytes may be for each type that a browser may declare, and under which name WhatsApp takes them. */
const accepted: readonly { declared: RegExp; sniffed: RegExp; sentAs?: string }[] = [
  { declared: /^image\//, sniffed: /^image\/(jpeg|png)$/ },
  { declared: /^video\//, sniffed: /^video\/(mp4|3gpp)$/ },
  { declared: /^audio\//, sniffed: /^audio\/(mpeg|aac|amr|ogg)$/ },
  { declared: /^audio\//, sniffed: /^application\/ogg$/, sentAs: 'audio/ogg' },
  // Sound alone in MP4 is told from a film's only by its tracks.
  { declared: /^audio\//, sniffed: /^(audio\/(mp4|x-m4a)|video\/mp4)$/, sentAs: 'audio/mp4' },
  { declared: /^audio\//, sniffed: /^(audio|video)\/(webm|x-matroska)$/, sentAs: 'audio/webm' },
  { declared: /^application\/pdf$/, sniffed: /^application\/pdf$/ },
  // The old formats of Office share one container.
  { declared: /^application\/(msword|vnd\.ms-(excel|powerpoint))$/, sniffed: /^application\/x-cfb$/ },
  { declared: /^text\/(plain|csv)$/, sniffed: /^text\/(plain|csv)$/, sentAs: 'text/plain' },
]

const openOffice = /^application\/vnd\.openxmlformats-officedocument\.\w+ml\.\w+$/

/**
 * The type under which an upload is sent, from what its bytes are.
 *
 * @param sniffed as sniffType tells; `audio/webm` in the answer is to be converted
 * @throws MediaFailure `wrong_type` when they are not what the browser said
 */
export function recognizeUpload(
  { kind, mimeType }: { kind: MediaKind; mimeType: string },
  sniffed: string,
): string {
  if (openOffice.test(mimeType) && sniffed === mimeType) return mimeType
  const found = accepted.find((one) => one.declared.test(mimeType) && one.sniffed.test(sniffed))
  if (found === undefined) throw new MediaFailure('refused', 'wrong_type')
  if (found.sentAs !== undefined) return found.sentAs
  // A container that several programs share says less than the browser.
  return kind === 'document' ? mimeType : sniffed
}
