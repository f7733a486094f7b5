import type { ReplaySelection } from '#lib/domain/replay.ts'
import { ReplayUnderWay, requestReplay } from '#lib/server/database/replays.ts'
import { replayEventsJob } from '#lib/server/ingest/replay-jobs.ts'
import type { WebServices } from '#lib/server/services.ts'
import type { Member } from '#lib/server/session/guards.ts'

/** Asks for the check of a replay. Gives its id, or null while another one is under way. */
export async function startReplay(
  { asMember }: WebServices,
  { claims, workspace }: Member,
  selection: ReplaySelection,
): Promise<string | null> {
  try {
    return await asMember(claims, async (database, enqueue) => {
      const replayId = await requestReplay(database, workspace.id, selection)
      enqueue(replayEventsJob(workspace.id, replayId))
      return replayId
    })
  } catch (error) {
    if (error instanceof ReplayUnderWay) return null
    throw error
  }
}
