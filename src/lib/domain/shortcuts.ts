/**
 * The keys of the app. A binding is written as it is kept in a member's preferences: chords that are pressed one after
 * the other, parted by a space (`g o`), each with its modifiers (`mod+enter`, `shift+e`). `mod` is Ctrl, on a Mac the
 * command key. Keys are named by what they type, not by where they lie, so that they hold on every layout.
 */

export type ShortcutGroup = 'list' | 'thread' | 'composer' | 'queue' | 'go' | 'general'

export interface Shortcut {
  id: string
  group: ShortcutGroup
  /** The binding as long as the member has chosen no other. */
  keys: string
  /** A second binding that stays whatever the member chooses. */
  alwaysKeys?: string
  /** Held down, it runs again and again. */
  repeats?: boolean
}

/** Every action that a key can run, in the order in which the help shows them. */
export const shortcuts = [
  { id: 'list.next', group: 'list', keys: 'j', repeats: true },
  { id: 'list.previous', group: 'list', keys: 'k', repeats: true },
  { id: 'list.open', group: 'list', keys: 'enter' },
  { id: 'thread.reply', group: 'thread', keys: 'r' },
  { id: 'thread.note', group: 'thread', keys: 'n' },
  { id: 'thread.assign', group: 'thread', keys: 'a' },
  { id: 'thread.label', group: 'thread', keys: 'l' },
  { id: 'thread.snooze', group: 'thread', keys: 'z' },
  { id: 'thread.close', group: 'thread', keys: 'e' },
  { id: 'thread.close_next', group: 'thread', keys: 'shift+e' },
  { id: 'thread.unread', group: 'thread', keys: 'u' },
  { id: 'thread.back', group: 'thread', keys: 'escape' },
  { id: 'composer.send', group: 'composer', keys: 'mod+enter' },
  { id: 'queue.next', group: 'queue', keys: 'j', alwaysKeys: 'arrowright' },
  { id: 'queue.previous', group: 'queue', keys: 'k', alwaysKeys: 'arrowleft' },
  { id: 'queue.merge', group: 'queue', keys: 'm' },
  { id: 'queue.different', group: 'queue', keys: 'd' },
  { id: 'queue.skip', group: 'queue', keys: 's' },
  { id: 'queue.undo', group: 'queue', keys: 'u' },
  { id: 'go.open', group: 'go', keys: 'g o' },
  { id: 'go.mine', group: 'go', keys: 'g m' },
  { id: 'go.unassigned', group: 'go', keys: 'g u' },
  { id: 'go.snoozed', group: 'go', keys: 'g z' },
  { id: 'go.closed', group: 'go', keys: 'g e' },
  { id: 'go.settings', group: 'go', keys: 'g s' },
  { id: 'message.new', group: 'general', keys: 'c' },
  { id: 'search.open', group: 'general', keys: '/', alwaysKeys: 'mod+k' },
  { id: 'help.open', group: 'general', keys: '?' },
] as const satisfies readonly Shortcut[]

export type ActionId = (typeof shortcuts)[number]['id']

/** What a member chose: nothing for an action means its default, an empty text that it has no key. */
export interface KeyPreferences {
  /** Off: keys without Ctrl or Cmd do nothing, but for arrows. */
  areKeysOn: boolean
  keys: Readonly<Record<string, string>>
}

export const defaultKeyPreferences: KeyPreferences = { areKeysOn: true, keys: {} }

/** What of a key press decides about a shortcut: the fields of a browser's KeyboardEvent. */
export interface KeyPress {
  key: string
  code: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
  /** AltGr reports Ctrl and Alt on Windows, and types an ordinary character. */
  isAltGraph: boolean
}

/**
 * The chord of a key press (`mod+k`, `shift+e`, `?`), or null for one that can be part of no binding: a modifier alone,
 * a dead key, anything with Alt. On alphabets other than the Latin one a letter counts as the one printed on the same
 * key of a Latin keyboard, for on them nobody could type `j`.
 */
export function readChord(press: KeyPress): string | null {
  const { key } = press
  if (
    ['Control', 'Shift', 'Alt', 'Meta', 'AltGraph', 'CapsLock', 'Dead', 'Process', 'Unidentified'].includes(
      key,
    )
  ) {
    return null
  }
  if (press.altKey && !press.isAltGraph) return null
  const hasMod = (press.ctrlKey || press.metaKey) && !press.isAltGraph
  const name = readKeyName(key, press.code)
  // A sign such as `?` needs Shift on one layout and not on the next; only letters and named keys tell the two apart.
  const hasShift = press.shiftKey && (name.length > 1 || isLetter(name))
  return `${hasMod ? 'mod+' : ''}${hasShift ? 'shift+' : ''}${name}`
}

function readKeyName(key: string, code: string): string {
  if (key === ' ') return 'space'
  if (isLetter(key) && !/^[a-z]$/i.test(key) && /^Key[A-Z]$/.test(code)) return code.slice(3).toLowerCase()
  return key.toLowerCase()
}

function isLetter(text: string): boolean {
  return /^\p{L}$/u.test(text)
}

/** The bindings of an action as the member has it; none, one or two. */
export function bindingsOf(id: ActionId, preferences: KeyPreferences): string[] {
  const shortcut: Shortcut | undefined = shortcuts.find((known) => known.id === id)
  if (shortcut === undefined) return []
  const bindings = [preferences.keys[id] ?? shortcut.keys, shortcut.alwaysKeys ?? '']
  return bindings.filter(
    (keys) => keys !== '' && (preferences.areKeysOn || hasModifier(keys) || isArrow(keys)),
  )
}

/** Nothing is written with them, neither by voice nor by mistake. */
function isArrow(keys: string): boolean {
  return /^arrow(left|right|up|down)$/.test(keys)
}

/** Whether a binding asks for Ctrl or Cmd, so that it cannot be pressed by writing. */
export function hasModifier(keys: string): boolean {
  return keys.split(' ').every((chord) => chord.startsWith('mod+'))
}

/** Whether a text is a binding that the app can hear: one or two chords. */
export function isBinding(keys: string): boolean {
  const chords = keys.split(' ')
  return (
    chords.length <= 2 &&
    chords.every((chord) => /^(mod\+)?(shift\+)?([^\s]|[a-z][a-z0-9]{1,14})$/u.test(chord)) &&
    keys.length <= 40
  )
}

/**
 * The other action that `keys` would take its key from: one that has the same binding, or one whose binding begins
 * with it (`g` against `g o`) or is its beginning. Null when there is none.
 */
export function findConflict(id: ActionId, keys: string, preferences: KeyPreferences): ActionId | null {
  const everyKey = { ...preferences, areKeysOn: true }
  const group = shortcuts.find((shortcut) => shortcut.id === id)?.group
  const begins = (longer: string, start: string) => longer === start || longer.startsWith(`${start} `)
  const other = shortcuts.find(
    (shortcut) =>
      shortcut.id !== id &&
      canMeet(shortcut.group, group) &&
      bindingsOf(shortcut.id, everyKey).some((taken) => begins(taken, keys) || begins(keys, taken)),
  )
  return other?.id ?? null
}

/** The queue of duplicates is a page of its own, on which nothing of the inbox hears a key. */
function canMeet(left: ShortcutGroup, right: ShortcutGroup | undefined): boolean {
  const isOfInbox = (group: ShortcutGroup | undefined) =>
    group === 'list' || group === 'thread' || group === 'composer'
  return !((left === 'queue' && isOfInbox(right)) || (right === 'queue' && isOfInbox(left)))
}

const keySigns: Readonly<Record<string, string>> = {
  enter: '↵',
  escape: 'Esc',
  arrowup: '↑',
  arrowdown: '↓',
  arrowleft: '←',
  arrowright: '→',
  backspace: '⌫',
  delete: 'Del',
  tab: 'Tab',
  space: 'Space',
}

/** A binding as it is shown on key caps: chords, each a list of caps. `shift+e` is [['Shift', 'E']]. */
export function showKeys(keys: string, isMac: boolean): string[][] {
  return keys
    .split(' ')
    .filter((chord) => chord !== '')
    .map((chord) => {
      const [, mod, shift, name = ''] = /^(mod\+)?(shift\+)?(.+)$/u.exec(chord) ?? []
      const cap = keySigns[name] ?? (name.length === 1 ? name.toUpperCase() : capitalise(name))
      return [mod && (isMac ? '⌘' : 'Ctrl'), shift && (isMac ? '⇧' : 'Shift'), cap].filter(
        (part): part is string => part !== undefined && part !== '',
      )
    })
}

function capitalise(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1)
}
