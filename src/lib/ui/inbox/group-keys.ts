import { type ThreadDay, keyOf } from './message-groups.ts'

/**
 * Keeps the key of a group while messages join it before or after: what stands in it stays in the page then, with the
 * focus and with what plays.
 */
export class GroupKeys {
  /** The group in which each message stood. */
  #known = new Map<string, string>()

  /** Gives the groups of a thread the keys that they had. */
  settle(days: ThreadDay[]): ThreadDay[] {
    const known = new Map<string, string>()
    const used = new Set<string>()
    for (const item of days.flatMap(({ items }) => items)) {
      if (item.kind !== 'group') continue
      const keys = item.messages.map(keyOf)
      // A group that was parted leaves its key to the first part.
      const before = keys.flatMap((key) => this.#known.get(key) ?? []).find((key) => !used.has(key))
      item.key = before ?? keys.find((key) => !used.has(key)) ?? item.key
      used.add(item.key)
      for (const key of keys) known.set(key, item.key)
    }
    this.#known = known
    return days
  }
}
