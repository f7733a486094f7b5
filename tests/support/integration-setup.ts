import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { preparePlatform } from '../../supabase/embedded/platform.ts'
import { startPostgres } from '../../supabase/embedded/postgres.ts'
import { applyMigrations } from '../../supabase/migrate.ts'
import { findFreePort } from './free-port.ts'
import {
  makeTestDirectory,
  removeAbandonedTestDirectories,
  removeTestDirectory,
} from './temporary-directory.ts'
import { migratedTemplate, platformTemplate } from './database.ts'
import type { TestServer } from './database.ts'

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer
  }
}

/**
 * One Postgres for the whole run, with two template databases: one as a fresh Supabase project, one that has all
 * migrations too. Test files clone them (see database.ts). When the run is killed, Postgres ends by itself and the next
 * run clears the directory.
 */
export default async function setUp(project: TestProject) {
  await removeAbandonedTestDirectories()
  const directory = await makeTestDirectory()
  const postgres = await startPostgres({ directory, port: await findFreePort(), log: console.log })
  const tearDown = async () => {
    await postgres.stop()
    await removeTestDirectory(directory)
  }
  try {
    const passwords = { my21_web: makeSecret(), my21_worker: makeSecret() }
    await withAdmin(postgres.adminUrl(), (admin) =>
      admin.query(`create database ${platformTemplate} owner postgres`),
    )
    await preparePlatform(postgres.adminUrl(platformTemplate))
    await withAdmin(postgres.adminUrl(), (admin) =>
      admin.query(`create database ${migratedTemplate} template ${platformTemplate} owner postgres`),
    )
    await applyMigrations(postgres.ownerUrl(migratedTemplate))
    await setPasswords(postgres.adminUrl(), passwords)
    project.provide('testServer', {
      port: postgres.port,
      adminUrl: postgres.adminUrl(),
      logFile: `${directory}/postgres.log`,
      passwords,
      jwtSecret: makeSecret(),
    })
  } catch (error) {
    await tearDown()
    throw error
  }
  return tearDown
}

/** As an operator would: migrations make the roles without passwords. */
async function setPasswords(adminUrl: string, passwords: Record<string, string>) {
  await withAdmin(adminUrl, async (admin) => {
    const { rows } = await admin.query<{ rolname: string }>(
      'select rolname from pg_roles where rolname = any($1)',
      [Object.keys(passwords)],
    )
    for (const { rolname } of rows) {
      await admin.query(`alter role ${rolname} password ${admin.escapeLiteral(passwords[rolname] ?? '')}`)
    }
  })
}

async function withAdmin(adminUrl: string, work: (admin: pg.Client) => Promise<unknown>) {
  const admin = new pg.Client(adminUrl)
  await admin.connect()
  await work(admin).finally(() => admin.end())
}

function makeSecret() {
  return randomBytes(32).toString('base64url')
}
