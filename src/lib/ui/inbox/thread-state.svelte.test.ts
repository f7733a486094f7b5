import { makeEvent, makeMessage, makeNote, makePage } from '#lib/realtime/test-rows.ts'
import { describe, expect, it } from 'vitest'
import { ThreadState } from './thread-state.svelte.ts'

function at(minute: number, news: Parameters<typeof makeMessage>[0] = {}) {
  const occurredAt = `2026-03-03T08:${String(minute).padStart(2, '0')}:00.000Z`
  return makeMessage({ id: `m${String(minute).padStart(2, '0')}`, occurredAt, ...news })
}

function openThread() {
  const thread = new ThreadState('c1')
  thread.receivePage(makePage({ messages: [at(40), at(41)], nextBefore: 'before 40' }), '100')
  return thread
}

const idsOf = ({ messages }: Pick<ThreadState, 'messages'>) => messages.map(({ id }) => id)

describe('a jump', () => {
  it('shows a stretch further back apart from the newest, and goes on gathering news', () => {
    const thread = openThread()
    thread.receivePageAround(makePage({ messages: [at(1), at(2)], nextBefore: 'b', nextAfter: 'a' }))
    thread.receiveMessages([at(42), at(2, { status: 'read' })], 'changes')
    expect(thread.detached && idsOf(thread.detached)).toEqual(['m01', 'm02'])
    expect(thread.detached?.messages[1]?.status).toBe('read')
    thread.attach()
    expect(idsOf(thread)).toContain('m42')
  })

  it('makes one of the two where they meet', () => {
    const thread = openThread()
    thread.receivePageAround(makePage({ messages: [at(20)], nextBefore: 'before 20', nextAfter: 'a' }))
    thread.extendDetached(makePage({ messages: [at(21), at(40)], nextAfter: 'later' }), 'after')
    expect(thread.detached).toBeNull()
    expect(idsOf(thread)).toEqual(['m20', 'm21', 'm40', 'm41'])
    expect(thread.nextBefore).toBe('before 20')
  })

  it('needs no stretch of its own where its page reaches the newest', () => {
    const thread = openThread()
    thread.receivePageAround(makePage({ messages: [at(39), at(40), at(41)], nextBefore: 'before 39' }))
    expect(thread.detached).toBeNull()
    expect(idsOf(thread)).toEqual(['m39', 'm40', 'm41'])
    expect(thread.nextBefore).toBe('before 39')
  })
})

it('replaces notes and lines by what changed, and keeps them when an overtaken page comes', () => {
  const thread = openThread()
  expect(thread.receiveExtras([makeNote()], [makeEvent()])).toBe(true)
  expect(thread.receiveExtras([makeNote()], [makeEvent()])).toBe(false)
  thread.receiveExtras([makeNote({ body: 'New words' })], [])
  thread.receiveOlderPage(makePage({ notes: [makeNote()], events: [makeEvent({ id: 'e2' })] }))
  expect(thread.notes.map(({ body }) => body)).toEqual(['New words'])
  expect(thread.events.map(({ id }) => id)).toEqual(['e1', 'e2'])
})

it('tells a colleague’s answer from the reader’s own, the bot’s, the customer’s and planned ones', () => {
  const thread = openThread()
  const start = thread.writingStartsAt
  expect(start).toBe(at(41).occurredAt)
  const sent = { direction: 'outbound', origin: 'my21staff' } as const
  thread.receiveMessages(
    [
      at(42, { ...sent, authorName: 'Wulan' }),
      at(43),
      at(44, { ...sent, origin: 'bot' }),
      at(45, { ...sent, authorName: 'Ana', sendAt: '2026-03-04T08:00:00.000Z' }),
    ],
    'changes',
  )
  expect(thread.answeredSince(start, 'Wulan')).toBeNull()
  thread.receiveMessages([at(46, { ...sent, authorName: 'Ana' })], 'changes')
  expect(thread.answeredSince(start, 'Wulan')?.id).toBe('m46')
  expect(thread.answeredSince(at(46).occurredAt, 'Wulan')).toBeNull()
})
