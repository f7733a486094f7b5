import { sql } from 'kysely'
import { storedKeysVersion, type StoredKeys } from '../../domain/duplicates/stored-keys.ts'
import type { Database } from './database.ts'

export interface ContactKeys extends StoredKeys {
  contactId: string
}

/**
 * Writes down what contacts are found by, in place of what stood there, and counts their terms. The workspace must be
 * locked (`lockWorkspace`), else counts are lost.
 *
 * @param goneIds of contacts that are no roots any more
 * @param isCompared false where they wait for a run over all contacts
 * @returns how many contacts of the workspace have keys now
 */
export async function storeKeys(
  database: Database,
  workspaceId: string,
  contacts: ContactKeys[],
  goneIds: string[],
  isCompared: boolean,
): Promise<number> {
  const ids = contacts.map(({ contactId }) => contactId)
  const terms = contacts.map((contact) => toArray(contact.terms))
  await sql`
    with change as (
      select t.term, sum(t.by)::integer as by
      from (
        select unnest(n.terms::bigint[]) as term, 1 as by from unnest(${terms}::text[]) as n (terms)
        union all
        select unnest(k.terms), -1 from private.duplicate_keys k
        where k.workspace_id = ${workspaceId} and k.contact_id = any(${[...ids, ...goneIds]}::uuid[])
      ) t
      group by t.term
      having sum(t.by) <> 0
    )
    insert into private.duplicate_terms as d (workspace_id, term, holders)
    select ${workspaceId}, c.term, c.by from change c
    on conflict (workspace_id, term) do update set holders = d.holders + excluded.holders
  `.execute(database)
  const { rows } = await sql<{ contacts: number }>`
    with gone as (
      delete from private.duplicate_keys k
      where k.workspace_id = ${workspaceId} and k.contact_id = any(${goneIds}::uuid[])
      returning 1
    ), written as (
      insert into private.duplicate_keys as k (workspace_id, contact_id, keys, terms, version, compared_at)
      select ${workspaceId}, n.contact_id, n.keys::bigint[], n.terms::bigint[], ${storedKeysVersion}::smallint,
        case when ${isCompared} then now() end
      from unnest(
        ${ids}::uuid[],
        ${contacts.map(({ keys, secondKeys }) => toArray([...keys.map(({ key }) => key), ...secondKeys]))}::text[],
        ${terms}::text[]
      ) as n (contact_id, keys, terms)
      on conflict (contact_id, workspace_id) do update
        set keys = excluded.keys, terms = excluded.terms, version = excluded.version,
          compared_at = excluded.compared_at
      -- Of a new row no version before this one was ever seen.
      returning (xmax = 0) as is_new
    )
    update private.duplicate_marks m
    set contacts = m.contacts + (select count(*) from written where is_new)::integer
      - (select count(*) from gone)::integer
    where m.workspace_id = ${workspaceId}
    returning m.contacts
  `.execute(database)
  return rows[0]?.contacts ?? 0
}

function toArray(numbers: number[]): string {
  return `{${numbers.join(',')}}`
}

/**
 * For each contact, who shares a key with it: of big blocks only those who share a second key, and of parts of blocks
 * that are still too big nobody. The contacts' own keys must be stored.
 */
export async function findSharers(
  database: Database,
  workspaceId: string,
  contacts: ContactKeys[],
): Promise<Map<string, Set<string>>> {
  // Searches of one key each: whatever is known of the table's size, looking through all of it is never better.
  await sql`select set_config('enable_seqscan', 'off', true)`.execute(database)
  const sharers = new Map(contacts.map(({ contactId }) => [contactId, new Set<string>()]))
  const limits = new Map(contacts.flatMap(({ keys }) => keys.map(({ key, limit }) => [key, limit])))
  const blocks = new Map<number, string[] | null>()
  const { rows } = await sql<{ key: string; ids: string[] }>`
    select n.key::text, array(
      select k.contact_id from private.duplicate_keys k
      where k.workspace_id = ${workspaceId} and k.keys @> array[n.key]
      limit n.most + 1
    ) as ids
    from unnest(${[...limits.keys()]}::bigint[], ${[...limits.values()]}::integer[]) as n (key, most)
  `.execute(database)
  for (const { key, ids } of rows)
    blocks.set(Number(key), ids.length > (limits.get(Number(key)) ?? 0) ? null : ids)

  const parts = new Map<string, { key: number; second: number; contactIds: string[] }>()
  for (const { contactId, keys, secondKeys } of contacts)
    for (const { key } of keys) {
      const block = blocks.get(key)
      for (const id of block ?? []) sharers.get(contactId)?.add(id)
      if (block !== null) continue
      for (const second of secondKeys) {
        const part = parts.get(`${String(key)} ${String(second)}`)
        if (part === undefined)
          parts.set(`${String(key)} ${String(second)}`, { key, second, contactIds: [contactId] })
        else part.contactIds.push(contactId)
      }
    }
  await addSharersOfParts(database, workspaceId, [...parts.values()], limits, sharers)
  for (const [contactId, found] of sharers) found.delete(contactId)
  return sharers
}

async function addSharersOfParts(
  database: Database,
  workspaceId: string,
  parts: { key: number; second: number; contactIds: string[] }[],
  limits: Map<number, number>,
  sharers: Map<string, Set<string>>,
): Promise<void> {
  if (parts.length === 0) return
  const { rows } = await sql<{ at: number; ids: string[] }>`
    select n.at::integer, array(
      select k.contact_id from private.duplicate_keys k
      where k.workspace_id = ${workspaceId} and k.keys @> array[n.key, n.second]
      limit n.most + 1
    ) as ids
    from unnest(
      ${parts.map(({ key }) => key)}::bigint[], ${parts.map(({ second }) => second)}::bigint[],
      ${parts.map(({ key }) => limits.get(key) ?? 0)}::integer[]
    ) with ordinality as n (key, second, most, at)
  `.execute(database)
  for (const { at, ids } of rows) {
    const part = parts[at - 1]
    if (part === undefined || ids.length > (limits.get(part.key) ?? 0)) continue
    for (const contactId of part.contactIds) for (const id of ids) sharers.get(contactId)?.add(id)
  }
}

/** How many contacts have each of these terms; those that nobody has are left out. */
export async function countHolders(
  database: Database,
  workspaceId: string,
  terms: number[],
): Promise<Map<number, number>> {
  const { rows } = await sql<{ term: string; holders: number }>`
    select t.term::text, t.holders from private.duplicate_terms t
    where t.workspace_id = ${workspaceId} and t.term = any(${terms}::bigint[]) and t.holders > 0
  `.execute(database)
  return new Map(rows.map(({ term, holders }) => [Number(term), holders]))
}

/**
 * Has contacts looked at whose keys are missing or were made by other code, and forgets terms that nobody has.
 *
 * @returns how many contacts
 */
export async function queueStaleKeys(database: Database, workspaceId: string): Promise<number> {
  await sql`
    delete from private.duplicate_terms t where t.workspace_id = ${workspaceId} and t.holders <= 0
  `.execute(database)
  const { numAffectedRows } = await sql`
    insert into private.changed_contacts (workspace_id, contact_id)
    select c.workspace_id, c.id from public.contacts c
    left join private.duplicate_keys k on k.contact_id = c.id and k.workspace_id = c.workspace_id
    where c.workspace_id = ${workspaceId} and c.root_id = c.id and k.version is distinct from ${storedKeysVersion}
      and not exists (
        select from private.changed_contacts q where q.workspace_id = ${workspaceId} and q.contact_id = c.id
      )
  `.execute(database)
  return Number(numAffectedRows ?? 0)
}
