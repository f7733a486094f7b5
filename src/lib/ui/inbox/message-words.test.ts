import { makeMessage } from '#lib/realtime/test-rows.ts'
import { describe, expect, it } from 'vitest'
import { authorOf, markOf, previewOf } from './message-words.ts'

const sent = makeMessage({
  direction: 'outbound',
  origin: 'my21staff',
  sendState: 'accepted',
  authorName: 'Rina',
})

describe('markOf', () => {
  it.each([
    ['nothing for the customer', makeMessage({ status: 'read' }), false, null],
    ['nothing for what was imported without a status', { ...sent, sendState: null }, false, null],
    ['a clock in the outbox', { ...sent, sendState: 'waiting' }, false, 'waiting'],
    ['a clock while WhatsApp has taken it but not sent it', { ...sent, status: 'queued' }, false, 'waiting'],
    ['one tick', { ...sent, status: 'sent' }, false, 'sent'],
    ['two ticks', { ...sent, status: 'delivered' }, false, 'delivered'],
    ['read for played', { ...sent, status: 'played' }, false, 'read'],
    ['a failure above all', { ...sent, status: 'sent' }, true, 'failed'],
    ['unknown', { ...sent, sendState: 'unknown' }, false, 'unknown'],
    [
      'the report of the phone above an unknown outcome',
      { ...sent, sendState: 'unknown', status: 'delivered' },
      false,
      'delivered',
    ],
  ] as const)('is %s', (_, message, hasFailed, mark) => {
    expect(markOf(message, hasFailed)).toBe(mark)
  })
})

describe('previewOf', () => {
  const last = { direction: 'inbound', status: null, sendState: null, hasFailed: false } as const

  it('puts a text into one line', () => {
    expect(previewOf({ ...last, type: 'text', text: ' Halo\n\nkak ' })).toBe('Halo kak')
  })

  it('names what is not text', () => {
    expect(previewOf({ ...last, type: 'image', text: null })).toBe('Picture')
    expect(previewOf({ ...last, type: 'image', text: 'Paspor' })).toBe('Picture: Paspor')
    expect(previewOf({ ...last, type: 'hologram', text: null })).toBe('Message')
  })
})

describe('authorOf', () => {
  it.each([
    [sent, null],
    [{ ...sent, authorName: 'Adi' }, 'Adi'],
    [{ ...sent, origin: 'bot', authorName: 'Sarah' }, 'Sarah'],
    [{ ...sent, origin: 'business_app', authorName: null }, 'WhatsApp Business app'],
    [{ ...sent, origin: 'cloud_api', authorName: null }, 'Sent outside my21staff'],
  ] as const)('%#', (message, author) => {
    expect(authorOf(message, 'Rina')).toBe(author)
  })
})
