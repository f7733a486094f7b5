import { describe, expect, it } from 'vitest'
import { beginningOf, isEmojiOnly, splitLinks } from './message-text.ts'

describe('splitLinks', () => {
  it('leaves a sentence its punctuation', () => {
    expect(splitLinks('See https://example.com/a?b=1. Bye')).toEqual([
      { text: 'See ', href: null },
      { text: 'https://example.com/a?b=1', href: 'https://example.com/a?b=1' },
      { text: '. Bye', href: null },
    ])
  })

  it.each(['javascript:alert(1)', 'data:text/html,x', 'https://', 'example.com', ''])(
    'makes no link of %j',
    (text) => {
      expect(splitLinks(text)).toEqual([{ text, href: null }])
    },
  )

  it('knows e-mail addresses and phone numbers', () => {
    expect(splitLinks('Tulis ke rina.s@example.co.id, atau +62 812-0000-0001.')).toEqual([
      { text: 'Tulis ke ', href: null },
      { text: 'rina.s@example.co.id', href: 'mailto:rina.s@example.co.id' },
      { text: ', atau ', href: null },
      { text: '+62 812-0000-0001', href: 'tel:+6281200000001' },
      { text: '.', href: null },
    ])
    expect(splitLinks('WA 0812 0000 0001 ya')[1]).toEqual({
      text: '0812 0000 0001',
      href: 'tel:081200000001',
    })
    expect(splitLinks('www.example.com')).toEqual([
      { text: 'www.example.com', href: 'https://www.example.com' },
    ])
  })

  it.each([
    'Rp 1.500.000',
    '2026-03-03 10:00',
    'no. 12345678',
    '0,5',
    '08.00-17.00',
    'a@b',
    '3171-0123-4567-8901',
  ])('takes %j for neither', (text) => {
    expect(splitLinks(text)).toEqual([{ text, href: null }])
  })

  it('shows a host of foreign letters as what is looked up', () => {
    expect(splitLinks('https://\u0430pple.com/id')).toEqual([
      { text: 'https://xn--pple-43d.com/id', href: 'https://\u0430pple.com/id' },
    ])
  })

  it('makes no link of an address that pretends to lead elsewhere, and ends one at a sign that turns text around', () => {
    const pretender = 'https://bank.example@evil.example/'
    expect(splitLinks(pretender).map(({ href }) => href)).not.toContain(pretender)
    expect(splitLinks('https://example.com/\u202Egnp.exe')).toEqual([
      { text: 'https://example.com/', href: 'https://example.com/' },
      { text: '\u202Egnp.exe', href: null },
    ])
  })
})

describe('beginningOf', () => {
  it('shows short texts whole', () => {
    expect(beginningOf('x'.repeat(1_500))).toBeNull()
  })

  it('cuts long ones at a word, and never within a sign', () => {
    expect(beginningOf('word '.repeat(2_000))).toMatch(/word$/)
    const beginning = beginningOf(`x${'🌸'.repeat(1_000)}`) ?? ''
    expect(beginning.endsWith('🌸')).toBe(true)
  })
})

describe('isEmojiOnly', () => {
  it.each(['❤️', '🙏🙏', '👨‍👩‍👧', '🇮🇩', '👍🏽'])('knows %s', (text) => {
    expect(isEmojiOnly(text)).toBe(true)
  })

  it.each(['', 'ok', '1', '#', '🙏 ok', '🙏🙏🙏🙏'])('does not take %j for one', (text) => {
    expect(isEmojiOnly(text)).toBe(false)
  })
})
