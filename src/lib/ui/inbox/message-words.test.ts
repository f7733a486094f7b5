import { makeConversation, makeMessage } from '#lib/realtime/test-rows.ts'
import { describe, expect, it } from 'vitest'
import { authorOf, lastLineOf, markOf, previewOf, writeLine } from './message-words.ts'

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
  const preview = { isVoice: false, durationSeconds: null, name: null }
  const line = (type: string, text: string | null, facts: Partial<typeof preview> | object = {}) =>
    writeLine(previewOf({ type, text, preview: { ...preview, ...facts } }))

  it('puts a text into one line', () => {
    expect(line('text', ' Halo\n\nkak ')).toBe('Halo kak')
  })

  it.each([
    ['image', null, {}, 'Photo'],
    ['image', 'Paspor', {}, 'Photo: Paspor'],
    ['audio', null, { isVoice: true, durationSeconds: 12.4 }, 'Voice note 0:12'],
    ['audio', null, {}, 'Audio'],
    ['document', null, { name: 'Invoice 2208.pdf' }, 'Document: Invoice 2208.pdf'],
    ['location', null, { name: 'Tugu Jogja' }, 'Location: Tugu Jogja'],
    ['contacts', null, { name: 'Pak Slamet' }, 'Contact: Pak Slamet'],
    ['interactive', 'Kirim ke rumah', {}, 'Kirim ke rumah'],
    ['template', null, { name: 'order_update' }, 'Template: order_update'],
    ['hologram', null, {}, 'Message that cannot be shown'],
    ['constructor', null, {}, 'Message that cannot be shown'],
  ])('of %s, %j, %j', (type, text, facts, expected) => {
    expect(line(type, text, facts)).toBe(expected)
  })
})

describe('lastLineOf', () => {
  it('tells of the reaction to the last message', () => {
    const last = makeConversation({
      lastMessage: {
        direction: 'outbound',
        type: 'image',
        text: null,
        preview: { isVoice: false, durationSeconds: null, name: null },
        reaction: { direction: 'inbound', emoji: '👍' },
        status: 'read',
        sendState: null,
        hasFailed: false,
      },
    }).lastMessage
    expect(last && writeLine(lastLineOf(last))).toBe('Reacted 👍 to: Photo')
  })
})

describe('authorOf', () => {
  it.each([
    [sent, null],
    [{ ...sent, authorName: 'Adi' }, 'Adi'],
    [{ ...sent, origin: 'bot', authorName: 'Sarah' }, 'Sarah'],
    [{ ...sent, origin: 'business_app', authorName: null }, 'Sent from the phone'],
    [{ ...sent, origin: 'cloud_api', authorName: null }, 'Sent outside my21staff'],
  ] as const)('%#', (message, author) => {
    expect(authorOf(message, 'Rina')).toBe(author)
  })
})
