import { sql } from 'kysely'
import type { Database } from './database.ts'

/** Something by which a contact, at the root, is one person with all who have the same: a number, or a pair of duplicates. */
export interface ContactLink {
  link: string
  contactId: string
}

interface RunOf {
  workspaceId: string
  runId: string
}

/** Notes links for the plan of a run. */
export async function noteLinks(
  database: Database,
  { workspaceId, runId }: RunOf,
  links: readonly ContactLink[],
): Promise<void> {
  if (links.length === 0) return
  await sql`
    insert into private.recovery_links (workspace_id, run_id, link, contact_id)
    select ${workspaceId}, ${runId}, n.link, n."contactId"
    from jsonb_to_recordset(${JSON.stringify(links)}::jsonb) as n (link text, "contactId" uuid)
    on conflict do nothing
  `.execute(database)
}

/** The next links that were noted, in their order. */
export async function listNextLinks(
  database: Database,
  { workspaceId, runId }: RunOf,
  after: string,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ link: string }>`
    select distinct n.link from private.recovery_links n
    where n.workspace_id = ${workspaceId} and n.run_id = ${runId} and n.link > ${after}
    order by n.link
    limit ${limit}
  `.execute(database)
  return rows.map(({ link }) => link)
}

/** What was noted of these links, and of these contacts. */
export async function listNotedLinks(
  database: Database,
  { workspaceId, runId }: RunOf,
  { links, contactIds }: { links: readonly string[]; contactIds: readonly string[] },
): Promise<ContactLink[]> {
  const { rows } = await sql<ContactLink>`
    select n.link, n.contact_id as "contactId" from private.recovery_links n
    where n.workspace_id = ${workspaceId} and n.run_id = ${runId} and n.link = any (${links}::text[])
    union
    select n.link, n.contact_id from private.recovery_links n
    where n.workspace_id = ${workspaceId} and n.run_id = ${runId} and n.contact_id = any (${contactIds}::uuid[])
  `.execute(database)
  return rows
}

/** Forgets what was noted, once there is a plan. */
export async function forgetLinks(database: Database, { workspaceId, runId }: RunOf): Promise<void> {
  await sql`
    delete from private.recovery_links n where n.workspace_id = ${workspaceId} and n.run_id = ${runId}
  `.execute(database)
}
