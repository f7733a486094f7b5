import { blockingKeysOf, blockLimits, secondKeysOf, type BlockKind } from './blocking-keys.ts'
import { hashOf } from './hash.ts'
import type { PreparedContact } from './prepare.ts'

/** A key is 31 bits of its hash and the contact's index, in one exactly representable number that sorts natively. */
const mostContacts = 2 ** 22

export interface Blocks {
  /** Contacts come in the order of their indexes, from 0 on. */
  add: (contact: PreparedContact, index: number) => void
  /**
   * Every two contacts to be compared, see `membersOf`; those that share several keys come several times. Empties the
   * blocks as it goes.
   */
  takePairs: () => Iterable<number>
}

/** All keys of all contacts, in about eight bytes each. */
export function createBlocks(): Blocks {
  const lists = new Map<BlockKind, KeyList>()
  // Second keys as hashes, one contact's behind the other's: to unpack contacts for them would take most of the time.
  const second = new KeyList()
  const secondStarts = new KeyList()
  return {
    add: (contact, index) => {
      if (index >= mostContacts)
        throw new RangeError(`Not more than ${String(mostContacts)} contacts at once`)
      secondStarts.push(second.length)
      for (const key of new Set(secondKeysOf(contact))) second.push(hashOf(key))
      for (const { kind, value } of blockingKeysOf(contact)) {
        let list = lists.get(kind)
        if (list === undefined) lists.set(kind, (list = new KeyList()))
        list.push((hashOf(value) >>> 1) * mostContacts + index)
      }
    },
    *takePairs() {
      secondStarts.push(second.length)
      const keysOfContacts = { starts: secondStarts.toArray(), hashes: second.toArray() }
      for (const [kind, list] of lists) {
        // Sorted, equal keys are neighbours.
        const keys = list.toArray().sort()
        lists.delete(kind)
        let start = 0
        while (start < keys.length) {
          const hash = Math.floor((keys[start] ?? 0) / mostContacts)
          let end = start + 1
          while (end < keys.length && Math.floor((keys[end] ?? 0) / mostContacts) === hash) end++
          if (end - start > 1) {
            const members = keys.subarray(start, end).map(toIndex)
            yield* members.length <= blockLimits[kind]
              ? pairAll(members)
              : pairParts(members, keysOfContacts, blockLimits[kind])
          }
          start = end
        }
      }
    },
  }
}

/** The indexes of the two contacts of a pair, the lower one first. */
export function membersOf(pair: number): [number, number] {
  return [Math.floor(pair / mostContacts), pair % mostContacts]
}

/** A block that is too big, split by second keys. */
function* pairParts(
  members: Float64Array,
  { starts, hashes }: { starts: Float64Array; hashes: Float64Array },
  limit: number,
): Iterable<number> {
  const parts = new Map<number, number[]>()
  for (const member of members)
    for (const hash of hashes.subarray(starts[member], starts[member + 1])) {
      const part = parts.get(hash)
      if (part === undefined) parts.set(hash, [member])
      else part.push(member)
    }
  for (const part of parts.values()) if (part.length <= limit) yield* pairAll(part)
  for (let at = 0; at < members.length; at++) yield* pairAll(members.subarray(at, at + 2))
}

function* pairAll(members: ArrayLike<number>): Iterable<number> {
  // Indexes ascend: keys are sorted with the index behind the hash.
  for (let at = 0; at < members.length; at++)
    for (let other = at + 1; other < members.length; other++)
      yield (members[at] ?? 0) * mostContacts + (members[other] ?? 0)
}

function toIndex(key: number): number {
  return key % mostContacts
}

/** A list of numbers that grows without ever copying more than it has to. */
class KeyList {
  #parts: Float64Array[] = []
  #last = new Float64Array(0)
  #used = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(key: number): void {
    if (this.#used === this.#last.length) {
      this.#last = new Float64Array(Math.min(2 ** 18, Math.max(2 ** 8, this.#length)))
      this.#parts.push(this.#last)
      this.#used = 0
    }
    this.#last[this.#used++] = key
    this.#length++
  }

  toArray(): Float64Array {
    const all = new Float64Array(this.#length)
    let at = 0
    for (const part of this.#parts) {
      const used = part === this.#last ? part.subarray(0, this.#used) : part
      all.set(used, at)
      at += used.length
    }
    return all
  }
}
