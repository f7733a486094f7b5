import { emojiLines } from './composer-emoji-data.ts'

export type EmojiGroup = keyof typeof emojiLines

export interface Emoji {
  emoji: string
  /** In the reader's language. */
  name: string
  group: EmojiGroup
  /** What it is looked for by, in both languages, folded. */
  words: string
}

/** All emoji, as Unicode orders them. */
export function listEmoji(language: 'en' | 'id'): Emoji[] {
  return (Object.keys(emojiLines) as EmojiGroup[]).flatMap((group) =>
    emojiLines[group]
      .trim()
      .split('\n')
      .map((line) => {
        const [emoji = '', english = '', indonesian = ''] = line.split('\t')
        const shown = language === 'id' ? indonesian : english
        return {
          emoji,
          name: shown.split(',', 1)[0] ?? '',
          group,
          words: fold(`${shown}, ${english}, ${indonesian}`),
        }
      }),
  )
}

/** Emoji of which some word begins with each word of the query; those whose name begins with it come first. */
export function searchEmoji(all: readonly Emoji[], query: string): Emoji[] {
  const words = fold(query).split(/\s+/u).filter(Boolean)
  if (words.length === 0) return [...all]
  const start = words.join(' ')
  const found = all.filter(({ words: has }) => words.every((word) => ` ${has}`.includes(` ${word}`)))
  return found.sort((one, other) => rank(one, start) - rank(other, start))
}

function rank({ words }: Emoji, start: string): number {
  return words.startsWith(start) ? 0 : 1
}

function fold(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replace(/[^\p{L}\p{N}\s]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
}
