import { readdirSync, readFileSync } from 'node:fs'

/** A process that is not confused with a later one of the same number. */
export interface ProcessIdentity {
  pid: number
  /** Clock ticks from the machine's boot to the process' start; absent where the system does not tell. */
  startedAt?: string | undefined
}

interface ProcessStatus {
  state: string
  group: number
  startedAt: string
}

/** Reads /proc/<pid>/stat (proc(5)); undefined for a process that is gone, or without /proc. */
function readStatus(pid: number | string): ProcessStatus | undefined {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
    // The second field is the command in parentheses, and may hold spaces and parentheses itself.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', group: Number(fields[2]), startedAt: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

export function identifyProcess(pid: number): ProcessIdentity {
  return { pid, startedAt: readStatus(pid)?.startedAt }
}

/** Whether this very process still runs. */
export function isRunning({ pid, startedAt }: ProcessIdentity): boolean {
  if (startedAt === undefined) return canSignal(pid)
  const status = readStatus(pid)
  return status?.startedAt === startedAt && status.state !== 'Z'
}

/** Whether anything still runs in a process group. What has ended and waits for its parent to notice does not count. */
export function isGroupRunning(group: number): boolean {
  if (!canSignal(-group)) return false
  if (process.platform !== 'linux') return true
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false
    const status = readStatus(name)
    return status?.group === group && status.state !== 'Z'
  })
}

/** Sends a signal to a whole group; what is gone is no error. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
