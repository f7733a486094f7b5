import { sql } from 'kysely'
import type { ContactSource, DuplicateSide } from '../../domain/duplicates/queue.ts'
import { shownColumns } from './contact-columns.ts'
import type { Database } from './database.ts'

interface PartRow {
  id: string
  root_id: string
  name: string | null
  name_source: 'staff' | 'import' | 'bot' | 'whatsapp_profile' | null
  email: string | null
  email_source: 'staff' | 'import' | 'bot' | 'whatsapp_profile' | null
  created_at: Date
}

interface AccountRow {
  id: string
  contact_id: string
  phone: string | null
  phone_normalized: string | null
  profile_name: string | null
  first_seen_at: Date
  former: string[]
}

interface ActivityRow {
  contact_id: string
  threads: number
  last_activity_at: Date | null
}

const sourceRanks = ['staff', 'import', 'bot', 'whatsapp'] as const

/**
 * What is shown of contacts, each with all that was joined to it, as far as the reader may see it.
 *
 * @param rootIds those that are no roots, or not to see, are left out
 */
export async function findDuplicateSides(
  database: Database,
  workspaceId: string,
  rootIds: string[],
): Promise<Map<string, DuplicateSide>> {
  if (rootIds.length === 0) return new Map()
  const shown = shownColumns('c')
  const { rows: parts } = await sql<PartRow>`
    select c.id, c.root_id, ${shown.name} as name, c.name_source, ${shown.email} as email, c.email_source, c.created_at
    from public.contacts c
    where c.workspace_id = ${workspaceId} and c.root_id = any(${rootIds}::uuid[])
    order by (c.id = c.root_id) desc, c.id
  `.execute(database)
  const contactIds = parts.map(({ id }) => id)
  const { rows: accounts } = await sql<AccountRow>`
    select i.id, i.contact_id, i.phone, i.phone_normalized, i.profile_name, i.first_seen_at, array(
      select coalesce(p.phone, p.phone_normalized) from public.identity_phones p
      where p.workspace_id = ${workspaceId} and p.identity_id = i.id
        and p.phone_normalized is distinct from i.phone_normalized
      order by p.last_seen_at desc, p.id
      limit 5
    ) as former
    from public.contact_identities i
    where i.workspace_id = ${workspaceId} and i.contact_id = any(${contactIds}::uuid[])
    order by i.first_seen_at, i.id
  `.execute(database)
  const { rows: activities } = await sql<ActivityRow>`
    select i.contact_id, count(*)::integer as threads, max(t.last_activity_at) as last_activity_at
    from public.contact_identities i
    join public.conversations t on t.workspace_id = i.workspace_id and t.identity_id = i.id
    where i.workspace_id = ${workspaceId} and i.contact_id = any(${contactIds}::uuid[]) and t.is_root
    group by i.contact_id
  `.execute(database)

  const told = {
    accounts: Map.groupBy(accounts, (row) => row.contact_id),
    activities: Map.groupBy(activities, (row) => row.contact_id),
  }
  return new Map(
    [...Map.groupBy(parts, (row) => row.root_id)].flatMap(([id, own]) => {
      const root = own.find((part) => part.id === id)
      return root === undefined ? [] : [[id, toSide(root, own, told)] as const]
    }),
  )
}

function toSide(
  root: PartRow,
  parts: PartRow[],
  told: { accounts: Map<string, AccountRow[]>; activities: Map<string, ActivityRow[]> },
): DuplicateSide {
  const accounts = parts.flatMap(({ id }) => told.accounts.get(id) ?? [])
  const activities = parts.flatMap(({ id }) => told.activities.get(id) ?? [])
  const present = accounts.flatMap(({ phone, phone_normalized: number }) => phone ?? number ?? [])
  const former = accounts.flatMap((account) => account.former)
  const seenAt = [
    ...parts.map((part) => part.created_at),
    ...accounts.map((account) => account.first_seen_at),
  ]
  const lastAt = activities.flatMap((activity) => activity.last_activity_at?.getTime() ?? [])
  const named = [root, ...parts].find(({ name }) => name !== null)?.name
  const sources = new Set<ContactSource>(
    parts.flatMap((part) =>
      [toSource(part.name_source), toSource(part.email_source)].filter((one) => one !== null),
    ),
  )
  if (accounts.some((account) => account.profile_name !== null) || activities.length > 0)
    sources.add('whatsapp')
  return {
    contactId: root.id,
    name: named ?? accounts.find((account) => account.profile_name !== null)?.profile_name ?? null,
    numbers: [
      ...unique(present).map((phone) => ({ phone, isFormer: false })),
      ...unique(former)
        .filter((phone) => !present.includes(phone))
        .map((phone) => ({ phone, isFormer: true })),
    ],
    emails: unique(parts.flatMap(({ email }) => email ?? [])),
    firstSeenAt: new Date(Math.min(...seenAt.map((moment) => moment.getTime()))).toISOString(),
    lastActivityAt: lastAt.length === 0 ? null : new Date(Math.max(...lastAt)).toISOString(),
    conversationCount: activities.reduce((sum, { threads }) => sum + threads, 0),
    sources: sourceRanks.filter((source) => sources.has(source)),
  }
}

function toSource(source: PartRow['name_source']): ContactSource | null {
  return source === 'whatsapp_profile' ? 'whatsapp' : source
}

function unique(values: string[]): string[] {
  return [...new Set(values)]
}
