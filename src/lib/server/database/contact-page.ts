import { sql } from 'kysely'
import type { ContactPage, FieldChange, FieldSource, FieldValue } from '../../domain/contacts.ts'
import type { LeadStatus, Person } from '../../domain/inbox.ts'
import { listContactFields } from './contact-fields.ts'
import { readHistory } from './contact-history.ts'
import { readContactImports } from './contact-imports.ts'
import {
  listBlocks,
  listContactConversations,
  listContactNotes,
  listFormerNumbers,
  listIdentities,
  listOptOutLines,
  listOwnLabels,
  toBlock,
  toOptOuts,
} from './contact-parts.ts'
import { readContactRows } from './contact-rows.ts'
import { selectShownFields, shownColumns } from './contact-columns.ts'
import { writeTimeline } from './contact-timeline.ts'
import type { Database } from './database.ts'
import { listMerges } from './merge-list.ts'

/** The contact that stands for one that was merged, for ever; undefined where there is none to see. */
export async function findRootContactId(
  database: Database,
  workspaceId: string,
  contactId: string,
): Promise<string | undefined> {
  const row = await database
    .selectFrom('contacts')
    .select('root_id')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', contactId)
    .executeTakeFirst()
  return row?.root_id
}

interface OwnValues {
  chosen: { field: string; source: FieldSource | null; as_of: string | null }[]
  part_ids: string[]
  account_ids: string[]
  name_source: FieldSource | null
  name_as_of: Date | null
  email_source: FieldSource | null
  email_as_of: Date | null
  lead_status_source: FieldSource | null
  lead_status_as_of: Date | null
  name: string | null
  created_at: Date
  edited_at: Date | null
}

/**
 * All that is known of a person, over all contacts that were merged into this one; undefined for one that is not the
 * member's to see, or that was merged into another (see `findRootContactId`).
 */
export async function findContactPage(
  database: Database,
  workspaceId: string,
  contactId: string,
): Promise<ContactPage | undefined> {
  const own = await findOwnValues(database, workspaceId, contactId)
  const [row] = own === undefined ? [] : await readContactRows(database, workspaceId, [contactId])
  if (own === undefined || row === undefined) return undefined
  const people = await listPeople(database, workspaceId)
  const of = { workspaceId, contactIds: own.part_ids, accountIds: own.account_ids, people }
  const history = await readHistory(database, of)
  const definitions = await listContactFields(database, workspaceId)
  const values = await findFieldValues(database, workspaceId, own.part_ids)
  const conversations = await listContactConversations(database, of)
  const notes = await listContactNotes(database, of)
  const labelLines = await listOwnLabels(database, of)
  const blocks = await listBlocks(database, of)
  const optOutLines = await listOptOutLines(database, of)
  const changesOf = (field: string) =>
    history.filter((change) => change.field === field).slice(0, mostChanges)
  return {
    id: contactId,
    title: row.name,
    address: row.address,
    name: toValue(own.name, own.name_source, own.name_as_of, changesOf('name')),
    email: toValue(row.email, own.email_source, own.email_as_of, changesOf('email')),
    leadStatus: toValue<LeadStatus>(
      row.leadStatus,
      own.lead_status_source,
      own.lead_status_as_of,
      changesOf('lead_status'),
    ),
    owner: toValue(row.owner?.id ?? null, row.owner === null ? null : 'staff', null, changesOf('owner')),
    ownerName: row.owner?.name ?? null,
    fields: definitions.map((definition) => {
      const value = values.get(definition.id)
      return {
        ...definition,
        ...toValue(
          value?.value ?? null,
          value?.source ?? null,
          value?.as_of ?? null,
          changesOf(`field:${definition.id}`),
        ),
      }
    }),
    identities: await listIdentities(database, of),
    formerNumbers: await listFormerNumbers(database, of),
    conversations: conversations.map(({ startedAt: _, ...conversation }) => conversation),
    notes,
    labelIds: row.labelIds,
    ownLabelIds: [...new Set(labelLines.flatMap((line) => (line.ended_at === null ? [line.label_id] : [])))],
    optOuts: await toOptOuts(database, of, optOutLines),
    block: toBlock(blocks),
    timeline: writeTimeline({
      contactId,
      createdAt: own.created_at,
      history,
      conversations,
      notes,
      labelLines,
      blocks,
      optOutLines,
      merges: await listMerges(database, workspaceId, contactId),
      imports: await readContactImports(database, of, history),
    }),
    createdAt: own.created_at.toISOString(),
    editedAt: own.edited_at?.toISOString() ?? null,
  }
}

const mostChanges = 20

async function findOwnValues(
  database: Database,
  workspaceId: string,
  contactId: string,
): Promise<OwnValues | undefined> {
  const { rows } = await sql<OwnValues>`
    select ${shownColumns('p').name} as name, p.name_source, coalesce(p.name_as_of, (
        select max(i.profile_name_as_of) from public.contact_identities i
        where i.workspace_id = ${workspaceId} and i.contact_id = any (part.ids) and i.profile_name = p.name
      )) as name_as_of, (
        select coalesce(jsonb_agg(jsonb_build_object('field', v.field, 'source', v.source, 'as_of', v.as_of)), '[]')
        from public.contact_chosen_values v
        where v.workspace_id = ${workspaceId} and v.contact_id = p.id and v.field_id is null and v.value is not null
      ) as chosen,
      p.email_source, p.email_as_of, p.lead_status_source, p.lead_status_as_of, p.created_at, p.edited_at,
      part.ids as part_ids, array(
        select i.id from public.contact_identities i
        where i.workspace_id = ${workspaceId} and i.contact_id = any (part.ids)
      ) as account_ids
    from public.contacts p
    cross join lateral (
      select array(
        select k.id from public.contacts k where k.workspace_id = ${workspaceId} and k.root_id = p.id
      ) as ids offset 0
    ) part
    where p.workspace_id = ${workspaceId} and p.id = ${contactId} and p.is_root
  `.execute(database)
  return rows[0] && withChosen(rows[0])
}

/** Where values come from that a merge chose. */
function withChosen(own: OwnValues): OwnValues {
  const chosen = new Map(own.chosen.map((value) => [value.field, value]))
  const tell = (field: string, source: FieldSource | null, asOf: Date | null) => {
    const value = chosen.get(field)
    return value === undefined
      ? { source, asOf }
      : { source: value.source, asOf: value.as_of === null ? null : new Date(value.as_of) }
  }
  const name = tell('name', own.name_source, own.name_as_of)
  const email = tell('email', own.email_source, own.email_as_of)
  const lead = tell('lead_status', own.lead_status_source, own.lead_status_as_of)
  return {
    ...own,
    name_source: name.source,
    name_as_of: name.asOf,
    email_source: email.source,
    email_as_of: email.asOf,
    lead_status_source: lead.source,
    lead_status_as_of: lead.asOf,
  }
}

async function findFieldValues(database: Database, workspaceId: string, contactIds: string[]) {
  const { rows } = await sql<{ field_id: string; value: string; source: FieldSource; as_of: Date }>`
    ${selectShownFields(workspaceId, sql`${contactIds}::uuid[]`)}
  `.execute(database)
  return new Map(rows.map((row) => [row.field_id, row]))
}

/** Everybody who ever belonged to the workspace, by their user id. */
async function listPeople(database: Database, workspaceId: string): Promise<Map<string, Person>> {
  const rows = await database
    .selectFrom('workspace_members')
    .where('workspace_id', '=', workspaceId)
    .select(['user_id', 'display_name'])
    .execute()
  return new Map(rows.map((row) => [row.user_id, { id: row.user_id, name: row.display_name }]))
}

function toValue<Value = string>(
  value: Value | null,
  source: FieldSource | null,
  asOf: Date | null,
  history: FieldChange[],
): FieldValue<Value> {
  return {
    value,
    source: value === null ? null : source,
    asOf: value === null ? null : (asOf?.toISOString() ?? history[0]?.changedAt ?? null),
    history,
  }
}
