/**
 * Who sent a message? Pure rules over what is known and what one batch of deliveries tells (DESIGN of identities in
 * ARCHITECTURE.md): business-scoped id first, then phone number, then the Kapso conversation, else a provisional
 * identity. Names and usernames never identify anybody.
 */

/** A WhatsApp account as the database knows it. */
export interface KnownIdentity {
  id: string
  contactId: string
  phone: string | null
  phoneAsOf: Date | null
  username: string | null
  profileName: string | null
  profileNameAsOf: Date | null
}

/** One business-scoped id, and whose it is. */
export interface KnownBusinessScopedId {
  scope: string
  value: string
  identityId: string
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
  kapsoConversationId: string | null
  username: string | null
  profileName: string | null
}

export interface KnownIdentities {
  identities: KnownIdentity[]
  businessScopedIds: KnownBusinessScopedId[]
  /** Kapso conversation id to identity id. */
  kapsoConversations: Map<string, string>
}

/** Something that a person should look at. */
export interface IdentityFinding {
  kind: 'recycled_number' | 'identity_conflict'
  identityId: string
  otherIdentityId: string
}

/** What has to be written so that every sighting has its identity. */
export interface IdentityPlan {
  identityOf: Map<string, KnownIdentity>
  /** Each comes with a contact of its own. */
  created: KnownIdentity[]
  changed: KnownIdentity[]
  newBusinessScopedIds: (KnownBusinessScopedId & { seenAt: Date })[]
  formerPhones: { identityId: string; phone: string; heldUntil: Date }[]
  findings: IdentityFinding[]
}

/**
 * Finds or plans the identity behind each sighting. Sightings are taken in the order of provider time, so that the
 * outcome of a batch does not depend on how its deliveries were ordered.
 *
 * @param makeId makes ids for new rows
 */
export function resolveIdentities(
  known: KnownIdentities,
  sightings: Sighting[],
  makeId: () => string,
): IdentityPlan {
  const book = new IdentityBook(known, makeId)
  const inOrder = [...sightings].sort(
    (a, b) => a.seenAt.getTime() - b.seenAt.getTime() || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0),
  )
  for (const sighting of inOrder) book.resolve(sighting)
  return book.plan()
}

class IdentityBook {
  private readonly makeId: () => string
  private readonly byId = new Map<string, KnownIdentity>()
  private readonly byPhone = new Map<string, KnownIdentity>()
  private readonly byBusinessScopedId = new Map<string, KnownIdentity>()
  private readonly byKapsoConversation = new Map<string, KnownIdentity>()
  private readonly scopesOf = new Map<string, Set<string>>()
  private readonly created = new Set<KnownIdentity>()
  private readonly changed = new Set<KnownIdentity>()
  private readonly result: IdentityPlan = {
    identityOf: new Map(),
    created: [],
    changed: [],
    newBusinessScopedIds: [],
    formerPhones: [],
    findings: [],
  }

  constructor(known: KnownIdentities, makeId: () => string) {
    this.makeId = makeId
    for (const row of known.identities) {
      const identity = { ...row }
      this.byId.set(identity.id, identity)
      if (identity.phone !== null) this.byPhone.set(identity.phone, identity)
    }
    for (const { scope, value, identityId } of known.businessScopedIds) {
      const identity = this.byId.get(identityId)
      if (identity !== undefined) this.claimBusinessScopedId(identity, { scope, value })
    }
    for (const [kapsoConversationId, identityId] of known.kapsoConversations) {
      const identity = this.byId.get(identityId)
      if (identity !== undefined) this.byKapsoConversation.set(kapsoConversationId, identity)
    }
  }

  resolve(sighting: Sighting): void {
    const identity = this.find(sighting)
    if (
      sighting.kapsoConversationId !== null &&
      !this.byKapsoConversation.has(sighting.kapsoConversationId)
    ) {
      this.byKapsoConversation.set(sighting.kapsoConversationId, identity)
    }
    this.noteNames(identity, sighting)
    this.result.identityOf.set(sighting.key, identity)
  }

  plan(): IdentityPlan {
    this.result.created = [...this.created]
    this.result.changed = [...this.changed].filter((identity) => !this.created.has(identity))
    return this.result
  }

  private find(sighting: Sighting): KnownIdentity {
    const { phone, businessScopedId } = sighting
    const byScoped =
      businessScopedId === null ? undefined : this.byBusinessScopedId.get(keyOf(businessScopedId))
    const byPhone = phone === null ? undefined : this.byPhone.get(phone)

    if (byScoped !== undefined) {
      if (phone === null || byPhone === byScoped) return byScoped
      if (byPhone === undefined) this.takePhone(byScoped, phone, sighting.seenAt)
      else this.report('identity_conflict', byScoped, byPhone)
      return byScoped
    }
    if (byPhone !== undefined) {
      if (businessScopedId === null) return byPhone
      if (!this.hasScope(byPhone, businessScopedId.scope)) {
        this.learnBusinessScopedId(byPhone, businessScopedId, sighting.seenAt)
        return byPhone
      }
      return this.replaceOwner(byPhone, sighting)
    }
    const bySession =
      sighting.kapsoConversationId === null
        ? undefined
        : this.byKapsoConversation.get(sighting.kapsoConversationId)
    if (bySession !== undefined && this.mayLearn(bySession, sighting)) {
      if (businessScopedId !== null) this.learnBusinessScopedId(bySession, businessScopedId, sighting.seenAt)
      if (phone !== null) this.takePhone(bySession, phone, sighting.seenAt)
      return bySession
    }
    return this.create(sighting)
  }

  /** A session's identity takes ids it lacks; an id that contradicts one it has belongs to somebody else. */
  private mayLearn(identity: KnownIdentity, sighting: Sighting): boolean {
    if (sighting.phone !== null && identity.phone !== null && identity.phone !== sighting.phone) return false
    return sighting.businessScopedId === null || !this.hasScope(identity, sighting.businessScopedId.scope)
  }

  /** Another business-scoped id on a known number, without word of a change: the number has a new owner. */
  private replaceOwner(previous: KnownIdentity, sighting: Sighting): KnownIdentity {
    const phone = previous.phone
    if (phone !== null && (previous.phoneAsOf === null || previous.phoneAsOf <= sighting.seenAt)) {
      this.releasePhone(previous, sighting.seenAt)
      const successor = this.create(sighting)
      this.report('recycled_number', successor, previous)
      return successor
    }
    // The number has moved on since: this is an earlier owner's message, told late.
    const earlier = this.create({ ...sighting, phone: null })
    this.report('recycled_number', previous, earlier)
    return earlier
  }

  private create(sighting: Sighting): KnownIdentity {
    const identity: KnownIdentity = {
      id: this.makeId(),
      contactId: this.makeId(),
      phone: null,
      phoneAsOf: null,
      username: null,
      profileName: null,
      profileNameAsOf: null,
    }
    this.created.add(identity)
    this.byId.set(identity.id, identity)
    if (sighting.phone !== null) this.takePhone(identity, sighting.phone, sighting.seenAt)
    if (sighting.businessScopedId !== null) {
      this.learnBusinessScopedId(identity, sighting.businessScopedId, sighting.seenAt)
    }
    return identity
  }

  private takePhone(identity: KnownIdentity, phone: string, seenAt: Date): void {
    if (identity.phone === phone) return
    if (identity.phone !== null) {
      if (identity.phoneAsOf !== null && identity.phoneAsOf > seenAt) {
        this.result.formerPhones.push({ identityId: identity.id, phone, heldUntil: identity.phoneAsOf })
        return
      }
      this.releasePhone(identity, seenAt)
    }
    identity.phone = phone
    identity.phoneAsOf = seenAt
    this.byPhone.set(phone, identity)
    this.changed.add(identity)
  }

  private releasePhone(identity: KnownIdentity, heldUntil: Date): void {
    if (identity.phone === null) return
    this.result.formerPhones.push({ identityId: identity.id, phone: identity.phone, heldUntil })
    this.byPhone.delete(identity.phone)
    identity.phone = null
    identity.phoneAsOf = heldUntil
    this.changed.add(identity)
  }

  private learnBusinessScopedId(
    identity: KnownIdentity,
    id: { scope: string; value: string },
    seenAt: Date,
  ): void {
    this.claimBusinessScopedId(identity, id)
    this.result.newBusinessScopedIds.push({ ...id, identityId: identity.id, seenAt })
  }

  private claimBusinessScopedId(identity: KnownIdentity, id: { scope: string; value: string }): void {
    this.byBusinessScopedId.set(keyOf(id), identity)
    const scopes = this.scopesOf.get(identity.id) ?? new Set()
    scopes.add(id.scope)
    this.scopesOf.set(identity.id, scopes)
  }

  private hasScope(identity: KnownIdentity, scope: string): boolean {
    return this.scopesOf.get(identity.id)?.has(scope) ?? false
  }

  private noteNames(identity: KnownIdentity, sighting: Sighting): void {
    const { seenAt, profileName, username } = sighting
    const asOf = identity.profileNameAsOf
    const isNewer = asOf === null || asOf < seenAt
    // Equal times happen (Kapso counts seconds): the greater text wins, so that the order of arrival does not.
    const isTied = asOf !== null && asOf.getTime() === seenAt.getTime()
    if (profileName !== null && (isNewer || (isTied && profileName > (identity.profileName ?? '')))) {
      identity.profileName = profileName
      identity.profileNameAsOf = seenAt
      this.changed.add(identity)
    }
    if (
      username !== null &&
      identity.username !== username &&
      (isNewer || identity.username === null || isTied)
    ) {
      identity.username =
        isTied && identity.username !== null && identity.username > username ? identity.username : username
      this.changed.add(identity)
    }
  }

  private report(kind: IdentityFinding['kind'], identity: KnownIdentity, other: KnownIdentity): void {
    this.result.findings.push({ kind, identityId: identity.id, otherIdentityId: other.id })
  }
}

function keyOf(id: { scope: string; value: string }): string {
  return `${id.scope} ${id.value}`
}
