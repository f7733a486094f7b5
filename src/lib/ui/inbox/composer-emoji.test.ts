import { expect, it } from 'vitest'
import { listEmoji, searchEmoji } from './composer-emoji.ts'

it('finds an emoji by English and by Indonesian words', () => {
  const all = listEmoji('en')
  expect(searchEmoji(all, 'red heart')[0]?.emoji).toBe('❤️')
  expect(searchEmoji(all, 'hati merah')[0]?.emoji).toBe('❤️')
  expect(searchEmoji(all, 'FIRE').map(({ emoji }) => emoji)).toContain('🔥')
})

it('names them in the reader’s language', () => {
  expect(listEmoji('id').find(({ emoji }) => emoji === '🔥')?.name).toBe('api')
})

it('finds nothing for what is no word, and everything for nothing', () => {
  const all = listEmoji('id')
  expect(searchEmoji(all, 'zzzz')).toEqual([])
  expect(searchEmoji(all, '  ')).toHaveLength(all.length)
})

it('lists each emoji once', () => {
  const all = listEmoji('en').map(({ emoji }) => emoji)
  expect(new Set(all).size).toBe(all.length)
})
