import { randomUUID } from 'node:crypto'
import { createAsSystem, createDatabase } from '#lib/server/database/database.ts'
import { createPool } from '#lib/server/database/pool.ts'
import { EnvironmentError, readWorkerEnvironment } from '#lib/server/environment.ts'
import { workApplyEvents } from '#lib/server/jobs/apply-events.ts'
import { defaultRetryPolicy, defaultSendTimes, workSendMessage } from '#lib/server/jobs/send-message.ts'
import { startSweep } from '#lib/server/jobs/sweep.ts'
import { createLog, errorFields } from '#lib/server/log.ts'
import { startQueue } from '#lib/server/queue/queue.ts'
import { createSealer } from '#lib/server/secrets/sealing.ts'

/** The worker process: everything it holds is made here. Any number of them may run. */
async function main(): Promise<void> {
  const environment = readWorkerEnvironment(process.env)
  const log = createLog({ process: 'worker', level: environment.LOG_LEVEL })
  const pool = createPool({
    connectionString: environment.DATABASE_URL_WORKER,
    applicationName: 'my21staff worker',
    max: 8,
  })
  const kysely = createDatabase(pool)
  const queue = await startQueue({ connectionString: environment.DATABASE_URL_WORKER, runsJobs: true, log })
  const asSystem = createAsSystem(kysely, queue.enqueue)

  await workApplyEvents(queue, { asSystem, log })
  await workSendMessage(
    queue,
    {
      asSystem,
      log,
      sealer: createSealer(environment.ENCRYPTION_KEYS),
      kapsoApiUrl: environment.KAPSO_API_URL,
      kapsoApiKey: environment.KAPSO_API_KEY,
      times: {
        ...defaultSendTimes,
        requestMs: environment.KAPSO_TIMEOUT_MS,
        settleMs: environment.SEND_SETTLE_MS,
      },
      retries: defaultRetryPolicy,
    },
    4,
  )
  const stopSweep = startSweep({ asSystem, log, workerId: randomUUID() })
  log.info({ kind: 'started' }, 'worker started')

  let isStopping = false
  const stop = async (): Promise<void> => {
    if (isStopping) return
    isStopping = true
    await stopSweep()
    await queue.stop()
    await kysely.destroy()
    process.exit(0)
  }
  process.on('SIGTERM', () => void stop())
  process.on('SIGINT', () => void stop())
}

main().catch((error: unknown) => {
  const reason = error instanceof EnvironmentError ? error.message : JSON.stringify(errorFields(error))
  process.stderr.write(`The worker could not start. ${reason}\n`)
  process.exit(1)
})
