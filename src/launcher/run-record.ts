import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { waitForGroup } from './child-process.ts'
import { identifyProcess, isRunning, type ProcessIdentity, signalGroup } from './process-identity.ts'
import { StartError } from './start-error.ts'

const identitySchema = z.object({ pid: z.number().int().positive(), startedAt: z.string().optional() })
const recordSchema = z.object({
  launcher: identitySchema,
  address: z.string(),
  parts: z.record(z.string(), identitySchema),
})

type Record_ = z.infer<typeof recordSchema>

/** Who runs on a data directory: `<directory>/running.json`, so that no second launcher does, and leftovers are found. */
export interface RunRecord {
  /** The launcher before this one did not end as it should have. */
  hasLeftovers: boolean
  /** Notes the process that a part now has. */
  setPart(name: string, pid: number): void
  remove(): void
}

const leftoverLimitMs = 25_000

/**
 * Takes a data directory for this process. Throws StartError when another launcher runs on it. What a killed launcher
 * left behind ends by itself a moment later: this waits for it, and ends it where it does not.
 */
export async function takeDirectory(directory: string, address: string): Promise<RunRecord> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const file = join(directory, 'running.json')
  const before = readRecord(file)
  if (before) {
    if (isRunning(before.launcher)) {
      const who = `process ${String(before.launcher.pid)}`
      throw new StartError(
        `my21staff already runs on ${directory} (${who}, ${before.address}): stop it first.`,
      )
    }
    await endLeftovers(before)
  }
  const record: Record_ = { launcher: identifyProcess(process.pid), address, parts: {} }
  write(file, record)
  return {
    hasLeftovers: before !== undefined,
    setPart(name, pid) {
      record.parts[name] = identifyProcess(pid)
      write(file, record)
    },
    remove() {
      rmSync(file, { force: true })
    },
  }
}

/** The processes of the parts that run on a data directory, by name. */
export function readParts(directory: string): Record<string, ProcessIdentity> {
  return readRecord(join(directory, 'running.json'))?.parts ?? {}
}

async function endLeftovers({ parts }: Record_): Promise<void> {
  const leftovers = Object.values(parts).filter(isRunning)
  await Promise.all(
    leftovers.map(async ({ pid }) => {
      if (await waitForGroup(pid, leftoverLimitMs)) return
      signalGroup(pid, 'SIGKILL')
      await waitForGroup(pid, 2000)
    }),
  )
}

function readRecord(file: string): Record_ | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data
  } catch {
    return undefined
  }
}

function write(file: string, record: Record_): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
