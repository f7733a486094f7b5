import { describe, expect, test } from 'vitest'
import { normalizeEmail } from './emails.ts'

describe('addresses of one mailbox', () => {
  test.each([
    'ana.b@gmail.com',
    'Ana.B@Gmail.com',
    'anab+shop@gmail.com',
    'a.n.a.b@googlemail.com',
    ' mailto:anab@gmail.com ',
  ])('%j is anab@gmail.com', (typed) => {
    expect(normalizeEmail(typed)).toBe('anab@gmail.com')
  })

  test('dots and tags count where a provider does not say otherwise', () => {
    expect(normalizeEmail('ana.b+x@example.com')).toBe('ana.b+x@example.com')
    expect(normalizeEmail('ana.b+x@outlook.com')).toBe('ana.b@outlook.com')
  })

  test.each(['', 'ana', 'ana@', '@gmail.com', '+x@gmail.com', 'a@b@c.com'])('%j is none', (typed) => {
    expect(normalizeEmail(typed)).toBeNull()
  })
})
