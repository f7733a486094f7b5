import { join } from 'node:path'
import { buildApp } from './build.ts'
import { type Command, runChild } from './child-process.ts'
import { type Demo, seedDemo } from './demo.ts'
import { prepareDirectory } from './directory.ts'
import {
  composePlatformEnvironment,
  composeProductEnvironment,
  keepEnvironment,
  type LocalAddresses,
} from './environment.ts'
import { isHealthy, readPartHealth } from './health.ts'
import { watchMails } from './mail-watch.ts'
import { createParts, type Parts } from './parts.ts'
import { type LocalPorts, requireFreePorts } from './ports.ts'
import { setRolePasswords } from './role-passwords.ts'
import { takeDirectory } from './run-record.ts'
import { loadSecrets, type LocalSecrets, readEmbeddedKeys } from './secrets.ts'
import { StartError } from './start-error.ts'

export interface LocalStackOptions {
  /** The project's folder. */
  root: string
  /** Absolute. Holds all data, logs and keys: EMBEDDED_DIR. */
  directory: string
  ports: LocalPorts
  /** Where the web process listens. Default 127.0.0.1. */
  host?: string | undefined
  /** The web process' address in the browser. Default http://127.0.0.1:<port>. */
  origin?: string | undefined
  /** The caller's environment; what leads to another installation is left out. */
  inherited: NodeJS.ProcessEnv
  report: (line: string) => void
  /** Gives up while starting, and stops what has been started. */
  signal?: AbortSignal
  commands?: Partial<Commands>
}

export interface LocalStack {
  /** The web process' address. */
  origin: string
  /** The simulator's address: its page, and the base of its API. */
  simulatorUrl: string
  directory: string
  /** What web, worker and command line run with. */
  environment: NodeJS.ProcessEnv
  demo: Demo
  /** Stops web, worker, simulator and embedded Supabase in this order. */
  stop(): Promise<void>
  /** Ends everything at once. The database recovers at the next start. */
  kill(): void
}

interface Commands {
  embedded: Command
  migrate: Command
  web: Command
  worker: Command
  simulator: Command
  cli: Command
}

const ownCommands: Commands = {
  embedded: ['supabase/embedded/main.ts'],
  migrate: ['supabase/migrate.ts'],
  web: ['src/server.ts'],
  worker: ['src/worker.ts'],
  simulator: ['src/simulator/main.ts'],
  cli: ['src/cli.ts'],
}

/** Postgres ends a moment after the processes of a launcher that was killed. */
const leftoverPatienceMs = 10_000

/**
 * Runs a whole my21staff on this machine: embedded Supabase with all migrations, the built web app, worker, Kapso
 * simulator and demo data. Resolves when all of it is healthy; what dies later is started again.
 *
 * When something does not start, all that did is stopped again, and a StartError with one line for people is thrown.
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const { root, directory, ports, report, inherited } = options
  const addresses = {
    ports,
    directory,
    host: options.host ?? '127.0.0.1',
    origin: options.origin ?? local(ports.web),
  }
  const commands = { ...ownCommands, ...options.commands }
  prepareDirectory(directory)
  const record = await takeDirectory(directory, addresses.origin)
  const giveUp = new AbortController()
  const signal = options.signal ? AbortSignal.any([giveUp.signal, options.signal]) : giveUp.signal
  const parts = createParts({ root, directory, record, report, signal })
  const stop = async () => {
    giveUp.abort()
    await parts.stop()
    record.remove()
  }

  let building: Promise<void> | undefined
  try {
    await requireFreePorts(ports, addresses.host, record.hasLeftovers ? leftoverPatienceMs : 0)
    const platform = composePlatformEnvironment(addresses, inherited)
    const secrets = loadSecrets(directory)
    building = buildApp({
      root,
      environment: platform,
      logFile: join(directory, 'logs/build.log'),
      report,
      signal,
    })
    building.catch(() => {
      giveUp.abort()
    })

    report('Starting embedded Supabase ...')
    await parts.start('embedded', {
      command: commands.embedded,
      environment: platform,
      isReady: () => isHealthy(`${local(ports.api)}/health`),
    })
    watchMails(directory, { report, signal: giveUp.signal })
    const product = composeProductEnvironment(addresses, readEmbeddedKeys(directory), secrets, inherited)
    keepEnvironment(directory, product)
    const environment = { ...platform, ...product }
    await prepareDatabase(commands.migrate, secrets, { root, environment, signal })
    await building
    signal.throwIfAborted()

    report('Starting web, worker and Kapso simulator ...')
    await startProcesses(parts, commands, { addresses, environment, platform })
    const { webhookSecret } = secrets
    const demo = await seedDemo({
      root,
      directory,
      environment,
      webhookSecret,
      cli: commands.cli,
      report,
      signal,
    })
    signal.throwIfAborted()
    return {
      origin: addresses.origin,
      simulatorUrl: local(ports.simulator),
      directory,
      environment,
      demo,
      stop,
      kill() {
        giveUp.abort()
        parts.kill()
      },
    }
  } catch (error) {
    await stop()
    // Its failure may be what made the others stop.
    await building
    throw error
  }
}

function local(port: number, host = '127.0.0.1'): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${String(port)}`
}

interface Context {
  root: string
  environment: NodeJS.ProcessEnv
  signal: AbortSignal
}

async function prepareDatabase(command: Command, secrets: LocalSecrets, context: Context): Promise<void> {
  const { code, errors } = await runChild(command, context)
  context.signal.throwIfAborted()
  if (code !== 0) {
    const reason = errors.trim().split('\n').at(-1) || 'no reason given'
    throw new StartError(`The database cannot be brought up to date: ${reason}`)
  }
  await setRolePasswords(context.environment['DATABASE_URL_OWNER'] ?? '', {
    my21_web: secrets.webPassword,
    my21_worker: secrets.workerPassword,
  })
}

interface Environments {
  addresses: LocalAddresses
  environment: NodeJS.ProcessEnv
  platform: NodeJS.ProcessEnv
}

async function startProcesses(
  parts: Parts,
  commands: Commands,
  { addresses: { ports, host }, environment, platform }: Environments,
): Promise<void> {
  const isEverywhere = host === '0.0.0.0' || host === '::'
  const health = `${local(ports.web, isEverywhere ? undefined : host)}/health`
  const web = parts.start('web', {
    command: commands.web,
    environment,
    isReady: async () => (await readPartHealth(health, 'database')) === 'ok',
  })
  // The worker has no address of its own: the web process sees its heartbeat.
  const worker = parts.start('worker', {
    command: commands.worker,
    environment,
    isReady: async () => (await readPartHealth(health, 'worker')) === 'ok',
  })
  const simulator = parts.start('simulator', {
    command: commands.simulator,
    environment: platform,
    isReady: () => isHealthy(`${local(ports.simulator)}/health`),
  })
  await Promise.all([web, worker, simulator])
}
