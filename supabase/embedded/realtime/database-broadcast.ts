import type { Log } from '../log.ts'
import type { Hub } from './hub.ts'
import type { MessageRow } from './replication.ts'

/**
 * Broadcasts a row of realtime.messages as it came from the database; `id` tells clients which row it was. Rows that
 * no sending function writes (without event, topic or content) are not for clients.
 */
export function broadcastRow(hub: Hub, row: MessageRow, maxPayloadBytes: number, log: Log) {
  const { topic, event, id, payload, binary_payload: bytes } = row
  const content = readContent(payload, bytes)
  if (!topic || !event || !id || !row['private'] || !content) return
  if (content.content.length > maxPayloadBytes) {
    log(`Realtime dropped a broadcast from the database: it is larger than ${maxPayloadBytes} bytes`)
    return
  }
  hub.broadcast({ name: topic, isPrivate: row['private'] === 't' }, { event, ...content, metadata: { id } })
}

function readContent(payload: string | null | undefined, bytes: string | null | undefined) {
  // Postgres writes bytea as \x and hexadecimal digits.
  if (bytes) return { encoding: 'binary' as const, content: Buffer.from(bytes.slice(2), 'hex') }
  if (payload) return { encoding: 'json' as const, content: Buffer.from(payload) }
  return undefined
}
