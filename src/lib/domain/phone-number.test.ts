import { describe, expect, test } from 'vitest'
import { formatPhone, normalizeProviderPhone, normalizeTypedPhone } from './phone-number.ts'

describe('numbers that people type', () => {
  const spellings = [
    '0813-1859-025',
    '+62 813 1859 025',
    '62 813 1859 025',
    '62-813-1859-025',
    '628131859025',
    '0062 813 1859 025',
    '(0813) 1859 025',
    '0813.1859.025',
    '+62\u00a0813\u202f1859\u2011025',
    '\u202a+62 813 1859 025\u202c',
    '+62 (813) 1859025',
    '０８１３１８５９０２５',
  ]

  test.each(spellings)('reads %j as the same Indonesian number', (spelling) => {
    expect(normalizeTypedPhone(spelling, 'ID')).toEqual({ e164: '+628131859025', verdict: 'valid' })
  })

  test.each(['8131859025.0', '628131859025.0', '628131859025.00', '+628131859025,0', '08131859025.0'])(
    'reads %j, which was counted with, without its decimals',
    (spelling) => {
      expect(normalizeTypedPhone(spelling, 'ID')).toEqual({ e164: '+628131859025', verdict: 'valid' })
    },
  )

  test.each([
    ['0813.1859.000', '+628131859000'],
    ['0813.185.000', '+62813185000'],
    ['+62 813 1859 000', '+628131859000'],
    ['813.185.902.000', '+62813185902000'],
  ])('leaves the zeros at the end of %j', (spelling, e164) => {
    expect(normalizeTypedPhone(spelling, 'ID')?.e164).toBe(e164)
  })

  test('keeps a foreign number foreign', () => {
    expect(normalizeTypedPhone('+1 202 555 0143', 'ID')?.e164).toBe('+12025550143')
  })

  test('says that words are no number', () => {
    expect(normalizeTypedPhone('call me', 'ID')).toBeNull()
  })
})

describe('numbers that WhatsApp sends', () => {
  test.each(['12025550143', '+12025550143', '+1 202-555-0143', 12025550143])(
    'reads %j as international',
    (value) => {
      expect(normalizeProviderPhone(value)?.e164).toBe('+12025550143')
    },
  )

  test('never takes a foreign number for a domestic one', () => {
    expect(normalizeProviderPhone('81318590251')?.e164).toBe('+81318590251')
  })

  test.each([null, undefined, '', 'US.13491208655302741918', '0813', {}, '1'.repeat(16)])(
    'finds no number in %j',
    (value) => {
      expect(normalizeProviderPhone(value)).toBeNull()
    },
  )
})

test('shows a number as people read it', () => {
  expect(formatPhone('+12025550143')).toBe('+1 202 555 0143')
})
