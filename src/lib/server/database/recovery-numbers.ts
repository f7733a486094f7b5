import { sql, type RawBuilder } from 'kysely'
import type { FieldSource } from '../../domain/contacts.ts'
import type { Database } from './database.ts'

/** One number that an account was seen with. Moments are text in UTC, to the microsecond. */
export interface NumberFact {
  id: string
  phone: string | null
  phoneNormalized: string
  verdict: string | null
  firstSeenAt: string
  lastSeenAt: string
}

/** An account with all its numbers, as it stands. */
export interface AccountNumbers {
  id: string
  contactId: string
  source: FieldSource
  phone: string | null
  phoneNormalized: string | null
  verdict: string | null
  phoneAsOf: string | null
  firstSeenAt: string
  facts: NumberFact[]
}

/** To the microsecond, so that what is put back is what stood there. */
const exactMoment = (moment: RawBuilder<unknown>): RawBuilder<string> =>
  sql`to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

const selectAccounts = (workspaceId: string) => sql`
  select i.id, i.contact_id as "contactId", i.source, i.phone, i.phone_normalized as "phoneNormalized",
    i.phone_verdict as verdict, ${exactMoment(sql`i.phone_as_of`)} as "phoneAsOf",
    ${exactMoment(sql`i.first_seen_at`)} as "firstSeenAt", (
      select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'phone', p.phone, 'phoneNormalized', p.phone_normalized,
        'verdict', p.phone_verdict, 'firstSeenAt', ${exactMoment(sql`p.first_seen_at`)},
        'lastSeenAt', ${exactMoment(sql`p.last_seen_at`)}) order by p.id), '[]')
      from public.identity_phones p
      where p.workspace_id = ${workspaceId} and p.identity_id = i.id
    ) as facts
`

/** Accounts behind an id, in the order of their ids. */
export async function listAccountNumbers(
  database: Database,
  workspaceId: string,
  after: string | null,
  limit: number,
): Promise<AccountNumbers[]> {
  const { rows } = await sql<AccountNumbers>`
    ${selectAccounts(workspaceId)}
    from public.contact_identities i
    where i.workspace_id = ${workspaceId} ${after === null ? sql`` : sql`and i.id > ${after}`}
    order by i.id
    limit ${limit}
  `.execute(database)
  return rows
}

/** Locks accounts with the people whom they belong to. The locks of their numbers must be held. */
export async function lockAccounts(
  database: Database,
  workspaceId: string,
  accountIds: readonly string[],
): Promise<void> {
  await sql`
    select private.lock_people(${workspaceId}, array(
      select i.contact_id from public.contact_identities i
      where i.workspace_id = ${workspaceId} and i.id = any (${accountIds}::uuid[])
    ))
  `.execute(database)
}

/** These accounts as they stand. */
export async function readAccountNumbers(
  database: Database,
  workspaceId: string,
  accountIds: readonly string[],
): Promise<Map<string, AccountNumbers>> {
  const { rows } = await sql<AccountNumbers>`
    ${selectAccounts(workspaceId)}
    from public.contact_identities i
    where i.workspace_id = ${workspaceId} and i.id = any (${accountIds}::uuid[])
  `.execute(database)
  return new Map(rows.map((row) => [row.id, row]))
}

/** Which people have, or had, these numbers: the roots of accounts, by number. */
export async function findHolders(
  database: Database,
  workspaceId: string,
  phones: readonly string[],
): Promise<Map<string, Set<string>>> {
  const { rows } = await sql<{ phone: string; root_id: string }>`
    select p.phone_normalized as phone, i.root_id
    from unnest(${phones}::text[]) as asked (phone)
    cross join lateral (
      select p.phone_normalized, p.identity_id from public.identity_phones p
      where p.workspace_id = ${workspaceId} and p.phone_normalized = asked.phone
      offset 0
    ) p
    cross join lateral (
      select i.root_id from public.contact_identities i
      where i.workspace_id = ${workspaceId} and i.id = p.identity_id
      limit 1
    ) i
    union
    select i.phone_normalized, i.root_id
    from unnest(${phones}::text[]) as asked (phone)
    cross join lateral (
      select i.phone_normalized, i.root_id from public.contact_identities i
      where i.workspace_id = ${workspaceId} and i.phone_normalized = asked.phone
      limit 1
    ) i
  `.execute(database)
  const holders = new Map<string, Set<string>>()
  for (const { phone, root_id: root } of rows)
    holders.set(phone, (holders.get(phone) ?? new Set<string>()).add(root))
  return holders
}

/** The roots of accounts, by their ids. */
export async function findAccountRoots(
  database: Database,
  workspaceId: string,
  accountIds: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; root_id: string }>`
    select i.id, i.root_id from public.contact_identities i
    where i.workspace_id = ${workspaceId} and i.id = any (${accountIds}::uuid[])
  `.execute(database)
  return new Map(rows.map((row) => [row.id, row.root_id]))
}

/** Puts other facts in place of those of an account, and brings up to date what follows from them. It must be locked. */
export async function replaceNumberFacts(
  database: Database,
  workspaceId: string,
  changes: readonly { accountId: string; facts: readonly NumberFact[] }[],
): Promise<void> {
  if (changes.length === 0) return
  const accountIds = changes.map(({ accountId }) => accountId)
  const rows = changes.flatMap(({ accountId, facts }) => facts.map((fact) => ({ ...fact, accountId })))
  await sql`
    delete from public.identity_phones p
    where p.workspace_id = ${workspaceId} and p.identity_id = any (${accountIds}::uuid[])
  `.execute(database)
  await sql`
    insert into public.identity_phones
      (id, workspace_id, identity_id, phone_normalized, phone, phone_verdict, first_seen_at, last_seen_at)
    select n.id, ${workspaceId}, n."accountId", n."phoneNormalized", n.phone, n.verdict, n."firstSeenAt", n."lastSeenAt"
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n (
      id uuid, "accountId" uuid, "phoneNormalized" text, phone text, verdict text, "firstSeenAt" timestamptz,
      "lastSeenAt" timestamptz
    )
  `.execute(database)
  await sql`select private.settle_identities(${workspaceId}, ${accountIds}::uuid[])`.execute(database)
  // Names stay what they are, but rows of the inbox show numbers.
  await sql`
    select private.touch_conversations_of(${workspaceId}, array(
      select i.contact_id from public.contact_identities i
      where i.workspace_id = ${workspaceId} and i.id = any (${accountIds}::uuid[])
    ))
  `.execute(database)
}

/** Puts the number that an account shows back, where that followed from no fact. */
export async function restoreAccountNumbers(
  database: Database,
  workspaceId: string,
  accounts: readonly Pick<AccountNumbers, 'id' | 'phone' | 'phoneNormalized' | 'verdict' | 'phoneAsOf'>[],
): Promise<void> {
  await sql`
    update public.contact_identities i
    set phone = n.phone, phone_normalized = n."phoneNormalized", phone_verdict = n.verdict, phone_as_of = n."phoneAsOf"
    from jsonb_to_recordset(${JSON.stringify(accounts)}::jsonb)
      as n (id uuid, phone text, "phoneNormalized" text, verdict text, "phoneAsOf" timestamptz)
    where i.workspace_id = ${workspaceId} and i.id = n.id
      and (i.phone, i.phone_normalized, i.phone_verdict, i.phone_as_of)
        is distinct from (n.phone, n."phoneNormalized", n.verdict, n."phoneAsOf")
  `.execute(database)
}

/** The default country of a workspace. */
export async function readDefaultCountry(database: Database, workspaceId: string): Promise<string> {
  const { rows } = await sql<{ country: string }>`
    select w.default_country as country from public.workspaces w where w.id = ${workspaceId}
  `.execute(database)
  const [found] = rows
  if (found === undefined) throw new Error('the workspace is gone')
  return found.country
}

/** Changes the default country of a workspace. False where it is another one than was thought. */
export async function changeDefaultCountry(
  database: Database,
  workspaceId: string,
  { from, to }: { from: string; to: string },
): Promise<boolean> {
  const { rows } = await sql`
    update public.workspaces w set default_country = ${to}
    where w.id = ${workspaceId} and w.default_country = ${from}
    returning 1
  `.execute(database)
  return rows.length > 0
}
