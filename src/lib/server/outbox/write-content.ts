import type { ClaimedMessage } from '../database/outbox.ts'

type Content = Readonly<Record<string, unknown>>

/**
 * What Meta is told to send, without to whom (Cloud API docs: messages).
 *
 * @returns null for a row from which no message can be made
 */
export function writeContent(message: ClaimedMessage): Content | null {
  const { type, text, request, media } = message
  if (type === 'text') return { type, text: { body: text ?? '', preview_url: false } }
  if (type === 'template') return writeTemplate(message)
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

/** Of a template that begins with a file, WhatsApp's id of it is known only now. */
function writeTemplate({ type, request, media }: ClaimedMessage): Content | null {
  if (request?.template === undefined) return null
  const { template, headerKind } = request
  if (headerKind === undefined) return { type, template }
  if (media === null || media.kapsoMediaId === null) return null
  const file = {
    id: media.kapsoMediaId,
    ...(headerKind === 'document' && media.fileName !== null ? { filename: media.fileName } : {}),
  }
  const header = { type: 'header', parameters: [{ type: headerKind, [headerKind]: file }] }
  const components = 'components' in template && Array.isArray(template.components) ? template.components : []
  return { type, template: { ...template, components: [header, ...(components as unknown[])] } }
}
