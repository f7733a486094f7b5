import { expect, it } from 'vitest'
import { type LiveFacts, describeLiveStatus } from './live-status.ts'

const calm: LiveFacts = {
  now: 100_000,
  offlineSince: null,
  endedBy: null,
  deafSince: null,
  hasJoined: true,
  behindSince: null,
  failingSince: null,
  lagMs: 40,
}

it.each<[string, Partial<LiveFacts>, ReturnType<typeof describeLiveStatus>]>([
  ['live once joined and answered', {}, { kind: 'live', lagMs: 40 }],
  ['connecting before the first join', { hasJoined: false, deafSince: 99_000 }, { kind: 'connecting' }],
  ['still live during a short catch-up', { behindSince: 99_500 }, { kind: 'live', lagMs: 40 }],
  ['catching up when it takes long', { behindSince: 90_000 }, { kind: 'catching-up', since: 90_000 }],
  ['slow while no hints are heard', { deafSince: 90_000 }, { kind: 'slow', since: 90_000 }],
  ['slow when it never joined', { hasJoined: false, deafSince: 90_000 }, { kind: 'slow', since: 90_000 }],
  ['offline when requests fail', { failingSince: 95_000 }, { kind: 'offline', since: 95_000 }],
  [
    'offline when the browser says so',
    { offlineSince: 91_000, failingSince: 95_000 },
    { kind: 'offline', since: 91_000 },
  ],
  ['signed out above all', { endedBy: 'signed-out', failingSince: 95_000 }, { kind: 'signed-out' }],
])('is %s', (_, facts, status) => {
  expect(describeLiveStatus({ ...calm, ...facts })).toEqual(status)
})
