import { expect, test } from 'vitest'
import { readContactQuery, writeContactQuery } from './contact-filter.ts'
import type { ContactFilter } from './contacts.ts'

const id = '6f1c0f5e-0f3a-4d0e-9a52-1f0d5c9b7a11'

const everything: ContactFilter = {
  text: 'sari',
  labelId: id,
  ownerId: 'none',
  leadStatus: 'customer',
  channelId: id,
  hasDuplicates: true,
  isOptedOut: true,
  isBlocked: true,
  createdFrom: '2026-01-01',
  createdTo: '2026-02-28',
}

test('reads what it writes', () => {
  const query = writeContactQuery(everything, 'name')
  expect(readContactQuery(query)).toEqual({ filter: everything, sort: 'name', before: null })
  expect(writeContactQuery({}).toString()).toBe('')
})

test('leaves out what cannot be read, and shows the rest', () => {
  const query = new URLSearchParams({
    q: '  ',
    label: 'vip',
    owner: 'me',
    lead: 'rich',
    channel: `${id}0`,
    duplicates: 'true',
    from: '2026-02-30',
    to: '0000-01-01',
    sort: 'height',
    blocked: '1',
    __proto__: 'x',
  })
  expect(readContactQuery(query)).toEqual({ filter: { isBlocked: true }, sort: 'activity', before: null })
})

test('reads the address of a text that Postgres cannot keep', () => {
  expect(readContactQuery(new URLSearchParams({ q: 'a\0b\uD800c' })).filter.text).toBe('ab\uFFFDc')
  expect(readContactQuery(new URLSearchParams({ q: 'x'.repeat(301) })).filter.text).toBeUndefined()
})

test('writes ids as Postgres does', () => {
  expect(readContactQuery(new URLSearchParams({ label: id.toUpperCase() })).filter.labelId).toBe(id)
})
