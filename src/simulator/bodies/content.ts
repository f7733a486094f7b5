import type { Message } from '../world.ts'

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
      readText(content, 'body', 'text'),
    location: () => `Location: ${readText(content, 'name') ?? readText(content, 'address') ?? 'shared'}`,
    reaction: () => {
      const emoji = readText(content, 'emoji')
      const target = `message ${readText(content, 'message_id') ?? ''}`
      return emoji ? `Reacted with ${emoji} to ${target}` : `Removed reaction from ${target}`
    },
    template: () => `Template: ${readText(content, 'name') ?? ''}`,
  }[type]
  if (described) return described() ?? ''
  const caption = readText(content, 'caption')
  const label = `${type.charAt(0).toUpperCase()}${type.slice(1)}`
  return hasMedia(message) ? [caption, `${label} attached`].filter(Boolean).join(' ') : label
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
