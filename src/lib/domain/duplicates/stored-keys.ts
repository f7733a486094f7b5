import { blockingKeysOf, blockLimits, secondKeysOf, type BlockKind } from './blocking-keys.ts'
import { termsOf } from './frequencies.ts'
import { hashOf } from './hash.ts'
import type { PreparedContact } from './prepare.ts'

/**
 * Which code made stored keys. Raise it when a contact's keys, second keys or terms become other ones: then all are made
 * anew by themselves.
 */
export const storedKeysVersion = 1

/** A kind's number is stored for good. */
const kindNumbers = {
  scopedId: 1,
  number: 2,
  email: 3,
  lastDigits: 4,
  mailbox: 5,
  customText: 6,
  birthAndMore: 7,
  nameAndText: 8,
  nameAndLastDigits: 9,
  nameAndFirstDigits: 10,
  nameAndCity: 11,
  name: 12,
  nameStart: 13,
} as const satisfies Record<BlockKind, number>
const secondKeyNumber = 63

export interface StoredKey {
  key: number
  /** How many may share it before a second key must be shared, too. */
  limit: number
}

/** What a contact is found by and counted with, as integers of at most 38 bits: hashes, so that they hold no names. */
export interface StoredKeys {
  keys: StoredKey[]
  secondKeys: number[]
  terms: number[]
}

export function storedKeysOf(contact: PreparedContact): StoredKeys {
  const keys = new Map<number, StoredKey>()
  for (const { kind, value } of blockingKeysOf(contact)) {
    const key = numberOf(kindNumbers[kind], value)
    keys.set(key, { key, limit: blockLimits[kind] })
  }
  return {
    keys: [...keys.values()],
    secondKeys: [...new Set(secondKeysOf(contact).map((key) => numberOf(secondKeyNumber, key)))],
    terms: [...new Set(termsOf(contact).map(storedTermOf))],
  }
}

/** The number under which a term is counted. */
export function storedTermOf(term: string): number {
  return hashOf(term)
}

function numberOf(kind: number, value: string): number {
  return kind * 2 ** 32 + hashOf(value)
}
