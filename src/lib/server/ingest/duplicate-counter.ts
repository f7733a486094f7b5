import type pg from 'pg'
import { errorFields, type Log } from '../log.ts'
import type { DuplicateItem } from './store-deliveries.ts'

export interface DuplicateCounter {
  count(duplicates: DuplicateItem[]): void
  /** Writes what is left and stops. */
  close(): Promise<void>
}

/** Counts duplicates in memory and adds them to the hour's row each second; what cannot be written stays for later. */
export function createDuplicateCounter(pool: pg.Pool, log: Log): DuplicateCounter {
  let counts = new Map<string, { workspaceId: string; name: string; count: number }>()

  async function flush(): Promise<void> {
    if (counts.size === 0) return
    const taken = counts
    counts = new Map()
    const rows = [...taken.values()]
    try {
      await pool.query('select private.count_webhook_duplicates($1::uuid[], $2::text[], $3::bigint[])', [
        rows.map((row) => row.workspaceId),
        rows.map((row) => row.name),
        rows.map((row) => row.count),
      ])
    } catch (error) {
      log.warn({ kind: 'duplicate-counter', ...errorFields(error) }, 'duplicates could not be counted yet')
      for (const row of rows) add(row.workspaceId, row.name, row.count)
    }
  }

  function add(workspaceId: string, name: string, count: number): void {
    const key = `${workspaceId} ${name}`
    const row = counts.get(key) ?? { workspaceId, name, count: 0 }
    row.count += count
    counts.set(key, row)
  }

  const timer = setInterval(() => void flush(), 1_000)
  timer.unref()
  return {
    count: (duplicates) => {
      for (const { workspaceId, name } of duplicates) add(workspaceId, name, 1)
    },
    close: async () => {
      clearInterval(timer)
      await flush()
    },
  }
}
