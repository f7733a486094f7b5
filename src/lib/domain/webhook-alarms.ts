import type { WebhookSettings } from './webhook-settings.ts'

export type AlarmKind =
  | 'duplicates_spike'
  | 'silence'
  | 'webhook_paused'
  | 'wrong_signatures'
  | 'not_stored'
  | 'unattended'
  | 'messages_missing'

/** Something that rings. Counts and moments only: no personal data. */
export interface Alarm {
  kind: AlarmKind
  /** Id of the endpoint that it is about, or of the workspace. */
  subjectId: string
  details: Record<string, number | string>
}

/** Counts by hour; hours in which nothing happened may be missing. */
export interface HourlyCount {
  /** Beginning of the hour, in milliseconds since 1970. */
  hour: number
  count: number
}

/** What the ledger tells of a workspace's last eight days. */
export interface WebhookHistory {
  workspaceId: string
  /** Of all endpoints together. */
  duplicates: HourlyCount[]
  endpoints: {
    endpointId: string
    deliveries: HourlyCount[]
    wrongSignatures: HourlyCount[]
    notStored: HourlyCount[]
  }[]
  /** Items that wait for a person, and since when the oldest of them does. */
  unattended: { count: number; oldestAt: number | null }
  /** Webhooks that Kapso has paused or does not know, by endpoint. */
  pausedEndpointIds: { endpointId: string; reason: string }[]
  /** Messages that Kapso has and we do not. */
  missingMessages: number
}

const hourMs = 3_600_000
/** Below this many, repeats are everyday life: one restart of Kapso's makes some. */
const fewestDuplicates = 20

/**
 * What rings in a workspace now. Spikes look at the hour that runs and the one before it, so that an alarm does not end
 * because the clock strikes.
 *
 * @param now milliseconds since 1970
 */
export function findAlarms(history: WebhookHistory, settings: WebhookSettings, now: number): Alarm[] {
  return [
    ...findDuplicatesSpike(history, settings, now),
    ...history.pausedEndpointIds.map(({ endpointId, reason }) => ({
      kind: 'webhook_paused' as const,
      subjectId: endpointId,
      details: { reason },
    })),
    ...history.endpoints.flatMap((endpoint) => [
      ...findSilence(endpoint, settings, now),
      ...ring('wrong_signatures', endpoint.endpointId, endpoint.wrongSignatures, now, {
        threshold: settings.wrongSignaturesPerHour,
      }),
      ...ring('not_stored', endpoint.endpointId, endpoint.notStored, now, { threshold: 1 }),
    ]),
    ...findUnattended(history, settings, now),
    ...(history.missingMessages > 0
      ? [
          {
            kind: 'messages_missing' as const,
            subjectId: history.workspaceId,
            details: { count: history.missingMessages },
          },
        ]
      : []),
  ]
}

function findDuplicatesSpike(
  { workspaceId, duplicates }: WebhookHistory,
  { duplicatesFactor }: WebhookSettings,
  now: number,
): Alarm[] {
  const median = medianOfWeek(duplicates, now)
  const threshold = Math.max(fewestDuplicates, Math.floor(median * duplicatesFactor) + 1)
  return ring('duplicates_spike', workspaceId, duplicates, now, { threshold, median })
}

function ring(
  kind: AlarmKind,
  subjectId: string,
  hours: HourlyCount[],
  now: number,
  { threshold, ...more }: { threshold: number; median?: number },
): Alarm[] {
  const current = startOfHour(now)
  const count = Math.max(countAt(hours, current), countAt(hours, current - hourMs))
  return count >= threshold ? [{ kind, subjectId, details: { count, threshold, ...more } }] : []
}

/** The middle one of the 168 hours before the two that a spike is looked for in; hours without any count as none. */
function medianOfWeek(hours: HourlyCount[], now: number): number {
  const last = startOfHour(now) - 2 * hourMs
  const counts = hours.filter(({ hour }) => hour <= last && hour > last - 168 * hourMs)
  const sorted = [...counts.map(({ count }) => count), ...Array<number>(168).fill(0)]
    .slice(0, 168)
    .sort((a, b) => a - b)
  return ((sorted[83] ?? 0) + (sorted[84] ?? 0)) / 2
}

/**
 * No delivery for so many hours, at a time at which most days of the last week had one, and the same weekday too: a
 * shop that is closed on Sundays is not silent then.
 */
function findSilence(
  { endpointId, deliveries }: WebhookHistory['endpoints'][number],
  { silenceHours }: WebhookSettings,
  now: number,
): Alarm[] {
  const times = deliveries.filter(({ count }) => count > 0).map(({ hour }) => hour)
  const first = Math.min(...times)
  const last = Math.max(...times)
  // Only whole hours count: the hour of the last delivery may have ended with it.
  const current = startOfHour(now)
  if (times.length === 0 || current - last < (silenceHours + 1) * hourMs) return []
  const hadSome = (daysAgo: number) => {
    const end = current - daysAgo * 24 * hourMs
    return times.some((hour) => hour >= end - silenceHours * hourMs && hour < end)
  }
  const known = [1, 2, 3, 4, 5, 6, 7].filter((days) => current - days * 24 * hourMs > first)
  const busy = known.filter(hadSome)
  if (known.length < 2 || busy.length * 2 <= known.length) return []
  if (known.includes(7) && !hadSome(7)) return []
  return [
    {
      kind: 'silence',
      subjectId: endpointId,
      details: { hours: Math.round((current - last) / hourMs) - 1, lastHour: new Date(last).toISOString() },
    },
  ]
}

function findUnattended(
  { workspaceId, unattended }: WebhookHistory,
  { unattendedMinutes }: WebhookSettings,
  now: number,
): Alarm[] {
  const { count, oldestAt } = unattended
  if (oldestAt === null || now - oldestAt < unattendedMinutes * 60_000) return []
  return [
    {
      kind: 'unattended',
      subjectId: workspaceId,
      details: { count, oldestAt: new Date(oldestAt).toISOString() },
    },
  ]
}

function countAt(hours: HourlyCount[], hour: number): number {
  return hours.reduce((sum, entry) => (entry.hour === hour ? sum + entry.count : sum), 0)
}

function startOfHour(at: number): number {
  return Math.floor(at / hourMs) * hourMs
}
