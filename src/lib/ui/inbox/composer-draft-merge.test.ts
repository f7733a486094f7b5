import { expect, it } from 'vitest'
import { type DraftText, type LocalDraft, mergeDrafts } from './composer-draft-merge.ts'

const draft = (text: string, replyToMessageId: string | null = null): DraftText => ({
  text,
  replyToMessageId,
})
const local = (text: string, base: DraftText | null = null): LocalDraft => ({ ...draft(text), base })

it('takes the server’s where this browser has none', () => {
  expect(mergeDrafts(null, draft('from the phone'))).toEqual(draft('from the phone'))
  expect(mergeDrafts(null, null)).toEqual(draft(''))
})

it('keeps what was written offline while the server stayed as it was', () => {
  expect(mergeDrafts(local('Halo Kak', draft('Halo')), draft('Halo'))).toEqual(draft('Halo Kak'))
  expect(mergeDrafts(local('Halo'), null)).toEqual(draft('Halo'))
})

it('follows another device where nothing was written here since', () => {
  expect(mergeDrafts(local('Halo', draft('Halo')), draft('Halo Kak'))).toEqual(draft('Halo Kak'))
  expect(mergeDrafts(local('Halo', draft('Halo')), null)).toEqual(draft(''))
})

it('keeps both where both were written on', () => {
  expect(mergeDrafts(local('here', draft('')), draft('there'))).toEqual(draft('there\nhere'))
})

it('does not repeat one that holds the other', () => {
  expect(mergeDrafts(local('Halo Kak, ada', draft('x')), draft('Halo Kak'))).toEqual(draft('Halo Kak, ada'))
  expect(mergeDrafts(local('Halo', draft('x')), draft('Halo Kak'))).toEqual(draft('Halo Kak'))
})

it('leaves a draft emptied here empty, unless the server’s was changed', () => {
  expect(mergeDrafts(local('', draft('Halo')), draft('Halo'))).toEqual(draft(''))
  expect(mergeDrafts(local('', draft('Halo')), draft('Halo Kak'))).toEqual(draft('Halo Kak'))
})
