import { createContext } from 'svelte'

export interface PaneWidths {
  list: number
  contact: number
}

/** In CSS pixels. */
export const paneLimits = {
  list: { least: 288, most: 560, usual: 360 },
  contact: { least: 264, most: 480, usual: 312 },
} as const

/** From this width of the window on the contact's details stand beside the thread, below it they lie over it. */
export const besideQuery = '(width >= 80rem)'

export interface PanesOptions {
  widths: PaneWidths | null
  isContactHidden: boolean
  /** Keeps the widths, once they stay. */
  onResized: (widths: PaneWidths) => void
  onContactHidden: (isHidden: boolean) => void
  /** Shows the details over the thread, as a step of the browser's history; or goes back that step. */
  openOver: () => void
  closeOver: () => void
}

/** How the panes of the inbox are arranged. */
export class Panes {
  widths = $state.raw<PaneWidths>({ list: paneLimits.list.usual, contact: paneLimits.contact.usual })
  /** Where there is room for them beside the thread. */
  isContactBeside = $state(true)
  /** Where there is not: whether they lie over it now. */
  isContactOver = $state(false)
  readonly #options: PanesOptions

  constructor(options: PanesOptions) {
    this.#options = options
    if (options.widths) this.widths = { ...this.widths, ...options.widths }
    this.isContactBeside = !options.isContactHidden
  }

  /** Shows or hides the contact's details. Browser only. */
  toggleContact(): void {
    if (matchMedia(besideQuery).matches) {
      this.isContactBeside = !this.isContactBeside
      this.#options.onContactHidden(!this.isContactBeside)
    } else if (this.isContactOver) this.#options.closeOver()
    else this.#options.openOver()
  }

  /** @returns the width within its limits */
  resize(pane: keyof PaneWidths, width: number): number {
    const { least, most } = paneLimits[pane]
    const fitting = Math.round(Math.min(most, Math.max(least, width)))
    this.widths = { ...this.widths, [pane]: fitting }
    return fitting
  }

  /** The border was let go. */
  keep(): void {
    this.#options.onResized(this.widths)
  }
}

export const [getPanes, setPanes] = createContext<Panes>()
