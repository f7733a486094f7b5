const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Ctrl-C reaches the process from the terminal and once more from npm. */
const echoMs = 700
const lookForParentMs = 250

export interface Endings {
  /** Aborted as soon as somebody asks this process to end. */
  signal: AbortSignal
  /** Resolves then. */
  asked: Promise<void>
  /** What to do when somebody asks again. */
  onForce(force: () => void): void
}

/**
 * Listens to Ctrl-C, SIGTERM and SIGHUP, and to the end of the npm that started this process: killed with SIGKILL, it
 * can tell nobody.
 */
export function watchEndings(): Endings {
  const controller = new AbortController()
  const later: { force?: () => void; askedAt: number } = { askedAt: 0 }
  const { promise: asked, resolve } = Promise.withResolvers<undefined>()
  const ask = () => {
    if (controller.signal.aborted) {
      if (Date.now() - later.askedAt > echoMs) later.force?.()
      return
    }
    later.askedAt = Date.now()
    controller.abort()
    resolve(undefined)
  }
  for (const signal of signals) process.on(signal, ask)
  // Without a terminal there is nobody to read, and no reason to end badly.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

  const parent = process.ppid
  if (process.env['npm_lifecycle_event']) {
    const timer = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(timer)
      ask()
    }, lookForParentMs)
    timer.unref()
  }
  return {
    signal: controller.signal,
    asked,
    onForce(force) {
      later.force = force
    },
  }
}
