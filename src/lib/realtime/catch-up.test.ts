import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CatchUp, type CatchUpProgress } from './catch-up.ts'

interface Request {
  resolve: (answer: string) => void
  reject: (failure: unknown) => void
}

function makeCatchUp() {
  const requests: Request[] = []
  const applied: string[] = []
  const reports: CatchUpProgress[] = []
  const catchUp = new CatchUp<string>({
    ask: () =>
      new Promise((resolve, reject) => {
        requests.push({ resolve, reject })
      }),
    apply: (answer) => {
      applied.push(answer)
    },
    isWorthRetrying: (failure) => failure !== 'for good',
    onProgress: (progress) => {
      reports.push(progress)
    },
  })
  return { catchUp, requests, applied, progress: () => reports.at(-1) }
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
})

afterEach(() => {
  vi.useRealTimers()
})

describe('CatchUp', () => {
  it('asks in the same tick', () => {
    const { catchUp, requests } = makeCatchUp()
    catchUp.request()
    expect(requests).toHaveLength(1)
  })

  it('asks once more after an answer that hints came before, however many they were', async () => {
    const { catchUp, requests, applied } = makeCatchUp()
    catchUp.request()
    catchUp.request()
    catchUp.request()
    expect(requests).toHaveLength(1)
    requests[0]?.resolve('one')
    await vi.advanceTimersByTimeAsync(0)
    expect(requests).toHaveLength(2)
    requests[1]?.resolve('two')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(requests).toHaveLength(2)
    expect(applied).toEqual(['one', 'two'])
  })

  it('measures the lag from the first hint to the screen, through failures', async () => {
    const { catchUp, requests, progress } = makeCatchUp()
    catchUp.request()
    await vi.advanceTimersByTimeAsync(40)
    requests[0]?.reject(new Error('no network'))
    await vi.advanceTimersByTimeAsync(0)
    expect(progress()).toMatchObject({ behindSince: 1_000_000, failingSince: 1_000_040 })
    await vi.advanceTimersByTimeAsync(500)
    requests[1]?.resolve('late')
    await vi.advanceTimersByTimeAsync(0)
    expect(progress()).toMatchObject({ behindSince: null, failingSince: null, lagMs: 540 })
  })

  it('pauses longer after each failure, and not at all after a new hint', async () => {
    const { catchUp, requests } = makeCatchUp()
    catchUp.request()
    for (const [index, pause] of [500, 1_000, 2_000].entries()) {
      requests[index]?.reject(new Error('down'))
      await vi.advanceTimersByTimeAsync(pause - 1)
      expect(requests).toHaveLength(index + 1)
      await vi.advanceTimersByTimeAsync(1)
      expect(requests).toHaveLength(index + 2)
    }
    requests[3]?.reject(new Error('down'))
    await vi.advanceTimersByTimeAsync(0)
    catchUp.request()
    expect(requests).toHaveLength(5)
    requests[4]?.resolve('up')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(requests).toHaveLength(5)
  })

  it('ends with a failure that is for good, and says so', async () => {
    const { catchUp, requests, progress } = makeCatchUp()
    catchUp.request()
    requests[0]?.reject('for good')
    await vi.advanceTimersByTimeAsync(60_000)
    catchUp.request()
    expect(requests).toHaveLength(1)
    expect(progress()?.endedBy).toBe('for good')
  })

  it('goes on when what ended it is over, but not once it was stopped', async () => {
    const { catchUp, requests, progress } = makeCatchUp()
    catchUp.request()
    requests[0]?.reject('for good')
    await vi.advanceTimersByTimeAsync(0)
    catchUp.revive()
    expect(progress()?.endedBy).toBeNull()
    expect(requests).toHaveLength(2)
    requests[1]?.reject('for good')
    await vi.advanceTimersByTimeAsync(0)
    catchUp.stop()
    catchUp.revive()
    expect(requests).toHaveLength(2)
  })

  it('applies nothing after it was stopped', async () => {
    const { catchUp, requests, applied } = makeCatchUp()
    catchUp.request()
    catchUp.stop()
    requests[0]?.resolve('too late')
    await vi.advanceTimersByTimeAsync(0)
    expect(applied).toEqual([])
  })
})
