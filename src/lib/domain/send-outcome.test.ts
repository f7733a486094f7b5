import { describe, expect, it } from 'vitest'
import { decideAfterAnswer, decideAfterLookup, type SendAnswer } from './send-outcome.ts'

const policy = { maxAttempts: 5, firstDelayMs: 1000, longestDelayMs: 10_000 }

function decide(answer: SendAnswer, attempt = 1, random = 1) {
  return decideAfterAnswer(answer, attempt, policy, random)
}

describe('after an answer', () => {
  it('takes the id of an accepted message', () => {
    expect(decide({ kind: 'accepted', wamid: 'wamid.1' })).toEqual({ kind: 'accept', wamid: 'wamid.1' })
  })

  it('looks up what has no answer, however often it was tried', () => {
    expect(decide({ kind: 'unknown' })).toEqual({ kind: 'look_up' })
    expect(decide({ kind: 'unknown' }, 99)).toEqual({ kind: 'look_up' })
  })

  it('does not repeat what was refused for good', () => {
    expect(decide({ kind: 'refused', code: '131047' })).toEqual({ kind: 'fail', code: '131047' })
    expect(decide({ kind: 'refused', code: 'insufficient_credits' })).toEqual({
      kind: 'fail',
      code: 'insufficient_credits',
    })
  })

  it('tries again when WhatsApp itself had a problem', () => {
    expect(decide({ kind: 'refused', code: '131000' })).toEqual({ kind: 'retry', delayMs: 1000 })
  })

  it('waits twice as long each time, up to a limit', () => {
    const busy: SendAnswer = { kind: 'try_later', code: 'conversation_busy', retryAfterMs: null }
    const patient = { ...policy, maxAttempts: 100 }
    expect([1, 2, 3, 4, 5, 50].map((attempt) => decideAfterAnswer(busy, attempt, patient, 1))).toEqual(
      [1000, 2000, 4000, 8000, 10_000, 10_000].map((delayMs) => ({ kind: 'retry', delayMs })),
    )
  })

  it('spreads the tries of many conversations', () => {
    const busy: SendAnswer = { kind: 'try_later', code: 'conversation_busy', retryAfterMs: null }
    expect(decide(busy, 1, 0)).toEqual({ kind: 'retry', delayMs: 500 })
  })

  it('never comes back before the time that the server named', () => {
    const limited: SendAnswer = { kind: 'try_later', code: 'rate_limited', retryAfterMs: 60_000 }
    expect(decide(limited, 1, 0)).toEqual({ kind: 'retry', delayMs: 60_500 })
  })

  it('gives up after too many tries, with the reason of the last one', () => {
    expect(decide({ kind: 'not_sent' }, 4)).toMatchObject({ kind: 'retry' })
    expect(decide({ kind: 'not_sent' }, 5)).toEqual({ kind: 'fail', code: 'unreachable' })
    expect(decide({ kind: 'refused', code: '131016' }, 5)).toEqual({ kind: 'fail', code: '131016' })
  })
})

describe('after a look at the list', () => {
  const early = { elapsedMs: 20_000, settlesAfterMs: 80_000, firstDelayMs: 1000, wasResent: false }
  const settled = { ...early, elapsedMs: 80_000 }

  it('takes a message that it found, at any time', () => {
    for (const situation of [early, settled]) {
      expect(decideAfterLookup({ kind: 'found', wamid: 'wamid.1' }, situation)).toEqual({
        kind: 'accept',
        wamid: 'wamid.1',
      })
    }
  })

  it('looks again, at growing intervals, while the message may still appear', () => {
    expect(decideAfterLookup({ kind: 'absent' }, { ...early, elapsedMs: 100 })).toEqual({
      kind: 'look_again',
      delayMs: 1000,
    })
    expect(decideAfterLookup({ kind: 'absent' }, early)).toEqual({ kind: 'look_again', delayMs: 10_000 })
    expect(decideAfterLookup({ kind: 'unclear' }, early)).toEqual({ kind: 'look_again', delayMs: 10_000 })
  })

  it('looks at the very moment when the list is to be believed', () => {
    expect(decideAfterLookup({ kind: 'absent' }, { ...early, elapsedMs: 75_000 })).toEqual({
      kind: 'look_again',
      delayMs: 5000,
    })
  })

  it('sends once more what surely was not sent', () => {
    expect(decideAfterLookup({ kind: 'absent' }, settled)).toEqual({ kind: 'resend' })
  })

  it('does not send a third time', () => {
    expect(decideAfterLookup({ kind: 'absent' }, { ...settled, wasResent: true })).toEqual({
      kind: 'fail',
      code: 'no_answer',
    })
  })

  it('leaves alone what nobody can tell', () => {
    expect(decideAfterLookup({ kind: 'unclear' }, settled)).toEqual({ kind: 'give_up' })
    expect(decideAfterLookup({ kind: 'unclear' }, { ...settled, wasResent: true })).toEqual({
      kind: 'give_up',
    })
  })
})
