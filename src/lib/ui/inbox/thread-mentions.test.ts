import { describe, expect, it } from 'vitest'
import { findMentionQuery, matchMembers, readMentionedIds, splitMentions } from './thread-mentions.ts'

const ana = { id: 'u1', name: 'Ana' }
const anaPutri = { id: 'u2', name: 'Ana Putri' }
const jose = { id: 'u3', name: 'José' }
const members = [ana, anaPutri, jose]

describe('splitMentions', () => {
  it('finds the longest name that stands there', () => {
    expect(splitMentions('Tanya @Ana Putri, lalu @ana.', members)).toEqual([
      { text: 'Tanya ', person: null },
      { text: '@Ana Putri', person: anaPutri },
      { text: ', lalu ', person: null },
      { text: '@ana', person: ana },
      { text: '.', person: null },
    ])
  })

  it.each(['ana@Ana.example', '@Anarchy', 'Ana', '@', ''])('finds nobody in %j', (text) => {
    expect(splitMentions(text, members)).toEqual([{ text, person: null }])
  })
})

it('reads whom a note calls, each once', () => {
  expect(readMentionedIds('@José @Ana @José', members)).toEqual(['u3', 'u1'])
})

describe('findMentionQuery', () => {
  it('knows what is being typed behind an @', () => {
    expect(findMentionQuery('Halo @An', 8)).toEqual({ start: 5, words: 'An' })
    expect(findMentionQuery('@', 1)).toEqual({ start: 0, words: '' })
    expect(findMentionQuery('@Ana Pu', 7)).toEqual({ start: 0, words: 'Ana Pu' })
  })

  it.each(['ana@x', 'Halo', '@Ana\nlagi', '@ ya'])('sees no call at the end of %j', (text) => {
    expect(findMentionQuery(text, text.length)).toBeNull()
  })
})

it('finds members by the beginning of any word of their name, whatever its accents', () => {
  expect(matchMembers(members, 'pu')).toEqual([anaPutri])
  expect(matchMembers(members, 'jose')).toEqual([jose])
  expect(matchMembers(members, '')).toEqual(members)
})
