import type { RoleName, Tenant } from './tenant.ts'

/** Somebody who tries to reach a tenant's rows. */
export interface Actor {
  name: string
  /** The database role that the statement runs as. */
  role: string
  /** JSON of the verified claims; empty when nobody is signed in. */
  claims: string
  userId: string | null
  /** The actor's live role in the tenant that is probed. */
  place: RoleName | null
  /** Whether the tenant's conversations, which are another member's and another team's, are the actor's to see. */
  seesConversations: boolean
}

/** Everybody who may try: people of the tenant, people of another one, people of none. All as `role`. */
export function listActors(tenant: Tenant, other: Tenant, role: string): Actor[] {
  const person = (name: string, userId: string, place: RoleName | null): Actor => ({
    name,
    role,
    claims: JSON.stringify({ sub: userId, role: 'authenticated', exp: 4_102_444_800 }),
    userId,
    place,
    seesConversations: place !== null,
  })
  const nobody = { role, userId: null, place: null, seesConversations: false }
  return [
    { ...nobody, name: 'nobody signed in', claims: '' },
    { ...nobody, name: 'claims without a user', claims: '{}' },
    person('owner of another workspace', other.people.owner, null),
    person('removed member', tenant.people.removed, null),
    { ...person('agent who sees their own', tenant.people.ownOnly, 'agent'), seesConversations: false },
    { ...person("agent who sees their team's", tenant.people.teamOnly, 'agent'), seesConversations: false },
    person('agent', tenant.people.agent, 'agent'),
    person('admin', tenant.people.admin, 'admin'),
    person('owner', tenant.people.owner, 'owner'),
  ]
}

/** The roles that must not reach any table, even with an owner's claims: the Data API's, and web before asMember. */
export function listForeignRoles(tenant: Tenant, other: Tenant): Actor[] {
  return ['my21_web', 'anon', 'authenticated', 'service_role'].flatMap((role) =>
    listActors(tenant, other, role)
      .filter((actor) => actor.name === 'owner')
      .map((actor) => ({ ...actor, name: `${role} with an owner's claims`, place: null })),
  )
}
