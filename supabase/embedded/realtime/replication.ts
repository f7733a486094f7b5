import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { LogicalReplicationService, PgoutputPlugin } from 'pg-logical-replication'
import type { Pgoutput } from 'pg-logical-replication'
import pg from 'pg'
import type { Log } from '../log.ts'
import type { RealtimeSettings } from './settings.ts'

const publication = 'supabase_realtime_messages_publication'

/** A new row of realtime.messages; every value is Postgres' text of it. */
export type MessageRow = Record<string, string | null | undefined>

export interface Replication {
  /** Calls back when messages flow, at once if they do. Returns how to give up waiting. */
  whenReady(callback: () => void): () => void
  stop(): Promise<void>
}

export interface ReplicationOptions {
  databaseUrl: string
  onMessage: (row: MessageRow) => void
  log: Log
  pauses: RealtimeSettings['reconnectPauseMs']
}

/**
 * Follows what is inserted into realtime.messages, for ever: when the connection breaks it makes another one. The slot
 * is temporary, so that Postgres keeps no WAL for a server that is gone; as on hosted, what is sent while there is no
 * connection reaches nobody.
 */
export function startReplication({ databaseUrl, onMessage, log, pauses }: ReplicationOptions): Replication {
  const applicationName = `realtime_replication_${makeId()}`
  const waiting = new Set<() => void>()
  const stopping = new AbortController()
  let isReady = false
  let isOutageTold = false
  let service: LogicalReplicationService | undefined

  const running = run()

  async function run() {
    let wait = pauses.first
    while (!stopping.signal.aborted) {
      const { reason, wasReady } = await follow()
      if (stopping.signal.aborted) return
      if (!isOutageTold) log(`Realtime cannot follow the database, trying again (${reason})`)
      isOutageTold = true
      if (wasReady) wait = pauses.first
      await pause(wait, undefined, { signal: stopping.signal }).catch(() => undefined)
      wait = Math.min(wait * 2, pauses.longest)
    }
  }

  /** Resolves when the connection has ended, or was not to be had. */
  async function follow() {
    const current = new LogicalReplicationService(
      {
        connectionString: databaseUrl,
        application_name: applicationName,
        connectionTimeoutMillis: 5_000,
      },
      { acknowledge: { auto: false, timeoutSeconds: 0 } },
    )
    service = current
    const slot = `supabase_realtime_messages_replication_slot_${makeId()}`
    let reason = 'ended'
    current.on('error', (error: Error) => (reason = error.message))
    current.on('start', () => {
      isReady = true
      if (isOutageTold) log('Realtime follows the database again')
      isOutageTold = false
      for (const callback of waiting) callback()
      waiting.clear()
    })
    current.on('heartbeat', (position: string, _time: number, shouldRespond: boolean) => {
      if (shouldRespond) void current.acknowledge(stepBack(position))
    })
    current.on('data', (_position: string, message: Pgoutput.Message) => {
      if (message.tag !== 'insert') return
      try {
        onMessage(message.new as MessageRow)
      } catch (error) {
        log(`Realtime could not broadcast a message from the database: ${String(error)}`)
      }
    })
    await current
      .subscribe(new TextPlugin(publication), slot)
      .catch((error: unknown) => (reason = String(error)))
    const wasReady = isReady
    isReady = false
    await current.destroy().catch(() => undefined)
    return { reason, wasReady }
  }

  return {
    whenReady(callback) {
      if (isReady) callback()
      else waiting.add(callback)
      return () => waiting.delete(callback)
    },
    async stop() {
      stopping.abort()
      waiting.clear()
      await service?.stop().catch(() => undefined)
      await running
      await endSessions(databaseUrl, applicationName).catch(() => undefined)
    },
  }
}

/**
 * Postgres may take a while to see that a connection is gone, most of all while it makes the slot. As long as there is
 * a slot, the database cannot be dropped: this waits for the end of its session.
 */
async function endSessions(connectionString: string, applicationName: string) {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(
      'select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = $1',
      [applicationName],
    )
  } finally {
    await client.end()
  }
}

function makeId() {
  return randomBytes(6).toString('hex')
}

/** Reads on a temporary slot, which only the connection that made it can use, and leaves all values as text. */
class TextPlugin extends PgoutputPlugin {
  constructor(publicationName: string) {
    super({ protoVersion: 1, publicationNames: [publicationName] })
  }

  override async start(client: pg.Client, slotName: string, position: string): Promise<unknown> {
    await client.query(
      `CREATE_REPLICATION_SLOT "${slotName}" TEMPORARY LOGICAL pgoutput (SNAPSHOT 'nothing')`,
    )
    return super.start(client, slotName, position) as Promise<unknown>
  }

  override parse(buffer: Buffer): Pgoutput.Message {
    const message = super.parse(buffer)
    // A JSON payload that was parsed and printed again would lose the digits of long numbers.
    if (message.tag === 'relation')
      for (const column of message.columns) column.parser = (text: unknown) => text
    return message
  }
}

/**
 * The library adds one byte to the position it acknowledges. At shutdown Postgres waits until exactly the position it
 * sent is acknowledged.
 */
function stepBack(position: string): string {
  const [high = '0', low = '0'] = position.split('/')
  const value = (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`)
  const previous = value > 0n ? value - 1n : 0n
  return `${(previous >> 32n).toString(16)}/${(previous & 0xffffffffn).toString(16)}`.toUpperCase()
}
