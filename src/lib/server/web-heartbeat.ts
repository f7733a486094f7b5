import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { errorFields, type Log } from './log.ts'

/** A silence of all web processes that is longer than this may have cost deliveries. */
const silenceSeconds = 30

/**
 * Shows every ten seconds that a web process is alive. The first sign after a silence of all of them makes Postgres
 * write the silence down, and the worker looks for what was missed.
 *
 * @returns ends it
 */
export function startWebHeartbeat(pool: pg.Pool, log: Log, intervalMs = 10_000): () => void {
  const webId = randomUUID()
  let isBeating = false

  async function beat(): Promise<void> {
    if (isBeating) return
    isBeating = true
    try {
      await pool.query('select private.beat_web_heartbeat($1, $2)', [webId, silenceSeconds])
    } catch (error) {
      log.warn({ kind: 'web-heartbeat', ...errorFields(error) }, 'no sign of life could be written')
    } finally {
      isBeating = false
    }
  }

  void beat()
  const timer = setInterval(() => void beat(), intervalMs)
  timer.unref()
  return () => {
    clearInterval(timer)
  }
}
