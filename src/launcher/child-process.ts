import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { isGroupRunning, signalGroup } from './process-identity.ts'

/** Where Node keeps what it has compiled, in the project's folder: each process starts in half the time. */
const compiledCode = 'node_modules/.cache/my21staff/compiled'

/** A script to run: its path from the project's folder, then its arguments. */
export type Command = readonly [script: string, ...args: string[]]

export interface ChildOptions {
  root: string
  environment: NodeJS.ProcessEnv
  /** Gets what the child prints, appended. */
  logFile: string
}

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface Child {
  pid: number
  exited: Promise<Exit>
  /** Asks it to end, ends it after the time limit, and resolves when its whole process group is gone. */
  stop(limitMs?: number): Promise<void>
  /** Ends its process group at once. */
  kill(): void
}

const usualStopLimit = 20_000

/**
 * Starts a Node script in a process group of its own, so that Ctrl-C in the terminal reaches the launcher alone, which
 * then stops the parts in order. The child ends by itself when the launcher is gone (leash.ts). It writes straight into
 * its log file: nothing breaks in it when nobody reads any more.
 */
export function startChild(command: Command, { root, environment, logFile }: ChildOptions): Child {
  mkdirSync(dirname(logFile), { recursive: true })
  const log = openSync(logFile, 'a', 0o600)
  const child = spawnOnLeash(command, { root, environment, output: log })
  closeSync(log)
  return manage(child)
}

export interface Captured extends Exit {
  output: string
  errors: string
}

/** Runs a Node script to its end and keeps what it prints. */
export async function runChild(
  command: Command,
  { root, environment, signal }: Omit<ChildOptions, 'logFile'> & { signal: AbortSignal },
): Promise<Captured> {
  const child = spawnOnLeash(command, { root, environment, output: 'pipe' })
  const managed = manage(child)
  const abort = () => void managed.stop(5000)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    const read = async (stream: Readable | null) => (stream ? await text(stream) : '')
    const [output, errors, exit] = await Promise.all([read(child.stdout), read(child.stderr), managed.exited])
    return { output, errors, ...exit }
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function spawnOnLeash(
  [script, ...args]: Command,
  { root, environment, output }: { root: string; environment: NodeJS.ProcessEnv; output: number | 'pipe' },
): ChildProcess {
  const leash = new URL('leash.ts', import.meta.url).href
  return spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--import', leash, script, ...args],
    {
      cwd: root,
      env: {
        NODE_COMPILE_CACHE: join(root, compiledCode),
        ...environment,
        LAUNCHER_PID: String(process.pid),
      },
      detached: true,
      stdio: ['ignore', output, output, 'ipc'],
      windowsHide: true,
    },
  )
}

function manage(child: ChildProcess): Child {
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal })
    })
    child.once('error', reject)
  })
  const { pid } = child
  // Node could not start itself: out of memory or processes. The promise says so to whoever waits for the end.
  if (pid === undefined) return { pid: 0, exited, stop: () => Promise.resolve(), kill: () => undefined }
  exited.catch(() => undefined)

  const kill = () => {
    signalGroup(pid, 'SIGKILL')
  }
  return {
    pid,
    exited,
    kill,
    async stop(limitMs = usualStopLimit) {
      // Only the process itself is asked: it knows the order in which to end its own children.
      child.kill('SIGTERM')
      const isGone = await waitForGroup(pid, limitMs)
      if (!isGone) {
        kill()
        await waitForGroup(pid, 2000)
      }
    },
  }
}

/** Whether the group ended in time. */
export async function waitForGroup(group: number, limitMs: number): Promise<boolean> {
  const end = Date.now() + limitMs
  while (isGroupRunning(group)) {
    if (Date.now() > end) return false
    await pause(25)
  }
  return true
}

/** How it ended, for people: "exit code 1" or "killed by SIGKILL". */
export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit code ${String(code)}` : `killed by ${signal}`
}
