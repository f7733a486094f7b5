import { expect, it } from 'vitest'
import {
  type ListAddress,
  countFilters,
  isViewUnchanged,
  readListAddress,
  writeListAddress,
} from './list-address.ts'

const savedId = '2f0c2b2e-0000-4000-8000-000000000001'
const address: ListAddress = { filter: { view: 'mine', unread: true }, sort: 'waiting', savedId }

it('reads what it has written', () => {
  expect(readListAddress(new URLSearchParams(writeListAddress(address, 'newest')), 'newest')).toEqual(address)
})

it('needs no words for what the reader sees without any', () => {
  expect(writeListAddress({ filter: { view: 'open' }, sort: 'oldest', savedId: null }, 'oldest')).toBe('')
  expect(readListAddress(new URLSearchParams(), 'oldest').sort).toBe('oldest')
})

it('counts what narrows a list, and knows a saved view that was changed', () => {
  expect(countFilters({ view: 'open', unread: true, labelId: savedId, teamId: undefined })).toBe(2)
  const view = {
    id: savedId,
    name: 'Mine',
    isShared: false,
    ownerId: 'me',
    filter: address.filter,
    sort: address.sort,
  }
  expect(isViewUnchanged(view, address)).toBe(true)
  expect(isViewUnchanged(view, { ...address, filter: { view: 'mine' } })).toBe(false)
})
