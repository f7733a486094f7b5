import { Kysely, PostgresDialect, sql, type PostgresPoolClient, type Transaction } from 'kysely'
import type pg from 'pg'
import type { DB } from './schema.d.ts'
import { createStatementNames } from './statement-names.ts'

/** A handle inside a transaction. The noun modules take one and never open one themselves. */
export type Database = Transaction<DB>

/** The verified claims of a member's access token. */
export interface Claims {
  /** The user's id in Auth. */
  sub: string
  email?: string | undefined
  session_id?: string | undefined
  /** Unix seconds. */
  exp: number
}

/** A job that is enqueued in the same transaction as the rows it speaks of. */
export interface JobRequest {
  queue: string
  data: object
  /** Jobs of one group share a turn: one tenant's storm does not starve the others. */
  group?: string
  startAfterSeconds?: number
  /** Higher goes first; 0 if not given. */
  priority?: number
}

/** Writes jobs inside the given transaction. Given by the queue module, so that this one does not depend on it. */
export type Enqueue = (database: Database, jobs: JobRequest[]) => Promise<void>

/** Runs `work` as the signed-in member: row-level security decides what it sees. */
export type AsMember = <Result>(
  claims: Claims,
  work: (database: Database, enqueue: (job: JobRequest) => void) => Promise<Result>,
  options?: MemberOptions,
) => Promise<Result>

export interface MemberOptions {
  /**
   * `kept`: Postgres plans a statement once for all values. For what is asked for all the time: planning under
   * row-level security takes several times as long as the statement itself, and a connection would plan it anew for
   * its first five values and whenever statistics have changed. Its plans must be good for any value, see
   * `tenancy-plans.test.ts`.
   */
  plans?: 'kept'
}

/** Runs `work` past row-level security. For the worker and the command line only. */
export type AsSystem = <Result>(
  work: (database: Database, enqueue: (job: JobRequest) => void) => Promise<Result>,
) => Promise<Result>

/**
 * Wraps a pool in Kysely's typed query builder. Closing it closes the pool. Statements are prepared once a connection:
 * planning a query under row-level security costs several times what running it does.
 */
export function createDatabase(pool: pg.Pool): Kysely<DB> {
  const nameOf = createStatementNames()
  return new Kysely<DB>({
    dialect: new PostgresDialect({
      pool: {
        connect: async () => prepareStatements(await pool.connect(), nameOf),
        end: () => pool.end(),
      },
    }),
  })
}

function prepareStatements(
  client: pg.PoolClient,
  nameOf: (text: string) => string | undefined,
): PostgresPoolClient {
  const query = (text: string, values: readonly unknown[]) => {
    const name = values.length === 0 ? undefined : nameOf(text)
    return client.query({ text, values: [...values], ...(name === undefined ? {} : { name }) })
  }
  return {
    // Kysely's type also has cursors, which it asks for only when it was given a cursor class.
    query: query as unknown as PostgresPoolClient['query'],
    release: () => {
      client.release()
    },
  }
}

/**
 * The web process' door to tenant data. Opens one transaction, becomes the member with the verified claims, runs
 * `work`, steps back and, in the same transaction, enqueues the jobs that `work` asked for (no member may write to
 * the queue). A query outside of it finds nothing: the login role holds no grant on any table.
 *
 * Where Postgres ended the transaction because two waited for each other, `work` is run again, from the beginning: it
 * may ask and write nothing but the database.
 */
export function createAsMember(kysely: Kysely<DB>, enqueue: Enqueue): AsMember {
  const run: AsMember = (claims, work, { plans } = {}) =>
    kysely.transaction().execute(async (database) => {
      const jobs: JobRequest[] = []
      const planning =
        plans === 'kept' ? sql`, set_config('plan_cache_mode', 'force_generic_plan', true)` : sql``
      await sql`select set_config('role', 'my21_member', true), set_config('request.jwt.claims', ${JSON.stringify(claims)}, true)${planning}`.execute(
        database,
      )
      const result = await work(database, (job) => jobs.push(job))
      if (jobs.length > 0) {
        await sql`select set_config('role', 'none', true), set_config('request.jwt.claims', '', true)`.execute(
          database,
        )
        await enqueue(database, jobs)
      }
      return result
    })
  return async (...transaction) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await run(...transaction)
      } catch (error) {
        if (attempt === mostAttempts || !isDeadlock(error)) throw error
      }
    }
  }
}

/** Of two that wait for each other Postgres ends one. That it comes to that again and again is no accident any more. */
const mostAttempts = 3

const isDeadlock = (error: unknown) => error instanceof Error && 'code' in error && error.code === '40P01'

/** The door of the worker and the command line, whose login role bypasses row-level security. */
export function createAsSystem(kysely: Kysely<DB>, enqueue: Enqueue): AsSystem {
  return (work) =>
    kysely.transaction().execute(async (database) => {
      const jobs: JobRequest[] = []
      const result = await work(database, (job) => jobs.push(job))
      if (jobs.length > 0) await enqueue(database, jobs)
      return result
    })
}
