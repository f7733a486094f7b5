import { describe, expect, test } from 'vitest'
import { cutSnippet, foldWords, markHits } from './search-snippet.ts'

const hits = (pieces: { text: string; isHit: boolean }[]) =>
  pieces.filter(({ isHit }) => isHit).map(({ text }) => text)
const whole = (pieces: { text: string }[]) => pieces.map(({ text }) => text).join('')

describe('what is marked', () => {
  test('marks forms of a word, Indonesian and English', () => {
    expect(
      hits(markHits('Pembelian itu, dibeli kemarin: stories and a story', ['beli', 'stories', 'stori'])),
    ).toEqual(['Pembelian', 'dibeli', 'stories', 'story'])
  })

  test('marks words with accents and capitals', () => {
    expect(hits(markHits('CAFÉ di Jum’at', ['cafe', 'jumat']))).toEqual(['CAFÉ', 'Jum’at'])
  })

  test('marks signs of a script without spaces', () => {
    expect(hits(markHits('您好王小明', ['小', '明']))).toEqual(['小', '明'])
  })

  test('does not mark a short word inside of another', () => {
    expect(hits(markHits('dibayar ya', ['ya', 'bay']))).toEqual(['ya'])
  })

  test('keeps every character, and keeps markup as text', () => {
    const text = '<b onclick="x">harga</b> & <script>'
    expect(whole(markHits(text, ['harga']))).toBe(text)
    expect(hits(markHits(text, ['harga']))).toEqual(['harga'])
  })
})

describe('what is cut', () => {
  test('shows the words around the first hit', () => {
    const text = `${'kata '.repeat(100)}harga sepatu ${'lagi '.repeat(100)}`
    const pieces = cutSnippet(text, ['harga'], 120)
    expect(hits(pieces)).toEqual(['harga'])
    expect(whole(pieces)).toMatch(/^… kata .* sepatu .* …$/)
    expect(whole(pieces).length).toBeLessThan(130)
  })

  test('never cuts a character in two', () => {
    for (let length = 10; length < 30; length++) {
      expect(whole(cutSnippet('😀'.repeat(30), [], length)).isWellFormed()).toBe(true)
    }
  })

  test('puts a text of several lines into one', () => {
    expect(whole(cutSnippet('satu\n\ndua', [], 50))).toBe('satu dua')
  })
})

test('folds words as the server does', () => {
  expect(foldWords("Jum'at, HÉLLO—wörld أحمد")).toEqual(['jumat', 'hello', 'world', 'احمد'])
})
