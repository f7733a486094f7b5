export interface TextPart {
  text: string
  /** Set where the part is an address of the web, an e-mail address or a phone number. */
  href: string | null
}

/**
 * Signs that nobody sees and that turn what follows around, hide it or glue it together: no address holds one. Written
 * as escapes, for in an editor they do what they are kept out for.
 */
const invisible = '\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff'
/** Punctuation right after an address belongs to the sentence. */
const webAddress = `(?<web>(?:https?:\\/\\/|www\\.)[^\\s<>"'${invisible}]*[^\\s<>"'.,;:!?)\\]}${invisible}])`
const mailAddress = '(?<mail>[a-z0-9._%+-]{1,64}@(?:[a-z0-9-]{1,63}\\.)+[a-z]{2,24})'
/** With a country code, or as it is dialled within a country; an amount or a date begins with neither. */
const phoneNumber = '(?<phone>(?:\\+[1-9]|0[1-9])\\d{0,3}(?:[ .()-]{0,2}\\d{2,5}){2,5})'
const address = new RegExp(
  `(?<![\\w@+.,/-])(?:${webAddress}|${mailAddress}|${phoneNumber}(?![\\w]|[.,]\\d))`,
  'giu',
)

/**
 * Cuts a text at the addresses in it. Of the web only http and https: nothing else in a customer's text becomes a link.
 * Nothing is asked for at the address.
 */
export function splitLinks(text: string): TextPart[] {
  const parts: TextPart[] = []
  let end = 0
  for (const match of text.matchAll(address)) {
    const link = readLink(match)
    if (link === null) continue
    if (match.index > end) parts.push({ text: text.slice(end, match.index), href: null })
    parts.push(link)
    end = match.index + match[0].length
  }
  if (end < text.length || parts.length === 0) parts.push({ text: text.slice(end), href: null })
  return parts
}

function readLink({ groups }: RegExpMatchArray): TextPart | null {
  const { web, mail, phone } = groups ?? {}
  if (mail !== undefined) return { text: mail, href: `mailto:${mail}` }
  if (phone !== undefined) {
    const digits = phone.replace(/[^\d+]/gu, '')
    return digits.length < 9 || digits.length > 16 ? null : { text: phone, href: `tel:${digits}` }
  }
  return web === undefined ? null : readWebLink(web)
}

function readWebLink(text: string): TextPart | null {
  const href = /^www\./iu.test(text) ? `https://${text}` : text
  if (!URL.canParse(href)) return null
  const url = new URL(href)
  // `https://bank.example@elsewhere.example` leads elsewhere.
  if (url.username !== '' || url.password !== '') return null
  // Letters of other scripts may look like Latin ones: such a host is shown as what is looked up.
  return { text: /(?:^|\.)xn--/u.test(url.hostname) ? url.href : text, href }
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

const emoji = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})/u

/** Whether a text is nothing but one to three emoji, which are then shown large. */
export function isEmojiOnly(text: string): boolean {
  const short = text.length <= 64 ? text.trim() : ''
  // Nearly no text begins with one, and to cut a text into what people take for letters is slow.
  if (!emoji.test(short)) return false
  const signs = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(short)]
  return signs.length <= 3 && signs.every((part) => emoji.test(part.segment))
}
