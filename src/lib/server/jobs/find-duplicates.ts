import type { AsSystem } from '../database/database.ts'
import { listChangedWorkspaces } from '../database/duplicate-marks.ts'
import { findAllDuplicates } from '../duplicates/find-all.ts'
import { findChangedDuplicates } from '../duplicates/find-changed.ts'

/**
 * Looks for the duplicates of every contact that changed, a batch of each workspace in turn, until nothing is left: one
 * that was imported by the hundred thousand keeps no other waiting. Any number of workers may do it at once.
 */
export async function findDuplicatesOfChanged(asSystem: AsSystem, signal: AbortSignal): Promise<void> {
  let waiting = await asSystem(listChangedWorkspaces)
  while (waiting.length > 0) {
    const again: string[] = []
    for (const workspaceId of waiting) {
      if (signal.aborted) return
      const taken = await asSystem((database) => findChangedDuplicates(database, workspaceId))
      if (taken > 0) again.push(workspaceId)
    }
    waiting = again
  }
}

/** Does the runs over all contacts that are due, one workspace after the other: by night, or asked for. */
export async function findDuplicatesOfAll(asSystem: AsSystem, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if ((await findAllDuplicates(asSystem, signal)) === null) return
  }
}
