import { expect, it } from 'vitest'
import type { SavedReply } from '#lib/domain/composer.ts'
import { guessLanguage, pickVersion, searchReplies } from './composer-replies.ts'

function makeReply(shortcut: string, title: string, ...texts: [string, string][]): SavedReply {
  const versions = texts.map(([language, text]) => ({ language, text }))
  return { id: shortcut, shortcut, title, isShared: true, versions, file: null }
}

const hello = makeReply('hello', 'Greeting', ['en', 'Hello'], ['id', 'Halo'])
const price = makeReply('price', 'Price list', ['en', 'Say hello to our prices'])

it('shows first what begins with what is typed', () => {
  expect(searchReplies([price, hello], 'hello')).toEqual([hello, price])
  expect(searchReplies([price, hello], 'PRI list')).toEqual([price])
  expect(searchReplies([price, hello], 'nothing')).toEqual([])
})

it('takes the first language that there is a version for', () => {
  expect(pickVersion(hello.versions, [null, 'id', 'en'])?.text).toBe('Halo')
  expect(pickVersion(hello.versions, ['en-GB'])?.text).toBe('Hello')
  expect(pickVersion(hello.versions, ['fr'])?.text).toBe('Hello')
  expect(pickVersion([], ['fr'])).toBeNull()
})

it('guesses Indonesian from an Indonesian number only', () => {
  expect(guessLanguage('+62 812-0000-1111')).toBe('id')
  expect(guessLanguage('+1 202 555 0101')).toBeNull()
  expect(guessLanguage(null)).toBeNull()
})
