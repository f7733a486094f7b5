import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Log } from './log.ts'
import { placePostgres } from './postgres-placement.ts'
import type { PostgresPlace } from './postgres-placement.ts'
import { createCluster } from './postgres-cluster.ts'
import { launchPostgres, stopLeftover } from './postgres-process.ts'
import type { LaunchOptions, PostgresProcess } from './postgres-process.ts'

export interface EmbeddedPostgres {
  port: number
  /** Signs in as the superuser supabase_admin. */
  adminUrl(database?: string): string
  /** Signs in as `postgres`, which is no superuser: the role that owns the project's objects. */
  ownerUrl(database?: string): string
  /** Process id of the running server; changes when it had to be started again. */
  processId(): number | undefined
  stop(): Promise<void>
}

export interface PostgresOptions {
  /** Holds everything that must survive a restart. */
  directory: string
  port: number
  log: Log
  /** The folder with bin, lib and share; that of node_modules if not given. */
  binaries?: string
}

const quietAttempts = 4
const longestPause = 5000

/**
 * Starts Postgres 17 on 127.0.0.1, with its data in `directory`, and resolves when it answers. A server that dies is
 * started again. `<directory>/postgres.log` is the server's log.
 *
 * Errors are one line each: port in use, another one runs on this directory, no disk space, a directory out of reach.
 */
export async function startPostgres({
  directory,
  port,
  log,
  binaries,
}: PostgresOptions): Promise<EmbeddedPostgres> {
  const place = await placePostgres(directory, binaries)
  const url = (user: string, password: string, database: string) =>
    `postgres://${user}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`
  const adminUrl = (database = 'postgres') => url('supabase_admin', place.adminPassword, database)

  await createCluster(place)
  await stopLeftover(place)
  let server = await launchPostgres(place, { directory, port, adminUrl: adminUrl() })
  await makeOwner(adminUrl()).catch(async (error: unknown) => {
    await server.stop()
    throw error
  })

  let isStopping = false
  const supervision = supervise()

  async function supervise() {
    for (;;) {
      await server.ended
      if (isStopping) return
      log('Postgres ended unexpectedly: starting it again')
      const next = await relaunch(place, { directory, port, adminUrl: adminUrl() }, log, () => isStopping)
      if (!next) return
      server = next
      if (isStopping) return server.stop()
      log('Postgres is back')
    }
  }

  return {
    port,
    adminUrl,
    ownerUrl: (database = 'postgres') => url('postgres', 'postgres', database),
    processId: () => server.processId,
    async stop() {
      isStopping = true
      await server.stop()
      await supervision
    },
  }
}

/** Tries until it works or nobody wants it any more. */
async function relaunch(
  place: PostgresPlace,
  options: LaunchOptions,
  log: Log,
  isStopping: () => boolean,
): Promise<PostgresProcess | undefined> {
  for (let attempt = 1; !isStopping(); attempt += 1) {
    const server = await launchPostgres(place, options).catch((error: unknown) => {
      // The first ones may fail: the children of a killed server hold its memory for a moment.
      if (attempt === quietAttempts) log(error instanceof Error ? error.message : String(error))
    })
    if (server) return server
    await pause(Math.min(25 * 2 ** attempt, longestPause))
  }
  return undefined
}

/** `postgres` as on hosted Supabase: it owns the database and makes roles, but it is no superuser. */
async function makeOwner(adminUrl: string) {
  const client = new pg.Client(adminUrl)
  await client.connect()
  try {
    await client.query(`
      do $$
      begin
        if not exists (select from pg_roles where rolname = 'postgres') then
          create role postgres login password 'postgres' createrole createdb bypassrls replication;
        end if;
      end
      $$`)
    await client.query(`
      do $$
      begin
        if exists (select from pg_database where datname = 'postgres' and datdba <> 'postgres'::regrole) then
          alter database postgres owner to postgres;
        end if;
      end
      $$`)
  } finally {
    await client.end()
  }
}
