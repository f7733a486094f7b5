import { describe, expect, test } from 'vitest'
import type { MessageDirection } from '../../domain/inbox.ts'
import type { JsonObject } from './json.ts'
import { readMessageBody, readMessageType } from './read-message-content.ts'

function read(
  type: string,
  body: unknown,
  message: JsonObject = {},
  direction: MessageDirection = 'inbound',
) {
  return readMessageBody({ type, [type]: body, ...message }, type, direction)
}

function contentOf(type: string, body: unknown, message: JsonObject = {}) {
  return read(type, body, message)?.content
}

describe('the type', () => {
  test.each([
    [{ type: 'text' }, 'text'],
    [{ type: 'poll_creation' }, 'poll_creation'],
    [{ text: { body: 'x' } }, 'text'],
    [{ type: null, image: { id: '1' } }, 'image'],
    [{ type: 7, sticker: {} }, 'sticker'],
    [{ type: '', video: null }, 'unknown'],
    [{ type: '<b>' }, 'unknown'],
    [{}, 'unknown'],
  ])('of %j is %s', (message, type) => {
    expect(readMessageType(message)).toBe(type)
  })
})

describe('text', () => {
  test('is kept as it was written: marks that turn the direction, line ends, 64 KB', () => {
    const text = `\u202Eab\u202C שלום\r\n\t${'ä'.repeat(65_536)}`
    expect(read('text', { body: text })).toEqual({ text, content: null, media: null })
  })

  test('loses what Postgres cannot store, and nothing else', () => {
    expect(read('text', { body: 'a\0b\ud800c👍' })?.text).toBe('a\ufffdb\ufffdc👍')
  })

  test('is cut where a body of megabytes would fill the thread, but never within a pair', () => {
    const text = read('text', { body: `${'x'.repeat(99_999)}👍👍` })?.text
    expect(text?.length).toBe(100_000)
    expect(text?.isWellFormed()).toBe(true)
  })

  test('may be a number', () => {
    expect(read('text', { body: 12 })?.text).toBe('12')
  })
})

describe('contents that cannot be read', () => {
  test.each(['location', 'contacts', 'interactive', 'button', 'order', 'template', 'system'])(
    'a broken %s still shows that something came',
    (type) => {
      for (const body of [undefined, null, '', 7, 'x', [], [null], true]) {
        expect(read(type, body)).toEqual({
          text: null,
          content: { kind: 'unsupported', type, code: null, title: null },
          media: null,
        })
      }
    },
  )

  test.each(['poll_creation', 'hologram', 'constructor', 'toString', '__proto__'])(
    'the type %s, which nobody knows, is kept by its name',
    (type) => {
      expect(contentOf(type, { anything: true })).toEqual({
        kind: 'unsupported',
        type,
        code: null,
        title: null,
      })
    },
  )

  test('what WhatsApp does not pass on comes with its kind and code', () => {
    const errors = [{ code: 131051, title: 'Message type unknown', message: 'Message type unknown' }]
    expect(contentOf('unsupported', { type: 'edit' }, { errors })).toEqual({
      kind: 'unsupported',
      type: 'edit',
      code: '131051',
      title: 'Message type unknown',
    })
    expect(contentOf('unsupported', null, { errors })).toMatchObject({ type: 'unsupported', code: '131051' })
  })

  test("Kapso's own words are never taken for the customer's", () => {
    const kapso = { content: 'Image attached URL: https://app.kapso.ai/secret', media_url: null }
    for (const type of ['image', 'hologram', 'location', 'template', 'reaction']) {
      expect(JSON.stringify(read(type, {}, { kapso }))).not.toContain('secret')
    }
    expect(read('text', {}, { kapso })).toBeUndefined()
  })
})

test('a system message tells what happened', () => {
  expect(read('system', { type: 'user_changed_number', body: 'Budi changed their number' })).toEqual({
    text: 'Budi changed their number',
    content: { kind: 'system', event: 'user_changed_number' },
    media: null,
  })
  expect(contentOf('system', {})).toEqual({ kind: 'system', event: 'unknown' })
})
