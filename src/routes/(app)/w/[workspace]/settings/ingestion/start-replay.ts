import type { ReplaySelection } from '#lib/domain/replay.ts'
import { requestReplay } from '#lib/server/database/replays.ts'
import { replayEventsJob } from '#lib/server/ingest/replay-jobs.ts'
import type { WebServices } from '#lib/server/services.ts'
import type { Member } from '#lib/server/session/guards.ts'

/** Asks for the check of a replay, and gives its id. */
export function startReplay(
  { asMember }: WebServices,
  { claims, workspace }: Member,
  selection: ReplaySelection,
): Promise<string> {
  return asMember(claims, async (database, enqueue) => {
    const replayId = await requestReplay(database, workspace.id, selection)
    enqueue(replayEventsJob(workspace.id, replayId))
    return replayId
  })
}
