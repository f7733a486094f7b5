-- Messages, what WhatsApp said became of them, and the outbox.

create type public.message_direction as enum ('inbound', 'outbound');
-- In the order in which a message gets on; "failed" is a separate fact.
create type public.message_status as enum ('queued', 'sent', 'delivered', 'read', 'played');
create type public.message_origin as enum ('cloud_api', 'business_app', 'history_sync', 'my21staff', 'bot');
create type public.send_state as enum ('waiting', 'sending', 'checking', 'accepted', 'failed', 'unknown');

-- A UUID of version 7 (RFC 9562): milliseconds, a finer fraction of them, random bits. WhatsApp counts whole seconds;
-- within one, the ids keep the order in which messages were written down.
create function private.make_time_ordered_id() returns uuid
language sql volatile
set search_path = ''
as $$
  select encode(
    overlay(
      overlay(uuid_send(gen_random_uuid()) placing substring(int8send(micros / 1000) from 3) from 1 for 6)
      placing substring(int8send((7 << 12) | (micros % 1000) * 4096 / 1000) from 7) from 7 for 2
    ), 'hex'
  )::uuid
  from (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as micros) as clock
$$;

create table public.messages (
  id uuid primary key default private.make_time_ordered_id(),
  workspace_id uuid not null references public.workspaces (id),
  conversation_id uuid not null,
  channel_id uuid not null,
  -- WhatsApp's id. Null while an own message has none yet.
  wamid text,
  direction public.message_direction not null,
  origin public.message_origin not null,
  type text not null,
  text text,
  kapso_conversation_id text,
  reply_to_wamid text,
  -- Provider time; for own messages the time of writing. Milliseconds, as page cursors carry them.
  occurred_at timestamptz(3) not null,
  status public.message_status,
  status_at timestamptz,
  failed_at timestamptz,
  failure_code text,
  author_id uuid references auth.users (id),
  -- Chosen by the browser: the same send never makes two messages.
  client_reference uuid,
  -- Our own attempt to send; null for what was not sent from here.
  send_state public.send_state,
  send_attempts integer not null default 0,
  send_started_at timestamptz,
  -- When the outbox looks at it next.
  send_due_at timestamptz,
  created_at timestamptz not null default now(),
  changed_xid xid8 not null default pg_current_xact_id(),
  unique (channel_id, wamid),
  unique (conversation_id, client_reference),
  unique (workspace_id, id),
  foreign key (workspace_id, conversation_id) references public.conversations (workspace_id, id),
  foreign key (workspace_id, channel_id) references public.channels (workspace_id, id),
  check (direction = 'outbound' or (send_state is null and status is null and author_id is null)),
  check (send_state is null or client_reference is not null)
);

create index messages_thread on public.messages (workspace_id, conversation_id, occurred_at desc, id desc);
create index messages_changed_xid on public.messages (workspace_id, conversation_id, changed_xid);
create index messages_author_id on public.messages (author_id) where author_id is not null;
create index messages_channel_id on public.messages (workspace_id, channel_id);
create index messages_outbox on public.messages (send_due_at) where send_state in ('waiting', 'sending', 'checking');
-- One send in flight per channel and WhatsApp account, which is what a conversation is: WhatsApp keeps no order between
-- requests, and Kapso refuses the second.
create unique index messages_one_send_in_flight on public.messages (conversation_id)
  where send_state in ('sending', 'checking');

alter table public.conversations
  add foreign key (workspace_id, last_message_id) references public.messages (workspace_id, id)
  deferrable initially deferred;
create index conversations_last_message_id on public.conversations (workspace_id, last_message_id);

-- Every status that was ever told, also before the message itself.
create table public.message_statuses (
  id bigint generated always as identity primary key,
  workspace_id uuid not null,
  channel_id uuid not null,
  wamid text not null,
  status text not null,
  occurred_at timestamptz not null,
  error jsonb,
  webhook_event_id bigint references public.webhook_events (id),
  received_at timestamptz not null default now(),
  unique (channel_id, wamid, status, occurred_at),
  foreign key (workspace_id, channel_id) references public.channels (workspace_id, id)
);

create index message_statuses_webhook_event_id on public.message_statuses (webhook_event_id);
create index message_statuses_workspace_id on public.message_statuses (workspace_id, channel_id, wamid);

create trigger messages_changed_xid before update on public.messages
  for each row execute function private.set_changed_xid();

-- Keeps a conversation's summary true whichever path writes a message, with one update per statement, so that the
-- inbox hears of it once.
create function private.messages_summarise_inserted() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  -- Locked first, in one order: the update below then compares with what is committed now, not with what this
  -- statement's snapshot saw before it waited.
  perform from public.conversations c
  where c.id in (select n.conversation_id from new_messages n)
  order by c.id
  for no key update;

  with newest as (
    select distinct on (n.conversation_id) n.conversation_id, n.id, n.occurred_at
    from new_messages n
    order by n.conversation_id, n.occurred_at desc, n.id desc
  ), counted as (
    select n.conversation_id,
      count(*) filter (where n.direction = 'inbound' and n.origin <> 'history_sync') as unread,
      max(n.occurred_at) filter (where n.direction = 'inbound') as last_inbound_at
    from new_messages n
    group by n.conversation_id
  )
  update public.conversations c
  set
    inbound_count = c.inbound_count + counted.unread,
    last_inbound_at = greatest(c.last_inbound_at, counted.last_inbound_at),
    last_message_id = case
      when current_last.id is null or (newest.occurred_at, newest.id) > (current_last.occurred_at, current_last.id)
      then newest.id else c.last_message_id end,
    last_activity_at = case when c.last_message_id is null then newest.occurred_at
      else greatest(c.last_activity_at, newest.occurred_at) end
  from newest
  join counted using (conversation_id)
  join public.conversations held on held.id = newest.conversation_id
  left join public.messages current_last on current_last.id = held.last_message_id
  where c.id = newest.conversation_id;
  return null;
end
$$;

create trigger messages_summarise_inserted after insert on public.messages
  referencing new table as new_messages
  for each statement execute function private.messages_summarise_inserted();

-- A changed message changes its conversation for the inbox: the list shows the last message's ticks, and an open
-- thread asks for what changed.
create function private.messages_touch_conversations() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  update public.conversations c
  set changed_xid = pg_current_xact_id()
  where c.id in (select n.conversation_id from new_messages n);
  return null;
end
$$;

create trigger messages_touch_conversations after update on public.messages
  referencing new table as new_messages
  for each statement execute function private.messages_touch_conversations();

alter table public.messages enable row level security;
alter table public.message_statuses enable row level security;

grant select on public.messages, public.message_statuses to my21_member;

create policy "Members read their workspace's messages" on public.messages
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

create policy "Members read their workspace's message statuses" on public.message_statuses
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

-- Bubbles that turned out to be another one's echo and were taken out, so that an open page can take them out too.
create table public.message_removals (
  workspace_id uuid not null,
  conversation_id uuid not null,
  message_id uuid not null,
  changed_xid xid8 not null default pg_current_xact_id(),
  primary key (workspace_id, conversation_id, message_id),
  foreign key (workspace_id, conversation_id) references public.conversations (workspace_id, id)
);

create index message_removals_changed_xid on public.message_removals (workspace_id, conversation_id, changed_xid);

alter table public.message_removals enable row level security;
grant select on public.message_removals to my21_member;

create policy "Members read what was taken out of their workspace's threads" on public.message_removals
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

-- Puts a member's reply into the outbox and returns its row; the same client reference again returns the same row.
-- Errors: 42501 when the conversation is not the member's to see; 'window_closed' (P0001) outside the 24 hours in
-- which WhatsApp takes free text; 23514 for an empty or overlong text (WhatsApp's limit is 4096 characters).
create function private.queue_reply(
  workspace_id uuid, conversation_id uuid, client_reference uuid, message_text text
) returns public.messages
language plpgsql security definer
set search_path = ''
as $$
declare
  thread public.conversations;
  reply public.messages;
begin
  select c.* into thread
  from public.conversations c
  where c.workspace_id = queue_reply.workspace_id
    and c.id = queue_reply.conversation_id
    and c.workspace_id = any (array(select private.my_workspace_ids()));
  if not found then
    raise exception 'no such conversation' using errcode = '42501';
  end if;
  select m.* into reply
  from public.messages m
  where m.conversation_id = thread.id and m.client_reference = queue_reply.client_reference;
  if found then
    return reply;
  end if;
  if length(btrim(message_text, E' \t\r\n')) not between 1 and 4096 or length(message_text) > 4096 then
    raise exception 'text must have 1 to 4096 characters' using errcode = '23514', constraint = 'messages_text_length';
  end if;
  if thread.last_inbound_at is null or thread.last_inbound_at + interval '24 hours' <= now() then
    raise exception 'window_closed' using errcode = 'P0001';
  end if;
  insert into public.messages as m (
    workspace_id, conversation_id, channel_id, direction, origin, type, text, occurred_at, status, status_at,
    author_id, client_reference, send_state, send_due_at
  )
  values (
    thread.workspace_id, thread.id, thread.channel_id, 'outbound', 'my21staff', 'text', message_text, now(), 'queued',
    now(), private.my_user_id(), queue_reply.client_reference, 'waiting', now()
  )
  on conflict on constraint messages_conversation_id_client_reference_key do nothing
  returning m.* into reply;
  if not found then
    -- The same send came in twice at the same instant, and the other one has committed meanwhile.
    select m.* into strict reply
    from public.messages m
    where m.conversation_id = thread.id and m.client_reference = queue_reply.client_reference;
  end if;
  return reply;
end
$$;

grant execute on function private.queue_reply(uuid, uuid, uuid, text) to my21_member;

-- Brings messages up to what message_statuses tells of them. The result depends on the set of statuses alone, never on
-- the order in which they came: the furthest status wins, and a failure stands unless WhatsApp said later that the
-- message arrived after all. The arrays run in parallel.
create function private.settle_message_statuses(channel_ids uuid[], wamids text[]) returns void
language sql volatile security definer
set search_path = ''
as $$
  with touched as (
    select distinct t.channel_id, t.wamid
    from unnest(settle_message_statuses.channel_ids, settle_message_statuses.wamids) as t (channel_id, wamid)
  ), reached as (
    select distinct on (s.channel_id, s.wamid)
      s.channel_id, s.wamid, s.status::public.message_status as status, s.occurred_at
    from touched
    join public.message_statuses s using (channel_id, wamid)
    where s.status in ('sent', 'delivered', 'read', 'played')
    order by s.channel_id, s.wamid, s.status::public.message_status desc, s.occurred_at
  ), arrived as (
    select s.channel_id, s.wamid, max(s.occurred_at) as occurred_at
    from touched
    join public.message_statuses s using (channel_id, wamid)
    where s.status in ('delivered', 'read', 'played')
    group by s.channel_id, s.wamid
  ), failed as (
    select distinct on (s.channel_id, s.wamid) s.channel_id, s.wamid, s.occurred_at, s.error ->> 'code' as code
    from touched
    join public.message_statuses s using (channel_id, wamid)
    where s.status = 'failed'
    order by s.channel_id, s.wamid, s.occurred_at desc, s.id desc
  ), settled as (
    select m.id,
      coalesce(reached.status, m.status) as status,
      coalesce(reached.occurred_at, m.status_at) as status_at,
      case when arrived.occurred_at is null or arrived.occurred_at <= failed.occurred_at then failed.occurred_at end
        as failed_at,
      case when arrived.occurred_at is null or arrived.occurred_at <= failed.occurred_at then failed.code end
        as failure_code
    from touched
    join public.messages m using (channel_id, wamid)
    left join reached using (channel_id, wamid)
    left join arrived using (channel_id, wamid)
    left join failed using (channel_id, wamid)
    where m.direction = 'outbound'
  )
  update public.messages m
  set status = settled.status, status_at = settled.status_at,
    failed_at = settled.failed_at, failure_code = settled.failure_code
  from settled
  where m.id = settled.id
    and (m.status, m.status_at, m.failed_at, m.failure_code)
      is distinct from (settled.status, settled.status_at, settled.failed_at, settled.failure_code)
$$;
