import { describe, expect, it } from 'vitest'
import { PresenceTracker } from './presence.ts'

const topic = { name: 'room', isPrivate: false }
const reference = expect.any(String) as unknown

describe('PresenceTracker', () => {
  it('reports what was told before as left, with the reference to it', () => {
    const tracker = new PresenceTracker()
    const owner = {}
    const first = tracker.track(topic, owner, 'ani', { n: 1 })
    const second = tracker.track(topic, owner, 'ani', { n: 2 })
    expect(first).toEqual({ joins: { ani: { metas: [{ n: 1, phx_ref: reference }] } }, leaves: {} })
    const before = first.joins['ani']?.metas[0]?.phx_ref
    expect(second).toEqual({
      joins: { ani: { metas: [{ n: 2, phx_ref: reference, phx_ref_prev: before }] } },
      leaves: { ani: { metas: [{ n: 1, phx_ref: before }] } },
    })
    expect(tracker.read(topic)).toEqual(second.joins)
  })

  it('keeps owners of one key apart', () => {
    const tracker = new PresenceTracker()
    const [one, two] = [{}, {}]
    tracker.track(topic, one, 'ani', { n: 1 })
    tracker.track(topic, two, 'ani', { n: 2 })
    expect(tracker.read(topic)['ani']?.metas.map(({ n }) => n)).toEqual([1, 2])
    expect(tracker.untrack(topic, one)?.leaves['ani']?.metas.map(({ n }) => n)).toEqual([1])
    expect(tracker.read(topic)['ani']?.metas.map(({ n }) => n)).toEqual([2])
  })

  it('says nothing of an owner that was not there', () => {
    const tracker = new PresenceTracker()
    expect(tracker.untrack(topic, {})).toBeUndefined()
    expect(tracker.read(topic)).toEqual({})
  })

  it('keeps private and public topics of one name apart', () => {
    const tracker = new PresenceTracker()
    tracker.track(topic, {}, 'ani', {})
    expect(tracker.read({ ...topic, isPrivate: true })).toEqual({})
  })

  it('takes any key', () => {
    const tracker = new PresenceTracker()
    tracker.track(topic, {}, '__proto__', { n: 1 })
    expect(JSON.stringify(tracker.read(topic))).toContain('"__proto__":{"metas":[{"n":1')
  })
})
