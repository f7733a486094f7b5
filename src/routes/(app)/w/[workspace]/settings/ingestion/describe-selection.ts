import type { ReplaySelection } from '#lib/domain/replay.ts'
import { formatMoment } from '#lib/server/time-zones.ts'

/** What a replay is of, in words. */
export function describeSelection(selection: ReplaySelection, timeZone: string): string {
  if ('contactId' in selection) return 'Everything about one contact'
  if ('from' in selection) {
    const [from, to] = [selection.from, selection.to].map((at) => formatMoment(new Date(at), timeZone))
    return `Everything from ${from ?? ''} to ${to ?? ''}`
  }
  const [only] = selection.eventIds
  return selection.eventIds.length === 1
    ? `Event ${String(only)}`
    : `${String(selection.eventIds.length)} events`
}
