import { IdentityBook } from './identity-book.ts'

/**
 * Who sent a message? Pure rules over what is known and what one batch of events tells (DESIGN of identities in
 * ARCHITECTURE.md): business-scoped id first, then phone number, then the Kapso conversation, else a provisional
 * identity. Names and usernames never identify anybody.
 *
 * What is kept are facts that do not depend on the order in which they are told: which ids were seen together, and the
 * earliest and latest provider time of each. Whom a number belongs to follows from them.
 */

/** A WhatsApp account as the database knows it. */
export interface KnownIdentity {
  id: string
  /** The account that stands for the group of those that turned out to be one; itself where there is no other. */
  rootId: string
  contactId: string
  /** Provider time of its first sign. */
  firstSeenAt: Date
  username: string | null
  usernameAsOf: Date | null
  profileName: string | null
  profileNameAsOf: Date | null
}

/** One business-scoped id, and whose it is. */
export interface KnownBusinessScopedId {
  scope: string
  value: string
  identityId: string
  firstSeenAt: Date
}

/** A number that an account was seen with. Several may have been seen with one number. */
export interface KnownPhone {
  /** E.164. */
  phone: string
  identityId: string
  firstSeenAt: Date
  lastSeenAt: Date
}

/** What one event says of the person on the other side. */
export interface Sighting {
  /** Refers the answer back to the event. */
  key: string
  /** Provider time: between two values the later one stays, whichever arrives last. */
  seenAt: Date
  /** E.164. */
  phone: string | null
  businessScopedId: { scope: string; value: string } | null
  /** What the person's business-scoped id was until now, where WhatsApp tells that it changed. */
  previousBusinessScopedId: { scope: string; value: string } | null
  kapsoConversationId: string | null
  username: string | null
  profileName: string | null
  /** A message shows a person; a status or a session alone makes nobody known. */
  mayCreate: boolean
}

/** A sighting of somebody who was not known yet, kept until one of its ids is. */
export type HeldSighting = Sighting & { heldId: number }

/** Everything known of the accounts that a batch may be about, and of all accounts of their groups. */
export interface KnownIdentities {
  identities: KnownIdentity[]
  businessScopedIds: KnownBusinessScopedId[]
  phones: KnownPhone[]
  /** Kapso conversation id to identity id. */
  kapsoConversations: Map<string, string>
  /** Accounts whose join a person has undone. */
  vetoes: { identityId: string; otherIdentityId: string }[]
  held: HeldSighting[]
}

export type JoinReason = 'phone_and_id' | 'identity_changed' | 'session'

/** Two groups that turned out to be one. */
export interface IdentityJoin {
  /** Roots, at the time of the join. */
  loserId: string
  survivorId: string
  reason: JoinReason
  /** The accounts that one event named together. */
  evidence: { identityId: string; otherIdentityId: string }
}

/** What has to be written so that every sighting has its identity. Facts may be written in any order and again. */
export interface IdentityPlan {
  /** The root of each sighting's group, after the joins. Without an entry: nobody is known, and none was to be made. */
  identityOf: Map<string, { id: string }>
  /** Each comes with a contact of its own. */
  created: KnownIdentity[]
  changed: KnownIdentity[]
  /** New ones, and those seen earlier than was known. */
  businessScopedIds: KnownBusinessScopedId[]
  phones: KnownPhone[]
  /** In the order in which they are to be made. */
  joins: IdentityJoin[]
  /** Accounts of which something derived (present number, name of the contact, review items) may have changed. */
  unsettled: string[]
  /** To be kept until somebody with one of their ids is known. */
  held: Sighting[]
  /** Held ones that have found their person. One that names a session goes when the session is written down. */
  releasedHeldIds: number[]
}

/**
 * Finds or plans the identity behind each sighting.
 *
 * @param makeId makes ids for new rows
 */
export function resolveIdentities(
  known: KnownIdentities,
  sightings: Sighting[],
  makeId: () => string,
): IdentityPlan {
  const book = new IdentityBook(known, makeId)
  let waiting = retry<Sighting | HeldSighting>(book, known.held)
  for (const sighting of [...sightings].sort(compareSightings)) {
    if (!book.resolve(sighting)) waiting.push(sighting)
    else if (waiting.length > 0) waiting = retry(book, waiting)
  }
  return book.plan(waiting.filter((sighting) => !('heldId' in sighting) && namesSomebody(sighting)))
}

/** Whoever has just become known may be whom other sightings spoke of. Returns those of nobody known. */
function retry<Waiting extends Sighting>(book: IdentityBook, waiting: Waiting[]): Waiting[] {
  const left = waiting.filter((sighting) => !book.resolve(sighting))
  return left.length === 0 || left.length === waiting.length ? left : retry(book, left)
}

function namesSomebody(sighting: Sighting): boolean {
  const { phone, businessScopedId, previousBusinessScopedId, kapsoConversationId } = sighting
  return [phone, businessScopedId, previousBusinessScopedId, kapsoConversationId].some((id) => id !== null)
}

function compareSightings(one: Sighting, other: Sighting): number {
  return one.seenAt.getTime() - other.seenAt.getTime() || compareText(toText(one), toText(other))
}

/** Kapso counts seconds: within one, what is said decides, and never what came first. */
function toText(sighting: Sighting): string {
  const { businessScopedId, previousBusinessScopedId, phone, kapsoConversationId, key } = sighting
  return JSON.stringify([
    businessScopedId?.scope,
    businessScopedId?.value,
    previousBusinessScopedId?.value,
    phone,
    kapsoConversationId,
    key,
  ])
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
