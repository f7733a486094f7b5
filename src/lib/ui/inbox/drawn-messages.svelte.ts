import type { ThreadMessage } from '#lib/domain/inbox.ts'
import { keyOf } from './message-groups.ts'

/** Fills most of a screen with short messages, and all of it with longer ones; the rest follows at once. */
const drawnAtFirst = 14
const drawnMore = 16

/**
 * Which of a thread's messages stand in the page: the newest at first, and older ones as one comes near them. A hundred
 * bubbles take a slow processor half a second to draw, and some of every key that is pressed beside them.
 */
export class DrawnMessages {
  /** The oldest that is drawn; null while all are. */
  #firstKey = $state<string | null>(null)

  /** @param wantedId a message that must be among them at once, with some before it */
  constructor(all: readonly ThreadMessage[], wantedId: string | null) {
    const wanted = wantedId === null ? -1 : all.findIndex(({ id }) => id === wantedId)
    const start = all.length - drawnAtFirst
    this.#startAt(all, wanted === -1 ? start : Math.min(start, wanted - drawnAtFirst / 2))
  }

  /** What is drawn of these, oldest first. Messages that come at the end are; older ones that come before are not. */
  of(all: readonly ThreadMessage[]): readonly ThreadMessage[] {
    const start = this.#startOf(all)
    return start === 0 ? all : all.slice(start)
  }

  /** Whether older ones are here and not drawn. */
  hasMore(all: readonly ThreadMessage[]): boolean {
    return this.#startOf(all) > 0
  }

  /** Draws some more of the older ones. */
  drawMore(all: readonly ThreadMessage[]): void {
    this.#startAt(all, this.#startOf(all) - drawnMore)
  }

  /**
   * Draws a message that is led to. One that is yet to be loaded may come in a stretch that meets what is here, at once
   * or later: nothing is held back from then on, or the message would leave the page as the two become one.
   */
  drawWanted(all: readonly ThreadMessage[], wantedId: string): void {
    const wanted = all.findIndex(({ id }) => id === wantedId)
    if (wanted === -1) this.#firstKey = null
    else if (wanted < this.#startOf(all)) this.#startAt(all, wanted - drawnAtFirst / 2)
  }

  #startOf(all: readonly ThreadMessage[]): number {
    const key = this.#firstKey
    return key === null
      ? 0
      : Math.max(
          0,
          all.findIndex((message) => keyOf(message) === key),
        )
  }

  #startAt(all: readonly ThreadMessage[], start: number): void {
    const first = all[Math.max(0, start)]
    this.#firstKey = first ? keyOf(first) : null
  }
}
