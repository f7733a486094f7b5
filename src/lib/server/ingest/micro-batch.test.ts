import { describe, expect, test } from 'vitest'
import { createMicroBatcher } from './micro-batch.ts'

function recordingBatcher(write: (items: number[]) => Promise<void> | void, overrides = {}) {
  const batches: number[][] = []
  let inFlight = 0
  let mostInFlight = 0
  const batcher = createMicroBatcher<number>({
    write: async (items) => {
      batches.push(items)
      mostInFlight = Math.max(mostInFlight, ++inFlight)
      await Promise.resolve()
      try {
        await write(items)
      } finally {
        inFlight--
      }
    },
    inFlight: 2,
    mostItems: 10,
    mostBytes: 1000,
    sizeOf: () => 1,
    isOutage: (error) => error instanceof Error && error.message === 'outage',
    ...overrides,
  })
  return { batcher, batches, mostInFlight: () => mostInFlight }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('writes together what comes in one turn, within its limit of items', async () => {
  const { batcher, batches } = recordingBatcher(() => undefined)
  await Promise.all(Array.from({ length: 12 }, (_, index) => batcher.add(index)))
  expect(batches).toEqual([
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [10, 11],
  ])
})

test('writes two batches at a time, and in one what comes meanwhile', async () => {
  const gates: (() => void)[] = []
  const { batcher, batches, mostInFlight } = recordingBatcher(
    () => new Promise<void>((open) => gates.push(open)),
  )
  const added: Promise<void>[] = []
  for (let item = 0; item < 6; item++) {
    added.push(batcher.add(item))
    await turn()
  }
  expect(batches).toEqual([[0], [1]])
  while (batcher.size() > 0) {
    gates.shift()?.()
    await turn()
  }
  await Promise.all(added)
  expect(batches).toEqual([[0], [1], [2, 3, 4, 5]])
  expect(mostInFlight()).toBe(2)
})

test('keeps to the limit of size', async () => {
  const { batcher, batches } = recordingBatcher(() => undefined, {
    mostItems: 3,
    sizeOf: (item: number) => item * 100,
  })
  await Promise.all([1, 1, 1, 1, 1, 9, 9, 1].map((size) => batcher.add(size)))
  expect(batches).toEqual([[1, 1, 1], [1, 1], [9], [9, 1]])
})

describe('a batch that fails', () => {
  test('is repeated one by one, so that only the poisoned item fails', async () => {
    const { batcher } = recordingBatcher((items) => {
      if (items.includes(7)) throw new Error('poison')
    })
    const results = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => batcher.add(index)))
    expect(results.map((result) => result.status === 'fulfilled')).toEqual(
      Array.from({ length: 10 }, (_, index) => index !== 7),
    )
  })

  test('for an outage is not repeated', async () => {
    const { batcher, batches } = recordingBatcher(() => {
      throw new Error('outage')
    })
    const results = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => batcher.add(index)))
    expect(results.every((result) => result.status === 'rejected')).toBe(true)
    expect(batches).toHaveLength(1)
  })
})

test('is drained when everything is written', async () => {
  const { batcher } = recordingBatcher(() => undefined)
  void batcher.add(1)
  void batcher.add(2)
  expect(batcher.size()).toBe(2)
  await batcher.drain()
  expect(batcher.size()).toBe(0)
})
