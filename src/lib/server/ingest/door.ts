import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { errorFields, type Log } from '../log.ts'
import { findSigner } from '../kapso/signature.ts'
import { createDuplicateCounter } from './duplicate-counter.ts'
import { createFailureLimiter } from './failure-limiter.ts'
import { createMicroBatcher } from './micro-batch.ts'
import { readDelivery, type KapsoHeaders } from './read-delivery.ts'
import { createRefusalCounter } from './refusal-counter.ts'
import { storeDeliveries, type EnqueueApply, type StorableDelivery } from './store-deliveries.ts'
import type { FindWebhookEndpoint } from './webhook-endpoints.ts'

/** Kapso's own limit for a body. */
export const mostBodyBytes = 3 * 1024 * 1024

/** A delivery as it comes in, from either form of the door. */
export interface IncomingDelivery {
  endpointId: string
  headers: KapsoHeaders
  /** Address of the caller, for the limit on failing verification. */
  address: string
  /** Reads the raw bytes; 'too_large' past the limit. Called only for endpoints that exist. */
  readBody: () => Promise<Buffer | 'too_large'>
}

/** What the caller is told. 200 means committed, and nothing else does. */
export type DoorStatus = 200 | 401 | 404 | 413 | 429 | 503

export interface WebhookDoor {
  receive(delivery: IncomingDelivery): Promise<DoorStatus>
  /** Waits for what is being written. */
  close(): Promise<void>
}

export interface DoorOptions {
  pool: pg.Pool
  findEndpoint: FindWebhookEndpoint
  enqueue: EnqueueApply
  log: Log
  /** Clock of the limit on failing verification. */
  now?: () => number
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * The webhook door: verifies a delivery, knows its items by their event ids, and commits them to the ledger together
 * with the job that will apply them. Nothing else happens before the answer.
 */
export function createWebhookDoor({ pool, findEndpoint, enqueue, log, now }: DoorOptions): WebhookDoor {
  const limiter = createFailureLimiter(100, now)
  const duplicates = createDuplicateCounter(pool, log)
  const refusals = createRefusalCounter(pool, log)
  const batcher = createMicroBatcher<StorableDelivery>({
    write: async (batch) => {
      duplicates.count(await storeDeliveries(pool, enqueue, batch))
    },
    inFlight: 2,
    mostItems: 200,
    mostBytes: 4 * 1024 * 1024,
    sizeOf: (delivery) => delivery.body.length,
    isOutage,
  })

  function refuse(delivery: IncomingDelivery, status: 401 | 404): DoorStatus {
    return limiter.note(delivery.address) ? 429 : status
  }

  return {
    async receive(delivery) {
      const endpointId = delivery.endpointId.toLowerCase()
      if (!uuid.test(endpointId)) return refuse(delivery, 404)
      // A caller who breaks off is no failure of ours.
      let isReading = false
      try {
        const endpoint = await findEndpoint(endpointId)
        if (endpoint === undefined) return refuse(delivery, 404)
        isReading = true
        const body = await delivery.readBody()
        isReading = false
        if (body === 'too_large') return 413
        const secret = findSigner(body, delivery.headers.signature, endpoint.secrets)
        if (secret === undefined) {
          refusals.count(endpointId, 'wrong_signature')
          return refuse(delivery, 401)
        }
        const read = readDelivery(endpoint.workspaceId, delivery.headers, body)
        const { workspaceId } = endpoint
        await batcher.add({ id: randomUUID(), workspaceId, endpointId, secretId: secret.id, read, body })
        return 200
      } catch (error) {
        if (!isReading) refusals.count(endpointId, 'not_stored')
        log.error({ kind: 'webhook-door', endpointId, ...errorFields(error) }, 'delivery could not be stored')
        return 503
      }
    },
    async close() {
      await batcher.drain()
      await duplicates.close()
      await refusals.close()
    },
  }
}

/** A lost or refused connection, a shutdown or missing resources: no single delivery is to blame. */
function isOutage(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  // Without an SQLSTATE it came from the socket or the pool.
  if (!/^[0-9A-Z]{5}$/.test(code)) return true
  return ['08', '53', '57', '58'].includes(code.slice(0, 2))
}
