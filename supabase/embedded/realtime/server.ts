import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import pg from 'pg'
import { WebSocketServer } from 'ws'
import type { Log } from '../log.ts'
import { Authorizer } from './authorization.ts'
import { closeCodes, Connection } from './connection.ts'
import { broadcastRow } from './database-broadcast.ts'
import { answerRequest } from './http-broadcast.ts'
import { Hub } from './hub.ts'
import { PresenceTracker } from './presence.ts'
import { RateCounter } from './rate-counter.ts'
import { startReplication } from './replication.ts'
import type { RealtimeServices } from './services.ts'
import { defaultSettings } from './settings.ts'
import type { RealtimeSettings } from './settings.ts'
import { TokenVerifier } from './token.ts'
import type { ApiKeys } from './token.ts'
import { readUpgrade, refuse, refuseUpgrade } from './upgrade.ts'

export interface RealtimeOptions {
  /** Signs in as supabase_admin to a database that has platform/realtime.sql. */
  databaseUrl: string
  /** Signs and verifies the project's tokens (HS256). */
  jwtSecret: string
  apiKeys: ApiKeys
  log: Log
  settings?: Partial<RealtimeSettings>
}

export interface Realtime {
  /** Answers HTTP requests below /realtime/v1. */
  handleRequest(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Answers WebSocket upgrades below /realtime/v1. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Closes all connections, so that clients come back to whoever listens next. */
  close(): Promise<void>
}

/**
 * Starts a Realtime server on a database; see README.md beside this file for what it speaks. It listens nowhere
 * itself. It resolves at once: clients can connect while the database is still starting.
 */
export async function startRealtime(options: RealtimeOptions): Promise<Realtime> {
  const settings = { ...defaultSettings, ...options.settings }
  const { databaseUrl, jwtSecret, apiKeys, log } = options
  const pool = openPool(databaseUrl)
  const events = new RateCounter(settings.maxEventsPerSecond, settings.now)
  const presenceEvents = new RateCounter(settings.maxPresenceEventsPerSecond, settings.now)
  const hub = new Hub(events, presenceEvents)
  const replication = startReplication({
    databaseUrl,
    onMessage: (row) => broadcastRow(hub, row, settings.maxPayloadBytes, log),
    log,
    pauses: settings.reconnectPauseMs,
  })
  const services: RealtimeServices = {
    settings,
    log,
    tokens: new TokenVerifier(jwtSecret, apiKeys, settings.now),
    authorizer: new Authorizer(pool),
    hub,
    presence: new PresenceTracker(),
    replication,
    joins: new RateCounter(settings.maxJoinsPerSecond, settings.now),
    events,
    presenceEvents,
  }
  const sockets = new WebSocketServer({ noServer: true, maxPayload: settings.maxFrameBytes })
  const connections = new Set<Connection>()
  const idleTimer = setInterval(() => closeIdle(connections, settings), settings.idleCheckMs)
  const maintain = () => void maintainPartitions(pool, log)
  const maintenanceTimer = setInterval(maintain, settings.maintenanceMs)
  replication.whenReady(maintain)

  return {
    handleRequest: (request, response) => answerRequest(services, request, response),
    handleUpgrade(request, socket, head) {
      socket.on('error', () => undefined)
      try {
        const options = readUpgrade(request, services.tokens)
        if (connections.size >= settings.maxConnections) throw refuse(429, 'Too many connected users')
        sockets.handleUpgrade(request, socket, head, (client) => {
          const connection = new Connection(services, client, options)
          connections.add(connection)
          client.on('close', () => connections.delete(connection))
        })
      } catch (error) {
        refuseUpgrade(socket, error)
      }
    },
    async close() {
      clearInterval(idleTimer)
      clearInterval(maintenanceTimer)
      await replication.stop()
      const closed = [...sockets.clients].map(
        (client) => new Promise((resolve) => client.once('close', resolve)),
      )
      for (const connection of connections) connection.close(closeCodes.serviceRestart)
      await Promise.all(closed)
      await pool.end()
    },
  }
}

function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    application_name: 'realtime',
    // Partitions of realtime.messages are days of UTC.
    options: '-c timezone=utc',
    max: 5,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 5_000,
  })
  // An idle connection that breaks is replaced at the next query.
  pool.on('error', () => undefined)
  return pool
}

function closeIdle(connections: Set<Connection>, { now, idleTimeoutMs }: RealtimeSettings) {
  for (const connection of connections) {
    if (now() - connection.lastSeen >= idleTimeoutMs) connection.close(closeCodes.normal)
  }
}

async function maintainPartitions(pool: pg.Pool, log: Log) {
  try {
    await pool.query('select _realtime.maintain_partitions()')
  } catch (error) {
    log(`Realtime could not maintain the partitions of realtime.messages: ${String(error)}`)
  }
}
