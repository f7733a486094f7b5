import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { asObject, type JsonObject } from './json.ts'
import { readKapsoEvent } from './read-event.ts'

const folder = new URL('../../../../tests/support/payloads/', import.meta.url)
const receivedAt = new Date('2026-01-01T00:00:00Z')

function sample(name: string): JsonObject {
  return asObject(JSON.parse(readFileSync(new URL(name, folder), 'utf8'))) ?? {}
}

describe('on the recorded samples', () => {
  test('a text message', () => {
    expect(
      readKapsoEvent('whatsapp.message.received', sample('kapso-v2-message-received-text.json'), receivedAt),
    ).toEqual({
      kind: 'message',
      phoneNumberId: '123456789012345',
      wamid: 'wamid.123',
      direction: 'inbound',
      origin: 'cloud_api',
      text: 'Hello',
      occurredAt: new Date(1730092800_000),
      replyToWamid: null,
      counterpart: {
        phone: { e164: '+15551234567', verdict: 'possible' },
        businessScopedId: null,
        username: null,
        profileName: 'John Doe',
        kapsoConversationId: 'conv_123',
      },
      callbackData: null,
      statuses: [],
    })
  })

  test('a text message with a business-scoped id and the name in its newer place', () => {
    const event = readKapsoEvent(
      'whatsapp.message.received',
      sample('kapso-v2-message-received-text-bsuid.json'),
      receivedAt,
    )
    expect(event).toMatchObject({
      kind: 'message',
      counterpart: {
        phone: { e164: '+16315551181' },
        businessScopedId: 'US.13491208655302741918',
        username: 'testusername',
        profileName: 'John Doe',
      },
    })
  })

  test('a sent echo, with its statuses', () => {
    const event = readKapsoEvent(
      'whatsapp.message.sent',
      sample('kapso-v2-message-sent-text.json'),
      receivedAt,
    )
    expect(event).toMatchObject({ kind: 'message', direction: 'outbound', statuses: [{ status: 'sent' }] })
  })

  test.each(['delivered', 'read', 'failed'])('the status %s', (status) => {
    const event = readKapsoEvent(
      `whatsapp.message.${status}`,
      sample(`kapso-v2-message-${status}.json`),
      receivedAt,
    )
    expect(event).toMatchObject({ kind: 'status' })
    expect(event.kind === 'status' && event.statuses.map((entry) => entry.status)).toContain(status)
  })

  test("a failure's code", () => {
    const event = readKapsoEvent(
      'whatsapp.message.failed',
      sample('kapso-v2-message-failed.json'),
      receivedAt,
    )
    expect(event.kind === 'status' && event.statuses.at(-1)).toMatchObject({
      status: 'failed',
      errorCode: '131047',
    })
  })

  const webhooks = readdirSync(folder).filter(
    (name) => name.startsWith('kapso-v2-') && !name.includes('batch'),
  )

  test.each(webhooks)('%s is understood or set aside, never an error', (name) => {
    const event = name
      .replace('kapso-v2-', 'whatsapp.')
      .replace(/^whatsapp\.message-(\w+).*/, 'whatsapp.message.$1')
    expect(readKapsoEvent(event, sample(name), receivedAt).kind).toMatch(
      /^(message|status|ignored|quarantined)$/,
    )
  })

  test('there are samples to read', () => {
    expect(webhooks.length).toBeGreaterThan(25)
  })
})

describe('what varies', () => {
  const base = { message: { id: 'w1', type: 'text', text: { body: 'x' } }, phone_number_id: '1' }

  test.each([
    ['unix seconds as text', '1730092800'],
    ['unix seconds', 1730092800],
    ['milliseconds', '1730092800000'],
    ['ISO with offset', '2024-10-28T02:20:00-03:00'],
    ['ISO with microseconds', '2024-10-28T05:20:00.000000Z'],
  ])('reads a time as %s', (_form, timestamp) => {
    const event = readKapsoEvent(
      'whatsapp.message.received',
      { ...base, message: { ...base.message, timestamp } },
      receivedAt,
    )
    expect(event.kind === 'message' && event.occurredAt.toISOString()).toBe('2024-10-28T05:20:00.000Z')
  })

  test.each([undefined, null, '', 'soon'])('stands in for the missing time %j', (timestamp) => {
    const event = readKapsoEvent(
      'whatsapp.message.received',
      { ...base, message: { ...base.message, timestamp } },
      receivedAt,
    )
    expect(event.kind === 'message' && event.occurredAt).toEqual(receivedAt)
  })

  test.each([undefined, null, ''])('takes the number %j for none', (phone) => {
    const event = readKapsoEvent(
      'whatsapp.message.received',
      { ...base, conversation: { phone_number: phone } },
      receivedAt,
    )
    expect(event.kind === 'message' && event.counterpart.phone).toBeNull()
  })

  test('replaces what Postgres cannot store', () => {
    const event = readKapsoEvent(
      'whatsapp.message.received',
      { ...base, message: { ...base.message, text: { body: 'a\0b\ud800' } } },
      receivedAt,
    )
    expect(event.kind === 'message' && event.text).toBe('a\ufffdb\ufffd')
  })

  test.each([
    ['no message id', { message: { type: 'text' }, phone_number_id: '1' }, 'message_id_missing'],
    ['no phone number id', { message: base.message }, 'phone_number_id_missing'],
    ['no text', { ...base, message: { id: 'w', type: 'text' } }, 'text_missing'],
  ])('quarantines %s', (_what, item, reason) => {
    expect(readKapsoEvent('whatsapp.message.received', item, receivedAt)).toEqual({
      kind: 'quarantined',
      reason,
    })
  })
})
