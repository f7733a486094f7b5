import type { ReplaySelection } from '#lib/domain/replay.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { formatMoment } from '#lib/server/time-zones.ts'

/** What a replay is of, in the reader's words. */
export function describeSelection(selection: ReplaySelection, timeZone: string): string {
  if ('contactId' in selection) return m.ingestion_selection_contact()
  if ('from' in selection) {
    const [from, to] = [selection.from, selection.to].map((at) => formatMoment(new Date(at), timeZone))
    return m.ingestion_selection_span({ from: from ?? '', to: to ?? '' })
  }
  const [only] = selection.eventIds
  return selection.eventIds.length === 1
    ? m.ingestion_selection_event({ id: String(only) })
    : m.ingestion_selection_events({ count: selection.eventIds.length })
}
