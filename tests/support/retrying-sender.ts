import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { SignedDelivery } from './kapso-bodies.ts'

/** Pauses before each further try, as Kapso makes them: 10, 40 and 90 s (Kapso docs: webhook retries). */
const kapsoPausesMs = [10_000, 40_000, 90_000]

export interface SenderOptions {
  port: number
  /** Where to, for each delivery's workspace. */
  pathOf: (endpointId: string) => string
  /** Kapso's pauses are divided by this. */
  timesFaster: number
  /** Connections that are kept open. */
  connections: number
}

export interface RetryingSender {
  /** Delivers until it is taken or all tries are used up. True when it was answered with 200. */
  deliver(endpointId: string, delivery: SignedDelivery): Promise<boolean>
  /** How often each status came; 0 stands for no answer at all. */
  answers: Map<number, number>
  close(): void
}

/** Delivers as Kapso does: anything but a 200 is tried again, with the same key and the same bytes. */
export function createRetryingSender(options: SenderOptions): RetryingSender {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections })
  const answers = new Map<number, number>()
  return {
    answers,
    async deliver(endpointId, delivery) {
      for (const wait of [0, ...kapsoPausesMs]) {
        if (wait > 0) await pause(wait / options.timesFaster)
        const status = await post(agent, options.port, options.pathOf(endpointId), delivery)
        answers.set(status, (answers.get(status) ?? 0) + 1)
        if (status === 200) return true
      }
      return false
    },
    close() {
      agent.destroy()
    },
  }
}

/** The answer's status, or 0 when there was none within Kapso's ten seconds. */
function post(agent: Agent, port: number, path: string, delivery: SignedDelivery): Promise<number> {
  return new Promise((resolve) => {
    const call = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        headers: { ...delivery.headers, 'content-length': delivery.body.length },
        timeout: 10_000,
      },
      (response) => {
        response.resume()
        response.on('end', () => {
          resolve(response.statusCode ?? 0)
        })
        response.on('error', () => {
          resolve(0)
        })
      },
    )
    call.on('timeout', () => call.destroy())
    call.on('error', () => {
      resolve(0)
    })
    call.end(delivery.body)
  })
}
