import { sql, type RawBuilder } from 'kysely'

/** Something that must never be in the database, and a query that finds it. */
export interface Invariant {
  name: string
  /** What a row of it means, in a sentence for operators. */
  meaning: string
  /** Gives `workspace_id` and `id`, as text, of what breaks it. */
  query: RawBuilder<unknown>
}

/** Minutes after which work that nobody does counts as forgotten. */
const patience = sql`interval '10 minutes'`

/** A wamid as event ids hold it: base64url of its SHA-256. */
const hashOfWamid = sql`translate(encode(sha256(convert_to(m.wamid, 'UTF8')), 'base64'), '+/=', '-_')`

/** The warning signs that tell of lost, doubled or torn data, each as a query that finds nothing in a sound database. */
export const invariants: Invariant[] = [
  {
    name: 'contact_without_identity',
    meaning: 'A contact has no WhatsApp account: it was made, and what it was made for got lost.',
    query: sql`
      select c.workspace_id, c.id::text from public.contacts c
      where not exists (
        select from public.contact_identities i where i.workspace_id = c.workspace_id and i.contact_id = c.id
      )
      -- Staff and imports know people without a number.
      and not exists (
        select from public.contact_changes h
        where h.workspace_id = c.workspace_id and h.contact_id = c.id and h.source in ('import', 'staff')
      )`,
  },
  {
    name: 'phone_of_two_identities',
    meaning: 'Two WhatsApp accounts of a workspace hold one number: somebody is there twice.',
    query: sql`
      select i.workspace_id, min(i.id::text) as id from public.contact_identities i
      where i.phone_normalized is not null
      group by i.workspace_id, i.phone_normalized having count(*) > 1`,
  },
  {
    name: 'phone_in_two_spellings',
    meaning: 'A number stands beside itself in another spelling: it was stored without being normalised.',
    query: sql`
      select i.workspace_id, i.id::text from public.contact_identities i
      where i.phone_normalized is null and regexp_replace(i.phone, '\\D', '', 'g') in (
        select substring(o.phone_normalized from 2) from public.contact_identities o
        where o.workspace_id = i.workspace_id and o.id <> i.id and o.phone_normalized is not null
      )`,
  },
  {
    name: 'two_threads_of_one_person',
    meaning: 'A person has two living threads on one number: the double chats.',
    query: sql`
      select c.workspace_id, min(c.id::text) as id
      from public.conversations c
      join public.contact_identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
      where c.root_id = c.id and c.split_from_id is null
      group by c.workspace_id, c.channel_id, i.root_id having count(*) > 1`,
  },
  {
    name: 'session_in_two_threads',
    meaning: "Messages of one Kapso conversation stand in two people's threads.",
    query: sql`
      select m.workspace_id, min(m.id::text) as id
      from public.messages m
      join public.conversations c on c.workspace_id = m.workspace_id and c.id = m.conversation_id
      where m.kapso_conversation_id is not null and c.split_from_id is null
      group by m.workspace_id, m.channel_id, m.kapso_conversation_id having count(distinct c.root_id) > 1`,
  },
  {
    name: 'message_in_foreign_thread',
    meaning: 'A message has no thread, or one of another number.',
    query: sql`
      select m.workspace_id, m.id::text from public.messages m
      left join public.conversations c on c.workspace_id = m.workspace_id and c.id = m.conversation_id
      where c.id is null or c.channel_id <> m.channel_id`,
  },
  {
    name: 'wamid_twice',
    meaning: 'One WhatsApp message is stored twice on a number.',
    query: sql`
      select m.workspace_id, min(m.id::text) as id from public.messages m
      where m.wamid is not null
      group by m.workspace_id, m.channel_id, m.wamid having count(*) > 1`,
  },
  {
    name: 'event_twice',
    meaning: 'The ledger holds one event twice: its deliveries are not recognised as copies.',
    query: sql`
      select e.workspace_id, min(e.id)::text as id from public.webhook_events e
      group by e.workspace_id, e.event_id having count(*) > 1`,
  },
  {
    name: 'inbound_count_wrong',
    meaning: "A thread's count of messages to read differs from its messages.",
    query: sql`
      select r.workspace_id, r.id::text
      from public.conversations r
      left join (
        select c.workspace_id, c.root_id, count(*) as inbound
        from public.messages m
        join public.conversations c on c.workspace_id = m.workspace_id and c.id = m.conversation_id
        where m.direction = 'inbound' and not m.is_silent
        group by c.workspace_id, c.root_id
      ) counted on counted.workspace_id = r.workspace_id and counted.root_id = r.id
      where r.root_id = r.id and r.inbound_count <> coalesce(counted.inbound, 0)`,
  },
  {
    name: 'last_message_wrong',
    meaning: 'A thread shows an older message than its newest, or none, or went backwards in the list.',
    query: sql`
      select r.workspace_id, r.id::text
      from public.conversations r
      join (
        select distinct on (c.workspace_id, c.root_id) c.workspace_id, c.root_id, m.id, m.occurred_at
        from public.messages m
        join public.conversations c on c.workspace_id = m.workspace_id and c.id = m.conversation_id
        where m.send_at is null or m.send_state <> 'waiting'
        order by c.workspace_id, c.root_id, m.occurred_at desc, m.id desc
      ) newest on newest.workspace_id = r.workspace_id and newest.root_id = r.id
      where r.root_id = r.id
        and (r.last_message_id is distinct from newest.id or r.last_activity_at < newest.occurred_at)`,
  },
  {
    name: 'last_inbound_wrong',
    meaning: "A thread's 24-hour window does not begin with the customer's last message.",
    query: sql`
      select r.workspace_id, r.id::text
      from public.conversations r
      left join (
        select c.workspace_id, c.root_id, max(m.occurred_at) as occurred_at
        from public.messages m
        join public.conversations c on c.workspace_id = m.workspace_id and c.id = m.conversation_id
        where m.direction = 'inbound'
        group by c.workspace_id, c.root_id
      ) newest on newest.workspace_id = r.workspace_id and newest.root_id = r.id
      where r.root_id = r.id and r.last_inbound_at is distinct from newest.occurred_at`,
  },
  {
    name: 'read_more_than_there_is',
    meaning: 'A member has read more messages of a thread than it holds: new ones will not count as unread.',
    query: sql`
      select c.workspace_id, c.id::text
      from public.conversation_reads r
      join public.conversations c on c.workspace_id = r.workspace_id and c.id = r.conversation_id
      where c.root_id = c.id and r.read_count > c.inbound_count`,
  },
  {
    name: 'status_behind_its_history',
    meaning: 'A message shows less than what WhatsApp has told of it.',
    query: sql`
      select distinct m.workspace_id, m.id::text
      from public.messages m
      join public.message_statuses s on s.channel_id = m.channel_id and s.wamid = m.wamid
      where m.direction = 'outbound' and s.status in ('sent', 'delivered', 'read', 'played')
        and (m.status is null or m.status < s.status::public.message_status)`,
  },
  {
    name: 'event_forgotten',
    meaning: 'A stored event waits to be applied, it is due, and no job will come for it.',
    query: sql`
      select e.workspace_id, e.id::text from public.webhook_events e
      where e.status = 'pending' and coalesce(e.next_attempt_at, e.received_at) < now() - ${patience}
        and not exists (
          select from pgboss.job j
          where j.name = 'apply-events' and j.state < 'completed' and j.data -> 'webhookEventIds' @> to_jsonb(e.id)
        )`,
  },
  {
    name: 'message_lost',
    meaning: 'An event of a message counts as processed, and there is no such message.',
    // Of reactions only the last of each side is kept.
    query: sql`
      select e.workspace_id, e.id::text
      from public.webhook_events e
      join public.webhook_deliveries d on d.id = e.delivery_id and d.workspace_id = e.workspace_id
      where e.status = 'processed' and e.name in ('whatsapp.message.received', 'whatsapp.message.sent')
        and d.body is not null and position(convert_to('reaction', 'UTF8') in d.body) = 0
        and e.event_id not like 'unread#%'
        and (e.workspace_id, split_part(e.event_id, ':', 2)) not in (
          select m.workspace_id, ${hashOfWamid} from public.messages m where m.wamid is not null
        )`,
  },
  {
    name: 'dead_letter_untold',
    meaning:
      'A failed event is missing from the dead letters, or a dead letter stands for one that went through.',
    query: sql`
      select e.workspace_id, e.id::text
      from public.webhook_events e
      left join public.sync_failures f
        on f.workspace_id = e.workspace_id and f.webhook_event_id = e.id and f.resolved_at is null
      where e.status = 'failed' and f.id is null or e.status not in ('failed', 'pending') and f.id is not null`,
  },
  {
    name: 'send_without_worker',
    meaning: 'A message is being sent and nobody has looked at it for a long time.',
    query: sql`
      select m.workspace_id, m.id::text from public.messages m
      where m.send_state in ('waiting', 'sending', 'checking') and m.send_due_at < now() - ${patience}`,
  },
  {
    name: 'root_that_is_none',
    meaning: 'What was joined points at something that is itself joined to another.',
    query: sql`
      select c.workspace_id, c.id::text from public.contacts c
      join public.contacts r on r.workspace_id = c.workspace_id and r.id = c.root_id
      where r.root_id <> r.id
      union all
      select i.workspace_id, i.id::text from public.contact_identities i
      join public.contact_identities r on r.workspace_id = i.workspace_id and r.id = i.root_id
      where r.root_id <> r.id
      union all
      select t.workspace_id, t.id::text from public.conversations t
      join public.conversations r on r.workspace_id = t.workspace_id and r.id = t.root_id
      where r.root_id <> r.id`,
  },
  {
    name: 'joined_without_a_join',
    meaning: 'Something counts as joined and no join says so, or a join that counts did not happen.',
    query: sql`
      select c.workspace_id, c.id::text from public.contacts c
      where (c.root_id <> c.id) <> exists (
        select from public.contact_joins j
        where j.workspace_id = c.workspace_id and j.loser_id = c.id and j.is_active
      )
      union all
      select i.workspace_id, i.id::text from public.contact_identities i
      where (i.root_id <> i.id) <> exists (
        select from public.identity_joins j
        where j.workspace_id = i.workspace_id and j.loser_id = i.id and j.is_active
      )
      union all
      select t.workspace_id, t.id::text from public.conversations t
      where (t.root_id <> t.id) <> exists (
        select from public.conversation_joins j
        where j.workspace_id = t.workspace_id and j.loser_id = t.id and j.is_active
      )`,
  },
  {
    name: 'media_without_file',
    meaning: "A message's file counts as stored, and there is none.",
    query: sql`
      select a.workspace_id, a.message_id::text as id from public.message_media a
      left join public.media_files f on f.workspace_id = a.workspace_id and f.id = a.file_id
      where a.state = 'stored' and f.id is null`,
  },
  {
    name: 'media_forgotten',
    meaning: "A message's file is still to be copied, it is long due, and no job will come for it.",
    query: sql`
      select a.workspace_id, a.message_id::text as id from public.message_media a
      where a.state = 'pending' and coalesce(a.due_at, a.created_at) < now() - interval '1 hour'
        and not exists (
          select from pgboss.job j
          where j.name = 'copy-media' and j.state < 'completed' and j.data ->> 'messageId' = a.message_id::text
        )`,
  },
]
