import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { Claims } from './token.ts'

export type Extension = 'broadcast' | 'presence'

/** May the caller do it? Missing is: not asked yet. */
export type Permissions = Partial<Record<Extension, boolean>>

/** Whom the policies are asked about, and the topic. */
export interface Caller {
  topic: string
  claims: Claims
  headers: Record<string, string>
}

export type AuthorizationFault = 'policy' | 'canceled' | 'partition' | 'unreachable'

/** The policies could not be asked. */
export class AuthorizationFailed extends Error {
  readonly fault: AuthorizationFault

  constructor(fault: AuthorizationFault, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.fault = fault
  }
}

/**
 * Asks the policies on realtime.messages as Supabase Realtime does ("Realtime Authorization"): it tries the access on
 * probe rows as the caller, in a transaction that never commits. Throws AuthorizationFailed.
 */
export class Authorizer {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  /** Inserts a probe for each extension as superuser and looks which of them the caller can select. */
  readPermissions(caller: Caller, extensions: Extension[]): Promise<Permissions> {
    const probes = extensions.map((extension) => ({ extension, id: randomUUID() }))
    return this.#try(async (client) => {
      await client.query(
        `insert into realtime.messages (id, topic, extension)
        select id, $3, extension from unnest($1::uuid[], $2::text[]) as probe(id, extension)`,
        [probes.map((probe) => probe.id), extensions, caller.topic],
      )
      await becomeCaller(client, caller)
      const { rows } = await client.query<{ id: string }>(
        'select id from realtime.messages where id = any($1::uuid[])',
        [probes.map((probe) => probe.id)],
      )
      const visible = new Set(rows.map((row) => row.id))
      return Object.fromEntries(probes.map(({ extension, id }) => [extension, visible.has(id)]))
    })
  }

  /** Inserts a probe for each extension as the caller. */
  writePermissions(caller: Caller, extensions: Extension[]): Promise<Permissions> {
    return this.#try(async (client) => {
      await becomeCaller(client, caller)
      const permissions: Permissions = {}
      for (const extension of extensions) {
        await client.query('savepoint probe')
        permissions[extension] = await canInsert(client, caller.topic, extension)
        await client.query('rollback to savepoint probe')
      }
      return permissions
    })
  }

  async #try<Result>(probe: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    let client: pg.PoolClient | undefined
    let failure: Error | undefined
    try {
      client = await this.#pool.connect()
      await client.query('begin')
      const result = await probe(client)
      await client.query('rollback')
      return result
    } catch (error) {
      failure = new AuthorizationFailed(classify(error), error)
      throw failure
    } finally {
      // A connection on which something failed may still have the caller's role: it is not used again.
      client?.release(failure)
    }
  }
}

async function becomeCaller(client: pg.PoolClient, { topic, claims, headers }: Caller) {
  await client.query(
    `select
      set_config('role', $1, true),
      set_config('realtime.topic', $2, true),
      set_config('request.jwt.claims', $3, true),
      set_config('request.jwt.claim.sub', $4, true),
      set_config('request.jwt.claim.role', $1, true),
      set_config('request.headers', $5, true)`,
    [claims.role, topic, JSON.stringify(claims), claims['sub'] ?? '', JSON.stringify(headers)],
  )
}

async function canInsert(client: pg.PoolClient, topic: string, extension: Extension): Promise<boolean> {
  try {
    await client.query('insert into realtime.messages (topic, extension) values ($1, $2)', [topic, extension])
    return true
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '42501') return false
    throw error
  }
}

function classify(error: unknown): AuthorizationFault {
  // Class 57 but a cancelled query: the server is going down or not up yet.
  if (!(error instanceof pg.DatabaseError) || error.code?.startsWith('57P')) return 'unreachable'
  if (error.code === '57014') return 'canceled'
  if (error.code === '23514' && error.table === 'messages') return 'partition'
  return 'policy'
}
