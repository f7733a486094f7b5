export interface TextPart {
  text: string
  /** Set where the part is a web address. */
  href: string | null
}

/** Punctuation right after an address belongs to the sentence. */
const address = /https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]}]/giu

/** Cuts a text at the web addresses in it. Only http and https: nothing else in a customer's text becomes a link. */
export function splitLinks(text: string): TextPart[] {
  const parts: TextPart[] = []
  let end = 0
  for (const match of text.matchAll(address)) {
    if (!URL.canParse(match[0])) continue
    if (match.index > end) parts.push({ text: text.slice(end, match.index), href: null })
    parts.push({ text: match[0], href: match[0] })
    end = match.index + match[0].length
  }
  if (end < text.length || parts.length === 0) parts.push({ text: text.slice(end), href: null })
  return parts
}

/** Longer texts are shown by their beginning until asked for. */
const longText = 1_500
const shownOfLongText = 700

/** The beginning of a long text, cut at a word; null where all of it is shown. */
export function beginningOf(text: string): string | null {
  if (text.length <= longText) return null
  const beginning = text.slice(0, shownOfLongText)
  const lastSpace = beginning.lastIndexOf(' ')
  // A surrogate pair cut in half would show as a box.
  return (lastSpace > shownOfLongText / 2 ? beginning.slice(0, lastSpace) : beginning).replace(
    /[\uD800-\uDBFF]$/u,
    '',
  )
}

/** Whether a text is nothing but one to three emoji, which are then shown large. */
export function isEmojiOnly(text: string): boolean {
  const sign = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})/u
  const signs = [
    ...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text.slice(0, 64).trim()),
  ]
  return (
    text.length <= 64 &&
    signs.length > 0 &&
    signs.length <= 3 &&
    signs.every((part) => sign.test(part.segment))
  )
}
