import { randomUUID } from 'node:crypto'
import { isObject } from './serializer.ts'

/** What a client asks for when it joins (the `config` of realtime-js' channel options). */
export interface JoinConfig {
  isPrivate: boolean
  /** Confirm each broadcast. */
  acknowledges: boolean
  /** Send a client's broadcasts back to itself. */
  echoes: boolean
  /** Say when broadcasts from the database arrive. */
  wantsReplicationReady: boolean
  wantsPresence: boolean
  presenceKey: string
  replay: unknown
  postgresChanges: Record<string, unknown>[]
  /** Hold the answer to the join until postgres_changes are certain. */
  waitsForPostgresChanges: boolean
}

/** Reads the payload of a join. What is missing or makes no sense counts as not given, as on hosted. */
export function readJoinConfig(payload: unknown): JoinConfig {
  const config = readObject(readObject(payload)['config'])
  const broadcast = readObject(config['broadcast'])
  const presence = readObject(config['presence'])
  const changes = config['postgres_changes']
  return {
    isPrivate: readBoolean(config['private']),
    acknowledges: readBoolean(broadcast['ack']),
    echoes: readBoolean(broadcast['self']),
    wantsReplicationReady: readBoolean(broadcast['replication_ready']),
    wantsPresence: readBoolean(presence['enabled']),
    presenceKey: readKey(presence['key']),
    replay: broadcast['replay'],
    postgresChanges: Array.isArray(changes) ? changes.filter(isObject) : [],
    waitsForPostgresChanges: readBoolean(readObject(config['postgres_changes_options'])['wait']),
  }
}

function readObject(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {}
}

/** Some clients send booleans as text. */
function readBoolean(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true')
}

function readKey(value: unknown): string {
  if (value === undefined || value === null || value === '') return randomUUID()
  return typeof value === 'string' ? value : JSON.stringify(value)
}
