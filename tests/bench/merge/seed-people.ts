import type pg from 'pg'
import type { SeededWorkspace } from '../search/seed.ts'

/** Somebody with one conversation. */
export interface SeededPerson {
  contactId: string
  conversationId: string
}

export interface PersonSeed {
  name: string
  /** E.164. */
  phone: string
  messages: number
}

/** Adds somebody with a number, a conversation and its messages to a workspace, past the triggers. */
export async function seedPerson(
  admin: pg.Client,
  { workspaceId }: SeededWorkspace,
  { name, phone, messages }: PersonSeed,
): Promise<SeededPerson> {
  await admin.query('begin')
  await admin.query('set local session_replication_role = replica')
  const { rows } = await admin.query<SeededPerson>(
    `with ids as (
       select gen_random_uuid() as contact, gen_random_uuid() as account, gen_random_uuid() as thread
     ), person as (
       insert into public.contacts (id, workspace_id, name, name_source, name_as_of, root_id)
       select contact, $1, $2, 'whatsapp_profile', now(), contact from ids
     ), account as (
       insert into public.contact_identities
         (id, workspace_id, contact_id, phone, phone_normalized, phone_verdict, profile_name, root_id)
       select account, $1, contact, $3, $3, 'valid', $2, account from ids
     ), number as (
       insert into public.identity_phones
         (workspace_id, identity_id, phone_normalized, first_seen_at, last_seen_at, phone, phone_verdict)
       select $1, account, $3, now(), now(), $3, 'valid' from ids
     ), thread as (
       insert into public.conversations (id, workspace_id, channel_id, identity_id, root_id, last_activity_at)
       select thread, $1, (select id from public.channels where workspace_id = $1 limit 1), account, thread, now()
       from ids
     )
     select contact as "contactId", thread as "conversationId" from ids`,
    [workspaceId, name, phone],
  )
  const [person] = rows
  if (person === undefined) throw new Error('nobody was made')
  await admin.query(
    `insert into public.messages (workspace_id, conversation_id, channel_id, wamid, direction, origin, type, text,
       occurred_at)
     select $1, c.id, c.channel_id, 'wamid.' || c.id || '.' || n,
       case when n % 2 = 0 then 'inbound' else 'outbound' end::public.message_direction, 'cloud_api', 'text',
       'Pesan nomor ' || n, now() - (($3::int - n) * interval '1 minute')
     from public.conversations c, generate_series(1, $3::int) as n
     where c.workspace_id = $1 and c.id = $2`,
    [workspaceId, person.conversationId, messages],
  )
  await admin.query(
    `update public.conversations c set last_message_id = m.id, last_activity_at = m.occurred_at
     from public.messages m
     where c.workspace_id = $1 and c.id = $2 and m.workspace_id = $1
       and m.wamid = 'wamid.' || c.id || '.' || $3::int`,
    [workspaceId, person.conversationId, messages],
  )
  await admin.query('commit')
  return person
}
