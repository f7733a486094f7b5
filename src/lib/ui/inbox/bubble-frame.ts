import type { ThreadMessage } from '#lib/domain/inbox.ts'
import type { InteractiveContent, MessageContent } from '#lib/domain/message-content.ts'
import { fitPicture } from './media-words.ts'

/** How a message is framed. */
export interface BubbleFrame {
  /** Without a bubble: stickers. */
  isBare: boolean
  /** A picture or video fills it up to a thin rim. */
  isPicture: boolean
  /** A card fills it up to a thin rim: a place, a file. */
  isCard: boolean
  /** Pixels, where what is in it decides; null where the words do. */
  width: number | null
}

const rim = 4
/** Beside what is in a bubble that words fill. */
const inset = 14

/** What stands below a message's words: small print, what can be chosen, what was filled in. */
export type Choices = Pick<InteractiveContent, 'description' | 'options' | 'fields'>

/** Null where nothing does. */
export function choicesOf(content: MessageContent): Choices | null {
  const choices =
    content.kind === 'interactive'
      ? content
      : content.kind === 'template'
        ? { description: content.footer ?? null, options: content.buttons ?? [], fields: [] }
        : null
  if (choices === null) return null
  const { description, options, fields } = choices
  return description !== null || options.length > 0 || fields.length > 0 ? choices : null
}

/** The frame of a message's bubble. */
export function describeFrame({ content, media, quote, referral }: ThreadMessage): BubbleFrame {
  const isThere = media?.state === 'stored' || media?.state === 'pending'
  const isPlain = quote === null && referral === null
  const frame = { isBare: false, isPicture: false, isCard: false, width: null }
  switch (content?.kind) {
    case 'sticker':
      return { ...frame, isBare: isThere && isPlain }
    case 'location':
      return { ...frame, isCard: true }
    case 'document':
      return { ...frame, isCard: isThere }
    case 'image':
    case 'video':
      if (!isThere) return frame
      return { ...frame, isPicture: true, width: fitPicture(media.width, media.height).width + 2 * rim }
    case 'template': {
      const isPicture = content.headerFile !== undefined && content.headerFile.kind !== 'document'
      if (!isPicture || !isThere) return frame
      return { ...frame, width: fitPicture(media.width, media.height).width + 2 * inset }
    }
    default:
      return frame
  }
}
