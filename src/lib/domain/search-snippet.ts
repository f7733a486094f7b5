import type { TextPiece } from './search-results.ts'

const wordPattern = /[\p{L}\p{N}\p{M}'’]+/gu
/** How much is kept before the first hit, so that it is read in its sentence. */
const leadLength = 40

/**
 * Cuts a stretch out of a message around the first word that was searched for, and marks each such word.
 *
 * @param stems the words as typed and their stems, small and without accents
 * @param maxLength of the stretch, in UTF-16 units, without the dots that show a cut
 */
export function cutSnippet(text: string, stems: readonly string[], maxLength: number): TextPiece[] {
  const line = text.replace(/\s+/g, ' ').trim()
  const first = findHits(line, stems)[0]
  const begin =
    first === undefined || line.length <= maxLength ? 0 : startOfWord(line, first.start - leadLength)
  const end = Math.min(line.length, begin + maxLength)
  // Never through the middle of a pair that is one character.
  const stretch = line.slice(begin, end).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '')
  const pieces = markHits(stretch, stems)
  if (begin > 0) pieces.unshift({ text: '… ', isHit: false })
  if (end < line.length) pieces.push({ text: ' …', isHit: false })
  return pieces
}

/** Parts a text into the words that were searched for and what stands between them. */
export function markHits(text: string, stems: readonly string[]): TextPiece[] {
  const pieces: TextPiece[] = []
  let from = 0
  for (const { start, end } of findHits(text, stems)) {
    if (start > from) pieces.push({ text: text.slice(from, start), isHit: false })
    pieces.push({ text: text.slice(start, end), isHit: true })
    from = end
  }
  if (from < text.length) pieces.push({ text: text.slice(from), isHit: false })
  return pieces
}

/** Words as they are compared: `Jum'at, É` is ['jumat', 'e']. The server's fold_words does the same. */
export function foldWords(text: string): string[] {
  return (text.match(wordPattern) ?? []).map(foldWord).filter((word) => word !== '')
}

function findHits(text: string, stems: readonly string[]): { start: number; end: number }[] {
  return [...text.matchAll(wordPattern)].flatMap((found) => {
    const word = foldWord(found[0])
    const signs = stems.filter((stem) => isWithoutSpaces(stem) && found[0].includes(stem))
    if (signs.length > 0) {
      return [...found[0].matchAll(new RegExp(signs.join('|'), 'gu'))].map((sign) => ({
        start: found.index + sign.index,
        end: found.index + sign.index + sign[0].length,
      }))
    }
    return stems.some((stem) => isForm(word, stem))
      ? [{ start: found.index, end: found.index + found[0].length }]
      : []
  })
}

/**
 * Whether a word may be a form of what was searched for. The server has found the message by stems; this only decides
 * what is marked: Indonesian stems stand inside of their words (pem-beli-an), English ones at the beginning, with a
 * last letter that may differ (stori, story).
 */
function isForm(word: string, stem: string): boolean {
  if (stem === '' || isWithoutSpaces(stem)) return false
  if (word.startsWith(stem)) return true
  return stem.length >= 4 && (word.includes(stem) || (stem.endsWith('i') && word === `${stem.slice(0, -1)}y`))
}

function isWithoutSpaces(stem: string): boolean {
  return /^[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]$/.test(stem)
}

function foldWord(word: string): string {
  return word
    .normalize('NFKD')
    .replace(/[\p{Mn}'’\u0640]/gu, '')
    .normalize('NFKC')
    .toLowerCase()
}

function startOfWord(line: string, at: number): number {
  if (at <= 0) return 0
  const space = line.indexOf(' ', at)
  return space === -1 ? at : space + 1
}
