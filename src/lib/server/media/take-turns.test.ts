import { expect, test } from 'vitest'
import { createTurns } from './take-turns.ts'

test('one after the other, whatever becomes of those before', async () => {
  const takeTurn = createTurns()
  const told: string[] = []
  const { promise: gate, resolve: open } = Promise.withResolvers<undefined>()
  const first = takeTurn(async () => {
    told.push('first begins')
    await gate
    told.push('first ends')
    throw new Error('no')
  })
  const second = takeTurn(() => Promise.resolve(told.push('second')))
  open(undefined)
  await expect(first).rejects.toThrow('no')
  expect(await second).toBe(3)
  expect(told).toEqual(['first begins', 'first ends', 'second'])
})
