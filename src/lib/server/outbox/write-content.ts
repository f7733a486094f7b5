import type { ClaimedMessage } from '../database/outbox.ts'

/**
 * What Meta is told to send, without to whom (Cloud API docs: messages).
 *
 * @returns null for a row from which no message can be made
 */
export function writeContent(message: ClaimedMessage): Readonly<Record<string, unknown>> | null {
  const { type, text, request, media } = message
  if (type === 'text') return { type, text: { body: text ?? '', preview_url: false } }
  if (type === 'template') {
    return request?.template === undefined ? null : { type, template: request.template }
  }
  if (media === null || media.kapsoMediaId === null) return null
  const id = media.kapsoMediaId
  switch (type) {
    case 'audio':
      // Only sound of this one kind can be a voice note; anything else goes as a sound file.
      return {
        type,
        audio: {
          id,
          ...(request?.isVoice === true && media.mimeType === 'audio/ogg' ? { voice: true } : {}),
        },
      }
    case 'image':
    case 'video':
      return { type, [type]: { id, ...(text === null ? {} : { caption: text }) } }
    case 'document':
      return {
        type,
        document: {
          id,
          ...(text === null ? {} : { caption: text }),
          ...(media.fileName === null ? {} : { filename: media.fileName }),
        },
      }
    default:
      return null
  }
}
