import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { startGateway } from './gateway.ts'
import { loadKeys } from './keys.ts'
import { startLite } from './lite.ts'
import type { Log } from './log.ts'
import { requireFreePort } from './ports.ts'
import { preparePlatform } from './platform.ts'
import { startPostgres } from './postgres.ts'
import { startRealtime } from './realtime/server.ts'

export interface EmbeddedStackOptions {
  /** Holds everything that must survive a restart. */
  directory: string
  apiPort: number
  postgresPort: number
  /** The address of the web process: links in mails lead there. */
  siteUrl?: string
  log: Log
}

export interface EmbeddedStack {
  apiUrl: string
  publishableKey: string
  secretKey: string
  jwtSecret: string
  postgresPort: number
  /** As `postgres`. */
  ownerUrl: string
  /** As the superuser supabase_admin. */
  adminUrl: string
  stop(): Promise<void>
}

/**
 * Starts a Supabase project on this machine: Postgres, and Auth, Storage, Data API and Realtime behind one HTTP port.
 * Resolves when all of it answers. When a part does not start, those before it are stopped and its error is thrown.
 */
export async function startEmbeddedStack(options: EmbeddedStackOptions): Promise<EmbeddedStack> {
  const { directory, apiPort, postgresPort, siteUrl = 'http://localhost:3000', log } = options
  const started: { stop(): Promise<void> }[] = []
  const stopAll = async () => {
    for (const part of started.reverse()) await part.stop()
  }
  let stopping: Promise<void> | undefined
  const stop = () => (stopping ??= stopAll())
  await requireFreePort(apiPort, 'EMBEDDED_API_PORT')
  try {
    const postgres = await startPostgres({ directory, port: postgresPort, log })
    started.push(postgres)
    await preparePlatform(postgres.adminUrl())
    const keys = await loadKeys(directory)
    const databaseUrl = await openGatewayDoor(postgres.adminUrl())

    const database = new pg.Pool({ connectionString: databaseUrl, max: 4, connectionTimeoutMillis: 5000 })
    // Idle connections break when Postgres restarts; the next query opens a new one.
    database.on('error', () => undefined)
    started.push({ stop: () => database.end() })

    const lite = startLite({ databaseUrl, keys, siteUrl: siteUrl.replace(/\/$/, ''), directory, log })
    started.push({ stop: () => lite.close() })

    const realtime = await startRealtime({
      databaseUrl: postgres.adminUrl(),
      jwtSecret: keys.jwtSecret,
      apiKeys: { publishable: keys.publishableKey, secret: keys.secretKey },
      log,
    })
    started.push({ stop: () => realtime.close() })

    const gateway = await startGateway({ port: apiPort, lite, database, realtime })
    started.push({ stop: () => gateway.close() })

    return {
      apiUrl: `http://127.0.0.1:${apiPort}`,
      ...keys,
      postgresPort,
      ownerUrl: postgres.ownerUrl(),
      adminUrl: postgres.adminUrl(),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Gives embedded_gateway a password that nobody else knows, and its address. */
async function openGatewayDoor(adminUrl: string): Promise<string> {
  const password = randomBytes(24).toString('base64url')
  const admin = new pg.Client(adminUrl)
  await admin.connect()
  try {
    await admin.query(`alter role embedded_gateway password '${password}'`)
  } finally {
    await admin.end()
  }
  const url = new URL(adminUrl)
  url.username = 'embedded_gateway'
  url.password = password
  return url.href
}
