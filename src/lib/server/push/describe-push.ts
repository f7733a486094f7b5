import type { PushPayload } from '../../domain/notifications.ts'
import type { DuePush } from '../database/due-pushes.ts'
import { m } from '../../i18n/generated/messages.js'
import { locales, type Locale } from '../../i18n/generated/runtime.js'

/** Push services take 4096 bytes, encrypted (RFC 8030, section 7.2): with the words beside it a name has a quarter. */
const longestTitle = 100

/** Signs that turn the reading direction of what stands around them, which nothing on a lock screen holds in. */
const turning = /[\u202A-\u202E\u2066-\u2069]/g

/**
 * What a browser shows for a push, in the language of the browser that asked for it. Names and words are a stranger's:
 * they are cut, and turn nothing but themselves.
 */
export function describePush(push: DuePush): PushPayload {
  const { title, body, ...rest } = describe(push)
  return { title: cut(title.replace(turning, '')), body: body.replace(turning, ''), ...rest }
}

function cut(title: string): string {
  const signs = [...title]
  return signs.length > longestTitle ? `${signs.slice(0, longestTitle - 1).join('')}…` : title
}

function describe(push: DuePush): PushPayload {
  const locale = locales.find((known) => known === push.language) ?? 'en'
  const inbox = `/w/${encodeURIComponent(push.slug)}/inbox/${push.conversationId}`
  const { cause, contactName } = push
  if (cause.kind === 'message') {
    return {
      // One notification per conversation: ten messages in a row ring once and show the last.
      tag: `conversation:${push.conversationId}`,
      title: contactName,
      body: push.showsWords
        ? describeMessage(cause, locale)
        : m.notifications_new_message(undefined, { locale }),
      path: `${inbox}?message=${cause.messageId}`,
    }
  }
  const actor = cause.actorName ?? 'my21staff'
  return {
    tag: `notification:${cause.notificationId}`,
    title: contactName,
    body:
      cause.kind === 'mention'
        ? m.notifications_mention({ actor }, { locale })
        : m.notifications_assigned({ actor }, { locale }),
    path: inbox,
  }
}

function describeMessage(
  { type, text, preview }: Extract<DuePush['cause'], { kind: 'message' }>,
  locale: Locale,
): string {
  const words = (text ?? '').replace(/\s+/gu, ' ').trim()
  const kind = describeKind(type, preview.isVoice, locale)
  if (kind === null) return words === '' ? m.notifications_new_message(undefined, { locale }) : words
  const about = words || preview.name
  return about ? `${kind}: ${about}` : kind
}

/** What a message that is not words is called; null for those whose words speak for themselves. */
function describeKind(type: string, isVoice: boolean, locale: Locale): string | null {
  const name = type === 'audio' && isVoice ? 'voice' : type
  switch (name) {
    case 'image':
      return m.notifications_photo(undefined, { locale })
    case 'video':
      return m.notifications_video(undefined, { locale })
    case 'audio':
      return m.notifications_audio(undefined, { locale })
    case 'voice':
      return m.notifications_voice(undefined, { locale })
    case 'document':
      return m.notifications_document(undefined, { locale })
    case 'sticker':
      return m.notifications_sticker(undefined, { locale })
    case 'location':
      return m.notifications_location(undefined, { locale })
    case 'contacts':
      return m.notifications_contact(undefined, { locale })
    case 'order':
      return m.notifications_order(undefined, { locale })
    default:
      return null
  }
}
