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
