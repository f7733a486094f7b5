import { readChord } from '#lib/domain/shortcuts.ts'

export type QueueAction = 'merge' | 'different' | 'skip' | 'undo' | 'back' | 'on'

const letters: Readonly<Record<string, QueueAction>> = { m: 'merge', d: 'different', s: 'skip', u: 'undo' }
const arrows: Readonly<Record<string, QueueAction>> = { arrowleft: 'back', arrowright: 'on' }

const writing = 'input, textarea, select, [contenteditable]:not([contenteditable="false"]), [role="textbox"]'
const surfaces = '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"], dialog[open]'

/**
 * What a key does in the queue; undefined where it is meant for something else: a field, a dialog, the second key of a
 * sequence, or a browser's own shortcut.
 *
 * @param areKeysOn false for members who want no single letters; arrows stay
 */
export function readQueueKey(event: KeyboardEvent, areKeysOn: boolean): QueueAction | undefined {
  if (event.defaultPrevented || event.isComposing || event.repeat) return undefined
  if (event.target instanceof Element && event.target.closest(`${writing}, ${surfaces}`) !== null)
    return undefined
  if (document.querySelector(surfaces) !== null) return undefined
  const chord = readChord({
    key: event.key,
    code: event.code,
    ctrlKey: event.ctrlKey,
    metaKey: event.metaKey,
    altKey: event.altKey,
    shiftKey: event.shiftKey,
    isAltGraph: event.getModifierState('AltGraph'),
  })
  if (chord === null) return undefined
  return arrows[chord] ?? (areKeysOn ? letters[chord] : undefined)
}
