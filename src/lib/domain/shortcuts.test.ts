import { describe, expect, test } from 'vitest'
import {
  bindingsOf,
  defaultKeyPreferences,
  findConflict,
  isBinding,
  readChord,
  showKeys,
  shortcuts,
} from './shortcuts.ts'

const press = (key: string, more: Partial<Parameters<typeof readChord>[0]> = {}) => ({
  key,
  code: '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  isAltGraph: false,
  ...more,
})

describe('which chord a key press is', () => {
  test.each([
    [press('j'), 'j'],
    [press('E', { shiftKey: true }), 'shift+e'],
    [press('E'), 'e'],
    [press('?', { shiftKey: true }), '?'],
    [press('/', { shiftKey: true, code: 'Digit7' }), '/'],
    [press('k', { ctrlKey: true }), 'mod+k'],
    [press('k', { metaKey: true }), 'mod+k'],
    [press('Enter', { ctrlKey: true }), 'mod+enter'],
    [press('л', { code: 'KeyK', ctrlKey: true }), 'mod+k'],
    [press('/', { ctrlKey: true, altKey: true, isAltGraph: true }), '/'],
    [press(' '), 'space'],
  ])('%o is %s', (given, chord) => {
    expect(readChord(given)).toBe(chord)
  })

  test.each([press('Shift'), press('Dead'), press('j', { altKey: true }), press('Process')])(
    '%o is none',
    (given) => {
      expect(readChord(given)).toBeNull()
    },
  )
})

describe('what a member chose', () => {
  test('replaces the default, and an empty text takes the key away', () => {
    expect(bindingsOf('thread.reply', defaultKeyPreferences)).toEqual(['r'])
    expect(bindingsOf('thread.reply', { areKeysOn: true, keys: { 'thread.reply': 'x' } })).toEqual(['x'])
    expect(bindingsOf('thread.reply', { areKeysOn: true, keys: { 'thread.reply': '' } })).toEqual([])
  })

  test('turned off, leaves what asks for Ctrl or Cmd', () => {
    const off = { areKeysOn: false, keys: {} }
    expect(bindingsOf('thread.reply', off)).toEqual([])
    expect(bindingsOf('composer.send', off)).toEqual(['mod+enter'])
    expect(bindingsOf('search.open', off)).toEqual(['mod+k'])
    expect(bindingsOf('queue.next', off)).toEqual(['arrowright'])
  })

  test('finds who has a key already, also a sequence that begins with it', () => {
    expect(findConflict('thread.reply', 'n', defaultKeyPreferences)).toBe('thread.note')
    expect(findConflict('thread.reply', 'g', defaultKeyPreferences)).toBe('go.open')
    expect(findConflict('thread.reply', 'j x', defaultKeyPreferences)).toBe('list.next')
    expect(findConflict('thread.reply', 'mod+k', defaultKeyPreferences)).toBe('search.open')
    expect(findConflict('thread.reply', 'r', defaultKeyPreferences)).toBeNull()
    expect(findConflict('thread.reply', 'x', defaultKeyPreferences)).toBeNull()
    // The queue of duplicates and a thread are never on one page.
    expect(findConflict('thread.reply', 'm', defaultKeyPreferences)).toBeNull()
    expect(findConflict('queue.merge', 'r', defaultKeyPreferences)).toBeNull()
    expect(findConflict('queue.merge', 'd', defaultKeyPreferences)).toBe('queue.different')
    expect(findConflict('queue.merge', 'c', defaultKeyPreferences)).toBe('message.new')
    expect(findConflict('go.open', 'd x', defaultKeyPreferences)).toBe('queue.different')
  })
})

test('no two defaults are in each other’s way, and all can be kept', () => {
  for (const { id, keys } of shortcuts) {
    expect(findConflict(id, keys, defaultKeyPreferences)).toBeNull()
    expect(isBinding(keys)).toBe(true)
  }
})

test.each(['', 'a b c', 'mod+', 'MOD+k', 'ctrl+alt+del', ' a', 'x'.repeat(41)])(
  '%j is no binding',
  (keys) => {
    expect(isBinding(keys)).toBe(false)
  },
)

test('shows keys as they are printed', () => {
  expect(showKeys('shift+e', false)).toEqual([['Shift', 'E']])
  expect(showKeys('g o', false)).toEqual([['G'], ['O']])
  expect(showKeys('mod+enter', true)).toEqual([['⌘', '↵']])
  expect(showKeys('', false)).toEqual([])
})
