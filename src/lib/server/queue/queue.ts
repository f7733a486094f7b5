import { sql } from 'kysely'
import { PgBoss, fromKysely } from 'pg-boss'
import type { Database, Enqueue, JobRequest } from '../database/database.ts'
import { errorFields, type Log } from '../log.ts'

/** The queues, as the migration makes them. */
export const queueNames = {
  applyEvents: 'apply-events',
  sendMessage: 'send-message',
  copyMedia: 'copy-media',
  pauseBot: 'pause-bot',
  resumeBot: 'resume-bot',
  giveOutTurns: 'give-out-turns',
  sendAwayMessage: 'send-away-message',
  replayEvents: 'replay-events',
  repairFindings: 'repair-findings',
  signalCustomer: 'signal-customer',
  syncTemplates: 'sync-templates',
  importContacts: 'import-contacts',
  workRecovery: 'work-recovery',
} as const

/** Payload of `apply-events`: rows of the ledger, one workspace. */
export interface ApplyEventsJob {
  workspaceId: string
  webhookEventIds: number[]
}

/** Payload of `send-message`: the thread whose outbox has something due. */
export interface SendMessageJob {
  workspaceId: string
  conversationId: string
}

/** Payload of `copy-media`: a message whose file is to be brought into own storage. */
export interface CopyMediaJob {
  workspaceId: string
  messageId: string
}

/** Payload of `pause-bot`: a thread in which a person has answered from the phone, or that a member took over. */
export interface PauseBotJob {
  workspaceId: string
  conversationId: string
}

/** Payload of `resume-bot`: a thread that a member gave back to the bot. */
export type ResumeBotJob = PauseBotJob

/** Payload of `give-out-turns`: a workspace in which conversations may wait for somebody. */
export interface GiveOutTurnsJob {
  workspaceId: string
}

/** Payload of `send-away-message`: conversations in which customers wrote. */
export interface SendAwayMessageJob {
  workspaceId: string
  conversationIds: string[]
}

/** Payload of `replay-events`: what an admin asked to see or to apply. */
export interface ReplayEventsJob {
  workspaceId: string
  replayId: string
}

/** Payload of `repair-findings`: the workspace in which an admin has marked findings for repair. */
export interface RepairFindingsJob {
  workspaceId: string
}

/** Payload of `signal-customer`: what the customer of a thread is to be shown of us. */
export interface SignalCustomerJob {
  workspaceId: string
  conversationId: string
  isTyping: boolean
  /** Whether it is for the account of the thread alone, where the conversation shows those of several. */
  isForAccount?: boolean
  /** When it was asked for, in milliseconds since 1970: an old "typing" is none. */
  askedAt: number
}

/** Payload of `sync-templates`: a number whose templates somebody wants to see as they are now. */
export interface SyncTemplatesJob {
  workspaceId: string
  channelId: string
}

/** Payload of `import-contacts`: an import whose next step somebody asked for. */
export interface ImportContactsJob {
  workspaceId: string
  importId: string
}

/** Payload of `work-recovery`: a recovery run whose next step somebody asked for. */
export interface WorkRecoveryJob {
  workspaceId: string
  runId: string
}

export interface Queue {
  boss: PgBoss
  /** Writes jobs inside the transaction of `database`: they exist when it commits, and not otherwise. */
  enqueue: Enqueue
  /** Ends jobs that were taken, inside the transaction of `database`; those that have ended already stay as they are. */
  complete(database: Database, queue: string, ids: string[]): Promise<void>
  stop(): Promise<void>
}

/** Options of a queue that only writes jobs (web), or one that also runs them (worker). */
export interface QueueOptions {
  connectionString: string
  runsJobs: boolean
  log: Log
}

/**
 * Starts pg-boss on its already installed schema. The web process only inserts: no schedules, no maintenance, no
 * listener. Throws when the schema is missing or of another version.
 */
export async function startQueue(options: QueueOptions): Promise<Queue> {
  const boss = new PgBoss({
    connectionString: options.connectionString,
    application_name: options.runsJobs ? 'my21staff worker queue' : 'my21staff web queue',
    max: options.runsJobs ? 6 : 1,
    migrate: false,
    createSchema: false,
    supervise: options.runsJobs,
    // Nothing is scheduled by cron, and starting it would make a queue, which only the owner may.
    schedule: false,
    useListenNotify: options.runsJobs,
    persistQueueStats: false,
  })
  // pg-boss reports lost connections here and goes on by itself; without a listener Node would end the process.
  boss.on('error', (error) => {
    options.log.warn({ kind: 'queue', ...errorFields(error) }, 'queue error')
  })
  await boss.start()
  return {
    boss,
    enqueue: (database, jobs) => insertJobs(boss, database, jobs),
    complete: async (database, queue, ids) => {
      await boss.complete(queue, ids, undefined, { db: fromKysely(database) })
    },
    stop: () => boss.stop({ graceful: true, timeout: 10_000 }),
  }
}

async function insertJobs(boss: PgBoss, database: Database, jobs: JobRequest[]): Promise<void> {
  const byQueue = Map.groupBy(jobs, (job) => job.queue)
  for (const [queue, requests] of byQueue) {
    await boss.insert(
      queue,
      requests.map((job) => ({
        data: job.data,
        ...(job.group === undefined ? {} : { group: { id: job.group } }),
        ...(job.startAfterSeconds === undefined ? {} : { startAfter: job.startAfterSeconds }),
        ...(job.priority === undefined ? {} : { priority: job.priority }),
      })),
      { db: fromKysely(database) },
    )
  }
}

/** Jobs that wait or run, per queue, for the health page. */
export async function countJobs(database: Database): Promise<Record<string, number>> {
  const { rows } = await sql<{ name: string; jobs: number }>`
    select name, count(*)::int as jobs from pgboss.job where state < 'completed' group by name
  `.execute(database)
  return Object.fromEntries(rows.map((row) => [row.name, row.jobs]))
}
