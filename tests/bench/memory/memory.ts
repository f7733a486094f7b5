import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { withLocalStack } from '../bench-stack.ts'
import type { BenchOptions, BenchResult } from '../main.ts'
import { rounded } from '../statistics.ts'

const goalMegabytes = 700

/**
 * What the whole embedded stack holds when idle: the sum of the proportional set sizes of the launcher (this process
 * stands in for it), embedded Supabase with its Postgres, web, worker and simulator. Linux only.
 */
export async function runMemory({ log, isShort }: BenchOptions): Promise<BenchResult> {
  return withLocalStack(log, async () => {
    // The first seconds belong to the start: caches fill, and garbage of the start is collected.
    await sleep(isShort ? 500 : 20_000)
    const processes = findDescendants(process.pid).map((pid) => ({
      name: nameOf(pid),
      megabytes: readPss(pid),
    }))
    const byName = new Map<string, number>()
    for (const { name, megabytes } of processes) byName.set(name, (byName.get(name) ?? 0) + megabytes)
    const total = processes.reduce((sum, { megabytes }) => sum + megabytes, 0)
    return {
      name: 'memory',
      figures: {
        totalMegabytes: rounded(total),
        processes: processes.length,
        ...Object.fromEntries(
          [...byName].map(([name, megabytes]) => [`megabytes of ${name}`, rounded(megabytes)]),
        ),
      },
      goals: [{ text: `under ${String(goalMegabytes)} MB in all`, isReached: total < goalMegabytes }],
    }
  })
}

/** A process and everything that it started, at any depth. */
function findDescendants(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) continue
    const parent = Number(/^PPid:\s+(\d+)/m.exec(readSafely(`/proc/${entry}/status`))?.[1] ?? -1)
    children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const found: number[] = []
  const queue = [root]
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    found.push(pid)
    queue.push(...(children.get(pid) ?? []))
  }
  return found
}

function readPss(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(readSafely(`/proc/${String(pid)}/smaps_rollup`))?.[1] ?? 0) / 1024
}

function nameOf(pid: number): string {
  const command = readSafely(`/proc/${String(pid)}/cmdline`).split('\0')
  const script = command.find((part) => /\.(ts|js)$/.test(part))
  if (script !== undefined) return script.replace(`${process.cwd()}/`, '')
  return command[0]?.includes('postgres') ? 'postgres' : (command[0]?.split('/').at(-1) ?? 'unknown')
}

/** A process may end while it is looked at. */
function readSafely(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
