import type { MemberPreferences } from '#lib/domain/member-preferences.ts'

/**
 * Tells the server what a member chose. What it could not be told stays in the browser until the next page tries again.
 */
export class PreferenceKeeper {
  readonly #key: string
  readonly #put: (news: Partial<MemberPreferences>) => Promise<void>
  /** One after the other, so that the last choice is the one that stays. */
  #line: Promise<void> = Promise.resolve()

  constructor(userId: string, put: (news: Partial<MemberPreferences>) => Promise<void>) {
    this.#key = `preferences:${userId}`
    this.#put = put
  }

  keep(news: Partial<MemberPreferences>): Promise<void> {
    this.#write({ ...this.left(), ...news })
    this.#line = this.#line.then(() => this.#tell())
    return this.#line
  }

  /** What the server was not told; null where there is nothing. */
  left(): Partial<MemberPreferences> | null {
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(this.#key) ?? 'null')
      return typeof kept === 'object' && kept !== null ? kept : null
    } catch {
      return null
    }
  }

  async #tell(): Promise<void> {
    const news = this.left()
    if (!news) return
    try {
      await this.#put(news)
      if (JSON.stringify(this.left()) === JSON.stringify(news)) this.#write(null)
    } catch {
      // It stays for the next time.
    }
  }

  #write(news: Partial<MemberPreferences> | null): void {
    try {
      if (news === null) localStorage.removeItem(this.#key)
      else localStorage.setItem(this.#key, JSON.stringify(news))
    } catch {
      // A browser that keeps nothing asks for it again.
    }
  }
}
