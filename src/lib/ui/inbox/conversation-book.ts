import type { ConversationSummary } from '#lib/domain/inbox.ts'
import { isSameRow } from '#lib/realtime/rows.ts'

export type ConversationPatch = Partial<Omit<ConversationSummary, 'id'>>

interface Layer {
  /** Stays the same when a later patch takes over some of its fields. */
  key: symbol
  patch: ConversationPatch
  madeAt: number
  /** A row has come since that says otherwise: on its way before the server knew, or the server's last word. */
  isContradicted: boolean
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
  /** Kept over from before it began anew: may have changed unseen, so any answer is newer. */
  #outdated: string | null = null

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
  receive(
    rows: readonly ConversationSummary[],
    source: 'changes' | 'snapshot',
    now = performance.now(),
  ): string[] {
    const changed: string[] = []
    for (const row of rows) {
      if (source === 'changes') this.#removed.delete(row.id)
      else if (this.#isKnown(row.id) || this.#removed.has(row.id)) continue
      if (this.#outdated === row.id) this.#outdated = null
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

  /**
   * Forgets what the server told, for it told no longer of all that changed. What the reader did stays on top of what
   * it tells from now on.
   * @param openId stays as it was until an answer holds it
   */
  beginAnew(openId: string | null): void {
    const open = openId === null ? undefined : this.#told.get(openId)
    for (const rows of [this.#told, this.#shown, this.#removed]) rows.clear()
    this.#outdated = null
    if (!open) return
    this.#told.set(open.id, open)
    this.#show(open.id)
    this.#outdated = open.id
  }

  /** Forgets rows that nothing on the page needs; they come again with the next page that holds them. */
  forgetAllBut(needed: ReadonlySet<string>): void {
    for (const id of this.#told.keys()) if (!needed.has(id)) this.#drop(id)
  }

  /** Changes how a row looks until the server agrees, or says otherwise later on. Returns how to take that back. */
  patch(id: string, patch: ConversationPatch, now = performance.now()): () => void {
    if (!this.#told.has(id)) return () => undefined
    const layer: Layer = { key: Symbol('patch'), patch: { ...patch }, madeAt: now, isContradicted: false }
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

  /** For how long, in milliseconds, a row that says otherwise still waits behind a patch; null where none does. */
  graceLeft(now = performance.now()): number | null {
    const ends = [...this.#layers.values()]
      .flat()
      .filter(({ isContradicted }) => isContradicted)
      .map(({ madeAt }) => madeAt + graceMs)
    return ends.length === 0 ? null : Math.max(0, Math.min(...ends) - now)
  }

  /**
   * Believes the server where it has said otherwise and its grace is over: no further row may ever come.
   * @returns the ids of what looks different now
   */
  endGrace(now = performance.now()): string[] {
    return [...this.#layers].flatMap(([id, layers]) => {
      this.#setLayers(
        id,
        layers.filter(({ isContradicted, madeAt }) => !isContradicted || now - madeAt < graceMs),
      )
      return this.#show(id) ? [id] : []
    })
  }

  #settle(row: ConversationSummary, now: number): void {
    const layers = this.#layers.get(row.id)
    if (!layers) return
    this.#setLayers(
      row.id,
      layers
        .filter(({ patch, madeAt }) => now - madeAt < graceMs && !agrees(row, patch))
        .map((layer) => ({ ...layer, isContradicted: true })),
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

  #isKnown(id: string): boolean {
    return this.#told.has(id) && this.#outdated !== id
  }

  #drop(id: string): void {
    this.#told.delete(id)
    this.#layers.delete(id)
    this.#shown.delete(id)
  }
}

function withoutKeys({ patch, ...layer }: Layer, keys: readonly string[]): Layer {
  const left = Object.entries(patch).filter(([field]) => !keys.includes(field))
  return { ...layer, patch: Object.fromEntries(left) as ConversationPatch }
}

function agrees(row: ConversationSummary, patch: ConversationPatch): boolean {
  return (Object.keys(patch) as (keyof ConversationPatch)[]).every((key) => isSameRow(row[key], patch[key]))
}
