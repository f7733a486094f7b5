import type { IdentityJoin, JoinReason, KnownIdentities } from './identity-resolution.ts'

interface Group {
  rootId: string
  members: string[]
  /** Scope to the business-scoped ids in it. */
  scopes: Map<string, Set<string>>
  firstSeenAt: Date
}

/** Which accounts are one person, and which are not to be joined. */
export class IdentityGroups {
  readonly joins: IdentityJoin[] = []
  private readonly vetoes: KnownIdentities['vetoes']
  private readonly groupOf = new Map<string, Group>()

  constructor(vetoes: KnownIdentities['vetoes']) {
    this.vetoes = vetoes
  }

  add(identityId: string, rootId: string, firstSeenAt: Date): void {
    const group: Group = this.groupOf.get(rootId) ?? {
      rootId,
      members: [],
      scopes: new Map<string, Set<string>>(),
      firstSeenAt,
    }
    group.members.push(identityId)
    if (firstSeenAt < group.firstSeenAt) group.firstSeenAt = firstSeenAt
    this.groupOf.set(identityId, group)
    // The members of a group come in any order.
    this.groupOf.set(rootId, group)
  }

  addScopedId(identityId: string, id: { scope: string; value: string }): void {
    const { scopes } = this.group(identityId)
    scopes.set(id.scope, (scopes.get(id.scope) ?? new Set()).add(id.value))
  }

  noteSeen(identityId: string, seenAt: Date): void {
    const group = this.group(identityId)
    if (seenAt < group.firstSeenAt) group.firstSeenAt = seenAt
  }

  rootOf(identityId: string): string {
    return this.group(identityId).rootId
  }

  membersOf(identityId: string): string[] {
    return this.group(identityId).members
  }

  hasScope(identityId: string, scope: string): boolean {
    return this.group(identityId).scopes.has(scope)
  }

  /** What WhatsApp calls a group, to tell equals apart by. */
  keyOf(identityId: string): string {
    const ids = [...this.group(identityId).scopes].flatMap(([scope, values]) =>
      [...values].map((value) => `${scope} ${value}`),
    )
    return ids.sort()[0] ?? ''
  }

  /**
   * Joins the groups of two accounts, unless they are one, or a person has parted them, or they have different
   * business-scoped ids of one scope: those are two people, unless WhatsApp says that the id changed.
   *
   * @returns whether there was anything to join
   */
  join(identityId: string, otherIdentityId: string, reason: JoinReason): boolean {
    const one = this.group(identityId)
    const other = this.group(otherIdentityId)
    if (one === other || this.isVetoed(one, other)) return false
    if (reason !== 'identity_changed' && [...one.scopes.keys()].some((scope) => other.scopes.has(scope))) {
      return false
    }
    const [survivor, loser] = this.isBefore(one, other) ? [one, other] : [other, one]
    this.joins.push({
      loserId: loser.rootId,
      survivorId: survivor.rootId,
      reason,
      evidence: { identityId, otherIdentityId },
    })
    for (const [scope, values] of loser.scopes) {
      survivor.scopes.set(scope, new Set([...(survivor.scopes.get(scope) ?? []), ...values]))
    }
    if (loser.firstSeenAt < survivor.firstSeenAt) survivor.firstSeenAt = loser.firstSeenAt
    survivor.members.push(...loser.members)
    for (const member of loser.members) this.groupOf.set(member, survivor)
    return true
  }

  /** The one that was seen first goes on; between equal times WhatsApp's ids decide. */
  private isBefore(one: Group, other: Group): boolean {
    const byTime = one.firstSeenAt.getTime() - other.firstSeenAt.getTime()
    if (byTime !== 0) return byTime < 0
    const keys = [this.keyOf(one.rootId), this.keyOf(other.rootId)] as const
    return keys[0] === keys[1] ? one.rootId < other.rootId : keys[0] > keys[1]
  }

  private isVetoed(one: Group, other: Group): boolean {
    return this.vetoes.some(({ identityId, otherIdentityId }) => {
      const groups = [this.groupOf.get(identityId), this.groupOf.get(otherIdentityId)]
      return groups.includes(one) && groups.includes(other)
    })
  }

  private group(identityId: string): Group {
    const group = this.groupOf.get(identityId)
    if (group === undefined) throw new Error('an account is referred to that was not loaded')
    return group
  }
}
