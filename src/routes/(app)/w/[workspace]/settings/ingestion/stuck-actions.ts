import {
  listStuckEvents,
  mostRequeuedAtOnce,
  redriveEvents,
  setEventsAside,
  type StuckSelection,
  type StuckStatus,
} from '#lib/server/database/sync-failures.ts'
import { applyEventsJobs } from '#lib/server/ingest/pending-events.ts'
import { readText } from '#lib/server/read-form.ts'
import type { WebServices } from '#lib/server/services.ts'
import type { Member } from '#lib/server/session/guards.ts'

/** The most events that one press sets aside. */
const mostAtOnce = 1000

/** Sets the events going again that a form names, one or all of a cause, and tells whether some of them still wait. */
export async function redriveStuck(
  { asMember }: WebServices,
  { claims, workspace }: Member,
  form: FormData,
): Promise<{ count: number; leavesMore: boolean }> {
  const selection = readSelection(form)
  if (selection === null) return { count: 0, leavesMore: false }
  return asMember(claims, async (database, enqueue) => {
    const ids = await redriveEvents(database, workspace.id, selection)
    for (const job of applyEventsJobs(workspace.id, ids)) enqueue(job)
    const leavesMore =
      ids.length === mostRequeuedAtOnce &&
      (await listStuckEvents(database, workspace.id, selection, 1)).length > 0
    return { count: ids.length, leavesMore }
  })
}

/** Ends the wait of the events that a form names. Returns how many. */
export async function setStuckAside(
  { asMember }: WebServices,
  { claims, workspace }: Member,
  form: FormData,
): Promise<number> {
  const selection = readSelection(form)
  if (selection === null) return 0
  return asMember(claims, async (database) => {
    const ids =
      selection.eventIds ??
      (await listStuckEvents(database, workspace.id, selection, mostAtOnce)).map(({ id }) => id)
    return (await setEventsAside(database, workspace.id, ids)).length
  })
}

function readSelection(form: FormData): StuckSelection | null {
  const [eventId, status, reason] = ['eventId', 'status', 'reason'].map((name) => readText(form, name))
  if (eventId !== undefined && /^[1-9]\d{0,14}$/.test(eventId)) {
    return { eventIds: [Number(eventId)], status: null, reason: null }
  }
  if (!isStuckStatus(status) || reason === undefined || reason === '') return null
  return { eventIds: null, status, reason }
}

function isStuckStatus(value: string | undefined): value is StuckStatus {
  return value === 'failed' || value === 'quarantined'
}
