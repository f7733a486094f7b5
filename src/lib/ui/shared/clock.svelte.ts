import { getLocale } from '#lib/i18n/generated/runtime.js'
import { createContext } from 'svelte'
import { type Moment, type TimeWords, describeTimes } from './times.ts'

const tickMs = 10_000
const localesOfTexts = { en: 'en-GB', id: 'id-ID' } as const
/** An answer may be so long on its way, and its moment is in full seconds: less than this is no wrong clock. */
const toleranceMs = 30_000

/**
 * The reader's clock, shared by everything on a page that shows a time. On the server and during hydration it does not
 * know the reader's time zone: what is written then is hidden until `isReader` (see `[data-clock]` in app.css).
 */
export class Clock {
  now = $state(Date.now())
  isReader = $state(false)
  /** How far the server's clock is ahead of this device's. */
  #aheadMs = 0
  #words = $state.raw<TimeWords>(describeTimes(localesOfTexts[getLocale()], 'UTC', 'h23'))

  /** Starts ticking in the reader's time zone; returns how to stop. Browser only. */
  start(): () => void {
    const { hourCycle } = new Intl.DateTimeFormat(undefined, { hour: 'numeric' }).resolvedOptions()
    this.#words = describeTimes(readerLocale(), undefined, hourCycle)
    this.isReader = true
    this.tick()
    const timer = setInterval(() => {
      this.tick()
    }, tickMs)
    return () => {
      clearInterval(timer)
    }
  }

  tick(): void {
    this.now = this.read()
  }

  /** This very moment in milliseconds, by the server's clock where the device's is wrong. */
  read(): number {
    return Date.now() + this.#aheadMs
  }

  /**
   * The server has just told its time, in milliseconds. What it decides by its clock is shown by the same.
   * @returns whether this clock stands elsewhere now
   */
  compare(serverNow: number): boolean {
    const aheadMs = serverNow - Date.now()
    if (Number.isNaN(aheadMs) || Math.abs(aheadMs - this.#aheadMs) < toleranceMs) return false
    this.#aheadMs = Math.abs(aheadMs) < toleranceMs ? 0 : aheadMs
    this.tick()
    return true
  }

  /** `14:32` */
  timeOf(moment: Moment): string {
    return this.#words.timeOf(moment)
  }

  /** `Tuesday, 3 March 2026 at 14:32:05` */
  fullTimeOf(moment: Moment): string {
    return this.#words.fullTimeOf(moment)
  }

  /** `Tuesday, 3 March 2026 at 14:32` */
  dayAndTimeOf(moment: Moment): string {
    return this.#words.dayAndTimeOf(moment)
  }

  /** The shortest that is clear today: `14:32`, `Yesterday`, `Tue`, `3 Mar`, `3 Mar 2025`. */
  shortTimeOf(moment: Moment): string {
    return this.#words.shortTimeOf(moment, this.now)
  }

  /** `Today`, `Yesterday`, `Tuesday, 3 March`, `Tuesday, 3 March 2025`. */
  dayOf(moment: Moment): string {
    return this.#words.dayOf(moment, this.now)
  }

  /** The reader's calendar day as a number that grows by one a day. */
  dayNumberOf(moment: Moment): number {
    return this.#words.dayNumberOf(moment)
  }
}

export const [getClock, setClock] = createContext<Clock>()

/** Weekdays and months are in the language of the texts; the order of a date follows the reader's kind of it. */
export function readerLocale(): string {
  const language = getLocale()
  return navigator.languages.find((known) => known.split('-')[0] === language) ?? localesOfTexts[language]
}
