import { describe, expect, test } from 'vitest'
import type { FieldSource } from '../contacts.ts'
import { readStoredPhone } from './read-stored-phone.ts'

const read = (
  phone: string | null,
  { normalized = null, source = 'import', country = 'ID' }: Partial<Record<string, string | null>> = {},
) =>
  readStoredPhone({ phone, phoneNormalized: normalized, source: source as FieldSource }, country ?? 'ID')
    ?.e164

describe('readStoredPhone', () => {
  test.each([
    '0812 0000 0001',
    '0812-0000-0001',
    '62 812 0000 0001',
    '+62 812-0000-0001',
    '0062812 0000 0001',
  ])('reads what people typed with the country of the workspace: %s', (typed) => {
    expect(read(typed)).toBe('+6281200000001')
  })

  test('takes what WhatsApp told for international, whatever the country', () => {
    expect(read('12025550123', { source: 'whatsapp_profile' })).toBe('+12025550123')
    expect(read('+1 202 555 0123', { source: 'whatsapp_profile', country: 'ID' })).toBe('+12025550123')
  })

  test('gives the country to what begins with a zero: no number of WhatsApp does', () => {
    expect(read('0812 0000 0001', { source: 'whatsapp_profile' })).toBe('+6281200000001')
  })

  test('reads a local number by another country once that is the default', () => {
    expect(read('202 555 0123', { country: 'US' })).toBe('+12025550123')
  })

  test.each([
    ['+55 11 98765 4321', '+551187654321', 'BR'],
    ['+52 1 55 1234 5678', '+525512345678', 'MX'],
    ['+54 9 11 2345 6789', '+541123456789', 'AR'],
  ])('never rewrites a national variant: %s', (phone, normalized, country) => {
    expect(read(phone, { normalized, country })).toBe(normalized)
  })

  test('keeps the number that is known where the spelling says nothing', () => {
    expect(read('call me', { normalized: '+6281200000001' })).toBe('+6281200000001')
    expect(read(null, { normalized: '+6281200000001' })).toBe('+6281200000001')
    expect(read('+620', { normalized: '+6281200000001' })).toBe('+6281200000001')
    expect(read('call me')).toBeUndefined()
  })
})
