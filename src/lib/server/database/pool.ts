import pg from 'pg'

/** What a connection pool needs to know. */
export interface PoolOptions {
  connectionString: string
  /** Name shown in pg_stat_activity. */
  applicationName: string
  /** Most connections held at once. */
  max: number
  /** Statements are sent without waiting for the answers to those before them. */
  pipeline?: boolean
}

/**
 * Opens a pool whose rows hold numbers for bigint (our ids and counts stay far below 2^53) and Dates for timestamptz.
 * A connection that Postgres ends while idle is dropped quietly and replaced at the next query.
 */
export function createPool(options: PoolOptions): pg.Pool {
  const types = new pg.TypeOverrides()
  types.setTypeParser(pg.types.builtins.INT8, Number)
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    application_name: options.applicationName,
    max: options.max,
    ...(options.pipeline === true ? { pipeline: true } : {}),
    types,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
  })
  pool.on('error', () => undefined)
  // A connection that is lost while it is checked out tells so by its query, and by an event as well, which would end
  // the process if nobody listened.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}
