import { describe, expect, test } from 'vitest'
import {
  businessScopedIdAt,
  isIdentified,
  kapsoIdAt,
  readCounterpart,
  readPhoneNumberId,
  wamidAt,
} from './read-identity.ts'

describe('a business-scoped id', () => {
  test.each(['US.13491208655302741918', 'ID.a', 'US.ENT.506847293015824', `BR.${'Z9'.repeat(64)}`])(
    '%s is kept byte for byte',
    (id) => {
      expect(businessScopedIdAt({ id }, 'id')).toBe(id)
    },
  )

  test.each([
    undefined,
    null,
    '',
    'us.134',
    'USA.134',
    'US134',
    'US.',
    'US.13 4',
    ' US.134',
    'US.134\n',
    'US.ENT.',
    'US.13-4',
    'US.é',
    `US.${'9'.repeat(129)}`,
    'user.5f2a',
    134,
    ['US.134'],
    { id: 'US.134' },
  ])('%j is none, and counts as absent', (id) => {
    expect(businessScopedIdAt({ id }, 'id')).toBeNull()
  })
})

test.each([
  ['wamid.HBgM=', true],
  ['', false],
  [' wamid.1', false],
  ['wamid\u0000', false],
  ['wamid.\ud800', false],
  [1, false],
  [null, false],
])('%j is a message id: %j', (id, isOne) => {
  expect(wamidAt({ id }, 'id')).toBe(isOne ? id : undefined)
})

test.each([
  ['20e0e0c5-d08f-4361-8d3c-f563d58ee884', true],
  ['conv_123', true],
  ["'; drop", false],
  ['x'.repeat(129), false],
  [{}, false],
])('%j is an id of Kapso: %j', (id, isOne) => {
  expect(kapsoIdAt({ id }, 'id')).toBe(isOne ? id : undefined)
})

describe('which of our numbers', () => {
  test('the item itself says, else its conversation, else its message', () => {
    const message = { kapso: { phone_number_id: '3' } }
    const conversation = { phone_number_id: '2' }
    expect(readPhoneNumberId({ phone_number_id: 1, conversation, message })).toBe('1')
    expect(readPhoneNumberId({ phone_number_id: '', conversation, message })).toBe('2')
    expect(readPhoneNumberId({ conversation: null, message })).toBe('3')
    expect(readPhoneNumberId({ message: [] })).toBeUndefined()
  })
})

describe('the person on the other side', () => {
  const phoneOf = (message: Record<string, unknown>, conversation: Record<string, unknown> = {}) =>
    readCounterpart({ message, conversation }, 'inbound').phone?.e164 ?? null

  test.each(['6281200000012', '+6281200000012', '+62 812-0000-0012', 6281200000012, ' 6281200000012\u200e'])(
    'has the number %j, with or without a plus sign',
    (from) => {
      expect(phoneOf({ from })).toBe('+6281200000012')
    },
  )

  test.each([undefined, null, '', 'US.134', [], {}, '0', 'anonymous'])('has no number with %j', (from) => {
    expect(phoneOf({ from })).toBeNull()
    expect(phoneOf({ from }, { phone_number: '6281200000012' })).toBe('+6281200000012')
    expect(phoneOf({ from, kapso: { phone_number: '6281200000012' } })).toBe('+6281200000012')
  })

  test('is the sender of what came in, and the receiver of what went out', () => {
    const message = {
      from: '12025550100',
      to: '6281200000012',
      from_user_id: 'US.1',
      to_user_id: 'ID.2',
      to_parent_user_id: 'ID.ENT.3',
    }
    expect(readCounterpart({ message }, 'outbound')).toMatchObject({
      phone: { e164: '+6281200000012' },
      businessScopedId: 'ID.2',
      parentBusinessScopedId: 'ID.ENT.3',
    })
    expect(readCounterpart({ message }, 'inbound')).toMatchObject({ businessScopedId: 'US.1' })
  })

  test('an id that is none does not hide one that stands further off', () => {
    const message = { from_user_id: 'user.5f' }
    const conversation = { business_scoped_user_id: 'ID.2' }
    expect(readCounterpart({ message, conversation }, 'inbound').businessScopedId).toBe('ID.2')
  })

  test('the newest raw status names the receiver before the conversation does', () => {
    const statuses = [
      { recipient_user_id: 'ID.1' },
      { recipient_user_id: 'ID.2', recipient_id: '6281200000013' },
      {},
    ]
    const conversation = { business_scoped_user_id: 'ID.3' }
    expect(readCounterpart({ conversation, statuses }, 'outbound')).toMatchObject({
      phone: { e164: '+6281200000013' },
      businessScopedId: 'ID.2',
    })
  })

  test('the name stands in one of four places, the newest first', () => {
    const name = (sources: Parameters<typeof readCounterpart>[0]) =>
      readCounterpart(sources, 'inbound').profileName
    const message = { kapso: { contact_name: 'C' } }
    const contact = { profile_name: 'D' }
    expect(
      name({ conversation: { contact_name: 'A', kapso: { contact_name: 'B' } }, message, contact }),
    ).toBe('A')
    expect(name({ conversation: { contact_name: '', kapso: { contact_name: 'B' } }, message, contact })).toBe(
      'B',
    )
    expect(name({ conversation: { contact_name: null }, message, contact })).toBe('C')
    expect(name({ contact })).toBe('D')
    expect(name({ conversation: { contact_name: ['A'] } })).toBeNull()
    expect(name({ conversation: { contact_name: '   ' } })).toBeNull()
  })

  test('a long name is cut without breaking a character', () => {
    const { profileName } = readCounterpart(
      { conversation: { contact_name: `${'x'.repeat(199)}👍` } },
      'inbound',
    )
    expect(profileName?.length).toBe(200)
    expect(profileName?.isWellFormed()).toBe(true)
  })

  test.each([
    ['@budi', 'budi'],
    ['budi', 'budi'],
    ['@', null],
    ['', null],
    [{ name: 'budi' }, null],
  ])('the username %j is %j', (username, kept) => {
    expect(readCounterpart({ message: { username } }, 'inbound').username).toBe(kept)
  })

  test('a name or a username alone does not tell people apart', () => {
    const named = readCounterpart(
      { message: { username: 'budi' }, conversation: { contact_name: 'Budi' } },
      'inbound',
    )
    expect(isIdentified(named)).toBe(false)
    expect(isIdentified({ ...named, businessScopedId: 'ID.2' })).toBe(true)
    expect(isIdentified({ ...named, kapsoConversationId: 'conv_1' })).toBe(true)
  })
})
