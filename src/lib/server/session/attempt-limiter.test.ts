import { describe, expect, it } from 'vitest'
import { createAttemptLimiter } from './attempt-limiter.ts'

const limits = { perAddress: 5, perEmail: 3, windowSeconds: 60 }

async function takeTimes(times: number, take: (index: number) => Promise<number | null>) {
  const waits: (number | null)[] = []
  for (let index = 0; index < times; index++) waits.push(await take(index))
  return waits
}

describe('createAttemptLimiter', () => {
  it('bounds attempts on one account from many addresses', async () => {
    const limiter = createAttemptLimiter(limits)
    const waits = await takeTimes(4, (index) =>
      limiter.take({ address: `198.51.100.${String(index)}`, email: 'a@b.example' }),
    )
    expect(waits.slice(0, 3)).toEqual([null, null, null])
    expect(waits[3]).toBeGreaterThan(0)
    expect(waits[3]).toBeLessThanOrEqual(60)
  })

  it('takes spellings of one e-mail for one account', async () => {
    const limiter = createAttemptLimiter(limits)
    const spellings = ['a@b.example', ' A@b.example', 'a@B.EXAMPLE ', 'A@B.example']
    const waits = await takeTimes(4, (index) =>
      limiter.take({ address: '198.51.100.1', email: spellings[index] ?? '' }),
    )
    expect(waits[3]).not.toBeNull()
  })

  it('bounds attempts of one address on many accounts, and of one IPv6 network', async () => {
    const limiter = createAttemptLimiter(limits)
    const waits = await takeTimes(6, (index) =>
      limiter.take({ address: '198.51.100.1', email: `${String(index)}@b.example` }),
    )
    expect(waits.map((wait) => wait === null)).toEqual([true, true, true, true, true, false])
    const network = await takeTimes(6, (index) => limiter.take({ address: `2001:db8::${String(index)}` }))
    expect(network[5]).not.toBeNull()
  })

  it('does not let an address that had its share lock other people out', async () => {
    const limiter = createAttemptLimiter(limits)
    await takeTimes(20, () => limiter.take({ address: '198.51.100.1' }))
    await takeTimes(20, () => limiter.take({ address: '198.51.100.1', email: 'a@b.example' }))
    expect(await limiter.take({ address: '198.51.100.2', email: 'a@b.example' })).toBeNull()
  })

  it('costs nothing to be right', async () => {
    const limiter = createAttemptLimiter(limits)
    const attempt = { address: '198.51.100.1', email: 'a@b.example' }
    const waits = await takeTimes(20, async () => {
      const wait = await limiter.take(attempt)
      await limiter.giveBack(attempt)
      return wait
    })
    expect(waits).toEqual(Array.from({ length: 20 }, () => null))
  })
})
