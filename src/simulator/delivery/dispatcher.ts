import type { Clock } from '../clock.ts'
import type { Identifiers } from '../identifiers.ts'
import type { Delivery, World } from '../world.ts'
import { shouldPause } from './auto-pause.ts'
import { createGate } from './gate.ts'
import { createLanes } from './lanes.ts'
import type { Network } from './network.ts'
import { createPoster } from './post.ts'
import { tryDelivery } from './try-delivery.ts'

export interface DispatcherOptions {
  network: Network
  /** How long a receiver may take to answer. */
  timeLimitMs: number
  /** How long a delivery waits at most for an earlier one of its lane. */
  orderWaitMs: number
  /** How many finished deliveries are remembered. */
  historyLimit: number
  onChange: () => void
}

export interface Dispatcher {
  enqueue(delivery: Delivery): void
  /** Marks what waits for a webhook as failed: it was paused or deleted. */
  failWaiting(webhookId: string, reason: string): void
  /** Resolves when the first try of that delivery is over, at the latest after the given time. */
  waitForFirstTry(deliveryId: string, atMostMs: number): Promise<void>
  /** How many deliveries are not finished. */
  waiting(): number
  close(): void
}

/** Sends deliveries as Kapso does: signed, in order within a lane, retried, and paused when nearly all fail. */
export function createDispatcher(
  world: World,
  clock: Clock,
  identifiers: Identifiers,
  options: DispatcherOptions,
): Dispatcher {
  const poster = createPoster()
  const gate = createGate(() => world.settings.parallelDeliveries)
  const lanes = createLanes(clock, options.orderWaitMs, start)
  const started = new Set<string>()
  const pending = new Set<string>()
  const finished = [...world.deliveries.values()]
    .filter((one) => one.status !== 'pending')
    .map((one) => one.id)
  const firstTries = new Map<string, () => void>()
  let isClosed = false

  function forgetOld() {
    while (finished.length > options.historyLimit) {
      const oldest = finished.shift()
      if (oldest !== undefined) world.deliveries.delete(oldest)
    }
  }

  function finish(delivery: Delivery, status: 'delivered' | 'failed') {
    if (!pending.delete(delivery.id)) return
    delivery.status = status
    delivery.finishedAt = clock.now()
    started.delete(delivery.id)
    finished.push(delivery.id)
    resolveFirstTry(delivery.id)
    if (status === 'failed') {
      sendSingles(delivery)
      pauseIfHopeless(delivery.webhookId)
    }
    lanes.leave(delivery)
    forgetOld()
    options.onChange()
  }

  function resolveFirstTry(deliveryId: string) {
    firstTries.get(deliveryId)?.()
    firstTries.delete(deliveryId)
  }

  /** A batch that failed for good comes again message by message, each under its own key. */
  function sendSingles(batch: Delivery) {
    if (!world.webhooks.get(batch.webhookId)?.active) return
    batch.singles.forEach((single, index) => {
      enqueue({
        ...batch,
        id: identifiers.uuid('single', batch.id, index),
        idempotencyKey: identifiers.uuid('single-key', batch.id, index),
        body: single.body,
        messageIds: [single.messageId],
        batchSize: null,
        singles: [],
        status: 'pending',
        attempts: [],
        createdAt: clock.now(),
        notBefore: clock.now(),
        finishedAt: null,
        fault: null,
        effects: {},
      })
    })
  }

  function isHopeless(webhookId: string): boolean {
    return shouldPause(world.deliveries.values(), webhookId, clock.now(), world.settings.timeScale)
  }

  function pauseIfHopeless(webhookId: string) {
    const webhook = world.webhooks.get(webhookId)
    if (!webhook?.active || !isHopeless(webhookId)) return
    webhook.active = false
    webhook.updatedAt = clock.now()
    failWaiting(webhookId, 'webhook paused')
  }

  async function attempt(delivery: Delivery): Promise<void> {
    const webhook = world.webhooks.get(delivery.webhookId)
    if (!pending.has(delivery.id) || isClosed) return
    if (!webhook?.active) {
      finish(delivery, 'failed')
      return
    }
    const at = clock.now()
    const begin = performance.now()
    const result = await tryDelivery(
      { poster, network: options.network, identifiers },
      webhook,
      delivery,
      options.timeLimitMs,
    )
    if (isClosed || !pending.has(delivery.id)) return
    const durationMs = Math.round(performance.now() - begin)
    delivery.attempts.push({ at, ...result, durationMs })
    resolveFirstTry(delivery.id)
    // Kapso counts nothing but 200 as success, not even 202 or 204.
    if (result.statusCode === 200) {
      finish(delivery, 'delivered')
      return
    }
    const delay = world.settings.retryDelaysMs[delivery.attempts.length - 1]
    if (delay === undefined) {
      finish(delivery, 'failed')
      return
    }
    retryAfter(delivery, delay)
    options.onChange()
  }

  function go(delivery: Delivery) {
    gate.run(() => attempt(delivery))
  }

  function retryAfter(delivery: Delivery, delay: number) {
    delivery.notBefore = clock.now() + delay
    clock.after(delay, () => {
      go(delivery)
    })
  }

  function start(delivery: Delivery) {
    if (started.has(delivery.id) || !pending.has(delivery.id)) return
    started.add(delivery.id)
    const wait = delivery.notBefore - clock.now()
    if (wait <= 0) go(delivery)
    else
      clock.after(wait, () => {
        go(delivery)
      })
  }

  function enqueue(delivery: Delivery) {
    world.deliveries.set(delivery.id, delivery)
    pending.add(delivery.id)
    options.onChange()
    lanes.enter(delivery)
  }

  function failWaiting(webhookId: string, reason: string) {
    for (const id of [...pending]) {
      const delivery = world.deliveries.get(id)
      if (delivery?.webhookId !== webhookId) continue
      delivery.fault ??= reason
      delivery.singles = []
      finish(delivery, 'failed')
    }
  }

  return {
    enqueue,
    failWaiting,
    waitForFirstTry(deliveryId, atMostMs) {
      if (!pending.has(deliveryId)) return Promise.resolve()
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, atMostMs)
        firstTries.set(deliveryId, () => {
          clearTimeout(timer)
          resolve()
        })
      })
    },
    waiting: () => pending.size,
    close() {
      isClosed = true
      poster.close()
    },
  }
}
