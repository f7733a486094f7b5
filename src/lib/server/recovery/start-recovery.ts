import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database, JobRequest } from '../database/database.ts'
import { advanceRecoveryRun, createRecoveryRun, type RecoveryStep } from '../database/recovery-runs.ts'
import { recoveryJob } from './recovery-job.ts'
import { recoveryKinds } from './recovery-kinds.ts'

export interface RecoveryRequest {
  kind: string
  parameters: unknown
  reason: string
}

/**
 * Has a plan made, for the page and the command line alike.
 *
 * @param enqueue undefined where who asks works on it themselves
 * @returns the run's id
 * @throws RuleViolation `recovery_kind_unknown`, `recovery_parameters_invalid`, `recovery_under_way`, `reason_length`,
 *   `not_allowed`, and those of the kind
 */
export async function startRecovery(
  database: Database,
  workspaceId: string,
  { kind: name, parameters: given, reason }: RecoveryRequest,
  enqueue?: (job: JobRequest) => void,
): Promise<string> {
  const kind = recoveryKinds.get(name)
  if (kind === undefined)
    throw new RuleViolation(
      'recovery_kind_unknown',
      `There is no recovery run of this kind. There are: ${listKinds()}.`,
    )
  const parameters = kind.read(given)
  if (parameters === undefined)
    throw new RuleViolation('recovery_parameters_invalid', 'This is not what this kind of run asks for.')
  await kind.checkParameters(database, workspaceId, parameters)
  const runId = await createRecoveryRun(database, workspaceId, { kind: name, parameters, reason })
  enqueue?.(recoveryJob(workspaceId, runId))
  return runId
}

/**
 * Lets a run go its next step, for the page and the command line alike.
 *
 * @throws RuleViolation `recovery_moved_on` where it is not there or not at that point; `recovery_under_way`
 */
export async function advanceRecovery(
  database: Database,
  workspaceId: string,
  runId: string,
  step: RecoveryStep,
  enqueue?: (job: JobRequest) => void,
): Promise<void> {
  if (!(await advanceRecoveryRun(database, workspaceId, runId, step)))
    throw new RuleViolation('recovery_moved_on', 'The run is not at a point where this can be done.')
  enqueue?.(recoveryJob(workspaceId, runId))
}

const listKinds = () => [...recoveryKinds.keys()].join(', ')
