/** What a list of contacts can show besides the name; custom fields are `field:<id>`. */
export type ColumnId =
  'address' | 'email' | 'owner' | 'labels' | 'lead' | 'activity' | 'created' | `field:${string}`

/** In the order in which they stand, before and after the custom fields. */
const before = ['address', 'email', 'owner', 'labels', 'lead'] as const satisfies readonly ColumnId[]
const after = ['activity', 'created'] as const satisfies readonly ColumnId[]
export const fixedColumns: readonly ColumnId[] = [...before, ...after]

const defaultColumns: readonly ColumnId[] = ['address', 'owner', 'labels', 'lead', 'activity']
/** More would leave no room to read any of them. */
export const mostColumns = 7

/** Which columns this browser shows, remembered for each workspace. */
export class ColumnChoice {
  chosen = $state.raw<readonly ColumnId[]>(defaultColumns)
  readonly #key: string

  constructor(workspaceSlug: string) {
    this.#key = `contact-columns:${workspaceSlug}`
  }

  /** Takes up what was chosen before. Browser only. */
  load(): void {
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(this.#key) ?? 'null')
      if (Array.isArray(kept)) this.chosen = kept.filter(isColumn).slice(0, mostColumns)
    } catch {
      // A browser that keeps nothing shows the usual ones.
    }
  }

  toggle(id: ColumnId): void {
    this.chosen = this.chosen.includes(id)
      ? this.chosen.filter((known) => known !== id)
      : [...this.chosen, id].slice(0, mostColumns)
    try {
      localStorage.setItem(this.#key, JSON.stringify(this.chosen))
    } catch {
      // It holds as long as the page is open.
    }
  }

  /** The chosen ones in the order in which they stand, without fields that are gone. */
  order(fieldIds: readonly string[]): ColumnId[] {
    const fields = fieldIds.map((id) => `field:${id}` as const)
    const all: ColumnId[] = [...before, ...fields, ...after]
    return all.filter((id) => this.chosen.includes(id))
  }
}

function isColumn(value: unknown): value is ColumnId {
  return (
    typeof value === 'string' &&
    (fixedColumns.some((id) => id === value) || /^field:[0-9a-f-]{36}$/.test(value))
  )
}
