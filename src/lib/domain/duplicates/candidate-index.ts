import { blockingKeysOf, blockLimits, secondKeysOf } from './blocking-keys.ts'
import { compareContacts } from './compare-contacts.ts'
import type { DuplicateContact } from './contact.ts'
import type { Candidate } from './evidence.ts'
import { termsOf, type Frequencies } from './frequencies.ts'
import { prepareContact, type PreparedContact } from './prepare.ts'

/** Where contacts are looked up by their keys: in memory here, in a table of keys where contacts live in a database. */
export interface CandidateIndex extends Frequencies {
  country: string
  /** The contacts that share a key with this one, except itself; big blocks only where a second key is shared. */
  sharersOf: (contact: PreparedContact) => Iterable<PreparedContact>
}

export interface MemoryIndex extends CandidateIndex {
  /** Puts the contact in, in place of what was under its id. */
  put: (contact: DuplicateContact) => void
  remove: (id: string) => void
}

/**
 * The duplicates of one contact, most probable first: what to ask when a contact was made or changed. Whether the
 * contact itself is in the index makes no difference to who is found.
 */
export function findCandidatesOf(
  contact: DuplicateContact,
  index: CandidateIndex,
  {
    limit = 20,
    isKnownDifferent,
  }: { limit?: number; isKnownDifferent?: (leftId: string, rightId: string) => boolean } = {},
): Candidate[] {
  const prepared = prepareContact(contact, index.country)
  const found: Candidate[] = []
  for (const other of index.sharersOf(prepared)) {
    if (other.id === prepared.id) continue
    const candidate = compareContacts(prepared, other, index)
    if (candidate.verdict === 'different') continue
    if (isKnownDifferent?.(candidate.leftId, candidate.rightId) !== true) found.push(candidate)
  }
  return found
    .sort((a, b) => b.score - a.score || (a.leftId + a.rightId < b.leftId + b.rightId ? -1 : 1))
    .slice(0, limit)
}

/** @param country ISO 3166 code of the workspace's country */
export function createMemoryIndex(country: string): MemoryIndex {
  const contacts = new Map<string, PreparedContact>()
  const blocks = new Map<string, Set<string>>()
  const holders = new Map<string, number>()

  function remove(id: string): void {
    const contact = contacts.get(id)
    if (contact === undefined) return
    contacts.delete(id)
    for (const term of termsOf(contact)) {
      const left = (holders.get(term) ?? 0) - 1
      if (left > 0) holders.set(term, left)
      else holders.delete(term)
    }
    for (const { kind, value } of blockingKeysOf(contact)) {
      const block = blocks.get(`${kind} ${value}`)
      block?.delete(id)
      if (block?.size === 0) blocks.delete(`${kind} ${value}`)
    }
  }

  return {
    country,
    get contacts() {
      return contacts.size
    },
    holdersOf: (term) => holders.get(term) ?? 0,
    remove,
    put: (contact) => {
      remove(contact.id)
      const prepared = prepareContact(contact, country)
      contacts.set(contact.id, prepared)
      for (const term of termsOf(prepared)) holders.set(term, (holders.get(term) ?? 0) + 1)
      for (const { kind, value } of blockingKeysOf(prepared)) {
        const key = `${kind} ${value}`
        const block = blocks.get(key)
        if (block === undefined) blocks.set(key, new Set([contact.id]))
        else block.add(contact.id)
      }
    },
    sharersOf: (contact) => {
      const found = new Map<string, PreparedContact>()
      const second = new Set(secondKeysOf(contact))
      for (const { kind, value } of blockingKeysOf(contact)) {
        const block = blocks.get(`${kind} ${value}`) ?? new Set<string>()
        const isBig = block.size > blockLimits[kind]
        for (const id of block) {
          const other = contacts.get(id)
          if (other === undefined || id === contact.id) continue
          if (!isBig || secondKeysOf(other).some((key) => second.has(key))) found.set(id, other)
        }
      }
      return found.values()
    },
  }
}
