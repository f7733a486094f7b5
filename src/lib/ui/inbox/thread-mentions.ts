import type { Person } from '#lib/domain/inbox.ts'

export interface MentionPart {
  text: string
  /** Who is called by it; null for plain words. */
  person: Person | null
}

/** Whom a note calls: everybody whose `@name` stands in it, in the order of the first calls. */
export function readMentionedIds(text: string, members: readonly Person[]): string[] {
  const called = splitMentions(text, members).flatMap(({ person }) => (person === null ? [] : [person.id]))
  return [...new Set(called)]
}

/** Cuts a note at the `@name`s in it. Of names that begin alike the longest counts. */
export function splitMentions(text: string, people: readonly Person[]): MentionPart[] {
  const byLength = people
    .filter(({ name }) => name.trim() !== '')
    .sort((left, right) => right.name.length - left.name.length)
  const parts: MentionPart[] = []
  let end = 0
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (at < end || isWord(text[at - 1])) continue
    const person = byLength.find(({ name }) => isNameAt(text, at + 1, name))
    if (!person) continue
    if (at > end) parts.push({ text: text.slice(end, at), person: null })
    end = at + 1 + person.name.length
    parts.push({ text: text.slice(at, end), person })
  }
  if (end < text.length || parts.length === 0) parts.push({ text: text.slice(end), person: null })
  return parts
}

export interface MentionQuery {
  /** Where the `@` stands. */
  start: number
  /** What was typed behind it. */
  words: string
}

/** What is being typed behind an `@` right before the caret; null where nobody is being called. */
export function findMentionQuery(text: string, caret: number): MentionQuery | null {
  const start = text.lastIndexOf('@', caret - 1)
  if (start < 0 || isWord(text[start - 1])) return null
  const words = text.slice(start + 1, caret)
  return words.length > 40 || /[\n@]/u.test(words) || / {2}|^ /u.test(words) ? null : { start, words }
}

/** Members whose name, or a word of it, begins with what was typed. */
export function matchMembers<Member extends Person>(members: readonly Member[], words: string): Member[] {
  const wanted = fold(words)
  return members.filter(({ name }) => {
    const folded = fold(name)
    return folded.startsWith(wanted) || folded.split(/\s+/u).some((word) => word.startsWith(wanted))
  })
}

function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

function isNameAt(text: string, at: number, name: string): boolean {
  const found = text.slice(at, at + name.length)
  return found.toLowerCase() === name.toLowerCase() && !isWord(text[at + name.length])
}

function isWord(letter: string | undefined): boolean {
  return letter !== undefined && /[\p{L}\p{N}_]/u.test(letter)
}
