import { describe, expect, it } from 'vitest'
import type { ContactList, ContactRow } from '#lib/domain/contacts.ts'
import { MoreContacts } from './more-contacts.svelte.ts'

function row(id: string, name = id): ContactRow {
  return {
    id,
    name,
    address: null,
    email: null,
    leadStatus: 'new',
    owner: null,
    labelIds: [],
    channelIds: [],
    conversationId: null,
    lastActivityAt: null,
    createdAt: '2026-11-23T00:00:00.000Z',
    fields: {},
    isOptedOut: false,
    blockLevel: null,
  }
}

const listOf = (ids: string[], nextBefore: string | null): ContactList => ({
  contacts: ids.map((id) => row(id)),
  nextBefore,
  total: 6,
})
const idsOf = (more: MoreContacts) => more.rows.map(({ id }) => id)

describe('MoreContacts', () => {
  const pages = new Map([
    ['2', listOf(['c', 'd'], '4')],
    ['4', listOf(['d', 'e'], null)],
  ])
  const fetchPage = (before: string) => Promise.resolve(pages.get(before) ?? listOf([], null))

  it('goes on page by page, and shows nobody twice', async () => {
    const more = new MoreContacts(fetchPage)
    await more.begin(listOf(['a', 'b'], '2'), false)
    await more.loadMore()
    await more.loadMore()
    await more.loadMore()
    expect(idsOf(more)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(more.nextBefore).toBeNull()
  })

  it('begins anew with another list', async () => {
    const more = new MoreContacts(fetchPage)
    await more.begin(listOf(['a', 'b'], '2'), false)
    await more.loadMore()
    await more.begin(listOf(['x'], null), false)
    expect(idsOf(more)).toEqual(['x'])
  })

  it('keeps as many pages of the same list', async () => {
    const more = new MoreContacts(fetchPage)
    await more.begin(listOf(['a', 'b'], '2'), false)
    await more.loadMore()
    await more.begin(listOf(['z', 'a'], '2'), true)
    expect(idsOf(more)).toEqual(['z', 'a', 'c', 'd'])
    expect(more.nextBefore).toBe('4')
  })

  it('says that a page did not come, and takes it at the next try', async () => {
    let isDown = true
    const more = new MoreContacts((before) =>
      isDown ? Promise.reject(new Error('down')) : fetchPage(before),
    )
    await more.begin(listOf(['a'], '2'), false)
    await more.loadMore()
    expect(more.state).toBe('failed')
    isDown = false
    await more.loadMore()
    expect(more.state).toBe('idle')
    expect(idsOf(more)).toEqual(['a', 'c', 'd'])
  })

  it('drops a page of a list that is no longer shown', async () => {
    let answer: (page: ContactList) => void = () => undefined
    const more = new MoreContacts(() => new Promise((resolve) => (answer = resolve)))
    await more.begin(listOf(['a'], '2'), false)
    const loading = more.loadMore()
    await more.begin(listOf(['x'], null), false)
    answer(listOf(['c'], null))
    await loading
    expect(idsOf(more)).toEqual(['x'])
  })
})
