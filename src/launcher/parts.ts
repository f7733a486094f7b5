import { join } from 'node:path'
import type { Command } from './child-process.ts'
import { type Part, type PartOptions, startPart } from './part.ts'
import type { RunRecord } from './run-record.ts'

/** What a running my21staff consists of, in the order in which it is stopped: who uses the database ends before it. */
const stopOrder = ['web', 'worker', 'simulator', 'embedded'] as const

export type PartId = (typeof stopOrder)[number]

const names: Record<PartId, string> = {
  web: 'Web',
  worker: 'Worker',
  simulator: 'Kapso simulator',
  embedded: 'Embedded Supabase',
}

export interface PartsOptions {
  root: string
  directory: string
  record: RunRecord
  report: (line: string) => void
  /** No part is waited for any longer. */
  signal: AbortSignal
}

export interface PartDetails {
  command: Command
  environment: NodeJS.ProcessEnv
  isReady: PartOptions['isReady']
}

export interface Parts {
  /** Resolves when the part works; throws StartError when it does not get there. */
  start(id: PartId, details: PartDetails): Promise<void>
  /** Stops all, one after the other. */
  stop(): Promise<void>
  /** Ends all at once. */
  kill(): void
}

const readyWithinMs = 120_000

/** Starts the parts of one my21staff, each with its log in `<directory>/logs`, and stops them in order. */
export function createParts({ root, directory, record, report, signal }: PartsOptions): Parts {
  const running = new Map<PartId, Part>()
  return {
    async start(id, details) {
      const part = startPart({
        ...details,
        name: names[id],
        root,
        logFile: join(directory, 'logs', `${id}.log`),
        readyWithinMs,
        report,
        signal,
        onStart: (pid) => {
          record.setPart(id, pid)
        },
      })
      running.set(id, part)
      await part.ready
    },
    async stop() {
      for (const id of stopOrder) await running.get(id)?.stop()
    },
    kill() {
      for (const part of running.values()) part.kill()
    },
  }
}
