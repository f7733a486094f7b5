import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

/** As a fresh Supabase project. */
export const platformTemplate = 'platform_template'
/** With all migrations. */
export const migratedTemplate = 'migrated_template'

/** What integration-setup.ts hands to every test file. */
export interface TestServer {
  port: number
  adminUrl: string
  /** Postgres' own log of the whole run. */
  logFile: string
  passwords: { my21_web: string; my21_worker: string }
  jwtSecret: string
}

export interface TestDatabase {
  name: string
  /** As `postgres`, the owner of the project's objects. */
  ownerUrl: string
  /** As the superuser supabase_admin. */
  adminUrl: string
  webUrl: string
  workerUrl: string
  /** Signs the access tokens of this run. */
  jwtSecret: string
  /** Ends the sessions that still use it and removes it. */
  drop(): Promise<void>
}

/** A database of its own for one test file: the platform and all migrations, no rows. */
export function createTestDatabase(): Promise<TestDatabase> {
  return cloneDatabase(migratedTemplate)
}

/** A database as a fresh Supabase project, without the project's migrations. The project's roles may exist. */
export function createPlatformDatabase(): Promise<TestDatabase> {
  return cloneDatabase(platformTemplate)
}

async function cloneDatabase(template: string): Promise<TestDatabase> {
  const server = inject('testServer')
  const name = `test_${randomBytes(6).toString('hex')}`
  await runAsAdmin(server, `create database ${name} template ${template} owner postgres`)
  const url = (user: string, password: string) =>
    `postgres://${user}:${password}@127.0.0.1:${server.port}/${name}`
  const adminUrl = new URL(server.adminUrl)
  adminUrl.pathname = `/${name}`
  return {
    name,
    ownerUrl: url('postgres', 'postgres'),
    adminUrl: adminUrl.href,
    webUrl: url('my21_web', server.passwords.my21_web),
    workerUrl: url('my21_worker', server.passwords.my21_worker),
    jwtSecret: server.jwtSecret,
    drop: () => runAsAdmin(server, `drop database if exists ${name} with (force)`),
  }
}

async function runAsAdmin(server: TestServer, statement: string) {
  const admin = new pg.Client(server.adminUrl)
  await admin.connect()
  try {
    await admin.query(statement)
  } finally {
    await admin.end()
  }
}
