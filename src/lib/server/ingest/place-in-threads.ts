import { v4 as makeId } from 'uuid'
import { resolveIdentities, type Sighting } from '../../domain/identity-resolution.ts'
import type { BlockLevel } from '../../domain/contacts.ts'
import { findBlockLevels } from '../database/contact-blocks.ts'
import type { Database } from '../database/database.ts'
import { findKnownIdentities, writeIdentityPlan } from '../database/identities.ts'
import type { SessionRow } from '../database/sessions.ts'
import { ensureConversations, lockThreads, type TouchedMessage } from '../database/threads.ts'
import type { PersonEvent, Placed } from './sort-batch.ts'

/** Who an event is about, and in which thread it belongs. */
export interface Whereabouts {
  identityId: string
  /** Null for what belongs in no thread: it is about the person alone. */
  conversationId: string | null
  /** How they are blocked. */
  block: BlockLevel | null
}

/** What else of a batch stands in threads, and is locked with those of its people. */
export interface AlsoLocked {
  touched: TouchedMessage[]
  kapsoConversationIds: string[]
}

/**
 * Finds or makes the person behind each event, and the thread where it needs one. Locks all threads that the batch is
 * about. Returned by ledger row; one is missing where nobody is known and the event alone makes nobody known.
 */
export async function placeInThreads(
  database: Database,
  workspaceId: string,
  people: Placed<PersonEvent>[],
  alsoLocked: AlsoLocked,
): Promise<Map<number, Whereabouts>> {
  const sightings = people.flatMap((placed) => toSighting(placed) ?? [])
  if (sightings.length === 0) {
    await lockThreads(database, workspaceId, { identityIds: [], ...alsoLocked })
    return new Map()
  }
  const known = await findKnownIdentities(database, workspaceId, sightings)
  // Before anything is written, joins of people included: those lock the threads of their groups, too.
  await lockThreads(database, workspaceId, {
    identityIds: known.identities.map(({ id }) => id),
    ...alsoLocked,
  })
  const plan = resolveIdentities(known, sightings, makeId)
  await writeIdentityPlan(database, workspaceId, plan)

  const identified = people.flatMap((placed) => {
    const identity = plan.identityOf.get(String(placed.id))
    return identity === undefined ? [] : [{ placed, identityId: identity.id }]
  })
  const blocks = await findBlockLevels(
    database,
    workspaceId,
    identified.map(({ identityId }) => identityId),
  )
  const blockOf = (identityId: string) => blocks.get(identityId) ?? null
  const inThread = identified.filter(
    ({ placed, identityId }) => needsThread(placed.event) && !isKeptOut(placed, blockOf(identityId)),
  )
  const conversations =
    inThread.length === 0
      ? new Map<string, string>()
      : await ensureConversations(
          database,
          workspaceId,
          inThread.map(({ placed, identityId }) => ({
            channelId: placed.channel.id,
            identityId,
            seenAt: seenAt(placed.event),
          })),
        )
  return new Map(
    identified.map(({ placed, identityId }): [number, Whereabouts] => {
      const block = blockOf(identityId)
      if (!needsThread(placed.event) || isKeptOut(placed, block))
        return [placed.id, { identityId, conversationId: null, block }]
      const conversationId = conversations.get(`${placed.channel.id} ${identityId}`)
      if (conversationId === undefined) throw new Error('an event was left without a thread')
      return [placed.id, { identityId, conversationId, block }]
    }),
  )
}

/** Whether what somebody sent is not let in, because they are blocked. */
export function isKeptOut(
  { event, isLetThrough }: Placed<PersonEvent>,
  block: BlockLevel | null | undefined,
): boolean {
  return (
    (block === 'quarantine' || block === 'drop') &&
    !isLetThrough &&
    (event.kind === 'message' || event.kind === 'reaction') &&
    event.direction === 'inbound'
  )
}

/** What an event says of the Kapso conversation that it names; null when it names none. */
export function toSessionRow(event: PersonEvent, conversationId: string): SessionRow | null {
  const named = { conversationId, seenAt: seenAt(event) }
  if (event.kind === 'session') {
    const row = { ...named, kapsoConversationId: event.kapsoConversationId }
    switch (event.change) {
      case 'created':
        return { ...row, status: 'active', statusAt: event.occurredAt, learnedFrom: 'created' }
      case 'ended':
        return { ...row, status: 'ended', statusAt: event.occurredAt }
      case 'inactive':
        return { ...row, inactiveAt: event.occurredAt }
    }
  }
  if (event.kind === 'message' && event.session !== null) return { ...named, ...event.session }
  const { kapsoConversationId } = event.counterpart
  return kapsoConversationId === null ? null : { ...named, kapsoConversationId }
}

/** Provider time of an event. */
export function seenAt(event: PersonEvent): Date {
  if (event.kind !== 'status') return event.occurredAt
  return new Date(Math.max(0, ...event.statuses.map((status) => status.occurredAt.getTime())))
}

/** Whether the event makes a person known who was not: it has something of its own to keep, which may come first. */
function makesKnown(event: PersonEvent): boolean {
  return event.kind !== 'status' && event.kind !== 'identity_changed'
}

/**
 * Whatever makes somebody known and names a Kapso conversation makes known whose that is, and it is written down with a
 * thread. A status does not: it comes before its message or after, and must leave the same rows.
 */
function needsThread(event: PersonEvent): boolean {
  return (
    event.kind === 'message' ||
    event.kind === 'reaction' ||
    event.kind === 'session' ||
    (makesKnown(event) && event.counterpart.kapsoConversationId !== null)
  )
}

function toSighting({ id, event, channel }: Placed<PersonEvent>): Sighting | undefined {
  const { phone, businessScopedId, username, profileName } = event.counterpart
  const scoped = (value: string | null) => (value === null ? null : { scope: channel.identityScope, value })
  // A status without a time of its own is of no moment, and tells who somebody is to nobody.
  if (event.kind === 'status' && event.statuses.length === 0) return undefined
  return {
    key: String(id),
    seenAt: seenAt(event),
    phone: phone?.e164 ?? null,
    businessScopedId: scoped(businessScopedId),
    previousBusinessScopedId:
      event.kind === 'identity_changed' ? scoped(event.previousBusinessScopedId) : null,
    kapsoConversationId:
      event.kind === 'session' ? event.kapsoConversationId : event.counterpart.kapsoConversationId,
    username,
    profileName,
    mayCreate: makesKnown(event),
  }
}
