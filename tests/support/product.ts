import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { preparePlatform } from '../../supabase/embedded/platform.ts'
import { startPostgres, type EmbeddedPostgres } from '../../supabase/embedded/postgres.ts'
import { applyMigrations } from '../../supabase/migrate.ts'
import { findFreePort } from './free-port.ts'
import { nodeEnvironment } from './node-environment.ts'
import { runAs } from './run-as.ts'
import { makeTestDirectory, removeTestDirectory } from './temporary-directory.ts'
import { encryptionKeys } from './workspace.ts'

const root = join(import.meta.dirname, '..', '..')
const password = 'password of the roles in this run'

/** A process of the product that can be ended in any way, and started again. */
export interface ProductProcess {
  /** Undefined while it does not run. */
  processId(): number | undefined
  /** Everything that it wrote, over all its lives. */
  output(): string
  /** Starts it and resolves when it works. */
  start(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>
}

/** Postgres, one web process and one worker as in production, without Auth, Storage and Realtime. */
export interface Product {
  /** As the superuser. */
  databaseUrl: string
  postgres: EmbeddedPostgres
  /** Postgres' own log. */
  postgresLog: string
  webPort: number
  web: ProductProcess
  worker: ProductProcess
  stop(): Promise<void>
}

/** @param environment more for web and worker, such as KAPSO_API_URL */
export async function startProduct(environment: Record<string, string> = {}): Promise<Product> {
  const directory = await makeTestDirectory()
  const postgres = await startPostgres({ directory, port: await findFreePort(), log: () => undefined })
  const databaseUrl = postgres.adminUrl('product')
  await runAs(postgres.adminUrl(), 'create database product owner postgres')
  await preparePlatform(databaseUrl)
  await applyMigrations(postgres.ownerUrl('product'))
  await runAs(
    databaseUrl,
    `alter role my21_web password '${password}'; alter role my21_worker password '${password}'`,
  )
  const webPort = await findFreePort()
  const origin = `http://127.0.0.1:${String(webPort)}`
  const shared = {
    ...nodeEnvironment(),
    SUPABASE_URL: 'http://127.0.0.1:9',
    PUBLIC_SUPABASE_URL: 'http://127.0.0.1:9',
    SUPABASE_PUBLISHABLE_KEY: 'none',
    PUBLIC_SUPABASE_PUBLISHABLE_KEY: 'none',
    SUPABASE_SECRET_KEY: 'none',
    SUPABASE_JWT_SECRET: 'a secret that signs nothing in this run',
    KAPSO_API_URL: 'http://127.0.0.1:9',
    KAPSO_API_KEY: 'none',
    ENCRYPTION_KEYS: encryptionKeys,
    LOG_LEVEL: 'warn',
    ORIGIN: origin,
    PORT: String(webPort),
    DATABASE_URL_WEB: roleUrl(databaseUrl, 'my21_web'),
    DATABASE_URL_WORKER: roleUrl(databaseUrl, 'my21_worker'),
    ...environment,
  }
  const web = defineProcess('src/server.ts', shared, () => answers(`${origin}/health`))
  // A worker says that it is there by its heartbeat.
  const worker = defineProcess('src/worker.ts', shared, (startedAt) => beatsSince(databaseUrl, startedAt))
  await Promise.all([web.start(), worker.start()])
  return {
    databaseUrl,
    postgres,
    postgresLog: join(directory, 'postgres.log'),
    webPort,
    web,
    worker,
    async stop() {
      await Promise.all([web.stop(), worker.stop()])
      await postgres.stop()
      await removeTestDirectory(directory)
    },
  }
}

function roleUrl(databaseUrl: string, role: string): string {
  const url = new URL(databaseUrl)
  url.username = role
  url.password = password
  return url.href
}

function defineProcess(
  entry: string,
  environment: Record<string, string>,
  isReady: (startedAt: Date) => Promise<boolean>,
): ProductProcess {
  let child: ChildProcess | undefined
  let output = ''
  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child
    child = undefined
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return
    const ended = once(ending, 'exit')
    ending.kill(signal)
    await ended
  }
  return {
    processId: () => child?.pid,
    output: () => output,
    async start() {
      const startedAt = new Date()
      const started = spawn(process.execPath, [entry], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: environment,
      })
      child = started
      started.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
      started.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
      while (!(await isReady(startedAt))) {
        if (started.exitCode !== null) throw new Error(`${entry} ended:\n${output}`)
        await pause(20)
      }
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(2_000) })
    return true
  } catch {
    return false
  }
}

async function beatsSince(databaseUrl: string, startedAt: Date): Promise<boolean> {
  const rows = await runAs(databaseUrl, 'select from private.worker_heartbeats where started_at >= $1', [
    startedAt,
  ]).catch(() => [])
  return rows.length > 0
}
