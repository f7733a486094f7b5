import { hash } from 'node:crypto'
import type { Database } from '../database/database.ts'
import {
  findKnownEventIds,
  findKnownMessages,
  type KnownMessage,
  type ReconciledChannel,
} from '../database/reconciled-channels.ts'
import type { NewFinding } from '../database/sync-findings.ts'
import type { KapsoMessage } from '../kapso/answers.ts'

/** In the order in which a message gets on. */
const statusOrder = ['queued', 'sent', 'delivered', 'read', 'played']

/** The event that tells of a message first; null when the list does not say which way it went. */
export function firstEventOf(message: KapsoMessage): string | null {
  const direction = message.kapso?.direction
  if (direction === 'inbound') return 'whatsapp.message.received'
  return direction === 'outbound' ? 'whatsapp.message.sent' : null
}

/** The id under which the ledger has an event of a message: see identifyEvent. */
export function messageEventId(name: string, wamid: string): string {
  return `${name}:${hash('sha256', wamid, 'base64url')}`
}

/**
 * Holds a page of Kapso's list against the ledger: messages that it does not have, and own messages that are further on
 * at Kapso than here. Reads only.
 */
export async function compareMessages(
  database: Database,
  channel: ReconciledChannel,
  listed: KapsoMessage[],
): Promise<NewFinding[]> {
  const messages = listed.flatMap((message) => {
    const event = firstEventOf(message)
    return message.id && event !== null ? [{ message, wamid: message.id, event }] : []
  })
  if (messages.length === 0) return []
  const eventIds = messages.map(({ event, wamid }) => messageEventId(event, wamid))
  const ledger = await findKnownEventIds(database, channel.workspaceId, eventIds)
  const known = await findKnownMessages(
    database,
    channel,
    messages.map(({ wamid }) => wamid),
  )
  return messages.flatMap(({ message, wamid, event }): NewFinding[] => {
    const eventId = messageEventId(event, wamid)
    const own = known.get(wamid)
    const details = describe(channel, message, wamid)
    if (own === undefined) {
      return ledger.has(eventId) ? [] : [{ kind: 'missing_message', subjectId: eventId, details }]
    }
    return isBehind(message, own)
      ? [
          {
            kind: 'status_behind',
            subjectId: hash('sha256', wamid, 'base64url'),
            details: { ...details, knownStatus: own.status },
          },
        ]
      : []
  })
}

function isBehind(message: KapsoMessage, own: KnownMessage): boolean {
  if (message.kapso?.direction !== 'outbound') return false
  const status = message.kapso.status ?? ''
  if (status === 'failed') return !own.hasFailed
  return statusOrder.indexOf(status) > statusOrder.indexOf(own.status ?? 'queued')
}

/** What an admin needs to recognise the message; of the person no more than the end of the number. */
function describe(
  { channelId }: ReconciledChannel,
  message: KapsoMessage,
  wamid: string,
): Record<string, string | null> {
  const phone =
    message.kapso?.phone_number ?? (message.kapso?.direction === 'inbound' ? message.from : message.to)
  const digits = phone?.replaceAll(/\D/g, '') ?? ''
  return {
    channelId,
    wamid,
    direction: message.kapso?.direction ?? null,
    type: message.type?.slice(0, 40) ?? null,
    status: message.kapso?.status?.slice(0, 40) ?? null,
    occurredAt: readSeconds(message.timestamp)?.toISOString() ?? null,
    phoneEnd: digits.length >= 8 ? digits.slice(-4) : null,
  }
}

/** Unix seconds as text. */
export function readSeconds(timestamp: string | null | undefined): Date | null {
  const seconds = Number(timestamp ?? Number.NaN)
  return Number.isFinite(seconds) && seconds > 0 && seconds < 1e11 ? new Date(seconds * 1000) : null
}
