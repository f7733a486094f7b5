import { sql } from 'kysely'
import type { FieldSource } from '../../domain/contacts.ts'
import type { Database } from './database.ts'

/** An account whose spelling says another number than the one it is known by. */
export interface SuspectAccount {
  id: string
  /** The contact at the root. */
  contactId: string
  source: FieldSource
  phone: string
  phoneNormalized: string | null
}

/**
 * Accounts whose stored spelling is not, digit for digit, the number that they are known by, among the next ones behind an
 * id. Nearly always none.
 *
 * @returns the last account that was looked at too; null where there is none behind it
 */
export async function listNextSuspects(
  database: Database,
  workspaceId: string,
  after: string,
  limit: number,
): Promise<{ suspects: SuspectAccount[]; last: string | null }> {
  const { rows: pages } = await sql<{ last: string | null; amount: number }>`
    select max(i.id::text) as last, count(*)::int as amount
    from (
      select i.id from public.contact_identities i
      where i.workspace_id = ${workspaceId} and i.id > ${after}
      order by i.id
      limit ${limit}
    ) i
  `.execute(database)
  const { last, amount } = pages[0] ?? { last: null, amount: 0 }
  const { rows } = await sql<SuspectAccount>`
    select i.id, c.root_id as "contactId", i.source, i.phone, i.phone_normalized as "phoneNormalized"
    from (
      select i.id, i.contact_id, i.source, i.phone, i.phone_normalized from public.contact_identities i
      where i.workspace_id = ${workspaceId} and i.id > ${after} and i.id <= ${last} and i.phone is not null
        and concat('+', regexp_replace(i.phone, '[^0-9]', '', 'g')) is distinct from i.phone_normalized
      offset 0
    ) i
    cross join lateral (
      select c.root_id from public.contacts c
      where c.workspace_id = ${workspaceId} and c.id = i.contact_id and c.set_aside_at is null
      limit 1
    ) c
    order by i.id
  `.execute(database)
  return { suspects: rows, last: amount < limit ? null : last }
}

/** Whose these numbers are now: contacts at the root, by number. */
export async function findOwnersOfNumbers(
  database: Database,
  workspaceId: string,
  phones: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ phone: string; root_id: string }>`
    select asked.phone, c.root_id
    from unnest(${phones}::text[]) as asked (phone)
    cross join lateral (
      select i.contact_id from public.contact_identities i
      where i.workspace_id = ${workspaceId} and i.phone_normalized = asked.phone
      limit 1
    ) i
    cross join lateral (
      select c.root_id from public.contacts c
      where c.workspace_id = ${workspaceId} and c.id = i.contact_id
      limit 1
    ) c
  `.execute(database)
  return new Map(rows.map((row) => [row.phone, row.root_id]))
}

/** The present numbers of contacts with all that was merged into them, by the contact at the root. */
export async function readNumbersOfContacts(
  database: Database,
  workspaceId: string,
  rootIds: readonly string[],
): Promise<Map<string, Omit<SuspectAccount, 'contactId'>[]>> {
  const { rows } = await sql<Omit<SuspectAccount, 'phone'> & { phone: string | null }>`
    select i.id, asked.id as "contactId", i.source, i.phone, i.phone_normalized as "phoneNormalized"
    from unnest(${rootIds}::uuid[]) as asked (id)
    cross join lateral (
      select c.id from public.contacts c
      where c.workspace_id = ${workspaceId} and c.root_id = asked.id
      offset 0
    ) c
    cross join lateral (
      select i.id, i.source, i.phone, i.phone_normalized from public.contact_identities i
      where i.workspace_id = ${workspaceId} and i.contact_id = c.id
        and (i.phone is not null or i.phone_normalized is not null)
      offset 0
    ) i
    order by i.id
  `.execute(database)
  const found = new Map<string, Omit<SuspectAccount, 'contactId'>[]>()
  for (const { contactId, phone, ...account } of rows) {
    const told = found.get(contactId) ?? []
    told.push({ ...account, phone: phone ?? account.phoneNormalized ?? '' })
    found.set(contactId, told)
  }
  return found
}

/** Pairs of these contacts of which somebody said that they are different people: their roots, in one order. */
export async function listDifferentPairs(
  database: Database,
  workspaceId: string,
  rootIds: readonly string[],
): Promise<[string, string][]> {
  const { rows } = await sql<{ left_root: string; right_root: string }>`
    with part as materialized (
      select c.id, asked.id as root_id
      from unnest(${rootIds}::uuid[]) as asked (id)
      cross join lateral (
        select c.id from public.contacts c
        where c.workspace_id = ${workspaceId} and c.root_id = asked.id
        offset 0
      ) c
    ), ids as materialized (
      select array_agg(part.id) as all_ids from part
    )
    select distinct l.root_id as left_root, r.root_id as right_root
    from ids
    cross join lateral (
      select d.left_id, d.right_id from public.duplicate_candidates d
      where d.workspace_id = ${workspaceId} and d.state = 'different'
        and d.left_id = any (ids.all_ids) and d.right_id = any (ids.all_ids)
      offset 0
    ) d
    join part l on l.id = d.left_id
    join part r on r.id = d.right_id
    where l.root_id <> r.root_id
  `.execute(database)
  return rows.map((row) => [row.left_root, row.right_root])
}

/** Locks contacts that are to be merged or parted, in the one order, and tells each one's root. */
export async function lockMergedContacts(
  database: Database,
  workspaceId: string,
  contactIds: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ contact_id: string; root_id: string }>`
    select contact_id, root_id from private.lock_merged_contacts(${workspaceId}, ${contactIds}::uuid[])
  `.execute(database)
  return new Map(rows.map((row) => [row.contact_id, row.root_id]))
}

/** Whether a merge still holds, by its id. */
export async function isMergeActive(
  database: Database,
  workspaceId: string,
  mergeId: string,
): Promise<boolean> {
  const { rows } = await sql`
    select from public.contact_joins j
    where j.workspace_id = ${workspaceId} and j.merge_id = ${mergeId} and j.is_active
  `.execute(database)
  return rows.length > 0
}

/**
 * Runs the undoing of a merge that nobody called wrong: whoever takes a run back does not say that the two are different
 * people, which is what undoing a merge says otherwise.
 */
export async function withoutCallingDifferent(
  database: Database,
  workspaceId: string,
  [one, other]: [string, string],
  work: () => Promise<unknown>,
): Promise<void> {
  const isPair = sql`
    d.workspace_id = ${workspaceId} and d.left_id in (${one}, ${other}) and d.right_id in (${one}, ${other})
  `
  const { rows: known } = await sql<{ id: string }>`
    select d.id from public.duplicate_candidates d where ${isPair} and d.state <> 'different'
  `.execute(database)
  const { rows: called } = await sql`
    select from public.duplicate_candidates d where ${isPair} and d.state = 'different'
  `.execute(database)
  await work()
  if (called.length > 0) return
  const ids = known.map(({ id }) => id)
  await sql`
    update public.duplicate_candidates d set state = 'open', decided_by = null, decided_at = null
    where ${isPair} and d.id = any (${ids}::uuid[]) and d.state = 'different'
  `.execute(database)
  await sql`
    delete from public.duplicate_candidates d
    where ${isPair} and not d.id = any (${ids}::uuid[]) and d.state = 'different'
  `.execute(database)
}
