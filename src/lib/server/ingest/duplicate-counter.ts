import type pg from 'pg'
import type { Log } from '../log.ts'
import { createFlushedCounts } from './flushed-counts.ts'
import type { DuplicateItem } from './store-deliveries.ts'

export interface DuplicateCounter {
  count(duplicates: DuplicateItem[]): void
  /** Writes what is left and stops. */
  close(): Promise<void>
}

/** Counts duplicates in memory and adds them to the hour's row each second; what cannot be written stays for later. */
export function createDuplicateCounter(pool: pg.Pool, log: Log): DuplicateCounter {
  const counts = createFlushedCounts(
    (taken) => {
      // A workspace's id has 36 characters and comes first.
      const keys = [...taken.keys()]
      return pool.query('select private.count_webhook_duplicates($1::uuid[], $2::text[], $3::bigint[])', [
        keys.map((key) => key.slice(0, 36)),
        keys.map((key) => key.slice(37)),
        [...taken.values()],
      ])
    },
    { log, kind: 'duplicate-counter', mostKeys: 100_000 },
  )
  return {
    count: (duplicates) => {
      for (const { workspaceId, name } of duplicates) counts.add(`${workspaceId} ${name}`, 1)
    },
    close: () => counts.close(),
  }
}
