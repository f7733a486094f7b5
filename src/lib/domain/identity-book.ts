import { IdentityGroups } from './identity-groups.ts'
import type {
  HeldSighting,
  IdentityPlan,
  JoinReason,
  KnownBusinessScopedId,
  KnownIdentities,
  KnownIdentity,
  KnownPhone,
  Sighting,
} from './identity-resolution.ts'

interface ScopedId {
  scope: string
  value: string
}

/** The facts of a batch and of those whom it is about, while resolveIdentities goes through it. */
export class IdentityBook {
  private readonly makeId: () => string
  private readonly accounts = new Map<string, KnownIdentity>()
  private readonly scoped = new Map<string, KnownBusinessScopedId>()
  private readonly phones = new Map<string, KnownPhone[]>()
  private readonly phonesOf = new Map<string, Set<string>>()
  private readonly sessions = new Map<string, string>()
  private readonly groups: IdentityGroups
  private readonly created = new Set<KnownIdentity>()
  private readonly changed = new Set<KnownIdentity>()
  private readonly changedScoped = new Set<KnownBusinessScopedId>()
  private readonly changedPhones = new Set<KnownPhone>()
  private readonly unsettled = new Set<string>()
  private readonly identityOf = new Map<string, string>()
  private readonly released: number[] = []
  /** Sessions whose thread is written down, or will be with this batch. */
  private readonly recorded: Set<string>
  /** Sightings that have found their person and alone say whose session it is. */
  private readonly remembered: Sighting[] = []

  constructor(known: KnownIdentities, makeId: () => string) {
    this.makeId = makeId
    this.groups = new IdentityGroups(known.vetoes)
    for (const row of known.identities) {
      this.accounts.set(row.id, { ...row })
      this.groups.add(row.id, row.rootId, row.firstSeenAt)
    }
    for (const row of known.businessScopedIds) {
      this.scoped.set(keyOf(row), { ...row })
      this.groups.addScopedId(row.identityId, row)
    }
    for (const row of known.phones) this.addPhone({ ...row })
    for (const [session, identityId] of known.kapsoConversations) this.sessions.set(session, identityId)
    this.recorded = new Set(known.kapsoConversations.keys())
  }

  /** Takes a sighting down to its person. False when nobody is known and none is to be made. */
  resolve(sighting: Sighting | HeldSighting): boolean {
    const {
      businessScopedId,
      previousBusinessScopedId,
      phone,
      kapsoConversationId: session,
      seenAt,
    } = sighting
    const byId = this.ownerOf(businessScopedId)
    const byPrevious = this.ownerOf(previousBusinessScopedId)
    const byPhone = phone === null ? undefined : this.holderAt(phone, seenAt)
    const bySession = session === null ? undefined : this.sessions.get(session)

    const ids = [businessScopedId, previousBusinessScopedId].filter((id) => id !== null)
    const mayLearn = (identityId: string | undefined) =>
      identityId !== undefined && ids.every(({ scope }) => !this.groups.hasScope(identityId, scope))
    const identityId =
      byId ??
      byPrevious ??
      [byPhone, bySession].find(mayLearn) ??
      (sighting.mayCreate ? this.create(seenAt) : undefined)
    if (identityId === undefined) return false

    this.noteSeen(identityId, seenAt)
    for (const id of ids) this.noteScopedId(this.ownerOf(id) ?? identityId, id, seenAt)
    if (phone !== null) this.notePhone(identityId, phone, seenAt)
    if (session !== null && bySession === undefined) this.sessions.set(session, identityId)
    this.noteNames(identityId, sighting)

    if (byPrevious !== undefined) this.join(identityId, byPrevious, 'identity_changed')
    if (byPhone !== undefined) this.join(identityId, byPhone, 'phone_and_id')
    if (bySession !== undefined) this.join(identityId, bySession, 'session')

    if (!('heldId' in sighting)) {
      this.identityOf.set(sighting.key, identityId)
      if (session !== null) {
        if (sighting.mayCreate) this.recorded.add(session)
        else this.remembered.push(sighting)
      }
    } else if (session === null) this.released.push(sighting.heldId)
    return true
  }

  plan(held: Sighting[]): IdentityPlan {
    return {
      identityOf: new Map([...this.identityOf].map(([key, id]) => [key, { id: this.groups.rootOf(id) }])),
      created: [...this.created],
      changed: [...this.changed].filter((identity) => !this.created.has(identity)),
      businessScopedIds: [...this.changedScoped],
      phones: [...this.changedPhones],
      joins: this.groups.joins,
      unsettled: [...this.unsettled],
      // Whose session it is, is written down with the session: until then the held sighting says it.
      held: [
        ...held,
        ...this.remembered.filter(
          ({ kapsoConversationId }) =>
            kapsoConversationId !== null && !this.recorded.has(kapsoConversationId),
        ),
      ],
      releasedHeldIds: this.released,
    }
  }

  private ownerOf(id: ScopedId | null): string | undefined {
    return id === null ? undefined : this.scoped.get(keyOf(id))?.identityId
  }

  /** Who had a number at a time, as far as is known: the last who had been seen with it by then, else the first ever. */
  private holderAt(phone: string, at: Date): string | undefined {
    const holders = [...(this.phones.get(phone) ?? [])].sort(
      (a, b) =>
        a.firstSeenAt.getTime() - b.firstSeenAt.getTime() ||
        compareText(this.groups.keyOf(a.identityId), this.groups.keyOf(b.identityId)),
    )
    return (holders.findLast(({ firstSeenAt }) => firstSeenAt <= at) ?? holders[0])?.identityId
  }

  private create(seenAt: Date): string {
    const id = this.makeId()
    const identity: KnownIdentity = {
      id,
      rootId: id,
      contactId: this.makeId(),
      firstSeenAt: seenAt,
      username: null,
      usernameAsOf: null,
      profileName: null,
      profileNameAsOf: null,
    }
    this.accounts.set(id, identity)
    this.groups.add(id, id, seenAt)
    this.created.add(identity)
    this.unsettled.add(id)
    return id
  }

  private noteSeen(identityId: string, seenAt: Date): void {
    const identity = this.account(identityId)
    if (identity.firstSeenAt <= seenAt) return
    identity.firstSeenAt = seenAt
    this.groups.noteSeen(identityId, seenAt)
    this.changed.add(identity)
  }

  private noteScopedId(identityId: string, id: ScopedId, seenAt: Date): void {
    const known = this.scoped.get(keyOf(id))
    if (known === undefined) {
      const row = { scope: id.scope, value: id.value, identityId, firstSeenAt: seenAt }
      this.scoped.set(keyOf(id), row)
      this.groups.addScopedId(identityId, id)
      this.changedScoped.add(row)
      this.unsettled.add(identityId)
    } else if (known.firstSeenAt > seenAt) {
      known.firstSeenAt = seenAt
      this.changedScoped.add(known)
    }
  }

  private notePhone(identityId: string, phone: string, seenAt: Date): void {
    const holders = this.phones.get(phone) ?? []
    const known = holders.find((row) => row.identityId === identityId)
    if (known === undefined) {
      const row = { phone, identityId, firstSeenAt: seenAt, lastSeenAt: seenAt }
      this.addPhone(row)
      this.changedPhones.add(row)
      this.unsettlePhone(phone)
      return
    }
    if (known.firstSeenAt <= seenAt && seenAt <= known.lastSeenAt) return
    const isEarlier = seenAt < known.firstSeenAt
    if (isEarlier) known.firstSeenAt = seenAt
    else known.lastSeenAt = seenAt
    this.changedPhones.add(known)
    // The common case: one number, one account, seen once more.
    if (
      isEarlier ||
      holders.length > 1 ||
      this.groups.membersOf(identityId).length > 1 ||
      this.hasSeveralPhones(identityId)
    ) {
      this.unsettlePhone(phone)
    }
  }

  private hasSeveralPhones(identityId: string): boolean {
    return (this.phonesOf.get(identityId)?.size ?? 0) > 1
  }

  private addPhone(row: KnownPhone): void {
    this.phones.set(row.phone, [...(this.phones.get(row.phone) ?? []), row])
    this.phonesOf.set(row.identityId, (this.phonesOf.get(row.identityId) ?? new Set()).add(row.phone))
  }

  /** Whom a number belongs to matters to everybody who ever had it. */
  private unsettlePhone(phone: string): void {
    for (const { identityId } of this.phones.get(phone) ?? []) this.unsettled.add(identityId)
  }

  private noteNames(identityId: string, { seenAt, profileName, username }: Sighting): void {
    const identity = this.account(identityId)
    if (
      profileName !== null &&
      isNewer(seenAt, profileName, identity.profileNameAsOf, identity.profileName)
    ) {
      // Told once more, an older name may be the newest of several accounts.
      if (identity.profileName !== profileName || this.groups.membersOf(identityId).length > 1) {
        this.unsettled.add(identityId)
      }
      identity.profileName = profileName
      identity.profileNameAsOf = seenAt
      this.changed.add(identity)
    }
    if (username !== null && isNewer(seenAt, username, identity.usernameAsOf, identity.username)) {
      identity.username = username
      identity.usernameAsOf = seenAt
      this.changed.add(identity)
    }
  }

  private join(identityId: string, otherIdentityId: string, reason: JoinReason): void {
    if (!this.groups.join(identityId, otherIdentityId, reason)) return
    this.unsettled.add(identityId)
    this.unsettled.add(otherIdentityId)
  }

  private account(identityId: string): KnownIdentity {
    const identity = this.accounts.get(identityId)
    if (identity === undefined) throw new Error('an account is referred to that was not loaded')
    return identity
  }
}

/** Equal times happen (Kapso counts seconds): the greater text wins, so that the order of arrival does not. */
function isNewer(seenAt: Date, text: string, asOf: Date | null, known: string | null): boolean {
  if (asOf === null || known === null || seenAt > asOf) return true
  return seenAt.getTime() === asOf.getTime() && text > known
}

function keyOf(id: ScopedId): string {
  return `${id.scope} ${id.value}`
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
