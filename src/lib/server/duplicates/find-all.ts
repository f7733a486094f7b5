import type { DuplicateContact } from '../../domain/duplicates/contact.ts'
import { findCandidates } from '../../domain/duplicates/find-candidates.ts'
import type { AsSystem, Database } from '../database/database.ts'
import { closeUnweighed, findKnownDifferent, storeCandidates } from '../database/duplicate-candidates.ts'
import { listRootContacts, loadDuplicateContacts } from '../database/duplicate-contacts.ts'
import { queueStaleKeys } from '../database/duplicate-keys.ts'
import {
  claimRun,
  finishRun,
  lockWorkspace,
  releaseRun,
  renewRun,
  type DuplicateRun,
} from '../database/duplicate-marks.ts'

/** How long nobody else takes a run up; it is kept with every page. A worker that dies leaves it for so long. */
export const runLeaseSeconds = 300
/** Contacts that are read in one transaction. */
const pageSize = 1_000
/** Pairs that are written in one transaction. */
const storedAtOnce = 500
/** Nobody works through more. */
const mostPairs = 50_000

/**
 * Looks at all contacts of the workspace whose run is due, against each other: streamed from Postgres in pages, about 400
 * bytes of memory each. Nothing is written before all are compared, so a run that dies leaves what was there, and the
 * next worker begins anew.
 *
 * @returns the workspace; null when no run is due
 */
export async function findAllDuplicates(asSystem: AsSystem, signal: AbortSignal): Promise<string | null> {
  const run = await asSystem((database) => claimRun(database, runLeaseSeconds))
  if (run === null) return null
  try {
    await runOverAll(asSystem, run, signal)
  } catch (error) {
    // A worker that stops lets the next one begin at once; what fails waits until its lease is over.
    if (signal.aborted) await asSystem((database) => releaseRun(database, run))
    throw error
  }
  return run.workspaceId
}

async function runOverAll(asSystem: AsSystem, run: DuplicateRun, signal: AbortSignal): Promise<void> {
  const { workspaceId, country } = run
  const isKnownDifferent = await asSystem(async (database) => {
    await lockWorkspace(database, workspaceId, true)
    await queueStaleKeys(database, workspaceId)
    return findKnownDifferent(database, workspaceId, null)
  })
  const { candidates } = await findCandidates(streamContacts(asSystem, run, signal), {
    country,
    limit: mostPairs,
    isKnownDifferent,
    signal,
  })
  for (let at = 0; at < candidates.length; at += storedAtOnce) {
    signal.throwIfAborted()
    await asSystem(async (database) => {
      await keepRun(database, run)
      // Whoever compares a contact by itself meanwhile comes before or after this, never amid it.
      await lockWorkspace(database, workspaceId, true)
      const isDifferentNow = await findKnownDifferent(database, workspaceId, null)
      const some = candidates.slice(at, at + storedAtOnce)
      const open = some.filter(({ leftId, rightId }) => !isDifferentNow(leftId, rightId))
      await storeCandidates(database, workspaceId, open, run.startedAt)
    })
  }
  await asSystem(async (database) => {
    await keepRun(database, run)
    const lowest = candidates.length < mostPairs ? null : (candidates.at(-1)?.score ?? null)
    await closeUnweighed(database, workspaceId, run.startedAt, lowest)
    await finishRun(database, run)
  })
}

async function* streamContacts(
  asSystem: AsSystem,
  run: DuplicateRun,
  signal: AbortSignal,
): AsyncGenerator<DuplicateContact> {
  let last: string | null = null
  for (;;) {
    signal.throwIfAborted()
    // By itself: it locks what those wait for who compare single contacts.
    await asSystem((database) => keepRun(database, run))
    const after: string | null = last
    const { ids, contacts } = await asSystem(async (database) => {
      const ids = await listRootContacts(database, run.workspaceId, after, pageSize)
      return { ids, contacts: await loadDuplicateContacts(database, run.workspaceId, ids) }
    })
    yield* contacts
    if (ids.length < pageSize) return
    last = ids.at(-1) ?? null
  }
}

/** @throws Error where another worker has the run by now, so that this one writes nothing more */
async function keepRun(database: Database, run: DuplicateRun): Promise<void> {
  if (!(await renewRun(database, run, runLeaseSeconds)))
    throw new Error('another worker has taken this run over')
}
