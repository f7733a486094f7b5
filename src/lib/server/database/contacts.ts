import { sql, type RawBuilder } from 'kysely'
import type { ContactQuery } from '../../domain/contact-filter.ts'
import { mostCounted, type ContactFilter, type ContactList, type ContactSort } from '../../domain/contacts.ts'
import { readSearchQuery } from '../../domain/search-query.ts'
import { conditionsOf } from './contact-conditions.ts'
import { readContactCursor, toContactCursor, type ContactPlace } from './contact-cursor.ts'
import { readContactRows } from './contact-rows.ts'
import { shownColumns } from './contact-columns.ts'
import type { Database } from './database.ts'
import { searchContacts } from './search.ts'

/** Whose list: with what numbers and days are read by. */
export interface ContactsOf {
  id: string
  timeZone: string
  defaultCountry: string
}

const pageSize = 50
/** The best matches of a search: more are never looked through. */
const mostMatches = 200
const moment = (expression: RawBuilder<unknown>) =>
  sql<string>`to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

/**
 * One page of the contacts that a member sees, and how many there are. Merged ones are shown by their root alone. Where
 * the filter fits few, those are found first and then ordered; where it fits many, they are read in order until the page
 * is full.
 *
 * @throws RuleViolation `bad_cursor`; `search_too_slow`
 */
export async function listContacts(
  database: Database,
  workspace: ContactsOf,
  { filter, sort, before }: ContactQuery,
  limit = pageSize,
): Promise<ContactList> {
  if (filter.text !== undefined) return listMatches(database, workspace, filter, filter.text)
  const condition = conditionsOf(filter, workspace.id, workspace.timeZone)
  const { rows: found } = await sql<{ id: string }>`
    select p.id from public.contacts p where ${condition} limit ${sql.lit(mostCounted + 1)}
  `.execute(database)
  const few = found.length <= mostCounted ? found.map(({ id }) => id) : null
  const places = await findPlaces(database, {
    workspaceId: workspace.id,
    condition:
      few === null ? condition : sql`p.workspace_id = ${workspace.id} and p.id = any (${few}::uuid[])`,
    isFew: few !== null,
    sort,
    before,
    limit: limit + 1,
  })
  const shown = places.slice(0, limit)
  const last = shown.at(-1)
  return {
    contacts: await readContactRows(
      database,
      workspace.id,
      shown.map(({ id }) => id),
    ),
    nextBefore: places.length > limit && last !== undefined ? toContactCursor(last) : null,
    total: Math.min(found.length, mostCounted),
  }
}

/**
 * How many contacts of those that a member sees a filter fits, counted to at most `mostCounted`.
 *
 * @throws RuleViolation `search_too_slow`
 */
export async function countContacts(
  database: Database,
  workspace: ContactsOf,
  filter: ContactFilter,
): Promise<number> {
  if (filter.text !== undefined) return (await findMatchIds(database, workspace, filter, filter.text)).length
  const condition = conditionsOf(filter, workspace.id, workspace.timeZone)
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count
    from (select from public.contacts p where ${condition} limit ${sql.lit(mostCounted)}) counted
  `.execute(database)
  return rows[0]?.count ?? 0
}

/** The ids of all contacts that a filter fits, at most `most`, for what is done to all of them. */
export async function findContactIds(
  database: Database,
  workspace: ContactsOf,
  filter: ContactFilter,
  most: number,
): Promise<string[]> {
  if (filter.text !== undefined)
    return (await findMatchIds(database, workspace, filter, filter.text)).slice(0, most)
  const condition = conditionsOf(filter, workspace.id, workspace.timeZone)
  const { rows } = await sql<{ id: string }>`
    select p.id from public.contacts p where ${condition} order by p.created_at desc, p.id desc
    limit ${sql.lit(most)}
  `.execute(database)
  return rows.map(({ id }) => id)
}

async function listMatches(
  database: Database,
  workspace: ContactsOf,
  filter: ContactFilter,
  text: string,
): Promise<ContactList> {
  const ids = await findMatchIds(database, workspace, filter, text)
  return {
    contacts: await readContactRows(database, workspace.id, ids),
    nextBefore: null,
    total: ids.length,
  }
}

/** The best match first. */
async function findMatchIds(
  database: Database,
  workspace: ContactsOf,
  filter: ContactFilter,
  text: string,
): Promise<string[]> {
  const query = readSearchQuery(text, workspace.defaultCountry)
  const hits = await searchContacts(database, workspace.id, query, mostMatches)
  const hitIds = hits.map(({ contactId }) => contactId)
  const { rows } = await sql<{ id: string }>`
    select p.id from public.contacts p
    where ${conditionsOf(filter, workspace.id, workspace.timeZone)} and p.id = any (${hitIds}::uuid[])
    order by array_position(${hitIds}::uuid[], p.id)
  `.execute(database)
  return rows.map(({ id }) => id)
}

interface PlaceQuery {
  workspaceId: string
  condition: RawBuilder<unknown>
  /** The condition names at most a thousand by their ids. */
  isFew: boolean
  sort: ContactSort
  before: string | null
  limit: number
}

async function findPlaces(database: Database, query: PlaceQuery): Promise<ContactPlace[]> {
  switch (query.sort) {
    case 'name':
      return findByName(database, query)
    case 'newest':
      return findByAge(database, query, 'newest')
    case 'activity':
      return findByActivity(database, query)
  }
}

async function findByName(database: Database, query: PlaceQuery): Promise<ContactPlace[]> {
  const name = shownColumns('p').listName
  const after = query.before === null ? undefined : readContactCursor(query.before, ['name'])
  const { rows } = await sql<{ id: string; key: string }>`
    select p.id, ${name} as key from public.contacts p
    where ${query.condition} ${after === undefined ? sql`` : sql`and (${name}, p.id) > (${after.key} collate "C", ${after.id}::uuid)`}
    order by ${name}, p.id
    limit ${sql.lit(query.limit)}
  `.execute(database)
  return rows.map((row) => ({ kind: 'name', ...row }))
}

async function findByAge(
  database: Database,
  query: PlaceQuery,
  kind: 'newest' | 'silent',
  among: RawBuilder<unknown> = sql``,
): Promise<ContactPlace[]> {
  const after = query.before === null ? undefined : readContactCursor(query.before, [kind])
  const { rows } = await sql<{ id: string; key: string }>`
    select p.id, ${moment(sql`p.created_at`)} as key from public.contacts p
    where ${query.condition} ${among}
      ${after === undefined ? sql`` : sql`and (p.created_at, p.id) < (${after.key}::timestamptz, ${after.id}::uuid)`}
    order by p.created_at desc, p.id desc
    limit ${sql.lit(query.limit)}
  `.execute(database)
  return rows.map((row) => ({ kind, ...row }))
}

/** Those who wrote or were written to, then the others, the newest of them first. */
async function findByActivity(database: Database, query: PlaceQuery): Promise<ContactPlace[]> {
  const after = query.before === null ? undefined : readContactCursor(query.before, ['activity', 'silent'])
  const active =
    after?.kind === 'silent'
      ? []
      : await (query.isFew ? findFewActive(database, query, after) : findActive(database, query, after))
  if (active.length >= query.limit) return active
  const silent = await findByAge(
    database,
    {
      ...query,
      before: after?.kind === 'silent' ? query.before : null,
      limit: query.limit - active.length,
    },
    'silent',
    sql`and not exists (${conversationsOfContact(query.workspaceId)})`,
  )
  return [...active, ...silent]
}

/** Each of them with their latest conversation. */
async function findFewActive(
  database: Database,
  query: PlaceQuery,
  after: ContactPlace | undefined,
): Promise<ContactPlace[]> {
  const { rows } = await sql<{ id: string; key: string }>`
    select p.id, ${moment(sql`latest.last_activity_at`)} as key
    from public.contacts p
    cross join lateral (
      ${conversationsOfContact(query.workspaceId)} order by c.last_activity_at desc limit 1
    ) latest
    where ${query.condition}
      ${after === undefined ? sql`` : sql`and (latest.last_activity_at, p.id) < (${after.key}::timestamptz, ${after.id}::uuid)`}
    order by latest.last_activity_at desc, p.id desc
    limit ${sql.lit(query.limit)}
  `.execute(database)
  return rows.map((row) => ({ kind: 'activity', ...row }))
}

/** From the latest conversation on, each person by the latest of theirs. */
async function findActive(
  database: Database,
  query: PlaceQuery,
  after: ContactPlace | undefined,
): Promise<ContactPlace[]> {
  const { rows } = await sql<{ id: string; key: string }>`
    select p.id, ${moment(sql`t.last_activity_at`)} as key
    from public.conversations t
    join public.contact_identities own on own.id = t.identity_id
    join public.contact_identities r on r.id = own.root_id
    join public.contacts kept on kept.id = r.contact_id
    join public.contacts p on p.id = kept.root_id
    where t.workspace_id = ${query.workspaceId} and t.is_root and t.last_message_id is not null
      and ${query.condition}
      and not exists (
        ${conversationsOfContact(query.workspaceId)}
          and (c.last_activity_at, c.id) > (t.last_activity_at, t.id)
      )
      ${after === undefined ? sql`` : sql`and t.last_activity_at <= ${after.key}::timestamptz and (t.last_activity_at, p.id) < (${after.key}::timestamptz, ${after.id}::uuid)`}
    order by t.last_activity_at desc, p.id desc
    limit ${sql.lit(query.limit)}
  `.execute(database)
  return rows.map((row) => ({ kind: 'activity', ...row }))
}

/** The conversations (alias c) of the person behind p, joined threads left out. */
function conversationsOfContact(workspaceId: string): RawBuilder<unknown> {
  return sql`
    select c.last_activity_at
    from public.contacts part
    join public.contact_identities i on i.workspace_id = part.workspace_id and i.contact_id = part.id
    join public.conversations c on c.workspace_id = i.workspace_id and c.identity_id = i.id
    where part.workspace_id = ${workspaceId} and part.root_id = p.id and c.is_root
      and c.last_message_id is not null
  `
}
