import { expect, it } from 'vitest'
import { ListDrafts } from './list-drafts.svelte.ts'

const row = (draft: string | null) => ({ id: 'c1', draft })

it('shows what the server knows until something is written here', () => {
  const drafts = new ListDrafts()
  expect(drafts.of(row(null))).toBeNull()
  expect(drafts.of(row('Besok saya'))).toBe('Besok saya')
  drafts.note('c1', 'Besok saya kabari', false)
  expect(drafts.of(row('Besok saya'))).toBe('Besok saya kabari')
})

it('forgets a draft that was sent before the server knows of it', () => {
  const drafts = new ListDrafts()
  drafts.note('c1', ' ', false)
  expect(drafts.of(row('Besok saya'))).toBeNull()
})

it('believes the server about what it has taken, and keeps what it has not', () => {
  const drafts = new ListDrafts()
  drafts.note('c1', 'Baru', false)
  drafts.receive(['c1'])
  expect(drafts.of(row(null))).toBe('Baru')
  drafts.note('c1', 'Baru', true)
  expect(drafts.of(row(null))).toBe('Baru')
  drafts.receive(['c2'])
  expect(drafts.of(row(null))).toBe('Baru')
  drafts.receive(['c1'])
  expect(drafts.of(row(null))).toBeNull()
  drafts.note('c1', 'Lagi', true)
  drafts.beginAnew()
  expect(drafts.of(row(null))).toBeNull()
})
