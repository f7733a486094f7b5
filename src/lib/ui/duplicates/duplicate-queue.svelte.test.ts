import { expect, test } from 'vitest'
import type {
  DuplicatePage,
  DuplicatePair,
  DuplicateState,
  ListedVerdict,
} from '#lib/domain/duplicates/queue.ts'
import { DuplicateQueue } from './duplicate-queue.svelte.ts'
import type { DuplicatesApi } from './duplicates-api.ts'

const side = (contactId: string) => ({
  contactId,
  name: contactId,
  numbers: [],
  emails: [],
  firstSeenAt: '2026-01-01T00:00:00.000Z',
  lastActivityAt: null,
  conversationCount: 0,
  sources: [],
})
const makePair = (id: string, verdict: ListedVerdict = 'same'): DuplicatePair => ({
  id,
  score: 12,
  probability: 0.99,
  verdict,
  evidence: [],
  counterEvidence: [],
  turningPoint: null,
  fieldLabels: {},
  foundAt: '2026-01-01T00:00:00.000Z',
  left: side(`${id} left`),
  right: side(`${id} right`),
})

function open(
  ids: string[],
  { next = null, pages = {} }: { next?: string | null; pages?: Record<string, DuplicatePage> } = {},
) {
  const asked: string[] = []
  const failures: unknown[] = []
  const refusals = new Set<string>()
  const api: DuplicatesApi = {
    fetchPage: (after) => {
      asked.push(`page ${after}`)
      const page = pages[after]
      return page === undefined ? Promise.reject(new Error('away')) : Promise.resolve(page)
    },
    decide: (id, decision): Promise<DuplicateState> => {
      asked.push(`${decision} ${id}`)
      return refusals.has(decision) ? Promise.reject(new Error('refused')) : Promise.resolve('different')
    },
    fetchSearch: () => Promise.reject(new Error('not asked')),
    askForRun: () => Promise.reject(new Error('not asked')),
  }
  const pairs = ids.map((id) => makePair(id))
  const counts = { same: ids.length, likely: 0, possible: 0, isMore: false }
  const queue = new DuplicateQueue({ pairs, next }, counts, api, {
    onFailed: (error) => failures.push(error),
  })
  return { queue, asked, failures, refusals }
}

const shown = (queue: DuplicateQueue) => queue.pairs.map(({ id }) => id)
/** Until all that was asked for has been answered. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

test('a decision takes the pair out at once, and undo brings it back to its place', async () => {
  const { queue, asked } = open(['a', 'b', 'c'])
  queue.goOn()
  queue.tellApart()
  expect([shown(queue), queue.current?.id, queue.total]).toEqual([['a', 'c'], 'c', 2])
  queue.undo()
  expect([shown(queue), queue.current?.id, queue.total]).toEqual([['a', 'b', 'c'], 'b', 3])
  await settle()
  // In the order in which they were done, whatever the network does.
  expect(asked).toEqual(['different b', 'undo b'])
})

test('each undo takes back the step before the last one', () => {
  const { queue } = open(['a', 'b', 'c'])
  queue.skip()
  queue.tellApart()
  queue.tellApart()
  expect([shown(queue), queue.current]).toEqual([[], undefined])
  queue.undo()
  expect(queue.current?.id).toBe('c')
  queue.undo()
  queue.undo()
  expect([shown(queue), queue.canUndo, queue.skipped]).toEqual([['a', 'b', 'c'], false, []])
})

test('what is refused comes back, and can be tried again', async () => {
  const { queue, failures, refusals } = open(['a', 'b'])
  refusals.add('different')
  queue.tellApart()
  await settle()
  expect([shown(queue), queue.total, queue.canUndo, failures.length]).toEqual([['a', 'b'], 2, false, 1])
})

test('an undo that is refused leaves the pair decided', async () => {
  const { queue, failures, refusals } = open(['a', 'b'])
  refusals.add('undo')
  queue.tellApart()
  queue.undo()
  await settle()
  expect([shown(queue), queue.total, failures.length]).toEqual([['b'], 1, 1])
})

test('skipped pairs wait until they are asked for', () => {
  const { queue } = open(['a', 'b'])
  queue.skip()
  expect([shown(queue), queue.total]).toEqual([['b'], 1])
  queue.skip()
  queue.bringBack()
  expect([shown(queue), queue.total, queue.canUndo]).toEqual([['a', 'b'], 2, false])
})

test('more pairs are loaded before the last one is reached, none of them twice', async () => {
  const ids = Array.from({ length: 8 }, (_value, at) => `p${String(at)}`)
  const { queue, asked } = open(ids, {
    next: 'x',
    pages: { x: { pairs: [makePair('p7'), makePair('p8')], next: null } },
  })
  queue.goOn()
  expect(asked).toEqual([])
  queue.goOn()
  queue.goOn()
  await settle()
  expect(asked).toEqual(['page x'])
  expect(shown(queue)).toEqual([...ids, 'p8'])
})

test('a page that did not come can be asked for again', async () => {
  const { queue } = open(['a'], { next: 'nowhere' })
  queue.tellApart()
  await settle()
  expect(queue.hasMoreFailed).toBe(true)
})
