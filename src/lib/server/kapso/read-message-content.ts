import type { MessageDirection } from '../../domain/inbox.ts'
import type { UnsupportedContent } from '../../domain/message-content.ts'
import { objectAt, textAt, type JsonObject } from './json.ts'
import { longestText, type MessageBody, type TypedBody } from './message-body.ts'
import { isMediaKind, readMediaBody } from './read-media.ts'
import { readButton, readInteractive } from './read-interactive.ts'
import { readContacts, readLocation, readOrder } from './read-shared-things.ts'
import { readError } from './read-status.ts'
import { readTemplate } from './read-template.ts'

const knownTypes = [
  'text',
  'image',
  'video',
  'audio',
  'document',
  'sticker',
  'location',
  'contacts',
  'interactive',
  'button',
  'reaction',
  'order',
  'template',
  'system',
]

/**
 * WhatsApp's name of a message's type. A body without one is of the type whose object it holds, and `unknown` when it
 * holds none.
 */
export function readMessageType(message: JsonObject): string {
  const told = message['type']
  if (typeof told === 'string' && /^[A-Za-z][A-Za-z0-9_]{0,59}$/.test(told)) return told
  return knownTypes.find((type) => Object.hasOwn(message, type) && message[type] !== null) ?? 'unknown'
}

/**
 * Reads what a message says. A type that is not known, or whose contents cannot be read, becomes `unsupported` content
 * with the type's name, so that the thread shows that something came.
 *
 * `kapso.content` is never read: Kapso writes it, in English, and for files it holds an address that opens them.
 *
 * @returns undefined for a text message without a text
 */
export function readMessageBody(
  message: JsonObject,
  type: string,
  direction: MessageDirection,
): MessageBody | undefined {
  if (type === 'text') {
    const text = textAt(objectAt(message, 'text'), 'body', longestText)
    return text === undefined ? undefined : { text, content: null, media: null }
  }
  if (isMediaKind(type)) return readMediaBody(message, type)
  const { text, content } = readTyped(message, type, direction)
  return { text, content: content ?? readUnsupported(message, type), media: null }
}

function readTyped(message: JsonObject, type: string, direction: MessageDirection): TypedBody {
  const object = objectAt(message, type)
  switch (type) {
    case 'location':
      return readLocation(object)
    case 'contacts':
      return readContacts(message['contacts'])
    case 'interactive':
      return readInteractive(object, objectAt(message, 'kapso'), direction)
    case 'button':
      return readButton(object)
    case 'order':
      return readOrder(object, objectAt(message, 'kapso'))
    case 'template':
      return readTemplate(object)
    case 'system':
      return readSystem(object)
  }
  return { text: null, content: null }
}

function readSystem(system: JsonObject | undefined): TypedBody {
  if (system === undefined) return { text: null, content: null }
  return {
    text: textAt(system, 'body', longestText) ?? null,
    content: { kind: 'system', event: textAt(system, 'type', 100) ?? 'unknown' },
  }
}

function readUnsupported(message: JsonObject, type: string): UnsupportedContent {
  const { errorCode, errorTitle } = readError(message)
  return {
    kind: 'unsupported',
    // Meta names the kind that it does not pass on within (unsupported messages webhook reference).
    type: (type === 'unsupported' ? textAt(objectAt(message, 'unsupported'), 'type', 60) : undefined) ?? type,
    code: errorCode,
    title: errorTitle,
  }
}
