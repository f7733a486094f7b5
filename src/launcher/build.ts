import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeExit, startChild, type Command } from './child-process.ts'
import { withFileLock } from './file-lock.js'
import { readLastLine, measureLog } from './log-file.ts'
import { StartError } from './start-error.ts'

/** What the built pages and handler are made of. */
const sources = [
  'src/**/*',
  'static/**/*',
  'package.json',
  'package-lock.json',
  '*.config.{js,ts}',
  'tsconfig.json',
]
/** These run without a build, or are no part of it. */
const notBuilt =
  /\.test\.ts$|^src\/(launcher|simulator|lib\/i18n\/generated)\/|^src\/(server|worker|cli)\.ts$|^(eslint|playwright)\.config\./

const commands: Command[] = [
  ['src/lib/i18n/compile-texts.ts'],
  ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'],
]

const stampFile = 'build/.sources'

/** A hash over names and contents of everything that the build depends on. */
export function hashSources(root: string): string {
  const hash = createHash('sha256')
  for (const file of globSync(sources, { cwd: root }).sort()) {
    const path = join(root, file)
    if (notBuilt.test(file) || !statSync(path).isFile()) continue
    const content = createHash('sha256').update(readFileSync(path)).digest('hex')
    hash.update(`${file}\0${content}\n`)
  }
  return hash.digest('hex')
}

/** Whether there is a build of exactly these sources. */
export function isBuilt(root: string): boolean {
  if (!existsSync(join(root, 'build/handler.js')) || !existsSync(join(root, stampFile))) return false
  return readFileSync(join(root, stampFile), 'utf8') === hashSources(root)
}

export interface BuildOptions {
  root: string
  environment: NodeJS.ProcessEnv
  logFile: string
  report: (line: string) => void
  signal: AbortSignal
}

/** Builds the pages and the web handler where the sources have changed. Throws StartError with the reason. */
export async function buildApp({ root, environment, logFile, report, signal }: BuildOptions): Promise<void> {
  if (isBuilt(root)) return
  await withFileLock(
    join(root, '.svelte-kit/build.lock'),
    async () => {
      if (isBuilt(root) || signal.aborted) return
      report('Building the web app ...')
      const startedAt = Date.now()
      // Before, not after: a file that is changed while the build runs must lead to another one.
      const hash = hashSources(root)
      const logStart = measureLog(logFile)
      for (const command of commands) {
        const child = startChild(command, { root, environment, logFile })
        const abort = () => void child.stop(2000)
        signal.addEventListener('abort', abort, { once: true })
        const exit = await child.exited
        signal.removeEventListener('abort', abort)
        if (signal.aborted) return
        if (exit.code !== 0) {
          const said = readLastLine(logFile, logStart) ?? describeExit(exit)
          throw new StartError(`The web app cannot be built: ${said} (log: ${logFile})`)
        }
      }
      writeFileSync(join(root, stampFile), hash)
      report(`The web app is built (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`)
    },
    report,
  )
}
