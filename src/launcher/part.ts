import { setTimeout as pause } from 'node:timers/promises'
import { createBackoff } from './backoff.ts'
import { type Child, type Command, describeExit, startChild } from './child-process.ts'
import { boundLog, measureLog, readLastLine } from './log-file.ts'
import { StartError } from './start-error.ts'

export interface PartOptions {
  /** What people call it. */
  name: string
  command: Command
  root: string
  environment: NodeJS.ProcessEnv
  logFile: string
  /** Whether it works; asked again and again until it does. */
  isReady: () => Promise<boolean>
  /** How long it may take to work for the first time. */
  readyWithinMs: number
  /** Nobody waits any longer for it to work. */
  signal: AbortSignal
  /** Gets a line when it died and is started again. */
  report: (line: string) => void
  /** Told the process' number each time one is started. */
  onStart?: (pid: number) => void
}

/** One of the processes that make up a running my21staff, kept alive until it is stopped. */
export interface Part {
  name: string
  /** Resolves when it works; throws StartError when it does not get there. */
  ready: Promise<void>
  stop(): Promise<void>
  kill(): void
}

const lookEveryMs = 50
const boundLogEveryMs = 10_000
/** A part that dies this often before it ever worked will not work. */
const mostFailedStarts = 3

/** Starts a part and keeps it running: whenever it dies it is started again, after growing pauses if it keeps dying. */
export function startPart(options: PartOptions): Part {
  const stopping = new AbortController()
  const state: { child?: Child; isReady: boolean; failure?: StartError } = { isReady: false }
  const logStart = measureLog(options.logFile)
  const trimming = setInterval(() => void boundLog(options.logFile).catch(() => undefined), boundLogEveryMs)
  trimming.unref()

  const explain = (what: string) => {
    const said = readLastLine(options.logFile, logStart)
    return new StartError(`${options.name} ${what}${said ? `: ${said}` : ''} (log: ${options.logFile})`)
  }

  async function supervise(): Promise<void> {
    const backoff = createBackoff()
    for (let failedStarts = 0; !stopping.signal.aborted;) {
      const startedAt = Date.now()
      const child = startChild(options.command, options)
      state.child = child
      options.onStart?.(child.pid)
      const exit = await child.exited
      if (stopping.signal.aborted) return
      // Whatever it had started itself must not hold ports and files when it starts again.
      await child.stop()
      if (!state.isReady && ++failedStarts === mostFailedStarts) {
        state.failure = explain(`does not start (${describeExit(exit)})`)
        return
      }
      const wait = backoff.next(Date.now() - startedAt)
      const when = wait === 0 ? 'starting it again' : `starting it again in ${String(wait / 1000)} s`
      options.report(`${options.name} ended (${describeExit(exit)}): ${when}`)
      await pause(wait, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  async function becomeReady(): Promise<void> {
    const end = Date.now() + options.readyWithinMs
    while (!(await options.isReady())) {
      if (stopping.signal.aborted || options.signal.aborted)
        throw new StartError(`${options.name} was stopped`)
      if (state.failure) throw state.failure
      if (Date.now() > end) throw explain(`does not answer after ${String(options.readyWithinMs / 1000)} s`)
      await pause(lookEveryMs)
    }
    state.isReady = true
  }

  const supervision = supervise().catch((error: unknown) => {
    state.failure = new StartError(`${options.name} cannot be started: ${String(error)}`)
  })
  const ready = becomeReady()
  // Whoever stops a part that is not ready yet need not wait for that as well.
  ready.catch(() => undefined)
  return {
    name: options.name,
    ready,
    async stop() {
      stopping.abort()
      clearInterval(trimming)
      await state.child?.stop()
      await supervision
    },
    kill() {
      stopping.abort()
      state.child?.kill()
    },
  }
}
