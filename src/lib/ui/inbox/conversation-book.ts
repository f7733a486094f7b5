import type { ConversationSummary } from '#lib/domain/inbox.ts'
import { isSameRow } from '#lib/realtime/rows.ts'

export type ConversationPatch = Partial<Omit<ConversationSummary, 'id'>>

interface Layer {
  /** Stays the same when a later patch takes over some of its fields. */
  key: symbol
  patch: ConversationPatch
  madeAt: number
}

/** For so long an answer that contradicts a patch may have been on its way before the server knew of it. */
const graceMs = 5_000
/** How many are remembered as gone, so that a page that was on its way does not bring them back. */
const mostRemoved = 500

/**
 * The conversations that a page knows: as the server told them, and on top of that what the reader did and the server
 * has not confirmed yet.
 */
export class ConversationBook {
  readonly #told = new Map<string, ConversationSummary>()
  readonly #layers = new Map<string, Layer[]>()
  readonly #shown = new Map<string, ConversationSummary>()
  readonly #removed = new Set<string>()

  get size(): number {
    return this.#shown.size
  }

  get(id: string): ConversationSummary | undefined {
    return this.#shown.get(id)
  }

  all(): IterableIterator<ConversationSummary> {
    return this.#shown.values()
  }

  /**
   * Takes rows of the server.
   * @param source `changes`: answers about changes come one after the other, so their rows are at least as new as ours.
   *   `snapshot`: a page may have been overtaken; it only adds what is unknown.
   * @returns the ids of what looks different now
   */
  receive(rows: readonly ConversationSummary[], source: 'changes' | 'snapshot', now = Date.now()): string[] {
    const changed: string[] = []
    for (const row of rows) {
      if (source === 'changes') this.#removed.delete(row.id)
      else if (this.#told.has(row.id) || this.#removed.has(row.id)) continue
      const known = this.#told.get(row.id)
      if (known && isSameRow(known, row) && !this.#layers.has(row.id)) continue
      this.#told.set(row.id, row)
      this.#settle(row, now)
      if (this.#show(row.id)) changed.push(row.id)
    }
    return changed
  }

  /** Takes out what left the reader's sight. Returns those that were known. */
  remove(ids: readonly string[]): string[] {
    const known = ids.filter((id) => this.#told.has(id))
    for (const id of ids) {
      this.#removed.delete(id)
      this.#removed.add(id)
      this.#drop(id)
    }
    for (const id of this.#removed) {
      if (this.#removed.size <= mostRemoved) break
      this.#removed.delete(id)
    }
    return known
  }

  /** Forgets rows that nothing on the page needs; they come again with the next page that holds them. */
  forgetAllBut(needed: ReadonlySet<string>): void {
    for (const id of this.#told.keys()) if (!needed.has(id)) this.#drop(id)
  }

  /** Changes how a row looks until the server agrees, or says otherwise later on. Returns how to take that back. */
  patch(id: string, patch: ConversationPatch, now = Date.now()): () => void {
    if (!this.#told.has(id)) return () => undefined
    const layer: Layer = { key: Symbol('patch'), patch: { ...patch }, madeAt: now }
    // What a later patch says of a field is what holds of it, also when the later one is settled first.
    const earlier = (this.#layers.get(id) ?? []).map((known) => withoutKeys(known, Object.keys(patch)))
    this.#layers.set(id, [...earlier.filter(({ patch: left }) => Object.keys(left).length > 0), layer])
    this.#show(id)
    return () => {
      this.#setLayers(
        id,
        (this.#layers.get(id) ?? []).filter(({ key }) => key !== layer.key),
      )
      this.#show(id)
    }
  }

  #settle(row: ConversationSummary, now: number): void {
    const layers = this.#layers.get(row.id)
    if (!layers) return
    this.#setLayers(
      row.id,
      layers.filter(({ patch, madeAt }) => now - madeAt < graceMs && !agrees(row, patch)),
    )
  }

  #setLayers(id: string, layers: Layer[]): void {
    if (layers.length === 0) this.#layers.delete(id)
    else this.#layers.set(id, layers)
  }

  #show(id: string): boolean {
    const told = this.#told.get(id)
    if (!told) return false
    const layers = this.#layers.get(id) ?? []
    const row = layers.length === 0 ? told : Object.assign({}, told, ...layers.map(({ patch }) => patch))
    const before = this.#shown.get(id)
    if (before && isSameRow(before, row)) return false
    this.#shown.set(id, row as ConversationSummary)
    return true
  }

  #drop(id: string): void {
    this.#told.delete(id)
    this.#layers.delete(id)
    this.#shown.delete(id)
  }
}

function withoutKeys({ key, patch, madeAt }: Layer, keys: readonly string[]): Layer {
  const left = Object.entries(patch).filter(([field]) => !keys.includes(field))
  return { key, patch: Object.fromEntries(left) as ConversationPatch, madeAt }
}

function agrees(row: ConversationSummary, patch: ConversationPatch): boolean {
  return (Object.keys(patch) as (keyof ConversationPatch)[]).every((key) => isSameRow(row[key], patch[key]))
}
