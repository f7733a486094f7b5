import { sql } from 'kysely'
import type {
  IdentityFinding,
  IdentityPlan,
  KnownIdentities,
  Sighting,
} from '../../domain/identity-resolution.ts'
import { formatPhone, normalizeProviderPhone } from '../../domain/phone-number.ts'
import type { Database } from './database.ts'

/** Everything the database knows of the people behind the sightings: what resolveIdentities asks for. */
export async function findKnownIdentities(
  database: Database,
  workspaceId: string,
  sightings: Sighting[],
): Promise<KnownIdentities> {
  const phones = sightings.flatMap(({ phone }) => (phone === null ? [] : [phone]))
  const scoped = sightings.flatMap(({ businessScopedId }) =>
    businessScopedId === null ? [] : [businessScopedId],
  )
  const sessions = sightings.flatMap(({ kapsoConversationId }) =>
    kapsoConversationId === null ? [] : [kapsoConversationId],
  )
  const { rows } = await sql<{
    id: string
    contact_id: string
    phone_normalized: string | null
    phone_as_of: Date | null
    username: string | null
    profile_name: string | null
    profile_name_as_of: Date | null
    scoped_ids: { scope: string; value: string }[]
    sessions: string[]
  }>`
    with by_session as (
      select k.kapso_conversation_id, c.identity_id
      from public.kapso_conversations k
      join public.conversations c on c.workspace_id = k.workspace_id and c.id = k.conversation_id
      where k.workspace_id = ${workspaceId} and k.kapso_conversation_id = any(${sessions}::text[])
    ), found as (
      select i.id from public.contact_identities i
      where i.workspace_id = ${workspaceId} and i.phone_normalized = any(${phones}::text[])
      union
      select b.identity_id from public.business_scoped_ids b
      where b.workspace_id = ${workspaceId} and (b.scope, b.value) in (
        select * from unnest(${scoped.map(({ scope }) => scope)}::text[], ${scoped.map(({ value }) => value)}::text[])
      )
      union
      select s.identity_id from by_session s
    )
    select i.id, i.contact_id, i.phone_normalized, i.phone_as_of, i.username, i.profile_name, i.profile_name_as_of,
      coalesce((
        select jsonb_agg(jsonb_build_object('scope', b.scope, 'value', b.value))
        from public.business_scoped_ids b
        where b.workspace_id = i.workspace_id and b.identity_id = i.id
      ), '[]') as scoped_ids,
      array(select s.kapso_conversation_id from by_session s where s.identity_id = i.id) as sessions
    from public.contact_identities i
    where i.workspace_id = ${workspaceId} and i.id in (select id from found)
  `.execute(database)
  return {
    identities: rows.map((row) => ({
      id: row.id,
      contactId: row.contact_id,
      phone: row.phone_normalized,
      phoneAsOf: row.phone_as_of,
      username: row.username,
      profileName: row.profile_name,
      profileNameAsOf: row.profile_name_as_of,
    })),
    businessScopedIds: rows.flatMap((row) => row.scoped_ids.map((id) => ({ ...id, identityId: row.id }))),
    kapsoConversations: new Map(
      rows.flatMap((row) => row.sessions.map((session) => [session, row.id] as const)),
    ),
  }
}

/** Writes a plan of resolveIdentities, set by set. The senders' locks must be held. */
export async function writeIdentityPlan(
  database: Database,
  workspaceId: string,
  plan: IdentityPlan,
): Promise<void> {
  await createIdentities(database, workspaceId, plan)
  await changeIdentities(database, workspaceId, plan)
  if (plan.newBusinessScopedIds.length > 0) {
    await database
      .insertInto('business_scoped_ids')
      .values(
        plan.newBusinessScopedIds.map((id) => ({
          workspace_id: workspaceId,
          identity_id: id.identityId,
          scope: id.scope,
          value: id.value,
          first_seen_at: id.seenAt,
        })),
      )
      .execute()
  }
  if (plan.formerPhones.length > 0) {
    await database
      .insertInto('identity_phones')
      .values(
        plan.formerPhones.map((former) => ({
          workspace_id: workspaceId,
          identity_id: former.identityId,
          phone_normalized: former.phone,
          held_until: former.heldUntil,
        })),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  await nameContacts(database, workspaceId, plan)
  await recordFindings(database, workspaceId, plan.findings)
}

async function createIdentities(database: Database, workspaceId: string, plan: IdentityPlan): Promise<void> {
  if (plan.created.length === 0) return
  await database
    .insertInto('contacts')
    .values(plan.created.map((identity) => ({ id: identity.contactId, workspace_id: workspaceId })))
    .execute()
  // Numbers come with the changes below: one may have to be freed by its former owner first.
  await database
    .insertInto('contact_identities')
    .values(
      plan.created.map((identity) => ({
        id: identity.id,
        workspace_id: workspaceId,
        contact_id: identity.contactId,
      })),
    )
    .execute()
}

async function changeIdentities(database: Database, workspaceId: string, plan: IdentityPlan): Promise<void> {
  const rows = [...plan.created, ...plan.changed]
  if (rows.length === 0) return
  const released = plan.formerPhones.map((former) => former.identityId)
  if (released.length > 0) {
    await database
      .updateTable('contact_identities')
      .set({ phone_normalized: null })
      .where('workspace_id', '=', workspaceId)
      .where('id', 'in', released)
      .execute()
  }
  await sql`
    update public.contact_identities i
    set phone_normalized = n.phone_normalized, phone = n.phone, phone_verdict = n.phone_verdict,
      phone_as_of = n.phone_as_of, username = n.username, profile_name = n.profile_name,
      profile_name_as_of = n.profile_name_as_of
    from unnest(
      ${rows.map((row) => row.id)}::uuid[],
      ${rows.map((row) => row.phone)}::text[],
      ${rows.map((row) => (row.phone === null ? null : formatPhone(row.phone)))}::text[],
      ${rows.map((row) => normalizeProviderPhone(row.phone)?.verdict ?? null)}::text[],
      ${rows.map((row) => row.phoneAsOf?.toISOString() ?? null)}::timestamptz[],
      ${rows.map((row) => row.username)}::text[],
      ${rows.map((row) => row.profileName)}::text[],
      ${rows.map((row) => row.profileNameAsOf?.toISOString() ?? null)}::timestamptz[]
    ) as n (id, phone_normalized, phone, phone_verdict, phone_as_of, username, profile_name, profile_name_as_of)
    where i.workspace_id = ${workspaceId} and i.id = n.id
  `.execute(database)
}

/** A profile name is the weakest source: it fills a gap or follows a newer profile name, and replaces nothing else. */
async function nameContacts(database: Database, workspaceId: string, plan: IdentityPlan): Promise<void> {
  const named = [...plan.created, ...plan.changed].flatMap((identity) =>
    identity.profileName === null || identity.profileNameAsOf === null
      ? []
      : [
          {
            contactId: identity.contactId,
            name: identity.profileName,
            asOf: identity.profileNameAsOf.toISOString(),
          },
        ],
  )
  if (named.length === 0) return
  await sql`
    update public.contacts c
    set name = n.name, name_source = 'whatsapp_profile', name_as_of = n.as_of
    from unnest(
      ${named.map((row) => row.contactId)}::uuid[],
      ${named.map((row) => row.name)}::text[],
      ${named.map((row) => row.asOf)}::timestamptz[]
    ) as n (contact_id, name, as_of)
    where c.workspace_id = ${workspaceId} and c.id = n.contact_id
      and (c.name_source is null or c.name_source = 'whatsapp_profile' and c.name_as_of <= n.as_of)
      and c.name is distinct from n.name
  `.execute(database)
}

async function recordFindings(
  database: Database,
  workspaceId: string,
  findings: IdentityFinding[],
): Promise<void> {
  if (findings.length === 0) return
  await database
    .insertInto('sync_health')
    .values(
      findings.map((finding) => ({
        workspace_id: workspaceId,
        kind: finding.kind,
        subject_id: finding.identityId,
        details: JSON.stringify({ otherIdentityId: finding.otherIdentityId }),
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
