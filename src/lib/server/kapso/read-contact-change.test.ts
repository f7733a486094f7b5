import { describe, expect, test } from 'vitest'
import { readIdentityChange, readMarketingPreference } from './read-contact-change.ts'

const receivedAt = new Date('2026-01-01T00:00:00Z')
const contact = {
  wa_id: '6281200000012',
  business_scoped_user_id: 'ID.2',
  parent_business_scoped_user_id: 'ID.ENT.3',
  username: '@budi',
  profile_name: 'Budi',
  updated_at: '2026-02-03T04:05:06Z',
}

describe('an identity', () => {
  test('changed from one id to another', () => {
    const item = { phone_number_id: 1, contact, previous: { business_scoped_user_id: 'ID.1' } }
    expect(readIdentityChange(item, receivedAt)).toEqual({
      kind: 'identity_changed',
      phoneNumberId: '1',
      previousBusinessScopedId: 'ID.1',
      counterpart: {
        phone: { e164: '+6281200000012', verdict: 'valid' },
        businessScopedId: 'ID.2',
        parentBusinessScopedId: 'ID.ENT.3',
        username: 'budi',
        profileName: 'Budi',
        kapsoConversationId: null,
      },
      occurredAt: new Date('2026-02-03T04:05:06Z'),
    })
  })

  test.each([null, '', 'user.5f', ['ID.1'], undefined])('a previous id of %j is none', (previous) => {
    const item = { phone_number_id: '1', contact, previous: { business_scoped_user_id: previous } }
    expect(readIdentityChange(item, receivedAt)).toMatchObject({ previousBusinessScopedId: null })
  })
})

describe('a marketing preference', () => {
  const preference = {
    status: 'stopped',
    sequence: 4,
    detail: 'User stopped',
    occurred_at: '2026-02-03T00:00:00Z',
  }
  const read = (changed: Record<string, unknown>, who: unknown = contact) =>
    readMarketingPreference(
      { phone_number_id: '1', contact: who, marketing_preference: { ...preference, ...changed } },
      receivedAt,
    )

  test('stopped', () => {
    expect(read({})).toMatchObject({
      kind: 'marketing_preference',
      phoneNumberId: '1',
      status: 'stopped',
      sequence: 4,
      detail: 'User stopped',
      occurredAt: new Date('2026-02-03T00:00:00Z'),
      counterpart: { phone: { e164: '+6281200000012' }, businessScopedId: 'ID.2' },
    })
  })

  test('resumed, with its sequence as a text and no time of its own', () => {
    expect(read({ status: 'resumed', sequence: '5', detail: null, occurred_at: null })).toMatchObject({
      status: 'resumed',
      sequence: 5,
      detail: null,
      occurredAt: new Date('2026-02-03T04:05:06Z'),
    })
  })

  test.each([
    [{ status: 'paused' }, 'marketing_status_unknown'],
    [{ status: null }, 'marketing_status_unknown'],
    [{ sequence: null }, 'marketing_sequence_missing'],
    [{ sequence: -1 }, 'marketing_sequence_missing'],
    [{ sequence: 1.5 }, 'marketing_sequence_missing'],
    [{ sequence: 1e300 }, 'marketing_sequence_missing'],
  ])('%j waits for a person', (changed, reason) => {
    expect(read(changed)).toEqual({ kind: 'quarantined', reason })
  })

  test('of nobody in particular waits for a person', () => {
    expect(read({}, { username: 'budi' })).toEqual({ kind: 'quarantined', reason: 'identity_missing' })
  })
})
