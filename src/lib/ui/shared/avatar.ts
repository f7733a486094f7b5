const hues = [25, 55, 85, 130, 165, 200, 240, 275, 310, 345]

/**
 * One or two letters that stand for a name: of the first and the last word, the first sign where it has no letters
 * (an emoji), the last two digits of a phone number, whose first ones everybody shares.
 */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u)
  const letters = words.map((word) => /\p{L}/u.exec(word)?.[0]).filter((letter) => letter !== undefined)
  const first = letters.at(0)
  if (first !== undefined) {
    const last = letters.length > 1 ? (letters.at(-1) ?? '') : ''
    // Letters of joined scripts would melt into a word that means something else.
    return isJoinedScript(first) ? first : (first + last).toLocaleUpperCase()
  }
  const digits = name.replace(/\D/gu, '')
  if (digits.length >= 2) return digits.slice(-2)
  return firstGrapheme(name.trim()) || '?'
}

/** A hue in degrees, always the same for the same seed. */
export function tintOf(seed: string): number {
  let hash = 0
  for (const character of seed) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0
  return hues[hash % hues.length] ?? 0
}

function isJoinedScript(letter: string): boolean {
  return /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}]/u.test(letter)
}

function firstGrapheme(text: string): string {
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text))
    return segment
  return ''
}
