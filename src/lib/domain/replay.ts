/** Which stored events are replayed: some, all that concern a contact, or what came in a span of time. */
export type ReplaySelection =
  | { eventIds: number[] }
  | { contactId: string }
  /** ISO 8601; `to` is not part of it. */
  | { from: string; to: string }

export type ReplayState = 'checking' | 'checked' | 'applying' | 'applied' | 'failed'

export type ReplayFailure = 'too_many_events' | 'error'

/** One row that a replay would write. */
export interface RowChange {
  /** `messages` */
  table: string
  action: 'insert' | 'update' | 'delete'
  /** The row's primary key. */
  id: string
  /** What differs, by column. Empty for a row that is written anew as it was. */
  columns: Record<string, { before: unknown; after: unknown }>
}

/** Rows of one table, counted. */
export interface TableChanges {
  table: string
  inserted: number
  updated: number
  deleted: number
}

/** What a replay would do, or has done. */
export interface ReplayReport {
  events: {
    /** All that the selection names. */
    selected: number
    /** Read again from their bodies. */
    replayed: number
    /** Left to the worker, which has not come to them yet. */
    pending: number
    /** Their bodies are dropped by now. */
    withoutBody: number
    /** Never had an item that could be read. */
    unreadable: number
    /** Would be taken into the ledger's count of the processed: they were not before. */
    recovered: number
  }
  /** Events that cannot be applied, and why. */
  failures: { eventId: number; cause: string }[]
  /** How many more there are. */
  failuresLeftOff: number
  tables: TableChanges[]
  /** The first rows in detail. */
  changes: RowChange[]
  /** How many more there are. */
  changesLeftOff: number
  /** Jobs that would follow, by queue. */
  jobs: Record<string, number>
}

/** The most rows that a report shows in detail. */
export const mostChangesShown = 200

/** The most events that a report names as failing. */
export const mostFailuresShown = 200

/** The most events of one replay: their ids are held in memory, and its check takes its time over each. */
export const mostReplayedEvents = 100_000

/** A report of nothing. */
export function emptyReport(): ReplayReport {
  return {
    events: { selected: 0, replayed: 0, pending: 0, withoutBody: 0, unreadable: 0, recovered: 0 },
    failures: [],
    failuresLeftOff: 0,
    tables: [],
    changes: [],
    changesLeftOff: 0,
    jobs: {},
  }
}

/** Adds what another batch would do. */
export function addReports(a: ReplayReport, b: ReplayReport): ReplayReport {
  const tables = Map.groupBy([...a.tables, ...b.tables], ({ table }) => table)
  const queues = [...new Set([...Object.keys(a.jobs), ...Object.keys(b.jobs)])]
  const changes = [...a.changes, ...b.changes]
  const failures = [...a.failures, ...b.failures]
  return {
    events: {
      selected: a.events.selected + b.events.selected,
      replayed: a.events.replayed + b.events.replayed,
      pending: a.events.pending + b.events.pending,
      withoutBody: a.events.withoutBody + b.events.withoutBody,
      unreadable: a.events.unreadable + b.events.unreadable,
      recovered: a.events.recovered + b.events.recovered,
    },
    failures: failures.slice(0, mostFailuresShown),
    failuresLeftOff: a.failuresLeftOff + b.failuresLeftOff + Math.max(0, failures.length - mostFailuresShown),
    tables: [...tables]
      .map(([table, counts]) => ({
        table,
        inserted: sum(counts.map(({ inserted }) => inserted)),
        updated: sum(counts.map(({ updated }) => updated)),
        deleted: sum(counts.map(({ deleted }) => deleted)),
      }))
      .sort((x, y) => (x.table < y.table ? -1 : 1)),
    changes: changes.slice(0, mostChangesShown),
    changesLeftOff: a.changesLeftOff + b.changesLeftOff + Math.max(0, changes.length - mostChangesShown),
    jobs: Object.fromEntries(queues.map((queue) => [queue, (a.jobs[queue] ?? 0) + (b.jobs[queue] ?? 0)])),
  }
}

/** True when a replay writes no row. */
export function changesNothing(report: ReplayReport): boolean {
  return report.tables.every(({ inserted, updated, deleted }) => inserted + updated + deleted === 0)
}

/** A stored event, as far as it decides which others it is replayed with. */
export interface ReplayableEvent {
  id: number
  /** Zero, as text, where it has no sender. */
  subjectKey: string
}

/**
 * Puts events into batches that are replayed in one transaction each. The events of one sender stay together, because a
 * later one builds on what an earlier one would make, up to a size that a transaction can lock.
 */
export function packReplay(events: ReplayableEvent[], size = 200, longest = 1000): number[][] {
  const bySubject = Map.groupBy(events, ({ id, subjectKey }) =>
    subjectKey === '0' ? `event ${String(id)}` : subjectKey,
  )
  const batches: number[][] = []
  let open: number[] = []
  for (const group of bySubject.values()) {
    for (let start = 0; start < group.length; start += longest) {
      const ids = group.slice(start, start + longest).map(({ id }) => id)
      if (open.length > 0 && open.length + ids.length > size) {
        batches.push(open)
        open = []
      }
      open.push(...ids)
    }
  }
  if (open.length > 0) batches.push(open)
  return batches.map((ids) => ids.sort((a, b) => a - b))
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
