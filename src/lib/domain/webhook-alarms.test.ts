import { describe, expect, test } from 'vitest'
import { findAlarms, type HourlyCount, type WebhookHistory } from './webhook-alarms.ts'
import { defaultWebhookSettings } from './webhook-settings.ts'

const hour = 3_600_000
/** A Wednesday, twenty past ten. */
const now = Date.UTC(2026, 2, 18, 10, 20)
const current = Date.UTC(2026, 2, 18, 10)

const quiet: WebhookHistory = {
  workspaceId: 'workspace',
  duplicates: [],
  endpoints: [{ endpointId: 'endpoint', deliveries: [], wrongSignatures: [], notStored: [] }],
  unattended: { count: 0, oldestAt: null },
  pausedEndpointIds: [],
  missingMessages: 0,
}

function kinds(history: Partial<WebhookHistory>, settings = defaultWebhookSettings): string[] {
  return findAlarms({ ...quiet, ...history }, settings, now).map(({ kind }) => kind)
}

function withEndpoint(counts: Partial<WebhookHistory['endpoints'][number]>): Partial<WebhookHistory> {
  return {
    endpoints: [{ endpointId: 'endpoint', deliveries: [], wrongSignatures: [], notStored: [], ...counts }],
  }
}

/** The same count in each of the hours so long ago. */
function everyHour(from: number, until: number, count: number): HourlyCount[] {
  return Array.from({ length: from - until + 1 }, (_, index) => ({
    hour: current - (from - index) * hour,
    count,
  }))
}

test('nothing rings where nothing happened', () => {
  expect(kinds({})).toEqual([])
})

describe('duplicates', () => {
  const week = everyHour(169, 2, 10)

  test('ring above five times the middle hour of the week', () => {
    expect(kinds({ duplicates: [...week, { hour: current, count: 50 }] })).toEqual([])
    expect(kinds({ duplicates: [...week, { hour: current, count: 51 }] })).toEqual(['duplicates_spike'])
  })

  test('ring on through the following hour, and no longer', () => {
    expect(kinds({ duplicates: [...week, { hour: current - hour, count: 51 }] })).toEqual([
      'duplicates_spike',
    ])
    expect(kinds({ duplicates: [...week.slice(0, -1), { hour: current - 2 * hour, count: 51 }] })).toEqual([])
  })

  test('ring by the factor that an admin chose', () => {
    const history = { duplicates: [...week, { hour: current, count: 51 }] }
    expect(kinds(history, { ...defaultWebhookSettings, duplicatesFactor: 6 })).toEqual([])
    expect(kinds(history, { ...defaultWebhookSettings, duplicatesFactor: 2 })).toEqual(['duplicates_spike'])
  })

  test('take hours without any for none, and a handful for nothing', () => {
    expect(kinds({ duplicates: [{ hour: current, count: 19 }] })).toEqual([])
    expect(kinds({ duplicates: [{ hour: current, count: 20 }] })).toEqual(['duplicates_spike'])
  })
})

describe('silence', () => {
  const busyWeek = everyHour(8 * 24, 0, 3)
  const without = (from: number, until: number) =>
    busyWeek.filter(({ hour: at }) => at < current - from * hour || at > current - until * hour)

  test('rings after three whole hours', () => {
    expect(kinds(withEndpoint({ deliveries: without(2, 0) }))).toEqual([])
    expect(kinds(withEndpoint({ deliveries: without(3, 0) }))).toEqual(['silence'])
  })

  test('says since when', () => {
    const [alarm] = findAlarms(
      { ...quiet, ...withEndpoint({ deliveries: without(4, 0) }) },
      defaultWebhookSettings,
      now,
    )
    expect(alarm).toMatchObject({ subjectId: 'endpoint', details: { hours: 4 } })
  })

  test('is none at a time that has never had a delivery', () => {
    const mornings = busyWeek.filter(({ hour: at }) => new Date(at).getUTCHours() < 6)
    expect(kinds(withEndpoint({ deliveries: mornings }))).toEqual([])
  })

  test('is none on a weekday that had none either', () => {
    const closed = without(3, 0).filter(
      ({ hour: at }) => at < current - 7 * 24 * hour - 4 * hour || at >= current - 7 * 24 * hour,
    )
    expect(kinds(withEndpoint({ deliveries: closed }))).toEqual([])
  })

  test('is none for a number that is new', () => {
    expect(kinds(withEndpoint({ deliveries: everyHour(20, 5, 9) }))).toEqual([])
  })

  test('waits as long as an admin wants', () => {
    const history = withEndpoint({ deliveries: without(5, 0) })
    expect(kinds(history, { ...defaultWebhookSettings, silenceHours: 6 })).toEqual([])
    expect(kinds(history, { ...defaultWebhookSettings, silenceHours: 5 })).toEqual(['silence'])
  })
})

test('wrong signatures ring by number, from twenty an hour', () => {
  expect(kinds(withEndpoint({ wrongSignatures: [{ hour: current, count: 19 }] }))).toEqual([])
  expect(kinds(withEndpoint({ wrongSignatures: [{ hour: current, count: 20 }] }))).toEqual([
    'wrong_signatures',
  ])
})

test('one delivery that could not be stored rings', () => {
  expect(kinds(withEndpoint({ notStored: [{ hour: current - hour, count: 1 }] }))).toEqual(['not_stored'])
})

test('an item rings once it has waited too long', () => {
  const waiting = (minutes: number) => ({ unattended: { count: 1, oldestAt: now - minutes * 60_000 } })
  expect(kinds(waiting(14))).toEqual([])
  expect(kinds(waiting(15))).toEqual(['unattended'])
})

test('a paused webhook and missing messages ring', () => {
  expect(kinds({ pausedEndpointIds: [{ endpointId: 'endpoint', reason: 'paused' }] })).toEqual([
    'webhook_paused',
  ])
  expect(kinds({ missingMessages: 2 })).toEqual(['messages_missing'])
})
