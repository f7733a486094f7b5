import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LocalPorts } from './ports.ts'
import type { EmbeddedKeys, LocalSecrets } from './secrets.ts'

/** The key that the simulator asks of its clients. */
const simulatorKey = 'kapso-simulator-key'

export interface LocalAddresses {
  ports: LocalPorts
  /** Where the web process listens. */
  host: string
  /** The address in the browser. */
  origin: string
  /** Everything that is kept. */
  directory: string
}

/** What of the caller's own environment would lead a local installation to a real one. */
const foreign = /^(DATABASE_URL_|SUPABASE_|PUBLIC_|KAPSO_API_|ENCRYPTION_KEYS$|npm_)/

/** What the embedded Supabase and the simulator are told. */
export function composePlatformEnvironment(
  { ports, origin, directory }: LocalAddresses,
  inherited: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(Object.entries(inherited).filter(([name]) => !foreign.test(name))),
    NODE_ENV: 'production',
    EMBEDDED_DIR: directory,
    EMBEDDED_API_PORT: String(ports.api),
    EMBEDDED_POSTGRES_PORT: String(ports.postgres),
    SIMULATOR_PORT: String(ports.simulator),
    SIMULATOR_API_KEY: simulatorKey,
    SITE_URL: origin,
  }
}

/** What web, worker and command line are told: everything that .env.example lists. */
export function composeProductEnvironment(
  addresses: LocalAddresses,
  keys: EmbeddedKeys,
  secrets: LocalSecrets,
  inherited: NodeJS.ProcessEnv,
): Record<string, string> {
  const { ports, host, origin } = addresses
  const database = (user: string, password: string) =>
    `postgres://${user}:${password}@127.0.0.1:${String(ports.postgres)}/postgres`
  const supabaseUrl = `http://127.0.0.1:${String(ports.api)}`
  return {
    DATABASE_URL_WEB: database('my21_web', secrets.webPassword),
    DATABASE_URL_WORKER: database('my21_worker', secrets.workerPassword),
    DATABASE_URL_OWNER: database('postgres', 'postgres'),
    SUPABASE_URL: supabaseUrl,
    SUPABASE_PUBLISHABLE_KEY: keys.publishableKey,
    SUPABASE_SECRET_KEY: keys.secretKey,
    SUPABASE_JWT_SECRET: keys.jwtSecret,
    PUBLIC_SUPABASE_URL: supabaseUrl,
    PUBLIC_SUPABASE_PUBLISHABLE_KEY: keys.publishableKey,
    ORIGIN: origin,
    HOST: host,
    PORT: String(ports.web),
    SIGN_UP: inherited['SIGN_UP'] || 'open',
    ENCRYPTION_KEYS: secrets.encryptionKeys,
    KAPSO_API_URL: `http://127.0.0.1:${String(ports.simulator)}`,
    KAPSO_API_KEY: simulatorKey,
    VAPID_PUBLIC_KEY: secrets.pushKeys.publicKey,
    VAPID_PRIVATE_KEY: secrets.pushKeys.privateKey,
    VAPID_SUBJECT: 'mailto:operator@example.com',
    PUSH_HOSTS: inherited['PUSH_HOSTS'] ?? '',
  }
}

/** Where the environment of a local installation is kept, as an env file. */
export function localEnvironmentFile(directory: string): string {
  return join(directory, 'local.env')
}

/** Keeps it, for the command line in another terminal. It holds passwords and keys. */
export function keepEnvironment(directory: string, environment: Record<string, string>): void {
  const file = localEnvironmentFile(directory)
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(`${file}.new`, lines.join(''), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
