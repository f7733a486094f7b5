import { describe, expect, test } from 'vitest'
import type { JsonObject } from './json.ts'
import type { MessageEvent, ReactionEvent, StatusEvent } from './kapso-event.ts'
import { readKapsoEvent } from './read-event.ts'

const receivedAt = new Date('2026-01-01T00:00:00Z')
const conversation = { id: 'conv_1', phone_number: '6281200000012' }

function read(name: string, item: JsonObject) {
  return readKapsoEvent(
    `whatsapp.message.${name}`,
    { phone_number_id: '1', conversation, ...item },
    receivedAt,
  )
}

function readMessage(message: JsonObject, rest: JsonObject = {}, name = 'received'): MessageEvent {
  const event = read(name, {
    message: { id: 'wamid.1', type: 'text', text: { body: 'x' }, ...message },
    ...rest,
  })
  if (event.kind !== 'message') throw new Error(`read as ${JSON.stringify(event)}`)
  return event
}

function readReaction(reaction: JsonObject, message: JsonObject = {}, name = 'received'): ReactionEvent {
  const event = read(name, { message: { id: 'wamid.1', type: 'reaction', reaction, ...message } })
  if (event.kind !== 'reaction') throw new Error(`read as ${JSON.stringify(event)}`)
  return event
}

function readStatus(name: string, message: JsonObject, rest: JsonObject = {}): StatusEvent {
  const event = read(name, { message: { id: 'wamid.1', type: 'text', ...message }, ...rest })
  if (event.kind !== 'status') throw new Error(`read as ${JSON.stringify(event)}`)
  return event
}

describe('direction and origin', () => {
  test('what was received is inbound, unless the body says that the business wrote it', () => {
    expect(readMessage({}).direction).toBe('inbound')
    expect(readMessage({ kapso: { direction: 'outbound', origin: 'history_sync' } })).toMatchObject({
      direction: 'outbound',
      origin: 'history_sync',
    })
    expect(readMessage({ kapso: { direction: 'sideways', origin: 'nowhere' } })).toMatchObject({
      direction: 'inbound',
      origin: 'cloud_api',
    })
  })

  test('what was sent is outbound, also when a colleague typed it on the phone', () => {
    expect(readMessage({}, {}, 'sent')).toMatchObject({ direction: 'outbound', origin: 'cloud_api' })
    expect(readMessage({ kapso: { origin: 'business_app' } }, {}, 'sent').origin).toBe('business_app')
  })
})

describe('replies and forwarding', () => {
  test.each([
    [{ id: 'wamid.0' }, 'wamid.0'],
    [{ message_id: 'wamid.0' }, 'wamid.0'],
    [{ id: '' }, null],
    [{ id: 7 }, null],
    [[], null],
    [null, null],
  ])('the context %j answers %j', (context, answered) => {
    expect(readMessage({ context }).replyToWamid).toBe(answered)
  })

  test.each([
    [{ forwarded: true }, true],
    [{ frequently_forwarded: true }, true],
    [{ forwarded: 'true' }, true],
    [{ forwarded: false }, false],
    [{ forwarded: 1 }, false],
    [{}, false],
    [undefined, false],
  ])('the context %j is forwarded: %j', (context, forwarded) => {
    expect(readMessage({ context }).isForwarded).toBe(forwarded)
  })
})

describe('where a customer came from', () => {
  const referral = {
    source_url: 'https://fb.me/abc',
    source_id: '120210000000000000',
    source_type: 'ad',
    headline: 'Buka rekening',
    body: 'Hubungi kami',
    media_type: 'image',
    image_url: 'https://example.com/a.jpg',
    ctwa_clid: 'ARAk',
  }

  test('an advertisement', () => {
    expect(readMessage({ referral }).referral).toEqual({
      sourceType: 'ad',
      sourceId: '120210000000000000',
      sourceUrl: 'https://fb.me/abc',
      headline: 'Buka rekening',
      body: 'Hubungi kami',
      clickId: 'ARAk',
    })
  })

  test('a product of the catalogue', () => {
    const context = { referred_product: { catalog_id: '1', product_retailer_id: 'SKU-7' } }
    expect(readMessage({ context }).referral).toEqual({
      sourceType: 'product',
      sourceId: 'SKU-7',
      sourceUrl: null,
      headline: null,
      body: null,
      clickId: null,
    })
  })

  test.each([
    [{ ...referral, source_url: 'javascript:alert(1)' }, null],
    [{ ...referral, source_url: 'https://a b' }, null],
    [{ ...referral, source_url: ['https://fb.me'] }, null],
  ])('no link that a page could run: %j', (told, sourceUrl) => {
    expect(readMessage({ referral: told }).referral?.sourceUrl).toBe(sourceUrl)
  })

  test.each([undefined, null, '', [], {}, { source_type: 'ad' }, { source_id: null }])(
    'not from %j',
    (told) => {
      expect(readMessage({ referral: told }).referral).toBeNull()
    },
  )
})

describe('the session', () => {
  test('stands as the body says, at the later of its two moments', () => {
    const told = {
      ...conversation,
      status: 'ended',
      last_active_at: '2026-01-02T03:04:05+07:00',
      updated_at: '2026-01-01T21:00:00.123456Z',
    }
    expect(readMessage({}, { conversation: told }).session).toEqual({
      kapsoConversationId: 'conv_1',
      status: 'ended',
      statusAt: new Date('2026-01-01T21:00:00.123Z'),
    })
  })

  test('is known without its status when only the message names it', () => {
    const kapso = { whatsapp_conversation_id: 'conv_2', phone_number: '6281200000012' }
    expect(readMessage({ kapso }, { conversation: { status: 'active' } }).session).toEqual({
      kapsoConversationId: 'conv_2',
      status: null,
      statusAt: null,
    })
  })

  test.each([null, '', [], 'conv_1', { id: {} }])('is none with the conversation %j', (told) => {
    expect(readMessage({ from: '6281200000012' }, { conversation: told }).session).toBeNull()
  })
})

describe('reactions', () => {
  test('put on a message', () => {
    expect(readReaction({ message_id: 'wamid.0', emoji: '👍🏽' })).toMatchObject({
      wamid: 'wamid.1',
      targetWamid: 'wamid.0',
      emoji: '👍🏽',
      direction: 'inbound',
    })
  })

  test.each([undefined, null, ''])('taken off again with the emoji %j', (emoji) => {
    expect(readReaction({ message_id: 'wamid.0', emoji }).emoji).toBeNull()
  })

  test('ours, with its status', () => {
    expect(readReaction({ message_id: 'wamid.0', emoji: '🙏' }, {}, 'sent')).toMatchObject({
      direction: 'outbound',
      statuses: [{ status: 'sent' }],
    })
  })

  test('known by their object where the type is missing', () => {
    expect(readReaction({ message_id: 'wamid.0', emoji: '🙏' }, { type: null }).emoji).toBe('🙏')
  })

  test("a reaction's status says that it has no row of its own", () => {
    expect(readStatus('read', { type: 'reaction', reaction: { message_id: 'wamid.0' } }).isReaction).toBe(
      true,
    )
    expect(readStatus('read', {})).not.toHaveProperty('isReaction')
  })
})

describe('statuses', () => {
  test("the event's own stands in where Kapso recorded no list, at the message's time", () => {
    expect(readStatus('delivered', { timestamp: '1786901101' }).statuses).toEqual([
      {
        status: 'delivered',
        occurredAt: new Date('2026-08-16T17:25:01Z'),
        errorCode: null,
        errorTitle: null,
      },
    ])
  })

  test('played and the like are kept as WhatsApp names them; what is none is left out', () => {
    const statuses = [
      { status: 'played', timestamp: 1786901101 },
      { status: 'read', timestamp: '1786901100' },
      { status: 'Not a status!', timestamp: '1786901100' },
      { status: 'sent', timestamp: 'soon' },
      'sent',
      null,
    ]
    expect(readStatus('read', { kapso: { statuses } }).statuses.map(({ status }) => status)).toEqual([
      'played',
      'read',
    ])
  })

  test.each([
    [{ code: 131026, title: 'Undeliverable' }, '131026', 'Undeliverable'],
    [{ code: '131026', message: 'Message undeliverable' }, '131026', 'Message undeliverable'],
    [{ code: 'a b', title: 7 }, null, '7'],
    [{ code: null, title: ['x'] }, null, null],
    ['131026', null, null],
  ])('the error %j', (error, errorCode, errorTitle) => {
    const statuses = [{ status: 'failed', timestamp: '1786901101', errors: [error] }]
    expect(readStatus('failed', { kapso: { statuses } }).statuses).toMatchObject([{ errorCode, errorTitle }])
  })

  test('an error beside the message counts where there is no list', () => {
    const errors = [{ code: 131047, title: 'Re-engagement message' }]
    expect(readStatus('failed', { errors }).statuses).toMatchObject([{ errorCode: '131047' }])
    expect(readStatus('failed', { kapso: { errors } }).statuses).toMatchObject([{ errorCode: '131047' }])
  })

  test('name the recipient: number and id in one event', () => {
    const statuses = [
      { status: 'sent', timestamp: '1786901100', recipient_id: '6281200000013', recipient_user_id: 'ID.7' },
    ]
    expect(readStatus('delivered', { kapso: { statuses } }, { conversation: {} }).counterpart).toMatchObject({
      phone: { e164: '+6281200000013' },
      businessScopedId: 'ID.7',
    })
  })

  test('are told of what the business sent only', () => {
    const statuses = [{ status: 'read', timestamp: '1786901100' }]
    expect(readMessage({ kapso: { statuses } }).statuses).toEqual([])
  })

  test('our own id comes back from the raw status', () => {
    const statuses = [{ status: 'sent', timestamp: '1786901100', biz_opaque_callback_data: 'row-1' }]
    expect(readMessage({ kapso: { statuses } }, {}, 'sent').callbackData).toBe('row-1')
    expect(readMessage({ kapso: { statuses: {} } }, {}, 'sent').callbackData).toBeNull()
  })
})

describe('times', () => {
  test.each([
    ['unix seconds as text', '1730092800'],
    ['unix seconds', 1730092800],
    ['milliseconds', '1730092800000'],
    ['ISO with offset', '2024-10-28T02:20:00-03:00'],
    ['ISO with microseconds', '2024-10-28T05:20:00.000000Z'],
  ])('%s', (_form, timestamp) => {
    expect(readMessage({ timestamp }).occurredAt.toISOString()).toBe('2024-10-28T05:20:00.000Z')
  })

  test.each([undefined, null, '', 'soon', {}, 0, -1, 1e300, '0000000000', '9'.repeat(13)])(
    'the moment of receipt stands in for %j',
    (timestamp) => {
      expect(readMessage({ timestamp }).occurredAt).toEqual(receivedAt)
    },
  )
})
