import type { MediaItem, Message } from '../world.ts'

const mediaTypes = new Set(['image', 'video', 'audio', 'document', 'sticker'])

export function hasMedia(message: Message): boolean {
  return mediaTypes.has(message.type)
}

/** A field of a message's content when that is an object with such a text, else null. */
export function readText(content: unknown, ...path: string[]): string | null {
  let value: unknown = content
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return null
    value = (value as Record<string, unknown>)[key]
  }
  return typeof value === 'string' ? value : null
}

/** The English line that Kapso writes into `kapso.content`. For plain text it is the text itself. */
export function describeContent(message: Message): string {
  const { type, content } = message
  const described = {
    text: () => readText(content, 'body'),
    button: () => readText(content, 'text'),
    interactive: () =>
      readText(content, 'button_reply', 'title') ??
      readText(content, 'list_reply', 'title') ??
      readText(content, 'nfm_reply', 'body') ??
      readText(content, 'body', 'text'),
    location: () => `Location: ${readText(content, 'name') ?? readText(content, 'address') ?? 'shared'}`,
    reaction: () => {
      const emoji = readText(content, 'emoji')
      const target = `message ${readText(content, 'message_id') ?? ''}`
      return emoji ? `Reacted with ${emoji} to ${target}` : `Removed reaction from ${target}`
    },
    contacts: () => `Contacts: ${String(Array.isArray(content) ? content.length : 0)} shared`,
    order: () => ['Order received', readText(content, 'text')].filter(Boolean).join(': '),
    system: () => readText(content, 'body'),
    unsupported: () => 'Unsupported message',
    template: () => `Template: ${readText(content, 'name') ?? ''}`,
  }[type]
  if (described) return described() ?? ''
  const caption = readText(content, 'caption')
  const label = `${type.charAt(0).toUpperCase()}${type.slice(1)}`
  return hasMedia(message) ? [caption, `${label} attached`].filter(Boolean).join(' ') : label
}

/** The same as Kapso sends it: with name, size and address of a file, and what was said in an audio. */
export function describeInBody(message: Message, item: MediaItem | undefined): string {
  const link = readText(message.content, 'link')
  const told = describeContent(message)
  if (!hasMedia(message) || link === null || !item) return told
  const size = `${(item.byteSize / 1024).toFixed(1)} KB`
  const file = `${told} (${item.fileName}) [Size: ${size} | Type: ${item.mimeType}] URL: ${link}`
  const transcript = message.extra?.transcript
  return transcript === undefined ? file : `${file}\nTranscript: ${transcript}`
}

/** `kapso.message_type_data`, which only some types have. */
export function readTypeData(message: Message): Record<string, unknown> | null {
  const keys = {
    image: ['caption'],
    video: ['caption'],
    document: ['caption', 'filename'],
    reaction: ['message_id', 'emoji'],
  }[message.type]
  if (!keys || typeof message.content !== 'object' || message.content === null) return null
  const content = message.content as Record<string, unknown>
  return Object.fromEntries(keys.filter((key) => key in content).map((key) => [key, content[key]]))
}
