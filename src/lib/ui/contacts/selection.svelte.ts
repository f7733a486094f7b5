import { SvelteSet } from 'svelte/reactivity'

/** Which rows of a list are chosen. What leaves the list leaves the choice as well. */
export class Selection {
  #chosen = new SvelteSet<string>()
  #readIds: () => readonly string[]
  /** Where a stretch of rows begins that Shift chooses. */
  #anchor: string | null = null

  /** @param readIds the rows of the list now, in its order */
  constructor(readIds: () => readonly string[]) {
    this.#readIds = readIds
  }

  /** The chosen ones, in the order of the list. */
  readonly ids: readonly string[] = $derived.by(() => this.#readIds().filter((id) => this.#chosen.has(id)))

  get size(): number {
    return this.ids.length
  }

  get isAll(): boolean {
    return this.size > 0 && this.size === this.#readIds().length
  }

  has(id: string): boolean {
    return this.#chosen.has(id)
  }

  toggle(id: string): void {
    if (!this.#chosen.delete(id)) this.#chosen.add(id)
    this.#anchor = id
  }

  /** Chooses all rows from the one that was touched last to this one. */
  extendTo(id: string): void {
    const ids = this.#readIds()
    const [from, to] = [ids.indexOf(this.#anchor ?? id), ids.indexOf(id)].toSorted(
      (left, right) => left - right,
    )
    for (const between of ids.slice(Math.max(from ?? 0, 0), (to ?? 0) + 1)) this.#chosen.add(between)
    this.#anchor = id
  }

  /** All rows, or none where all are chosen. */
  toggleAll(): void {
    if (this.isAll) this.clear()
    else for (const id of this.#readIds()) this.#chosen.add(id)
  }

  clear(): void {
    this.#chosen.clear()
    this.#anchor = null
  }
}
