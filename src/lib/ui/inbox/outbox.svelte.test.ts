import type { ThreadMessage } from '#lib/domain/inbox.ts'
import { RequestFailed } from '#lib/realtime/inbox-api.ts'
import { makeMessage } from '#lib/realtime/test-rows.ts'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { LocalSend } from './local-sends.ts'
import type { OutboxStorage } from './outbox-storage.ts'
import { Outbox, type OutboxHelpers } from './outbox.svelte.ts'

const noAnswer = new RequestFailed('unreachable', 0, 'No network')

function makeOutbox(helpers: OutboxHelpers = {}) {
  const posts: { reference: string; text: string }[] = []
  const answers: (Error | null)[] = []
  const confirmed: ThreadMessage[] = []
  const refused: string[] = []
  const outbox = new Outbox({
    api: {
      postMessage(conversationId, request) {
        const { clientReference } = request
        const text = request.kind === 'text' ? request.text : request.kind
        posts.push({ reference: clientReference, text })
        const failure = answers.shift() ?? null
        return failure
          ? Promise.reject(failure)
          : Promise.resolve(makeMessage({ conversationId, clientReference, text }))
      },
    },
    onConfirmed: (message) => confirmed.push(message),
    onRefused: (send, reason) => refused.push(`${send.text}: ${reason}`),
  })
  return { outbox, posts, answers, confirmed, refused, connected: outbox.connect(helpers) }
}

/** What a browser keeps: another page finds it there once this one is gone. */
function makeStorage() {
  let kept: LocalSend[] = []
  const storage: OutboxStorage = {
    takeOver() {
      const found = kept
      kept = []
      return Promise.resolve(found)
    },
    keep(sends) {
      kept = structuredClone([...sends])
    },
  }
  return { storage, kept: () => kept.map(({ text }) => text) }
}

const settle = () => vi.advanceTimersByTimeAsync(20_000)

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

it('shows a send at once and forgets it when it is confirmed', async () => {
  const { outbox, confirmed } = makeOutbox()
  outbox.send('c1', 'Halo')
  expect(outbox.sends).toMatchObject([{ text: 'Halo', problem: null }])
  await settle()
  expect(outbox.sends).toEqual([])
  expect(confirmed).toMatchObject([{ text: 'Halo' }])
})

it('tries again under the same reference when no answer comes', async () => {
  const { outbox, posts, answers } = makeOutbox()
  answers.push(noAnswer, new RequestFailed('broken', 503, 'Busy'))
  outbox.send('c1', 'Halo')
  await settle()
  expect(posts).toHaveLength(3)
  expect(new Set(posts.map(({ reference }) => reference)).size).toBe(1)
  expect(outbox.sends).toEqual([])
})

it('rests after three attempts, and a retry keeps the reference', async () => {
  const { outbox, posts, answers } = makeOutbox()
  answers.push(noAnswer, noAnswer, noAnswer)
  outbox.send('c1', 'Halo')
  await settle()
  const reference = outbox.sends[0]?.clientReference ?? ''
  expect(outbox.sends[0]?.problem).toMatch(/never sends it twice/)
  outbox.retry(reference)
  outbox.retry(reference)
  await settle()
  expect(posts).toHaveLength(4)
  expect(posts.at(-1)?.reference).toBe(reference)
})

it('takes two presses on "Try again" for one', async () => {
  const { outbox, posts, answers } = makeOutbox()
  answers.push(...Array.from({ length: 9 }, () => noAnswer))
  outbox.send('c1', 'Halo')
  await settle()
  const reference = outbox.sends[0]?.clientReference ?? ''
  outbox.retry(reference)
  outbox.retry(reference)
  await settle()
  expect(posts).toHaveLength(6)
})

it('gives a refused text back and does not try again', async () => {
  const { outbox, posts, answers, refused } = makeOutbox()
  answers.push(new RequestFailed('refused', 422, 'Too late'))
  outbox.send('c1', 'Halo')
  await settle()
  expect(posts).toHaveLength(1)
  expect(refused).toEqual(['Halo: Too late'])
  expect(outbox.sends).toEqual([])
})

it('stops trying when the message arrives by another way', async () => {
  const { outbox, posts, answers } = makeOutbox()
  answers.push(noAnswer, noAnswer, noAnswer)
  outbox.send('c1', 'Halo')
  await vi.advanceTimersByTimeAsync(0)
  outbox.settle([makeMessage({ clientReference: posts[0]?.reference ?? null })])
  await settle()
  expect(posts).toHaveLength(1)
  expect(outbox.sends).toEqual([])
})

it('sends to one conversation in the order of writing', async () => {
  const { outbox, posts, answers } = makeOutbox()
  answers.push(noAnswer)
  outbox.send('c1', 'one')
  outbox.send('c1', 'two')
  await settle()
  expect(posts.map(({ text }) => text)).toEqual(['one', 'one', 'two'])
})

it('asks for nothing without a connection, says so, and goes on when there is one', async () => {
  let isOnline = false
  const { outbox, posts } = makeOutbox({ isOnline: () => isOnline })
  outbox.send('c1', 'Halo')
  await settle()
  expect(posts).toEqual([])
  expect(outbox.sends).toMatchObject([{ isQueued: true, wasTried: false, text: 'Halo' }])
  isOnline = true
  outbox.resume()
  await settle()
  expect(posts).toHaveLength(1)
  expect(outbox.sends).toEqual([])
})

it('goes on after a reload with what was queued, under the same reference', async () => {
  const { storage, kept } = makeStorage()
  const before = makeOutbox({ storage, isOnline: () => false })
  await before.connected
  const { clientReference } = before.outbox.send('c1', 'Halo')
  await settle()
  expect(kept()).toEqual(['Halo'])

  const after = makeOutbox({ storage })
  await after.connected
  await settle()
  expect(after.posts).toEqual([{ reference: clientReference, text: 'Halo' }])
  expect(kept()).toEqual([])
})

it('never sends what was taken back before it was tried', async () => {
  const { outbox, posts } = makeOutbox({ isOnline: () => false })
  const { clientReference } = outbox.send('c1', 'Halo')
  await settle()
  expect(outbox.takeBack(clientReference)?.text).toBe('Halo')
  outbox.resume()
  await settle()
  expect(posts).toEqual([])
})

it('takes back at the server what it learns to be there after all', async () => {
  const takenBack: string[] = []
  const { outbox, answers, confirmed, connected } = makeOutbox({
    onTakenBack: (_send, message) => takenBack.push(message.clientReference ?? ''),
  })
  await connected
  answers.push(noAnswer, noAnswer, noAnswer)
  const { clientReference } = outbox.send('c1', 'Halo')
  await vi.advanceTimersByTimeAsync(0)
  outbox.takeBack(clientReference)
  outbox.settle([makeMessage({ clientReference })])
  expect(takenBack).toEqual([clientReference])
  await settle()
  expect(confirmed).toEqual([])
})

it('holds what a colleague’s answer overtook', async () => {
  const held: (string | null)[] = []
  const { outbox, answers, refused, connected } = makeOutbox({
    onHeld: (send, by) => held.push(send.text, by),
  })
  await connected
  answers.push(new RequestFailed('refused', 409, 'Answered', 'answered', { by: { id: 'u2', name: 'Rina' } }))
  outbox.send('c1', 'Halo')
  await settle()
  expect(held).toEqual(['Halo', 'Rina'])
  expect(refused).toEqual([])
  expect(outbox.sends).toEqual([])
})
