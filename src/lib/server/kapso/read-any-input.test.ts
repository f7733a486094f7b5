import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { identifyEvent } from './event-identity.ts'
import { asObject, type JsonObject } from './json.ts'
import type { KapsoEvent } from './kapso-event.ts'
import { readKapsoEvent } from './read-event.ts'

/** Whatever comes: an event, never an exception, and nothing in it that Postgres would refuse. */

const folder = new URL('../../../../tests/support/payloads/', import.meta.url)
const receivedAt = new Date('2026-01-01T00:00:00Z')
const workspaceId = '11111111-1111-4111-8111-111111111111'

const eventNames = [
  ...['received', 'sent', 'delivered', 'read', 'failed'].map((name) => `whatsapp.message.${name}`),
  ...['created', 'ended', 'inactive'].map((name) => `whatsapp.conversation.${name}`),
  'whatsapp.contact.identity_changed',
  'whatsapp.contact.marketing_preference_changed',
  'whatsapp.phone_number.disconnected',
  'whatsapp.account.restricted',
  'workflow.execution.handoff',
  'project.event',
  'unknown',
]

const types = [
  'text',
  'image',
  'audio',
  'location',
  'contacts',
  'interactive',
  'button',
  'reaction',
  'order',
  'template',
  'system',
  'unsupported',
  'hologram',
]

const samples = readdirSync(folder)
  .filter((name) => /^(kapso-v2|fragment)-/.test(name) && !name.includes('batch'))
  .map((name) => asObject(JSON.parse(readFileSync(new URL(name, folder), 'utf8'))) ?? {})

/** Bodies that hold everything at once, for the parts that no sample has. */
const composed: JsonObject[] = types.map((type) => ({
  phone_number_id: '1',
  message: {
    id: 'wamid.1',
    type,
    from: '6281200000012',
    context: { id: 'wamid.0', forwarded: true, referred_product: { product_retailer_id: 'SKU' } },
    referral: { source_url: 'https://fb.me/a', source_type: 'ad' },
    errors: [{ code: 131051, title: 'Message type unknown' }],
    [type]: {
      body: 'x',
      name: 'n',
      catalog_id: '1',
      latitude: 1,
      longitude: 2,
      message_id: 'wamid.0',
      emoji: '👍',
      language: { code: 'id' },
      components: [{ type: 'body', text: '{{1}}', parameters: [{ type: 'text', text: 'v' }] }],
      product_items: [{ product_retailer_id: 'SKU', quantity: 1, item_price: 2, currency: 'IDR' }],
      nfm_reply: { response_json: '{"a":["b",1]}', body: 'Sent' },
      action: { buttons: [{ reply: { title: 't' } }], sections: [{ rows: [{ title: 'r' }] }] },
    },
    kapso: { statuses: [{ status: 'sent', timestamp: '1730092800', recipient_user_id: 'ID.1' }] },
  },
  conversation: { id: 'conv_1', status: 'active', contact_name: 'Budi' },
  marketing_preference: { status: 'stopped', sequence: 1 },
}))
const bodies = [...samples, ...composed]

/** Strings that have hurt somebody. */
const nastyText = fc.constantFrom(
  '',
  '\0',
  '\ud800',
  '\udfff',
  '\u202Eabc',
  '__proto__',
  'x'.repeat(70_000),
  '1e400',
  '9'.repeat(40),
  'https://a.example/\0',
  '{"a":',
)
const anyValue = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(undefined, null, '', 0, -1, true, false, [], {}, [[]], [null], [{}]),
  },
  { weight: 2, arbitrary: nastyText },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.bigInt().map(Number) },
  { weight: 2, arbitrary: fc.jsonValue() },
)

const kinds = [
  'message',
  'reaction',
  'status',
  'session',
  'identity_changed',
  'marketing_preference',
  'channel',
  'workflow',
  'ignored',
  'quarantined',
]

function expectSound(event: KapsoEvent): void {
  expect(kinds).toContain(event.kind)
  walk(event)
}

/** No NUL, no half of a character, no moment and no number that JSON or Postgres could not hold. */
function walk(value: unknown): void {
  if (typeof value === 'string' && (!value.isWellFormed() || value.includes('\0'))) {
    throw new Error(`not storable: ${JSON.stringify(value.slice(0, 80))}`)
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('not finite')
  if (value === undefined || typeof value === 'function') throw new Error('not a value')
  if (value instanceof Date) {
    if (!/^2\d{3}-/.test(value.toISOString())) throw new Error('no moment of ours')
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, entry] of Object.entries(value)) {
      walk(key)
      walk(entry)
    }
  }
}

function listPaths(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path]
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((entry: unknown, index) => [index, entry])
    : Object.entries(value)
  return [
    ...(path.length === 0 ? [] : [path]),
    ...entries.flatMap(([key, entry]) => listPaths(entry, [...path, key])),
  ]
}

function replaceAt(value: unknown, path: (string | number)[], replacement: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return replacement
  if (Array.isArray(value)) {
    return value.map((entry: unknown, index) => (index === key ? replaceAt(entry, rest, replacement) : entry))
  }
  const object = asObject(value) ?? {}
  return { ...object, [key]: replaceAt(object[key], rest, replacement) }
}

function readAndIdentify(name: string, item: JsonObject): void {
  expectSound(readKapsoEvent(name, item, receivedAt))
  const headers = { eventName: name, idempotencyKey: undefined }
  const { eventId, subjectKey } = identifyEvent(workspaceId, item, headers, undefined, 'fallback')
  expect(eventId.length).toBeLessThan(600)
  expect(eventId).toMatch(/^[\x20-\x7e]+$/)
  expect(subjectKey).toMatch(/^-?\d+$/)
}

describe('any JSON at all', () => {
  test('as an item', () => {
    const item = fc.jsonValue({ maxDepth: 6 }).map((value) => asObject(value) ?? { message: value })
    fc.assert(
      fc.property(fc.constantFrom(...eventNames), item, (name, value) => {
        readAndIdentify(name, value)
      }),
      { numRuns: 500 },
    )
  })

  test('in the places where the reader looks', () => {
    const keys = [
      'message',
      'conversation',
      'contact',
      'kapso',
      'statuses',
      'id',
      'type',
      'text',
      'body',
      'errors',
      'phone_number_id',
      ...types,
    ]
    const { item } = fc.letrec<{ item: JsonObject; value: unknown }>((tie) => ({
      item: fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 8, depthIdentifier: 'item' }),
      value: fc.oneof(
        { depthIdentifier: 'item', maxDepth: 4 },
        anyValue,
        fc.constantFrom(...types, 'wamid.1'),
        tie('item'),
        fc.array(tie('item'), { maxLength: 3 }),
      ),
    }))
    fc.assert(
      fc.property(fc.constantFrom(...eventNames), item, (name, value) => {
        readAndIdentify(name, value)
      }),
      { numRuns: 1000 },
    )
  })
})

test('any body with any one part replaced by anything', () => {
  const place = fc
    .constantFrom(...bodies)
    .chain((body) => fc.tuple(fc.constant(body), fc.constantFrom(...listPaths(body))))
  fc.assert(
    fc.property(fc.constantFrom(...eventNames), place, anyValue, (name, [body, path], replacement) => {
      readAndIdentify(name, asObject(replaceAt(body, path, replacement)) ?? {})
    }),
    { numRuns: 2000 },
  )
})

test('every part of every body, missing, null, empty, and of each wrong type', () => {
  for (const body of bodies) {
    for (const path of listPaths(body)) {
      for (const wrong of [undefined, null, '', 0, 'x', true, [], {}, [null], [{}], 1e300]) {
        const item = asObject(replaceAt(body, path, wrong)) ?? {}
        for (const name of [
          'whatsapp.message.received',
          'whatsapp.message.sent',
          'whatsapp.conversation.ended',
        ]) {
          walk(readKapsoEvent(name, item, receivedAt))
        }
      }
    }
  }
  expect(bodies.length).toBeGreaterThan(40)
})

test.each([
  [
    'a key that would change what objects are',
    '{"message":{"__proto__":{"id":"wamid.1"}},"phone_number_id":"1"}',
  ],
  ['numbers beyond counting', '{"message":{"id":"wamid.1","timestamp":1e400},"phone_number_id":1e400}'],
  ['deep nesting', `{"message":${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}}`],
  ['arrays for objects', '{"message":[{"id":"wamid.1"}],"conversation":[],"phone_number_id":["1"]}'],
  ['twice the same key', '{"message":{"id":"wamid.1"},"message":null}'],
])('%s', (_what, text) => {
  const item = asObject(JSON.parse(text)) ?? {}
  for (const name of eventNames) {
    readAndIdentify(name, item)
    expect(readKapsoEvent(name, item, receivedAt).kind).toMatch(/^(quarantined|ignored|channel)$/)
  }
  expect(({} as JsonObject)['id']).toBeUndefined()
})

test('reading twice gives the same, and leaves the body as it was', () => {
  for (const body of bodies) {
    const before = JSON.stringify(body)
    for (const name of eventNames) {
      expect(readKapsoEvent(name, body, receivedAt)).toEqual(readKapsoEvent(name, body, receivedAt))
    }
    expect(JSON.stringify(body)).toBe(before)
  }
})
