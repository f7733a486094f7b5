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

/** Whether something to choose from, or what was filled in, stands below a message's words. */
export function hasChoices(content: MessageContent): content is InteractiveContent {
  if (content.kind !== 'interactive') return false
  return content.description !== null || content.options.length > 0 || content.fields.length > 0
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
    default:
      return frame
  }
}
