import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { outboundBody, receivedBody, sign, type SignedDelivery } from '../support/kapso-bodies.ts'
import type { RetryingSender } from '../support/retrying-sender.ts'
import type { TestWorkspace } from '../support/workspace.ts'

/** What was sent under load, and what of it was acknowledged. */
export interface LoadRecord {
  /** Ids of messages whose delivery was answered with 200. */
  acknowledged: Set<string>
  /** Ids of messages whose delivery was given up, as Kapso gives up. */
  givenUp: Set<string>
  sent: number
}

export interface Load {
  record: LoadRecord
  /** Sends no more, and resolves when every delivery has been taken or given up. */
  stop(): Promise<void>
}

const people = 60

/**
 * Sends a steady stream of messages of several people, some of them twice, some with their statuses, until it is
 * stopped. Order and duplicates come from a seed.
 */
export function startLoad(options: {
  sender: RetryingSender
  workspaces: TestWorkspace[]
  perSecond: number
  seed: number
}): Load {
  const { sender, workspaces, perSecond } = options
  const random = createRandom(options.seed)
  const record: LoadRecord = { acknowledged: new Set(), givenUp: new Set(), sent: 0 }
  const running = new Set<Promise<void>>()
  let isStopping = false

  function send(workspace: TestWorkspace, wamid: string, delivery: SignedDelivery): void {
    record.sent++
    const sending = sender.deliver(workspace.endpointId, delivery).then((isTaken) => {
      if (isTaken) record.acknowledged.add(wamid)
      else if (!record.acknowledged.has(wamid)) record.givenUp.add(wamid)
      running.delete(sending)
    })
    running.add(sending)
  }

  function sendOne(): void {
    const workspace = workspaces[Math.floor(random() * workspaces.length)]
    if (workspace === undefined) return
    const wamid = `wamid.${randomBytes(18).toString('base64url')}`
    const person = Math.floor(random() * people)
    const facts = {
      wamid,
      phoneNumberId: workspace.phoneNumberId,
      phone: `6281200${String(10_000 + person)}`,
      text: `Message ${wamid.slice(-8)}`,
      contactName: `Customer ${String(person)}`,
    }
    const kind = random()
    if (kind < 0.7) {
      const delivery = sign('whatsapp.message.received', receivedBody(facts), workspace.secret)
      send(workspace, wamid, delivery)
      if (kind < 0.15) send(workspace, wamid, delivery)
      return
    }
    for (const status of ['sent', 'delivered', 'read'] as const) {
      send(
        workspace,
        wamid,
        sign(`whatsapp.message.${status}`, outboundBody(status, facts), workspace.secret),
      )
    }
  }

  async function run(): Promise<void> {
    const startedAt = Date.now()
    for (let count = 0; !isStopping; count++) {
      sendOne()
      const due = startedAt + (count * 1000) / perSecond
      if (due > Date.now()) await pause(due - Date.now())
    }
  }

  const streaming = run()
  return {
    record,
    async stop() {
      isStopping = true
      await streaming
      while (running.size > 0) await Promise.all(running)
    },
  }
}

/** A small generator of numbers from 0 to 1 that gives the same ones for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
