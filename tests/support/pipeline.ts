import type { Kysely } from 'kysely'
import type pg from 'pg'
import { pino } from 'pino'
import { createAsSystem, createDatabase, type AsSystem } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import { createWebhookDoor, type DoorStatus, type WebhookDoor } from '../../src/lib/server/ingest/door.ts'
import { createEndpointFinder } from '../../src/lib/server/ingest/webhook-endpoints.ts'
import { createApplyEnqueuer } from '../../src/lib/server/ingest/enqueue-apply.ts'
import { applyEvents } from '../../src/lib/server/ingest/apply-events.ts'
import { startQueue, type Queue } from '../../src/lib/server/queue/queue.ts'
import { createSealer } from '../../src/lib/server/secrets/sealing.ts'
import type { TestDatabase } from './database.ts'
import type { SignedDelivery } from './kapso-bodies.ts'
import { encryptionKeys, type TestWorkspace } from './workspace.ts'

/** The ingest of one web process and one worker, over a test's database. */
export interface Pipeline {
  door: WebhookDoor
  webPool: pg.Pool
  queue: Queue
  kysely: Kysely<DB>
  asSystem: AsSystem
  deliver(workspace: TestWorkspace, delivery: SignedDelivery): Promise<DoorStatus>
  /** Applies whatever is pending, as the worker would. */
  applyAll(workspace: TestWorkspace): Promise<void>
  close(): Promise<void>
}

export const silentLog = pino({ level: 'silent' })

/** @param now clock of the door's limit on failing verification */
export async function startPipeline(database: TestDatabase, now?: () => number): Promise<Pipeline> {
  const webPool = createPool({
    connectionString: database.webUrl,
    applicationName: 'test web',
    max: 4,
    pipeline: true,
  })
  const workerPool = createPool({
    connectionString: database.workerUrl,
    applicationName: 'test worker',
    max: 6,
  })
  const queue = await startQueue({ connectionString: database.webUrl, runsJobs: false, log: silentLog })
  const kysely = createDatabase(workerPool)
  const asSystem = createAsSystem(kysely, queue.enqueue)
  const door = createWebhookDoor({
    pool: webPool,
    findEndpoint: createEndpointFinder(webPool, createSealer(encryptionKeys)),
    enqueue: createApplyEnqueuer(queue.boss),
    log: silentLog,
    ...(now === undefined ? {} : { now }),
  })
  return {
    door,
    webPool,
    queue,
    kysely,
    asSystem,
    deliver: (workspace, delivery) =>
      door.receive({
        endpointId: workspace.endpointId,
        headers: {
          eventName: delivery.headers['x-webhook-event'],
          signature: delivery.headers['x-webhook-signature'],
          idempotencyKey: delivery.headers['x-idempotency-key'],
          payloadVersion: delivery.headers['x-webhook-payload-version'],
        },
        address: '127.0.0.1',
        readBody: () => Promise.resolve(delivery.body),
      }),
    applyAll: async (workspace) => {
      const rows = await kysely
        .selectFrom('webhook_events')
        .select('id')
        .where('workspace_id', '=', workspace.workspaceId)
        .where('status', '=', 'pending')
        .execute()
      if (rows.length === 0) return
      await applyEvents(
        { asSystem, log: silentLog },
        workspace.workspaceId,
        rows.map((row) => row.id),
      )
    },
    close: async () => {
      await door.close()
      await queue.stop()
      await Promise.all([webPool.end(), kysely.destroy()])
    },
  }
}

/** Applies rows as their job would: whoever waits too long for a sender's lock comes again. */
export async function applyAsJob(pipeline: Pipeline, workspaceId: string, ids: number[]): Promise<void> {
  for (;;) {
    try {
      await applyEvents({ asSystem: pipeline.asSystem, log: silentLog }, workspaceId, ids)
      return
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === '55P03')) throw error
    }
  }
}
