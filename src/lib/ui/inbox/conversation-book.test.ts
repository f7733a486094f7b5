import { makeConversation } from '#lib/realtime/test-rows.ts'
import { expect, it } from 'vitest'
import { ConversationBook } from './conversation-book.ts'

function makeBook() {
  const book = new ConversationBook()
  book.receive([makeConversation()], 'changes', 0)
  return book
}

it('does not show again what was put back, when the server confirms the old state', () => {
  const book = makeBook()
  book.patch('c1', { state: 'closed' }, 1_000)
  book.patch('c1', { state: 'open' }, 1_500)
  book.receive([makeConversation({ contactName: 'Siti R.' })], 'changes', 2_000)
  expect(book.get('c1')).toMatchObject({ state: 'open', contactName: 'Siti R.' })
})

it('takes back one patch and leaves a later one of another field', () => {
  const book = makeBook()
  const undo = book.patch('c1', { state: 'closed', labelIds: ['l1'] }, 1_000)
  book.patch('c1', { labelIds: ['l2'] }, 1_100)
  undo()
  expect(book.get('c1')).toMatchObject({ state: 'open', labelIds: ['l2'] })
})

it('believes the server some seconds later, whatever it says', () => {
  const book = makeBook()
  book.patch('c1', { state: 'closed' }, 1_000)
  book.receive([makeConversation({ unreadCount: 1 })], 'changes', 3_000)
  expect(book.get('c1')?.state).toBe('closed')
  book.receive([makeConversation({ unreadCount: 2 })], 'changes', 7_000)
  expect(book.get('c1')?.state).toBe('open')
})

it('believes the server when no further row comes', () => {
  const book = makeBook()
  book.patch('c1', { state: 'closed' }, 1_000)
  expect(book.graceLeft(2_000)).toBeNull()
  // Closed, and opened again by the customer, in one answer.
  book.receive([makeConversation({ unreadCount: 1 })], 'changes', 3_000)
  expect(book.graceLeft(3_000)).toBe(3_000)
  expect(book.endGrace(5_900)).toEqual([])
  expect(book.endGrace(6_000)).toEqual(['c1'])
  expect(book.get('c1')).toMatchObject({ state: 'open', unreadCount: 1 })
  expect(book.graceLeft(6_000)).toBeNull()
})

it('keeps a patch that nothing has contradicted, however long the server is silent', () => {
  const book = makeBook()
  book.patch('c1', { state: 'closed' }, 1_000)
  expect(book.endGrace(60_000)).toEqual([])
  expect(book.get('c1')?.state).toBe('closed')
})

it('is not brought back by a page that was on its way when it left', () => {
  const book = makeBook()
  book.remove(['c1'])
  book.receive([makeConversation()], 'snapshot')
  expect(book.get('c1')).toBeUndefined()
  book.receive([makeConversation()], 'changes')
  expect(book.get('c1')).toBeDefined()
})
