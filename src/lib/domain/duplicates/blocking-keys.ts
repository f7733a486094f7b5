import { soundOf } from './names.ts'
import { sharedSpelling } from './phone-variants.ts'
import type { PreparedContact } from './prepare.ts'

/**
 * What two contacts must share to be compared at all, and how many may share it before a second thing must be shared
 * too. Each kind finds pairs that others miss: whatever one field lost, some kind rests on others.
 */
export const blockLimits = {
  scopedId: 60,
  number: 60,
  email: 60,
  lastDigits: 30,
  mailbox: 20,
  customText: 20,
  birthAndMore: 20,
  nameAndText: 12,
  nameAndLastDigits: 20,
  nameAndFirstDigits: 20,
  nameAndCity: 7,
  name: 8,
  nameStart: 5,
} as const satisfies Record<string, number>

export type BlockKind = keyof typeof blockLimits
export interface BlockingKey {
  kind: BlockKind
  value: string
}

/** At most this many words of a name make keys: pairs of them grow by the square. */
const mostWords = 4

/** The keys of a contact, each once. Stored beside a contact, they are what `findCandidatesOf` looks others up by. */
export function blockingKeysOf(contact: PreparedContact): BlockingKey[] {
  const keys = new Map<string, BlockingKey>()
  const add = (kind: BlockKind, value: string): void => {
    keys.set(`${kind} ${value}`, { kind, value })
  }
  const sounds = new Set<string>()
  for (const { words } of contact.names) {
    const telling = words.slice(0, mostWords)
    const heard = telling.map(soundOf)
    addNameKeys(telling, heard, add)
    telling.forEach((word, at) => {
      if (word.length > 1) sounds.add(heard[at] ?? '')
    })
  }
  const birth = contact.birthDate === null ? null : birthKeyOf(contact.birthDate)
  const city = contact.city === null ? null : contact.city.split(' ').map(soundOf).join('')
  for (const { scope, value } of contact.scopedIds) add('scopedId', `${scope} ${value}`)
  for (const email of contact.emails) {
    const mailbox = mailboxOf(email)
    add('email', email)
    if (mailbox.length >= 5) add('mailbox', mailbox)
  }
  for (const { e164 } of contact.numbers) {
    const shared = sharedSpelling(e164)
    add('number', shared)
    if (shared.length >= 9) add('lastDigits', shared.slice(-6))
    for (const sound of sounds) {
      add('nameAndLastDigits', `${sound} ${shared.slice(-4)}`)
      add('nameAndFirstDigits', `${sound} ${shared.slice(0, 9)}`)
    }
  }
  for (const sound of sounds) {
    if (city !== null) add('nameAndCity', `${sound} ${city}`)
  }
  for (const { field, value } of contact.customTexts) {
    if (value.length >= 4) add('customText', `${field} ${value}`)
    const sound = soundOf(longestWordOf(value))
    for (const name of sounds) add('nameAndText', `${name} ${field} ${sound}`)
  }
  if (birth !== null) addBirthKeys(contact, birth, city, add)
  return [...keys.values()]
}

/** What splits a block that is too big: one of these must be shared besides its key. */
export function secondKeysOf(contact: PreparedContact): string[] {
  return [
    ...(contact.birthDate === null ? [] : [`b${birthKeyOf(contact.birthDate).slice(0, 4)}`]),
    ...contact.numbers.map(({ e164 }) => `d${e164.slice(-4)}`),
    ...contact.emails.map((email) => `m${mailboxOf(email)}`),
    ...(contact.city === null ? [] : [`c${contact.city}`]),
    ...contact.customTexts.map(({ field, value }) => `x${field} ${value}`),
    ...contact.names.flatMap(({ words }) => words.slice(0, mostWords).map((word) => `w${word.slice(0, 4)}`)),
  ]
}

/** A birth date alone is too common; with any one more thing it is rare. */
function addBirthKeys(
  contact: PreparedContact,
  birth: string,
  city: string | null,
  add: (kind: BlockKind, value: string) => void,
): void {
  if (city !== null) add('birthAndMore', `${birth} c${city}`)
  for (const { words } of contact.names)
    for (const word of words.slice(0, mostWords)) add('birthAndMore', `${birth} n${word.slice(0, 2)}`)
  for (const email of contact.emails) add('birthAndMore', `${birth} e${email.slice(0, 3)}`)
  for (const { field, value } of contact.customTexts) add('birthAndMore', `${birth} x${field} ${value}`)
}

function longestWordOf(text: string): string {
  return text.split(' ').reduce((longest, word) => (word.length > longest.length ? word : longest), '')
}

/** Every two words of a name, in any order, as they sound and by how they begin. */
function addNameKeys(words: string[], sounds: string[], add: (kind: BlockKind, value: string) => void): void {
  if (words.length === 1 && words[0] !== undefined && words[0].length > 2) add('name', sounds[0] ?? '')
  for (let at = 0; at < words.length; at++)
    for (let other = at + 1; other < words.length; other++) {
      add('name', inOrder(sounds[at] ?? '', sounds[other] ?? ''))
      add('nameStart', inOrder((words[at] ?? '').slice(0, 3), (words[other] ?? '').slice(0, 3)))
    }
}

function inOrder(left: string, right: string): string {
  return left < right ? `${left} ${right}` : `${right} ${left}`
}

/** Day and month in either order. */
function birthKeyOf(date: string): string {
  return date.slice(0, 4) + inOrder(date.slice(5, 7), date.slice(8, 10))
}

function mailboxOf(email: string): string {
  return email.slice(0, email.indexOf('@')).replace(/[._\-+]/g, '')
}
