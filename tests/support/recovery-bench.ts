import { createAsSystem, createDatabase, type Claims } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { findRecoveryRun, listRecoveryItems } from '../../src/lib/server/database/recovery-runs.ts'
import { advanceRecovery, startRecovery } from '../../src/lib/server/recovery/start-recovery.ts'
import { workOnRecovery, type RecoveryWork } from '../../src/lib/server/recovery/work-on-recovery.ts'
import { createSealer } from '../../src/lib/server/secrets/sealing.ts'
import type { RecoveryRun, RecoveryRunItem } from '../../src/lib/domain/recovery/recovery-run.ts'
import { makeContactBench, type ContactBench } from './contact-bench.ts'
import { silentLog } from './pipeline.ts'
import { encryptionKeys } from './workspace.ts'

/** A workspace of contacts with recovery runs, and a worker for them. */
export interface RecoveryBench extends ContactBench {
  work: RecoveryWork
  /** Asks for a plan and has the worker make it. */
  plan(kind: string, parameters?: object): Promise<RecoveryRun>
  /** Asks for a step and has the worker do it. */
  go(runId: string, step: 'apply' | 'undo' | 'resume', by?: Claims): Promise<RecoveryRun>
  ask(runId: string, step: 'apply' | 'undo' | 'resume', by?: Claims): Promise<void>
  run(runId: string): Promise<RecoveryRun>
  items(runId: string): Promise<RecoveryRunItem[]>
  /** All rows of these tables, without what says when something was touched. */
  rows(...tables: string[]): Promise<Record<string, Record<string, unknown>[]>>
}

export async function makeRecoveryBench(): Promise<RecoveryBench> {
  const bench = await makeContactBench()
  const kysely = createDatabase(
    createPool({ connectionString: bench.database.workerUrl, applicationName: 'test recovery', max: 3 }),
  )
  const work: RecoveryWork = {
    asSystem: createAsSystem(kysely, () => Promise.resolve()),
    log: silentLog,
    sealer: createSealer(encryptionKeys),
  }
  const workspaceId = bench.of.id
  const run = async (runId: string) => {
    const found = await bench.asOwner((trx) => findRecoveryRun(trx, workspaceId, runId))
    if (found === undefined) throw new Error('there is no such run')
    return found
  }
  const ask = (runId: string, step: 'apply' | 'undo' | 'resume', by = bench.owner) =>
    bench.asMember(by, (trx, enqueue) => advanceRecovery(trx, workspaceId, runId, step, enqueue))
  return {
    ...bench,
    work,
    run,
    ask,
    plan: async (kind, parameters = {}) => {
      const runId = await bench.asMember(bench.owner, (trx, enqueue) =>
        startRecovery(trx, workspaceId, { kind, parameters, reason: 'After an update' }, enqueue),
      )
      await workOnRecovery(work, { workspaceId, runId })
      return run(runId)
    },
    go: async (runId, step, by) => {
      await ask(runId, step, by)
      await workOnRecovery(work, { workspaceId, runId })
      return run(runId)
    },
    items: (runId) =>
      bench.asOwner((trx) =>
        listRecoveryItems(trx, workspaceId, runId, { state: null, after: 0, limit: 100_000 }),
      ),
    rows: async (...tables) => {
      const found: Record<string, Record<string, unknown>[]> = {}
      for (const table of tables) {
        const rows = await bench.query<{ row: Record<string, unknown> }>(
          `select to_jsonb(t) - 'changed_xid' - 'updated_at' as row from ${table} t order by to_jsonb(t) ->> 'id', to_jsonb(t)::text`,
        )
        found[table] = rows.map(({ row }) => row)
      }
      return found
    },
    close: async () => {
      await kysely.destroy()
      await bench.close()
    },
  }
}
