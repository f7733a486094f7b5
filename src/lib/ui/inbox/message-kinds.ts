import { m } from '#lib/i18n/generated/messages.js'
import { getLocale } from '#lib/i18n/generated/runtime.js'

/** Kinds of messages as WhatsApp names them, in the reader's words. */
const kinds = new Map(
  Object.entries({
    text: m.message_kind_text,
    image: m.message_kind_image,
    video: m.message_kind_video,
    audio: m.message_kind_audio,
    voice: m.message_kind_voice,
    document: m.message_kind_document,
    sticker: m.message_kind_sticker,
    location: m.message_kind_location,
    contacts: m.message_kind_contacts,
    interactive: m.message_kind_interactive,
    button: m.message_kind_button,
    template: m.message_kind_template,
    order: m.message_kind_order,
    system: m.thread_notice_line,
  }),
)

/** What a message that is not text is called: `Photo`; `Message that cannot be shown` where nobody could know. */
export function kindOf(type: string): string {
  return (kinds.get(type) ?? m.message_kind_unknown)()
}

/** The same within a sentence: `photo`. */
export function kindInSentence(type: string): string {
  return kindOf(type).toLocaleLowerCase(getLocale())
}
