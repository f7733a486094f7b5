/** Time-outs and limits of the Realtime server. Tests pass their own; nobody else needs to. */
export interface RealtimeSettings {
  /** The clock: milliseconds since 1970. */
  now: () => number
  /** A connection from which nothing came for so long is closed; clients send a heartbeat every 25 s. */
  idleTimeoutMs: number
  /** How often the server looks for such connections. */
  idleCheckMs: number
  /** How long the other side may take to answer our closing of a connection. */
  closeGraceMs: number
  /** At the latest after so long a channel looks again whether its token has expired. */
  tokenCheckMs: number
  /** How long a channel that asked for `replication_ready` waits before it is closed. */
  replicationReadyTimeoutMs: number
  /** First and longest pause between attempts to reach the database again. */
  reconnectPauseMs: { first: number; longest: number }
  /** How often partitions of realtime.messages are made ahead and old ones dropped. */
  maintenanceMs: number
  maxFrameBytes: number
  maxPayloadBytes: number
  maxRequestBytes: number
  /** A client that reads so slowly that more than this waits for it is cut off. */
  maxBufferedBytes: number
  maxConnections: number
  maxChannelsPerConnection: number
  /** Joins of all clients together, as the average of the last minute. */
  maxJoinsPerSecond: number
  /** Messages sent plus every delivered copy, of all clients together, as the average of the last minute. */
  maxEventsPerSecond: number
  /** The same for changes of presence. */
  maxPresenceEventsPerSecond: number
  /** Calls of track and untrack that one channel may make within `presenceWindowMs`. */
  maxPresenceCalls: number
  presenceWindowMs: number
}

/**
 * Time-outs and sizes are those of supabase/realtime (lib/realtime_web/endpoint.ex, config/runtime.exs, the tenants
 * table). The rates are above its defaults (100 joins and 100 events a second, 5 presence calls in 30 s, 200
 * connections), because one person's tests are burstier than a project's users.
 */
export const defaultSettings: RealtimeSettings = {
  now: () => Date.now(),
  idleTimeoutMs: 60_000,
  idleCheckMs: 15_000,
  closeGraceMs: 500,
  tokenCheckMs: 5 * 60_000,
  replicationReadyTimeoutMs: 60_000,
  reconnectPauseMs: { first: 50, longest: 1_000 },
  maintenanceMs: 5 * 60_000,
  maxFrameBytes: 5_000_000,
  maxPayloadBytes: 3_000_500,
  maxRequestBytes: 8_000_000,
  maxBufferedBytes: 16_000_000,
  maxConnections: 1_000,
  maxChannelsPerConnection: 100,
  maxJoinsPerSecond: 500,
  maxEventsPerSecond: 2_500,
  maxPresenceEventsPerSecond: 1_000,
  maxPresenceCalls: 30,
  presenceWindowMs: 30_000,
}
