import { afterEach, describe, expect, test } from 'vitest'
import { getLocale, overwriteGetLocale } from '#lib/i18n/generated/runtime.js'
import { writeCount } from '../shared/write-count.ts'
import { describeAlarm, describeFinding, describeState, writeMilliseconds } from './webhook-words.ts'

const alarm = {
  id: 'a',
  subject: 'Sales',
  details: {},
  openedAt: '3 Mar 2026, 14:00',
  resolvedAt: null,
}

test('every alarm says what it is and what to do', () => {
  for (const kind of [
    'duplicates_spike',
    'silence',
    'webhook_paused',
    'wrong_signatures',
    'not_stored',
    'unattended',
    'messages_missing',
  ]) {
    const { title, text } = describeAlarm({ ...alarm, kind })
    expect(title).not.toContain('_')
    expect(text.length).toBeGreaterThan(20)
  }
})

test('an alarm of a later version is shown all the same', () => {
  expect(describeAlarm({ ...alarm, kind: 'something_new' }).title).toBe('Something new')
})

test('counts stand in the words', () => {
  const { text } = describeAlarm({ ...alarm, kind: 'duplicates_spike', details: { count: 1200, median: 10 } })
  expect(text).toContain('1,200')
})

test('findings say what is missing and on which side', () => {
  const finding = {
    id: 'f',
    kind: 'missing_message' as const,
    channel: 'Sales',
    direction: 'inbound',
    type: 'text',
    status: null,
    phoneEnd: '0123',
    reason: null,
    at: '',
    isRequested: false,
    repairError: null,
  }
  expect(describeFinding(finding)).toBe('Text from a customer, number ending in 0123')
  expect(describeFinding({ ...finding, direction: 'outbound', phoneEnd: null })).toBe('Text to a customer')
  expect(describeFinding({ ...finding, type: 'something_new' })).toContain('Something_new from a customer')
  expect(describeFinding({ ...finding, kind: 'status_behind', status: 'read' })).toBe(
    'Read at Kapso, not here yet, number ending in 0123',
  )
})

test('a state that is not known says why', () => {
  expect(describeState('unknown', 'no_key')).toMatchObject({ tone: 'neutral', label: 'Not checked' })
  expect(describeState(null, null).label).toBe('Not checked yet')
})

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1500, '1.5 s'],
  [90_000, '1.5 min'],
  [7_200_000, '2 h'],
])('%i ms is written %s', (milliseconds, written) => {
  expect(writeMilliseconds(milliseconds)).toBe(written)
})

test('one hour of silence is an hour, not hours', () => {
  expect(describeAlarm({ ...alarm, kind: 'silence', details: { hours: 1 } }).text).toContain('for 1 hour,')
  expect(describeAlarm({ ...alarm, kind: 'silence', details: { hours: 3 } }).text).toContain('for 3 hours,')
})

describe('for an Indonesian reader', () => {
  const present = getLocale
  afterEach(() => {
    overwriteGetLocale(present)
  })

  test('numbers have points for thousands and commas for fractions', () => {
    overwriteGetLocale(() => 'id')
    expect(writeCount(1234567)).toBe('1.234.567')
    expect(writeMilliseconds(1500)).toBe('1,5 dtk')
    const { title, text } = describeAlarm({ ...alarm, kind: 'silence', details: { hours: 1200 } })
    expect(title).toBe('Tidak ada kiriman')
    expect(text).toContain('1.200 jam')
  })
})
