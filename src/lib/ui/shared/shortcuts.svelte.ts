import { createContext, untrack } from 'svelte'
import { on } from 'svelte/events'
import {
  type ActionId,
  type KeyPreferences,
  bindingsOf,
  hasModifier,
  readChord,
  shortcuts,
} from '#lib/domain/shortcuts.ts'

export interface ShortcutOptions {
  /** Whether the action can be run now; asked at each key press and each time the palette opens. */
  enabled?: () => boolean
  /** The key counts only while the focus is inside of this, and then in text fields and dialogs as well. */
  within?: () => Element | null | undefined
}

interface Registration extends ShortcutOptions {
  id: ActionId
  run: () => void
}

/** How long a sequence waits for its next key. */
const sequenceMs = 3_000

const textFields = 'textarea, select, [contenteditable]:not([contenteditable="false"]), [role="textbox"]'
const inputsWithoutText = [
  'button',
  'checkbox',
  'radio',
  'range',
  'color',
  'file',
  'image',
  'reset',
  'submit',
]
const dialogs = '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"], dialog'
const openDialogs =
  '[role="dialog"][data-state="open"], [role="alertdialog"][data-state="open"], dialog[open]'
const pressedByEnter =
  'a[href], button, summary, [role="button"], [role="menuitem"], [role="option"], [role="tab"]'

/** Which keys of a page do what, right now. Components register actions; one listener hears the keys. */
export class Shortcuts {
  #registrations = $state.raw<readonly Registration[]>([])
  #readPreferences: () => KeyPreferences
  #timer: ReturnType<typeof setTimeout> | undefined
  /** What was chosen and is on its way to being kept: in force from the moment when the page shows it. */
  chosen = $state.raw<KeyPreferences | null>(null)
  /** The first key of a sequence, while the second is awaited. */
  pending = $state<string | null>(null)

  constructor(readPreferences: () => KeyPreferences) {
    this.#readPreferences = readPreferences
  }

  get preferences(): KeyPreferences {
    return this.chosen ?? this.#readPreferences()
  }

  /** The actions that something on the page can run now, in the registry's order. */
  get available(): ActionId[] {
    return shortcuts.map(({ id }) => id).filter((id) => this.#find(id) !== undefined)
  }

  /** The actions that something on the page listens to, also those that cannot be run at the moment. */
  get registered(): ActionId[] {
    return shortcuts.map(({ id }) => id).filter((id) => this.#registrations.some((known) => known.id === id))
  }

  /** What the keys after `pending` would do. */
  get continuations(): { id: ActionId; keys: string }[] {
    const start = this.pending
    if (start === null) return []
    return this.available.flatMap((id) =>
      bindingsOf(id, this.preferences)
        .filter((keys) => keys.startsWith(`${start} `))
        .map((keys) => ({ id, keys: keys.slice(start.length + 1) })),
    )
  }

  /** What an action's key is now, to be shown; null where it has none. */
  keysOf(id: ActionId): string | null {
    return bindingsOf(id, this.preferences)[0] ?? null
  }

  /** Runs an action as its key would; false when nothing on the page can. */
  run(id: ActionId): boolean {
    const found = this.#find(id)
    found?.run()
    return found !== undefined
  }

  /** What is registered last answers first. Returns how to take it back. */
  register(registration: Registration): () => void {
    this.#registrations = [...this.#registrations, registration]
    return () => {
      this.#registrations = this.#registrations.filter((known) => known !== registration)
    }
  }

  /** Hears every key of the page; returns how to stop. Browser only. */
  listen(): () => void {
    const stop = on(window, 'keydown', (event) => {
      this.#hear(event)
    })
    return () => {
      stop()
      this.#await(null)
    }
  }

  #hear(event: KeyboardEvent): void {
    // While letters are put together (IME) keys belong to the field; 229 is how older engines say so.
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return
    const isAltGraph = event.getModifierState('AltGraph')
    const { key, code, ctrlKey, metaKey, altKey, shiftKey } = event
    const chord = readChord({ key, code, ctrlKey, metaKey, altKey, shiftKey, isAltGraph })
    if (chord === null) return
    const start = this.pending
    const keys = start === null ? chord : `${start} ${chord}`
    this.#await(null)
    const target = event.target instanceof Element ? event.target : document.body
    const found = this.#match(keys, target, event.repeat)
    if (found !== undefined) {
      event.preventDefault()
      found.run()
    } else if (this.#begins(keys) && !isOccupied(target)) {
      event.preventDefault()
      this.#await(keys)
    } else if (start !== null) {
      event.preventDefault()
    }
  }

  #match(keys: string, target: Element, isRepeat: boolean): Registration | undefined {
    return this.#registrations.findLast((known) => {
      if (!bindingsOf(known.id, this.preferences).includes(keys)) return false
      if (isRepeat && !shortcuts.some((shortcut) => shortcut.id === known.id && 'repeats' in shortcut))
        return false
      return canHear(known, keys, target) && (known.enabled?.() ?? true)
    })
  }

  #begins(keys: string): boolean {
    return this.available.some((id) =>
      bindingsOf(id, this.preferences).some((binding) => binding.startsWith(`${keys} `)),
    )
  }

  #find(id: ActionId): Registration | undefined {
    return this.#registrations.findLast((known) => known.id === id && (known.enabled?.() ?? true))
  }

  #await(start: string | null): void {
    clearTimeout(this.#timer)
    this.pending = start
    if (start === null) return
    this.#timer = setTimeout(() => {
      this.pending = null
    }, sequenceMs)
  }
}

function canHear(known: Registration, keys: string, target: Element): boolean {
  if (known.within !== undefined) return known.within()?.contains(target) ?? false
  if (keys === 'enter' && target.closest(pressedByEnter) !== null) return false
  return hasModifier(keys) ? !isInDialog(target) || known.id === 'search.open' : !isOccupied(target)
}

function isOccupied(target: Element): boolean {
  return isTextField(target) || isInDialog(target)
}

function isTextField(target: Element): boolean {
  if (target instanceof HTMLInputElement) return !inputsWithoutText.includes(target.type)
  return target.closest(textFields) !== null
}

function isInDialog(target: Element): boolean {
  return target.closest(dialogs) !== null || document.querySelector(openDialogs) !== null
}

const [getShortcuts, setShortcuts] = createContext<Shortcuts>()
export { getShortcuts }

/**
 * Lets the components below register actions, and hears their keys. Call it once, while the frame of the pages is made;
 * `readPreferences` is asked at every key press.
 */
export function provideShortcuts(readPreferences: () => KeyPreferences): Shortcuts {
  const made = setShortcuts(new Shortcuts(readPreferences))
  $effect(() => made.listen())
  return made
}

/**
 * Lets a key run `handler` as long as the calling component is on the page. Call it while the component is made.
 * Of several components that register an action, the one that came last and is `enabled` runs it.
 */
export function useShortcut(id: ActionId, handler: () => void, options: ShortcutOptions = {}): void {
  const made = getShortcuts()
  $effect(() => untrack(() => made.register({ id, run: handler, ...options })))
}
