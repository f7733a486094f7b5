import { describe, expect, test } from 'vitest'
import { readSearchQuery } from './search-query.ts'

const number = '+628120000111'

describe('numbers', () => {
  test.each([
    '0812-0000-111',
    '0812 0000 111',
    '+62 812 0000 111',
    '+62 812-0000-111',
    '628120000111',
    '62-812-0000-111',
    '00 62 812 0000 111',
    '0062 812 0000 111',
    '+62 (0)812 0000 111',
    '(0812) 0000111',
    '\u202a+62\u00a0812\u20110000\u2011111\u202c',
    '８１２００００１１１',
  ])('reads %s', (text) => {
    expect(readSearchQuery(text, 'ID').phones).toContain(number)
  })

  test('reads one without its zero as a number of the country', () => {
    expect(readSearchQuery('812 0000 111', 'ID').phones).toContain(number)
  })

  test('takes a foreign number without plus as it is', () => {
    expect(readSearchQuery('12025550123', 'ID').phones).toContain('+12025550123')
  })

  test('takes a beginning for what it may become', () => {
    expect(readSearchQuery('0812 00', 'ID').phoneStarts).toEqual(['+6281200'])
    expect(readSearchQuery('62 812', 'ID').phoneStarts).toContain('+62812')
    expect(readSearchQuery('+62 812', 'ID').phoneStarts).toEqual(['+62812'])
  })

  test('takes four digits for the last ones', () => {
    expect(readSearchQuery('0111', 'ID').lastDigits).toBe('0111')
    expect(readSearchQuery('111', 'ID').lastDigits).toBeNull()
    expect(readSearchQuery('+62 812 0000', 'ID').lastDigits).toBeNull()
  })

  test('looks for digits in messages too', () => {
    expect(readSearchQuery('4711', 'ID').words).toBe('4711')
  })

  test('does without a country that no library knows', () => {
    expect(readSearchQuery('0812', 'XX').lastDigits).toBe('0812')
  })
})

describe('links', () => {
  test.each([
    'https://wa.me/628120000111',
    'wa.me/628120000111?text=Halo%20kak',
    'http://www.wa.me/+628120000111',
    'https://api.whatsapp.com/send?phone=628120000111&text=hi',
    'https://api.whatsapp.com/send/?phone=+628120000111&type=phone_number',
    'https://web.whatsapp.com/send?phone=62%20812%200000%20111',
    'whatsapp://send?phone=628120000111',
    'tel:+62-812-0000-111',
  ])('reads the number of %s', (text) => {
    expect(readSearchQuery(text, 'US')).toMatchObject({ phones: [number], name: null, words: null })
  })

  test('finds nothing by a link without a number', () => {
    expect(readSearchQuery('https://wa.me/message/ABCDEF', 'ID')).toMatchObject({ phones: [], name: null })
  })

  test('takes another link for words', () => {
    expect(readSearchQuery('https://example.com/sepatu', 'ID').words).toBe('https://example.com/sepatu')
  })
})

describe('words', () => {
  test('takes an e-mail address, also an unfinished one', () => {
    expect(readSearchQuery('Rina@Example.com', 'ID')).toMatchObject({ email: 'rina@example.com', name: null })
    expect(readSearchQuery('rina@', 'ID').email).toBe('rina@')
  })

  test('takes a user name for a name', () => {
    expect(readSearchQuery('@rina', 'ID')).toMatchObject({ email: null, name: '@rina' })
  })

  test('looks for a single letter in names alone, for a single sign everywhere', () => {
    expect(readSearchQuery('b', 'ID')).toMatchObject({ name: 'b', words: null })
    expect(readSearchQuery('王', 'ID')).toMatchObject({ name: '王', words: '王' })
  })

  test.each(['', '   ', '???', '\u200f', '\u0000', '-', '%', '😀'])('finds nothing by %j', (text) => {
    const query = readSearchQuery(text, 'ID')
    expect([query.phones, query.name, query.email, query.words]).toEqual([[], null, null, null])
  })

  test('reads no more than a person types', () => {
    expect(readSearchQuery('a'.repeat(100_000), 'ID').name).toHaveLength(300)
  })

  test('survives half a character', () => {
    expect(readSearchQuery('budi \ud83d', 'ID').name).toBe('budi \ufffd')
  })
})
