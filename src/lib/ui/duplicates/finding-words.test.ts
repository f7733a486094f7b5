import { afterEach, expect, test } from 'vitest'
import { compareContacts } from '#lib/domain/duplicates/compare-contacts.ts'
import type { Evidence, Flip } from '#lib/domain/duplicates/evidence.ts'
import { prepareContact } from '#lib/domain/duplicates/prepare.ts'
import { makeContact, makeFrequencies } from '#lib/domain/duplicates/test-contacts.ts'
import { getLocale, overwriteGetLocale } from '#lib/i18n/generated/runtime.js'
import { describeFinding, describeTurningPoint, writePercent } from './finding-words.ts'

const before = getLocale
afterEach(() => {
  overwriteGetLocale(before)
})

const labels = { f1: 'Nomor pelanggan' }
type Found = Evidence extends infer One
  ? One extends Evidence
    ? Omit<One, 'weight' | 'field'>
    : never
  : never

function both(found: Found): [string, string] {
  const say = (locale: 'en' | 'id') => {
    overwriteGetLocale(() => locale)
    return describeFinding({ ...found, field: 'number', weight: 1 } as Evidence, labels)
  }
  return [say('en'), say('id')]
}

test.each<[Found, string, string]>([
  [
    { code: 'same_scoped_id', scope: 's' },
    'Same WhatsApp account (business-scoped id)',
    'Akun WhatsApp sama (ID khusus bisnis)',
  ],
  [
    {
      code: 'same_number_written_differently',
      number: '+6281300001234',
      left: '0813-0000-1234',
      right: '+62 813 0000 1234',
    },
    'Same number, written 0813-0000-1234 and +62 813 0000 1234',
    'Nomor sama, ditulis 0813-0000-1234 dan +62 813 0000 1234',
  ],
  [
    { code: 'national_variant', country: 'BR', left: '+5511987654321', right: '+551187654321' },
    'Same number in Brazil, with and without the ninth digit: +5511987654321 and +551187654321',
    'Nomor sama di Brasil, dengan dan tanpa digit kesembilan: +5511987654321 dan +551187654321',
  ],
  [
    { code: 'national_variant', country: 'AR', left: '+5491123456789', right: '+541123456789' },
    'Same number in Argentina, with and without the 9: +5491123456789 and +541123456789',
    'Nomor sama di Argentina, dengan dan tanpa angka 9: +5491123456789 dan +541123456789',
  ],
  [{ code: 'similar_name', similarity: 0.18 }, 'Part of the name is the same', 'Sebagian namanya sama'],
  [{ code: 'similar_name', similarity: 0.93 }, 'Name 0.93 alike', 'Nama mirip 0,93'],
  [
    { code: 'same_email', email: 'a@example.com', holders: 2 },
    'Same e-mail, a@example.com',
    'Email sama, a@example.com',
  ],
  [
    { code: 'same_email', email: 'a@example.com', holders: 1200 },
    'Same e-mail, a@example.com, which 1,200 contacts have',
    'Email sama, a@example.com, yang dipakai 1.200 kontak',
  ],
  [{ code: 'same_name', share: 0.0001 }, 'Same name', 'Nama sama'],
  [
    { code: 'same_name', share: 0.034 },
    'Same name, a common one (3% of contacts)',
    'Nama sama, tetapi umum (3% kontak)',
  ],
  [
    { code: 'same_birth_date', date: '1990-05-17' },
    'Same date of birth, May 17, 1990',
    'Tanggal lahir sama, 17 Mei 1990',
  ],
  [{ code: 'same_city', city: 'kota baru' }, 'Same city, Kota Baru', 'Kota sama, Kota Baru'],
  [
    { code: 'same_custom_text', customField: 'f1', holders: 2 },
    'Same “Nomor pelanggan”',
    '“Nomor pelanggan” sama',
  ],
  [
    { code: 'different_custom_text', customField: 'gone' },
    'Different “Own field”',
    '“Bidang khusus” berbeda',
  ],
])('%o is told in both languages', (found, english, indonesian) => {
  expect(both(found)).toEqual([english, indonesian])
})

test('a name is no common one for two that share it among six contacts', () => {
  overwriteGetLocale(() => 'en')
  const found = { field: 'name', code: 'same_name', share: 0.33, weight: 16 } as const
  expect(describeFinding(found, {})).toBe('Same name')
})

test('a name that two spell differently is not told as if it were written alike', () => {
  overwriteGetLocale(() => 'en')
  const found = { field: 'name', code: 'same_name', share: 0.33, weight: 16 } as const
  expect(describeFinding(found, {}, ['Dewi Anggraini', 'Ibu Dewi Angraini'])).toBe(
    'Same name, spelled differently',
  )
  expect(describeFinding(found, {}, ['Dewi Anggraini', 'DEWI  anggraini'])).toBe('Same name')
  // Neither of these is the name that was found alike.
  expect(describeFinding(found, {}, ['Toko Jaya', 'Dewi Anggraini'])).toBe('Same name')
})

test('every finding has words of its own, in both languages', () => {
  const sides = { left: 'L', right: 'R' }
  const texts = [
    { code: 'same_scoped_id', scope: 's' },
    { code: 'different_scoped_ids', scope: 's' },
    { code: 'same_number', number: 'n' },
    { code: 'same_number_written_differently', number: 'n', ...sides },
    { code: 'national_variant', country: 'BR', ...sides },
    { code: 'national_variant', country: 'MX', ...sides },
    { code: 'national_variant', country: 'AR', ...sides },
    { code: 'national_variant', country: 'XX', ...sides },
    { code: 'former_number', number: 'n' },
    { code: 'same_last_digits', ...sides },
    { code: 'similar_number', ...sides },
    { code: 'different_numbers' },
    { code: 'both_numbers_active', ...sides },
    { code: 'same_email', email: 'e', holders: 2 },
    { code: 'similar_email', ...sides },
    { code: 'different_emails' },
    { code: 'same_name', share: 0 },
    { code: 'similar_name', similarity: 0.9 },
    { code: 'different_names', similarity: 0.2 },
    { code: 'same_birth_date', date: '1990-05-17' },
    { code: 'similar_birth_date', left: '1990-05-17', right: '1990-05-18' },
    { code: 'different_birth_dates', left: '1990-05-17', right: '1970-01-02' },
    { code: 'same_city', city: 'c' },
    { code: 'similar_city', ...sides },
    { code: 'different_cities', ...sides },
    { code: 'same_custom_text', customField: 'f1', holders: 2 },
    { code: 'similar_custom_text', customField: 'f1', similarity: 0.9 },
    { code: 'different_custom_text', customField: 'f1' },
  ].map((found) => both(found as Found))
  expect(new Set(texts.map(([english]) => english)).size).toBe(texts.length)
  expect(new Set(texts.map(([, indonesian]) => indonesian)).size).toBe(texts.length)
  expect(texts.filter(([english, indonesian]) => english === indonesian)).toEqual([])
})

test('what would turn a pair is told, for each that the comparison can give', () => {
  const people = [
    makeContact('a', { name: 'Budi Santoso', phone: '081200001234', emails: ['budi@example.com'] }),
    makeContact('b', {
      name: 'Budi Santoso',
      phone: '081300005678',
      emails: ['budi@example.com'],
      createdAt: 1,
    }),
  ].map((contact) => prepareContact(contact, 'ID'))
  const [one, other] = people
  if (one === undefined || other === undefined) throw new Error('two are compared')
  const { flip } = compareContacts(one, other, makeFrequencies())
  expect(flip).not.toBeNull()
  overwriteGetLocale(() => 'en')
  expect(describeTurningPoint(flip)).toMatch(/^If .+, they would .+\.$/)
  const turned: Flip = {
    field: 'number',
    from: 'different_numbers',
    to: 'same_number',
    score: 20,
    verdict: 'same',
  }
  expect(describeTurningPoint(turned)).toBe(
    'If the numbers were the same, they would surely be the same person.',
  )
  expect(describeTurningPoint(null)).toBe('No single change would.')
  overwriteGetLocale(() => 'id')
  expect(describeTurningPoint(turned)).toBe('Jika nomornya sama, keduanya pasti orang yang sama.')
})

test('nothing is told as certain, and nothing as impossible', () => {
  overwriteGetLocale(() => 'en')
  expect([1, 0.9999999, 0.991, 0.8, 0.06, 0.0000001].map(writePercent)).toEqual([
    '99.9%',
    '99.9%',
    '99.1%',
    '80%',
    '6%',
    '1%',
  ])
})
