import { sql } from 'kysely'
import type {
  ContactDetails,
  ContactIdentity,
  ContactSession,
  OtherConversation,
} from '../../domain/contact-details.ts'
import type { BotState, ConversationState, LeadStatus } from '../../domain/inbox.ts'
import type { Database } from './database.ts'

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
  }
}

async function findPerson(
  database: Database,
  workspaceId: string,
  conversationId: string,
): Promise<PersonRow | undefined> {
  const { rows } = await sql<PersonRow>`
    select c.id as conversation_id, i.id as identity_id, p.id as contact_id, p.name as contact_name, p.email,
      i.profile_name, i.phone, i.username, p.lead_status, i.first_seen_at, c.bot_state, c.bot_state_reason,
      c.bot_state_at,
      (
        select count(*)::int
        from public.conversations part
        join public.conversation_notes n on n.workspace_id = part.workspace_id and n.conversation_id = part.id
        where part.workspace_id = c.workspace_id and part.root_id = c.id and n.deleted_at is null
      ) as note_count
    from public.conversations asked
    join public.conversations c on c.workspace_id = asked.workspace_id and c.id = asked.root_id
    join public.contact_identities own on own.workspace_id = c.workspace_id and own.id = c.identity_id
    join public.contact_identities i on i.workspace_id = own.workspace_id and i.id = own.root_id
    join public.contacts kept on kept.workspace_id = i.workspace_id and kept.id = i.contact_id
    join public.contacts p on p.workspace_id = kept.workspace_id and p.id = kept.root_id
    where asked.workspace_id = ${workspaceId} and asked.id = ${conversationId}
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
    from public.contacts kept
    join public.contact_identities i on i.workspace_id = kept.workspace_id and i.contact_id = kept.id
    where kept.workspace_id = ${workspaceId} and kept.root_id = ${contactId} and i.root_id = i.id
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
    from public.conversations part
    join public.kapso_conversations k on k.workspace_id = part.workspace_id and k.conversation_id = part.id
    where part.workspace_id = ${workspaceId} and part.root_id = ${conversationId}
    order by k.first_seen_at desc, k.id desc
    limit ${mostRows}
  `.execute(database)
  return rows.map((row) => ({
    id: row.id,
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
  }))
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
    from public.contacts kept
    join public.contact_identities i on i.workspace_id = kept.workspace_id and i.contact_id = kept.id
    join public.contact_identities part on part.workspace_id = i.workspace_id and part.root_id = i.id
    join public.conversations c on c.workspace_id = part.workspace_id and c.identity_id = part.id
    join public.channels ch on ch.workspace_id = c.workspace_id and ch.id = c.channel_id
    where kept.workspace_id = ${workspaceId} and kept.root_id = ${contactId} and i.root_id = i.id
      and c.is_root and c.last_message_id is not null and c.id <> ${ownId}
    order by c.last_activity_at desc, c.id desc
    limit ${mostRows}
  `.execute(database)
  return rows.map((row) => ({
    id: row.id,
    channelName: row.channel_name,
    address: writeAddress(row),
    state: row.state,
    lastActivityAt: row.last_activity_at.toISOString(),
  }))
}

function writeAddress({ phone, username }: { phone: string | null; username: string | null }): string | null {
  return phone ?? (username === null ? null : `@${username}`)
}
