import { expect, it } from 'vitest'
import { laterPresets, toFieldTime } from './composer-later.ts'

const jakarta = 'Asia/Jakarta'

function presets(now: string) {
  return laterPresets(new Date(now), jakarta).map(({ id, at }) => `${id} ${toFieldTime(at, jakarta)}`)
}

it('offers moments on the workspace’s clock', () => {
  // 03:02 in UTC is 10:02 in Jakarta, a Wednesday.
  expect(presets('2026-11-18T03:02:00Z')).toEqual([
    'hour 2026-11-18T11:05',
    'afternoon 2026-11-18T15:00',
    'tomorrow 2026-11-19T09:00',
    'monday 2026-11-23T09:00',
  ])
})

it('leaves out what has passed, and Monday where it is tomorrow', () => {
  expect(presets('2026-11-22T10:00:00Z')).toEqual(['hour 2026-11-22T18:00', 'tomorrow 2026-11-23T09:00'])
})

it('means next week’s Monday on a Monday', () => {
  expect(presets('2026-11-23T09:30:00Z')).toContain('monday 2026-11-30T09:00')
})
