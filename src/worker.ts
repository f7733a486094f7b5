import { randomUUID } from 'node:crypto'
import { createAsSystem, createDatabase } from '#lib/server/database/database.ts'
import { createPool } from '#lib/server/database/pool.ts'
import { EnvironmentError, readWorkerEnvironment } from '#lib/server/environment.ts'
import { workApplyEvents } from '#lib/server/jobs/apply-events.ts'
import { defaultCopyRetries, defaultCopyTimes, workCopyMedia } from '#lib/server/jobs/copy-media.ts'
import { workGiveOutTurns } from '#lib/server/jobs/give-out-turns.ts'
import { workImportContacts } from '#lib/server/jobs/import-contacts.ts'
import { workPauseBot, type PauseBotDependencies } from '#lib/server/jobs/pause-bot.ts'
import { workReplayEvents } from '#lib/server/jobs/replay-events.ts'
import { defaultRetryPolicy, defaultSendTimes, workSendMessage } from '#lib/server/jobs/send-message.ts'
import { listRegularTasks } from '#lib/server/jobs/regular-tasks.ts'
import { workRepairFindings } from '#lib/server/jobs/repair-findings.ts'
import { workRecoveryRuns } from '#lib/server/jobs/recovery-runs.ts'
import { workResumeBot } from '#lib/server/jobs/resume-bot.ts'
import { workSendAwayMessage } from '#lib/server/jobs/send-away-message.ts'
import { startPushes } from '#lib/server/jobs/send-pushes.ts'
import { startSchedule } from '#lib/server/jobs/schedule.ts'
import { workSignalCustomer } from '#lib/server/jobs/signal-customer.ts'
import { startSweep } from '#lib/server/jobs/sweep.ts'
import { workSyncTemplates } from '#lib/server/jobs/sync-templates.ts'
import { createLog, errorFields } from '#lib/server/log.ts'
import { removeAbandonedDownloads } from '#lib/server/media/copy-media.ts'
import { createMediaStore } from '#lib/server/media/media-store.ts'
import { createTurns } from '#lib/server/media/take-turns.ts'
import { startQueue } from '#lib/server/queue/queue.ts'
import {
  createPace,
  defaultSettleSeconds,
  type ReconcileDependencies,
} from '#lib/server/reconcile/reconcile-dependencies.ts'
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

  const store = createMediaStore({
    supabaseUrl: environment.SUPABASE_URL,
    publicSupabaseUrl: environment.SUPABASE_URL,
    secretKey: environment.SUPABASE_SECRET_KEY,
  })
  // The first upload makes the bucket otherwise.
  store.ensureBucket().catch((error: unknown) => {
    log.warn({ kind: 'copy-media', ...errorFields(error) }, 'Storage is not there yet')
  })
  const takeDecodingTurn = createTurns()
  const inHand = new Set<string>()
  await workApplyEvents(queue, { asSystem, log }, inHand)
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
      files: { store, takeDecodingTurn },
    },
    4,
  )
  await removeAbandonedDownloads()
  await workCopyMedia(queue, {
    asSystem,
    log,
    sealer: createSealer(environment.ENCRYPTION_KEYS),
    store,
    kapsoApiUrl: environment.KAPSO_API_URL,
    kapsoApiKey: environment.KAPSO_API_KEY,
    mediaHosts: environment.MEDIA_HOSTS,
    takeDecodingTurn,
    times: defaultCopyTimes,
    retries: defaultCopyRetries,
  })
  const reconciling: ReconcileDependencies = {
    asSystem,
    log,
    sealer: createSealer(environment.ENCRYPTION_KEYS),
    kapsoApiUrl: environment.KAPSO_API_URL,
    kapsoApiKey: environment.KAPSO_API_KEY,
    timeoutMs: environment.KAPSO_TIMEOUT_MS,
    pace: createPace(),
    settleSeconds: defaultSettleSeconds,
  }
  await workRepairFindings(queue, reconciling)
  const stopSchedule = startSchedule({ asSystem, log }, listRegularTasks({ ...reconciling, store }))
  const reachingBots: PauseBotDependencies = {
    asSystem,
    log,
    sealer: createSealer(environment.ENCRYPTION_KEYS),
    kapsoApiUrl: environment.KAPSO_API_URL,
    kapsoApiKey: environment.KAPSO_API_KEY,
    timeoutMs: environment.KAPSO_TIMEOUT_MS,
  }
  await workPauseBot(queue, reachingBots)
  await workResumeBot(queue, reachingBots)
  await workSignalCustomer(queue, reachingBots)
  await workSyncTemplates(queue, reconciling)
  await workGiveOutTurns(queue, { asSystem, log })
  await workSendAwayMessage(queue, { asSystem, log })
  await workReplayEvents(queue, { asSystem, log })
  await workImportContacts(queue, { asSystem, log })
  await workRecoveryRuns(queue, { asSystem, log, sealer: createSealer(environment.ENCRYPTION_KEYS) })
  const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: subject } = environment
  const stopPushes =
    publicKey === undefined || privateKey === undefined || subject === undefined
      ? () => Promise.resolve()
      : startPushes({
          asSystem,
          log,
          push: {
            identity: { publicKey, privateKey, subject },
            pushHosts: environment.PUSH_HOSTS,
            timeoutMs: 10_000,
          },
        })
  const stopSweep = startSweep({
    asSystem,
    log,
    workerId: randomUUID(),
    complete: queue.complete,
    inHand,
  })
  log.info({ kind: 'started' }, 'worker started')

  let isStopping = false
  const stop = async (): Promise<void> => {
    if (isStopping) return
    isStopping = true
    await Promise.all([stopSweep(), stopSchedule(), stopPushes()])
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
