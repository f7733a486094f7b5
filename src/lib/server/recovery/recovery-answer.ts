import type { Json } from '../../domain/recovery/recovery-run.ts'
import type { Database } from '../database/database.ts'
import { takeRecoveryAnswer } from '../database/recovery-runs.ts'
import type { Sealer } from '../secrets/sealing.ts'

/** What the answer of a run is sealed for. */
export function recoveryAnswerContext(workspaceId: string, runId: string): string {
  return `recovery-answer:${workspaceId}:${runId}`
}

/** What a run has to show once, such as a new secret, for owners and admins. Null where it was shown, or is nothing. */
export async function openRecoveryAnswer(
  database: Database,
  sealer: Sealer,
  workspaceId: string,
  runId: string,
): Promise<Json> {
  const sealed = await takeRecoveryAnswer(database, workspaceId, runId)
  if (sealed === null) return null
  return JSON.parse(sealer.open(sealed, recoveryAnswerContext(workspaceId, runId))) as Json
}
