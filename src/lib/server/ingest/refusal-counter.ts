import type pg from 'pg'
import type { Log } from '../log.ts'
import { createFlushedCounts } from './flushed-counts.ts'

/** Why a delivery to an endpoint was turned away. */
export type Refusal = 'wrong_signature' | 'not_stored'

export interface RefusalCounter {
  count(endpointId: string, refusal: Refusal): void
  /** Writes what is left and stops. */
  close(): Promise<void>
}

/** Counts deliveries that were turned away, per endpoint and hour. Ids that are no endpoint's are left out when written. */
export function createRefusalCounter(pool: pg.Pool, log: Log): RefusalCounter {
  const counts = createFlushedCounts(
    (taken) => {
      const ids = [...new Set([...taken.keys()].map((key) => key.slice(0, 36)))]
      const pick = (refusal: Refusal) => ids.map((id) => taken.get(`${id} ${refusal}`) ?? 0)
      return pool.query('select private.count_webhook_refusals($1::uuid[], $2::bigint[], $3::bigint[])', [
        ids,
        pick('wrong_signature'),
        pick('not_stored'),
      ])
    },
    // While Postgres is away nobody can tell whether an id is an endpoint's.
    { log, kind: 'refusal-counter', mostKeys: 1_000 },
  )
  return {
    count: (endpointId, refusal) => {
      counts.add(`${endpointId} ${refusal}`, 1)
    },
    close: () => counts.close(),
  }
}
