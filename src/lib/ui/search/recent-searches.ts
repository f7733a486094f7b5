const most = 6

/**
 * What was searched for and led somewhere, the last first. It is kept as long as the tab is open and no longer: names and
 * numbers of customers must not stay behind on a machine that several people use. Who signs in next in that tab has their
 * own.
 */
export class RecentSearches {
  readonly #key: string

  constructor(workspaceSlug: string, memberId: string) {
    this.#key = `searches:${workspaceSlug}:${memberId}`
  }

  list(): string[] {
    try {
      const kept: unknown = JSON.parse(sessionStorage.getItem(this.#key) ?? '[]')
      return Array.isArray(kept) ? kept.filter((text) => typeof text === 'string').slice(0, most) : []
    } catch {
      return []
    }
  }

  add(text: string): void {
    const tidy = text.trim()
    if (tidy === '') return
    this.#write([tidy, ...this.list().filter((known) => known !== tidy)].slice(0, most))
  }

  forget(): void {
    this.#write([])
  }

  #write(texts: string[]): void {
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(texts))
    } catch {
      // A browser that keeps nothing shows none.
    }
  }
}
