import type { AsSystem, Database } from '../database/database.ts'
import {
  actForMember,
  addRecoveryItems,
  countRecoveryWork,
  failRecoveryStep,
  finishRecoveryStep,
  listWaitingItems,
  lockRecovery,
  recordBeginning,
  recordOutcomes,
  recordRecoveryProgress,
  type RecoveryAtWork,
  type WaitingItem,
} from '../database/recovery-work.ts'
import { takeStatistics } from '../database/statistics.ts'
import { isDatabaseTrouble } from '../ingest/apply-events.ts'
import { errorFields, type Log } from '../log.ts'
import type { Sealer } from '../secrets/sealing.ts'
import type { AnyRecoveryKind, BoundKind, ItemOutcome } from './recovery-kind.ts'
import { recoveryAnswerContext } from './recovery-answer.ts'
import { recoveryKinds } from './recovery-kinds.ts'

export interface RecoveryWork {
  asSystem: AsSystem
  log: Log
  sealer: Sealer
  /** For tests: other kinds than those of the product. */
  kinds?: ReadonlyMap<string, AnyRecoveryKind>
  onProgress?: (progress: { done: number; total: number }) => void
}

interface RunOf {
  workspaceId: string
  runId: string
}

/** A workspace that was just filled is planned for as if it were empty. */
const turnsBetweenStatistics = 20

/** Who asked for the step is no owner or admin any more. */
class AskerGone extends Error {
  override name = 'AskerGone'
}

/**
 * Does the step that a run is at, some things in each transaction, so that nobody waits for it long and whoever goes on
 * after a worker died does none twice. A run that waits for nothing is left alone. What goes wrong by itself ends the
 * step as failed: it can be resumed, or undone.
 *
 * @throws when the database is to blame or the signal ended it
 */
export async function workOnRecovery(work: RecoveryWork, run: RunOf, signal?: AbortSignal): Promise<void> {
  const { asSystem, log } = work
  const found = await asSystem((database) => lockRecovery(database, run.workspaceId, run.runId))
  try {
    if (found?.state === 'planning') await plan(work, run, signal)
    else if (found?.state === 'applying')
      await begin(work, run).then(() => carryOut(work, run, 'apply', signal))
    else if (found?.state === 'undoing') await carryOut(work, run, 'undo', signal)
    else return
    log.info({ kind: 'work-recovery', ...run, state: found.state }, 'step of a recovery run is done')
  } catch (error) {
    if (signal?.aborted === true || isDatabaseTrouble(error)) throw error
    log.error({ kind: 'work-recovery', ...run, ...errorFields(error) }, 'recovery run failed')
    const isGone = error instanceof AskerGone
    await asSystem(async (database) => {
      // Another worker may have ended the step meanwhile.
      const held = await lockRecovery(database, run.workspaceId, run.runId)
      if (held?.state !== found?.state) return
      await failRecoveryStep(database, run.workspaceId, run.runId, isGone ? 'asker_gone' : 'error')
    })
  }
}

/** What holds in each transaction: the run's lock, its kind, and in whose name it works. Undefined where it has gone on. */
async function hold(
  { kinds = recoveryKinds }: RecoveryWork,
  database: Database,
  { workspaceId, runId }: RunOf,
  state: RecoveryAtWork['state'],
): Promise<{ held: RecoveryAtWork; kind: BoundKind; itemsAtATime: number } | undefined> {
  const held = await lockRecovery(database, workspaceId, runId)
  if (held?.state !== state) return undefined
  if (!held.mayAsk) throw new AskerGone('who asked for it is no owner or admin any more')
  const kind = kinds.get(held.kind)
  if (kind === undefined) throw new Error(`no kind of recovery run is called ${held.kind}`)
  await actForMember(database, held.askedBy, runId)
  const scope = { workspaceId, runId, memberId: held.askedBy, parameters: held.parameters }
  return { held, kind: kind.bind(scope), itemsAtATime: kind.itemsAtATime }
}

async function plan(work: RecoveryWork, run: RunOf, signal?: AbortSignal): Promise<void> {
  const { asSystem, onProgress } = work
  let done = 0
  for (let turn = 1; ; turn++) {
    signal?.throwIfAborted()
    const isOver = await asSystem(async (database) => {
      const holding = await hold(work, database, run, 'planning')
      if (holding === undefined) return true
      const found = await holding.kind.plan(database, holding.held.planAfter)
      await addRecoveryItems(database, run.workspaceId, run.runId, found)
      done += found.items.length
      if (found.after !== null) return false
      await finishRecoveryStep(database, run.workspaceId, run.runId, 'planned')
      return true
    })
    onProgress?.({ done, total: 0 })
    if (isOver) return
    if (turn % turnsBetweenStatistics === 0) await asSystem(takeStatistics)
  }
}

/** What a kind does once, before its first item; what that has to show waits sealed for whoever asked. */
async function begin(work: RecoveryWork, run: RunOf): Promise<void> {
  await work.asSystem(async (database) => {
    const holding = await hold(work, database, run, 'applying')
    if (holding === undefined || holding.held.isBegun) return
    const answer = await holding.kind.begin(database, { sealer: work.sealer })
    const sealed =
      answer === null
        ? null
        : work.sealer.seal(JSON.stringify(answer), recoveryAnswerContext(run.workspaceId, run.runId))
    await recordBeginning(database, run.workspaceId, run.runId, sealed)
  })
}

async function carryOut(
  work: RecoveryWork,
  run: RunOf,
  step: 'apply' | 'undo',
  signal?: AbortSignal,
): Promise<void> {
  const { asSystem, onProgress } = work
  const { workspaceId, runId } = run
  const state = step === 'apply' ? 'applying' : 'undoing'
  const progress = await asSystem(async (database) => {
    if ((await lockRecovery(database, workspaceId, runId))?.state !== state) return null
    return countRecoveryWork(database, workspaceId, runId, step)
  })
  if (progress === null) return
  let passed: number | null = null
  for (let turn = 1; ; turn++) {
    signal?.throwIfAborted()
    const done = await asSystem(async (database) => {
      const holding = await hold(work, database, run, state)
      if (holding === undefined) return null
      const { kind, itemsAtATime: limit } = holding
      const items = await listWaitingItems(database, workspaceId, runId, { step, passed, limit })
      if (items.length === 0) {
        if (step === 'undo') await kind.end(database)
        await finishRecoveryStep(database, workspaceId, runId, step === 'apply' ? 'applied' : 'undone')
        return null
      }
      const outcomes = await kind[step](database, items)
      checkOutcomes(items, outcomes, step)
      await recordOutcomes(database, workspaceId, runId, outcomes)
      const now = await recordRecoveryProgress(database, workspaceId, runId, items.length)
      return { passed: items.at(-1)?.place ?? passed, progress: now }
    })
    if (done === null) return
    // Only once it is committed: a batch that was rolled back is asked for again.
    passed = done.passed
    onProgress?.(done.progress)
    if (turn % turnsBetweenStatistics === 0) await asSystem(takeStatistics)
  }
}

/** A thing that nobody speaks of would wait for ever, and the run would count wrongly. */
function checkOutcomes(
  items: readonly WaitingItem[],
  outcomes: readonly ItemOutcome[],
  step: 'apply' | 'undo',
): void {
  const told = new Set(outcomes.map(({ subject }) => subject))
  const fitting = step === 'apply' ? ['applied', 'skipped'] : ['undone', 'kept']
  if (
    told.size < outcomes.length ||
    items.length !== told.size ||
    !items.every((item) => told.has(item.subject))
  )
    throw new Error('a recovery kind told of other things than it was given')
  if (!outcomes.every(({ outcome }) => fitting.includes(outcome)))
    throw new Error('a recovery kind told of an outcome of another step')
}
