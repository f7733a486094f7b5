import type { SavedReply } from '#lib/domain/composer.ts'

/** The replies that fit what is typed: those whose shortcut begins with it, then those that hold all words of it. */
export function searchReplies(replies: readonly SavedReply[], query: string): SavedReply[] {
  const asked = fold(query)
  if (asked === '') return [...replies]
  const words = asked.split(/\s+/u)
  const found = replies.filter((reply) => {
    const text = fold(
      [reply.shortcut, reply.title, ...reply.versions.map((version) => version.text)].join(' '),
    )
    return words.every((word) => text.includes(word))
  })
  return found.sort((one, other) => rank(one, asked) - rank(other, asked))
}

/**
 * The version of a reply for somebody.
 * @param languages in order of preference; null where one is not known
 */
export function pickVersion(
  versions: SavedReply['versions'],
  languages: readonly (string | null)[],
): SavedReply['versions'][number] | null {
  for (const wanted of languages) {
    if (wanted === null) continue
    const fits = versions.find(({ language }) => language === wanted || baseOf(language) === baseOf(wanted))
    if (fits) return fits
  }
  return versions[0] ?? null
}

/**
 * The language that somebody with this address most likely writes. Only Indonesia's numbers tell.
 * @param address as it is shown
 */
export function guessLanguage(address: string | null): string | null {
  return address?.replace(/\s/g, '').startsWith('+62') ? 'id' : null
}

/** A language as the reader calls it; its code where the browser does not know it. */
export function languageName(language: string, locale: string): string {
  try {
    return new Intl.DisplayNames([locale], { type: 'language' }).of(language) ?? language
  } catch {
    return language
  }
}

function rank({ shortcut, title }: SavedReply, asked: string): number {
  if (shortcut.startsWith(asked)) return 0
  return fold(title).startsWith(asked) ? 1 : 2
}

function baseOf(language: string): string {
  return language.split(/[-_]/u, 1)[0] ?? language
}

function fold(text: string): string {
  return text.trim().toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '')
}
