import { describe, expect, it } from 'vitest'
import { readContactQuery, writeContactQuery } from '#lib/domain/contact-filter.ts'
import type { ContactFilter } from '#lib/domain/contacts.ts'
import { countFilters, writeContactAddress } from './contact-address.ts'

const id = '0199aaaa-0000-7000-8000-000000000001'
const filter: ContactFilter = {
  text: 'budi & co',
  labelId: id,
  ownerId: 'none',
  leadStatus: 'qualified',
  channelId: id,
  hasDuplicates: true,
  isOptedOut: true,
  isBlocked: true,
  createdFrom: '2026-11-01',
  createdTo: '2026-11-23',
}

describe('writeContactAddress', () => {
  it('is what the server reads and writes', () => {
    const written = writeContactAddress({ filter, sort: 'name' }, 'c3')
    expect(readContactQuery(new URLSearchParams(written))).toEqual({ filter, sort: 'name', before: 'c3' })
    expect(writeContactAddress({ filter, sort: 'name' })).toBe(
      `?${writeContactQuery(filter, 'name').toString()}`,
    )
  })

  it('is nothing for the list without filters', () => {
    expect(writeContactAddress({ filter: { text: '', isBlocked: false }, sort: 'activity' })).toBe('')
  })
})

it('counts filters, but not what is searched for', () => {
  expect(countFilters(filter)).toBe(9)
  expect(countFilters({ text: 'a', isBlocked: false })).toBe(0)
})
