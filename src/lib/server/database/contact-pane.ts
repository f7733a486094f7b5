import { sql, type RawBuilder } from 'kysely'
import type {
  ContactDetails,
  ContactIdentity,
  ContactSession,
  OtherConversation,
} from '../../domain/contact-details.ts'
import type { BotState, ConversationState, LeadStatus } from '../../domain/inbox.ts'
import { shownColumns } from './contact-columns.ts'
import type { Database } from './database.ts'
import { momentText } from './moment-text.ts'

const mostRows = 10

interface PersonRow {
  conversation_id: string
  identity_id: string
  contact_id: string
  contact_name: string | null
  email: string | null
  profile_name: string | null
  phone: string | null
  username: string | null
  lead_status: LeadStatus
  first_seen_at: Date
  bot_state: BotState
  bot_state_reason: string | null
  bot_state_at: Date | null
  note_count: number
}

/**
 * What the pane beside a thread tells of the person; undefined for a conversation that is not the member's to see.
 * Contacts, accounts and threads that were joined are taken together: each is read through its root.
 */
export async function findContactDetails(
  database: Database,
  workspaceId: string,
  conversationId: string,
): Promise<ContactDetails | undefined> {
  const person = await findPerson(database, workspaceId, conversationId)
  if (person === undefined) return undefined
  const address = writeAddress(person)
  const name = person.contact_name ?? person.profile_name ?? address ?? 'WhatsApp user'
  return {
    contactId: person.contact_id,
    name,
    profileName: person.profile_name === name ? null : person.profile_name,
    email: person.email,
    leadStatus: person.lead_status,
    firstSeenAt: person.first_seen_at.toISOString(),
    identities: await listIdentities(database, workspaceId, person),
    botState: person.bot_state,
    botReason: person.bot_state_reason,
    botSince: person.bot_state_at?.toISOString() ?? null,
    sessions: await listSessions(database, workspaceId, person.conversation_id),
    otherConversations: await listOtherConversations(database, workspaceId, person),
    noteCount: person.note_count,
    ...(await readOwn(database, workspaceId, person)),
  }
}

async function findPerson(
  database: Database,
  workspaceId: string,
  conversationId: string,
): Promise<PersonRow | undefined> {
  const shown = shownColumns('p')
  const { rows } = await sql<PersonRow>`
    select c.id as conversation_id, who.*, c.bot_state, c.bot_state_reason, c.bot_state_at,
      (
        select count(*)::int from public.conversation_notes n
        where n.workspace_id = ${workspaceId} and n.deleted_at is null and n.conversation_id = any (array(
          select part.id from public.conversations part
          where part.workspace_id = ${workspaceId} and part.root_id = c.id
        ))
      ) as note_count
    from (
      select c.* from public.conversations c
      where c.workspace_id = ${workspaceId} and c.id = (
        select asked.root_id from public.conversations asked
        where asked.workspace_id = ${workspaceId} and asked.id = ${conversationId}
      )
      limit 1
    ) c
    -- By ids alone, as in the list: where a workspace is new, Postgres would look through all of it, again and again.
    cross join lateral (
      select i.id as identity_id, p.id as contact_id, ${shown.name} as contact_name, ${shown.email} as email,
        i.profile_name, i.phone, i.username, ${shown.leadStatus} as lead_status, i.first_seen_at
      from public.contact_identities own
      join public.contact_identities i on i.id = own.root_id
      join public.contacts kept on kept.id = i.contact_id
      join public.contacts p on p.id = kept.root_id
      where own.id = c.identity_id
      limit 1
    ) who
  `.execute(database)
  return rows[0]
}

async function listIdentities(
  database: Database,
  workspaceId: string,
  { contact_id: contactId, identity_id: ownId }: PersonRow,
): Promise<ContactIdentity[]> {
  const { rows } = await sql<{ id: string; phone: string | null; username: string | null }>`
    select i.id, i.phone, i.username
    from public.contact_identities i
    where i.workspace_id = ${workspaceId} and i.contact_id = any (${contactsOf(workspaceId, contactId)})
      and i.root_id = i.id
    order by (i.id = ${ownId}) desc, i.first_seen_at, i.id
    limit ${mostRows}
  `.execute(database)
  return rows.map((row) => ({ ...row, isOfConversation: row.id === ownId }))
}

async function listSessions(
  database: Database,
  workspaceId: string,
  conversationId: string,
): Promise<ContactSession[]> {
  const { rows } = await sql<{ id: string; started_at: Date; ended_at: Date | null }>`
    select k.id, k.first_seen_at as started_at, case when k.status = 'ended' then k.status_at end as ended_at
    from public.kapso_conversations k
    where k.workspace_id = ${workspaceId} and k.conversation_id = any (array(
      select part.id from public.conversations part
      where part.workspace_id = ${workspaceId} and part.root_id = ${conversationId}
    ))
    order by k.first_seen_at desc, k.id desc
    limit ${mostRows}
  `.execute(database)
  return rows.map((row) => ({
    id: row.id,
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
  }))
}

/** What lies on the contact itself. */
async function readOwn(
  database: Database,
  workspaceId: string,
  { contact_id: contactId }: PersonRow,
): Promise<Pick<ContactDetails, 'ownLabelIds' | 'ownNotes'>> {
  const { rows } = await sql<{ label_ids: string[]; notes: ContactDetails['ownNotes'] }>`
    select array(
        select distinct l.label_id from public.contact_labels l
        where l.workspace_id = ${workspaceId} and l.contact_id = any (part.ids) and l.ended_at is null
      ) as label_ids, (
        select coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'authorName', n.author_name, 'body', n.body,
          'createdAt', ${momentText(sql`n.created_at`)}) order by n.created_at desc, n.id desc), '[]')
        from (
          select n.id, coalesce(m.display_name, '') as author_name, n.body, n.created_at
          from public.contact_notes n
          left join public.workspace_members m on m.workspace_id = ${workspaceId} and m.user_id = n.author_id
          where n.workspace_id = ${workspaceId} and n.contact_id = any (part.ids) and n.deleted_at is null
          order by n.created_at desc, n.id desc
          limit ${mostRows}
        ) n
      ) as notes
    from (select ${contactsOf(workspaceId, contactId)} as ids) part
  `.execute(database)
  return { ownLabelIds: rows[0]?.label_ids ?? [], ownNotes: rows[0]?.notes ?? [] }
}

/** By the contact, which may be known by several accounts on several channels. */
async function listOtherConversations(
  database: Database,
  workspaceId: string,
  { contact_id: contactId, conversation_id: ownId }: PersonRow,
): Promise<OtherConversation[]> {
  interface Row {
    id: string
    channel_name: string
    phone: string | null
    username: string | null
    state: ConversationState
    last_activity_at: Date
  }
  const { rows } = await sql<Row>`
    select c.id, ch.name as channel_name, i.phone, i.username, c.state, c.last_activity_at
    from (
      select c.* from public.conversations c
      where c.workspace_id = ${workspaceId} and c.is_root and c.last_message_id is not null and c.id <> ${ownId}
        and c.identity_id = any (array(
          select part.id from public.contact_identities part
          where part.workspace_id = ${workspaceId} and part.root_id = any (array(
            select i.id from public.contact_identities i
            where i.workspace_id = ${workspaceId} and i.contact_id = any (${contactsOf(workspaceId, contactId)})
          ))
        ))
      order by c.last_activity_at desc, c.id desc
      limit ${mostRows}
    ) c
    cross join lateral (
      select i.phone, i.username
      from public.contact_identities part
      join public.contact_identities i on i.id = part.root_id
      where part.id = c.identity_id
      limit 1
    ) i
    cross join lateral (select ch.name from public.channels ch where ch.id = c.channel_id limit 1) ch
    order by c.last_activity_at desc, c.id desc
  `.execute(database)
  return rows.map((row) => ({
    id: row.id,
    channelName: row.channel_name,
    address: writeAddress(row),
    state: row.state,
    lastActivityAt: row.last_activity_at.toISOString(),
  }))
}

/** A contact, and those that were joined into it. As an array: it is found before what hangs on it is looked for. */
function contactsOf(workspaceId: string, contactId: string): RawBuilder<unknown> {
  return sql`array(
    select kept.id from public.contacts kept where kept.workspace_id = ${workspaceId} and kept.root_id = ${contactId}
  )`
}

function writeAddress({ phone, username }: { phone: string | null; username: string | null }): string | null {
  return phone ?? (username === null ? null : `@${username}`)
}
