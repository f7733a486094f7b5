import { sql } from 'kysely'
import type {
  IdentityPlan,
  KnownBusinessScopedId,
  KnownIdentities,
  KnownIdentity,
  KnownPhone,
  Sighting,
} from '../../domain/identity-resolution.ts'
import { formatPhone, normalizeProviderPhone } from '../../domain/phone-number.ts'
import type { Database } from './database.ts'

/** Moments of a row that travelled as JSON. */
type AsJson<Row> = { [Key in keyof Row]: Row[Key] extends Date ? string : Row[Key] }

interface KnownRows {
  identities: (AsJson<Omit<KnownIdentity, 'usernameAsOf' | 'profileNameAsOf'>> & {
    usernameAsOf: string | null
    profileNameAsOf: string | null
  })[]
  businessScopedIds: AsJson<KnownBusinessScopedId>[]
  phones: AsJson<KnownPhone>[]
  kapsoConversations: { kapsoConversationId: string; identityId: string }[]
  vetoes: KnownIdentities['vetoes']
  held: {
    heldId: number
    seenAt: string
    phone: string | null
    scope: string | null
    value: string | null
    previousValue: string | null
    kapsoConversationId: string | null
    username: string | null
    profileName: string | null
  }[]
}

/**
 * Everything the database knows of the people behind the sightings: what resolveIdentities asks for. Locks them until
 * the end of the transaction; the senders' locks must be held already.
 */
export async function findKnownIdentities(
  database: Database,
  workspaceId: string,
  sightings: Sighting[],
): Promise<KnownIdentities> {
  const phones = unique(sightings.map(({ phone }) => phone))
  const sessions = unique(sightings.map(({ kapsoConversationId }) => kapsoConversationId))
  const scoped = sightings
    .flatMap(({ businessScopedId, previousBusinessScopedId }) => [businessScopedId, previousBusinessScopedId])
    .filter((id) => id !== null)
  const { rows: locks } = await sql<{ identity_ids: string[]; held_ids: number[] }>`
    select l.identity_ids, l.held_ids
    from private.lock_identities(${workspaceId}, ${phones}::text[], ${scoped.map(({ scope }) => scope)}::text[],
      ${scoped.map(({ value }) => value)}::text[], ${sessions}::text[]) as l
  `.execute(database)
  const [locked] = locks
  if (locked === undefined || locked.identity_ids.length + locked.held_ids.length === 0) {
    return toKnownIdentities(nothing)
  }
  // In a statement of its own: it sees what whoever held the locks has committed.
  const { rows } = await sql<{ known: KnownRows }>`
    select jsonb_build_object(
      'identities', array(
        select jsonb_build_object('id', i.id, 'rootId', i.root_id, 'contactId', i.contact_id,
          'firstSeenAt', i.first_seen_at, 'username', i.username, 'usernameAsOf', i.username_as_of,
          'profileName', i.profile_name, 'profileNameAsOf', i.profile_name_as_of)
        from public.contact_identities i
        where i.workspace_id = ${workspaceId} and i.id = any(${locked.identity_ids}::uuid[])
      ),
      'businessScopedIds', array(
        select jsonb_build_object('scope', b.scope, 'value', b.value, 'identityId', b.identity_id,
          'firstSeenAt', b.first_seen_at)
        from public.business_scoped_ids b
        where b.workspace_id = ${workspaceId} and b.identity_id = any(${locked.identity_ids}::uuid[])
      ),
      'phones', array(
        select jsonb_build_object('phone', p.phone_normalized, 'identityId', p.identity_id,
          'firstSeenAt', p.first_seen_at, 'lastSeenAt', p.last_seen_at)
        from public.identity_phones p
        where p.workspace_id = ${workspaceId} and p.identity_id = any(${locked.identity_ids}::uuid[])
      ),
      'kapsoConversations', array(
        select jsonb_build_object('kapsoConversationId', k.kapso_conversation_id, 'identityId', c.identity_id)
        from public.kapso_conversations k
        join public.conversations c on c.id = k.conversation_id
        where k.workspace_id = ${workspaceId} and k.kapso_conversation_id = any(
          ${sessions}::text[] || array(
            select h.kapso_conversation_id from private.held_sightings h
            where h.id = any(${locked.held_ids}::bigint[]) and h.kapso_conversation_id is not null
          )
        )
      ),
      'vetoes', array(
        select jsonb_build_object('identityId', j.loser_id, 'otherIdentityId', j.survivor_id)
        from public.identity_joins j
        where j.workspace_id = ${workspaceId} and not j.is_active
          and j.loser_id = any(${locked.identity_ids}::uuid[]) and j.survivor_id = any(${locked.identity_ids}::uuid[])
      ),
      'held', array(
        select jsonb_build_object('heldId', h.id, 'seenAt', h.seen_at, 'phone', h.phone_normalized, 'scope', h.scope,
          'value', h.scoped_value, 'previousValue', h.previous_scoped_value,
          'kapsoConversationId', h.kapso_conversation_id, 'username', h.username, 'profileName', h.profile_name)
        from private.held_sightings h
        where h.workspace_id = ${workspaceId} and h.id = any(${locked.held_ids}::bigint[])
      )
    ) as known
  `.execute(database)
  return toKnownIdentities(rows[0]?.known ?? nothing)
}

const nothing: KnownRows = {
  identities: [],
  businessScopedIds: [],
  phones: [],
  kapsoConversations: [],
  vetoes: [],
  held: [],
}

function toKnownIdentities(rows: KnownRows): KnownIdentities {
  return {
    identities: rows.identities.map((row) => ({
      ...row,
      firstSeenAt: new Date(row.firstSeenAt),
      usernameAsOf: row.usernameAsOf === null ? null : new Date(row.usernameAsOf),
      profileNameAsOf: row.profileNameAsOf === null ? null : new Date(row.profileNameAsOf),
    })),
    businessScopedIds: rows.businessScopedIds.map((row) => ({
      ...row,
      firstSeenAt: new Date(row.firstSeenAt),
    })),
    phones: rows.phones.map((row) => ({
      ...row,
      firstSeenAt: new Date(row.firstSeenAt),
      lastSeenAt: new Date(row.lastSeenAt),
    })),
    kapsoConversations: new Map(
      rows.kapsoConversations.map((row) => [row.kapsoConversationId, row.identityId]),
    ),
    vetoes: rows.vetoes,
    held: rows.held.map(({ heldId, scope, value, previousValue, ...row }) => ({
      ...row,
      heldId,
      key: `held ${String(heldId)}`,
      seenAt: new Date(row.seenAt),
      businessScopedId: scope === null || value === null ? null : { scope, value },
      previousBusinessScopedId:
        scope === null || previousValue === null ? null : { scope, value: previousValue },
      mayCreate: false,
    })),
  }
}

/** Writes a plan of resolveIdentities, set by set. What findKnownIdentities locked must still be locked. */
export async function writeIdentityPlan(
  database: Database,
  workspaceId: string,
  plan: IdentityPlan,
): Promise<void> {
  await createIdentities(database, workspaceId, plan.created)
  await changeIdentities(database, workspaceId, plan.changed)
  await writeBusinessScopedIds(database, workspaceId, plan.businessScopedIds)
  await writePhones(database, workspaceId, plan.phones)
  await makeJoins(database, workspaceId, plan.joins)
  if (plan.unsettled.length > 0) {
    await sql`select private.settle_identities(${workspaceId}, ${plan.unsettled}::uuid[])`.execute(database)
  }
  await hold(database, workspaceId, plan)
}

async function createIdentities(
  database: Database,
  workspaceId: string,
  identities: KnownIdentity[],
): Promise<void> {
  if (identities.length === 0) return
  await database
    .insertInto('contacts')
    .values(
      identities.map(({ contactId }) => ({ id: contactId, workspace_id: workspaceId, root_id: contactId })),
    )
    .execute()
  await database
    .insertInto('contact_identities')
    .values(
      identities.map((identity) => ({
        id: identity.id,
        workspace_id: workspaceId,
        contact_id: identity.contactId,
        root_id: identity.id,
        first_seen_at: identity.firstSeenAt,
        username: identity.username,
        username_as_of: identity.usernameAsOf,
        profile_name: identity.profileName,
        profile_name_as_of: identity.profileNameAsOf,
      })),
    )
    .execute()
}

async function changeIdentities(
  database: Database,
  workspaceId: string,
  identities: KnownIdentity[],
): Promise<void> {
  if (identities.length === 0) return
  await sql`
    update public.contact_identities i
    set first_seen_at = n.first_seen_at, username = n.username, username_as_of = n.username_as_of,
      profile_name = n.profile_name, profile_name_as_of = n.profile_name_as_of
    from unnest(
      ${identities.map(({ id }) => id)}::uuid[],
      ${identities.map(({ firstSeenAt }) => firstSeenAt.toISOString())}::timestamptz[],
      ${identities.map(({ username }) => username)}::text[],
      ${identities.map(({ usernameAsOf }) => usernameAsOf?.toISOString() ?? null)}::timestamptz[],
      ${identities.map(({ profileName }) => profileName)}::text[],
      ${identities.map(({ profileNameAsOf }) => profileNameAsOf?.toISOString() ?? null)}::timestamptz[]
    ) as n (id, first_seen_at, username, username_as_of, profile_name, profile_name_as_of)
    where i.workspace_id = ${workspaceId} and i.id = n.id
  `.execute(database)
}

async function writeBusinessScopedIds(
  database: Database,
  workspaceId: string,
  ids: KnownBusinessScopedId[],
): Promise<void> {
  if (ids.length === 0) return
  await sql`
    insert into public.business_scoped_ids as b (workspace_id, identity_id, scope, value, first_seen_at)
    select ${workspaceId}, n.identity_id, n.scope, n.value, n.first_seen_at
    from unnest(
      ${ids.map(({ identityId }) => identityId)}::uuid[], ${ids.map(({ scope }) => scope)}::text[],
      ${ids.map(({ value }) => value)}::text[],
      ${ids.map(({ firstSeenAt }) => firstSeenAt.toISOString())}::timestamptz[]
    ) as n (identity_id, scope, value, first_seen_at)
    on conflict (workspace_id, scope, value) do update
      set first_seen_at = least(b.first_seen_at, excluded.first_seen_at)
  `.execute(database)
}

async function writePhones(database: Database, workspaceId: string, phones: KnownPhone[]): Promise<void> {
  if (phones.length === 0) return
  await sql`
    insert into public.identity_phones as p
      (workspace_id, identity_id, phone_normalized, phone, phone_verdict, first_seen_at, last_seen_at)
    select ${workspaceId}, n.identity_id, n.phone_normalized, n.phone, n.verdict, n.first_seen_at, n.last_seen_at
    from unnest(
      ${phones.map(({ identityId }) => identityId)}::uuid[],
      ${phones.map(({ phone }) => phone)}::text[],
      ${phones.map(({ phone }) => formatPhone(phone))}::text[],
      ${phones.map(({ phone }) => normalizeProviderPhone(phone)?.verdict ?? null)}::text[],
      ${phones.map(({ firstSeenAt }) => firstSeenAt.toISOString())}::timestamptz[],
      ${phones.map(({ lastSeenAt }) => lastSeenAt.toISOString())}::timestamptz[]
    ) as n (identity_id, phone_normalized, phone, verdict, first_seen_at, last_seen_at)
    on conflict (workspace_id, identity_id, phone_normalized) do update
      set first_seen_at = least(p.first_seen_at, excluded.first_seen_at),
        last_seen_at = greatest(p.last_seen_at, excluded.last_seen_at)
  `.execute(database)
}

async function makeJoins(
  database: Database,
  workspaceId: string,
  joins: IdentityPlan['joins'],
): Promise<void> {
  if (joins.length === 0) return
  await sql`
    select private.join_identities(
      ${workspaceId},
      ${joins.map(({ loserId }) => loserId)}::uuid[],
      ${joins.map(({ survivorId }) => survivorId)}::uuid[],
      ${joins.map(({ reason }) => reason)}::text[],
      ${joins.map(({ evidence }) => JSON.stringify(evidence))}::jsonb[]
    )
  `.execute(database)
}

/** Keeps what was told of somebody whom nobody knows yet, and lets go of what has found its person. */
async function hold(database: Database, workspaceId: string, plan: IdentityPlan): Promise<void> {
  if (plan.releasedHeldIds.length > 0) {
    await sql`
      delete from private.held_sightings h
      where h.workspace_id = ${workspaceId} and h.id = any(${plan.releasedHeldIds}::bigint[])
    `.execute(database)
  }
  if (plan.held.length === 0) return
  await sql`
    insert into private.held_sightings (workspace_id, seen_at, phone_normalized, scope, scoped_value,
      previous_scoped_value, kapso_conversation_id, username, profile_name)
    select ${workspaceId}, n.*
    from unnest(
      ${plan.held.map(({ seenAt }) => seenAt.toISOString())}::timestamptz[],
      ${plan.held.map(({ phone }) => phone)}::text[],
      ${plan.held.map((one) => (one.businessScopedId ?? one.previousBusinessScopedId)?.scope ?? null)}::text[],
      ${plan.held.map(({ businessScopedId }) => businessScopedId?.value ?? null)}::text[],
      ${plan.held.map(({ previousBusinessScopedId }) => previousBusinessScopedId?.value ?? null)}::text[],
      ${plan.held.map(({ kapsoConversationId }) => kapsoConversationId)}::text[],
      ${plan.held.map(({ username }) => username)}::text[],
      ${plan.held.map(({ profileName }) => profileName)}::text[]
    ) as n
    on conflict do nothing
  `.execute(database)
  // Only the first and the last time count: a customer whom only statuses ever name must not pile up rows.
  await sql`
    delete from private.held_sightings h
    where h.id in (
      select n.id
      from (
        select o.id, row_number() over (same order by o.seen_at) as place,
          row_number() over (same order by o.seen_at desc) as place_from_behind
        from private.held_sightings o
        where o.workspace_id = ${workspaceId} and (
          o.phone_normalized = any(${unique(plan.held.map(({ phone }) => phone))}::text[])
          or o.scoped_value = any(${unique(plan.held.map((one) => one.businessScopedId?.value ?? null))}::text[])
        )
        window same as (
          partition by o.phone_normalized, o.scope, o.scoped_value, o.previous_scoped_value,
            o.kapso_conversation_id, o.username, o.profile_name
        )
      ) n
      where n.place > 1 and n.place_from_behind > 1
    )
  `.execute(database)
}

/**
 * Parts two groups that ingest joined, for good: the same facts never join them again. Messages, contacts and threads go
 * back to whom they were with; what came in since the join stays in the thread it was written to.
 *
 * @returns false when there is no such join, or it was undone already
 */
export async function undoIdentityJoin(
  database: Database,
  workspaceId: string,
  joinId: string,
  by: { userId: string },
): Promise<boolean> {
  const { rows } = await sql<{ is_undone: boolean }>`
    select private.undo_identity_join(${workspaceId}, ${joinId}, ${by.userId}) as is_undone
  `.execute(database)
  return rows[0]?.is_undone ?? false
}

function unique(values: (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))]
}
