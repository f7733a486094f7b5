-- Every kind of message, reactions, sessions, and what Kapso tells of channels, workflows and preferences.

alter table public.messages
  -- What the type holds besides words: see MessageContent in src/lib/domain/message-content.ts. Null for plain text.
  add column content jsonb,
  add column is_forwarded boolean not null default false,
  -- The advertisement or post that the customer came from.
  add column referral jsonb,
  -- Imported history and repairs: never unread, never an alarm, never a reason for automation.
  add column is_silent boolean not null default false;

update public.messages set is_silent = true where origin = 'history_sync';

-- How an item reached us: 'webhook', or 'repair' where an admin had a missing one fetched from Kapso.
alter table public.webhook_events add column source text not null default 'webhook'
  check (source in ('webhook', 'repair'));

-- Reactions, one for each side of a conversation and message. They are known by the message's id at WhatsApp, because a
-- reaction may come before the message it is about. A removed one stays, without its emoji, so that an older one that
-- comes late cannot bring it back.
create table public.message_reactions (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  channel_id uuid not null,
  target_wamid text not null,
  direction public.message_direction not null,
  emoji text check (length(emoji) between 1 and 64),
  occurred_at timestamptz(3) not null,
  -- The reaction's own id: between two of the same second the greater one stays, whichever arrives last.
  wamid text not null,
  changed_xid xid8 not null default pg_current_xact_id(),
  unique (channel_id, target_wamid, direction),
  foreign key (workspace_id, channel_id) references public.channels (workspace_id, id)
);

create index message_reactions_target on public.message_reactions (workspace_id, channel_id, target_wamid);
create trigger message_reactions_changed_xid before update on public.message_reactions
  for each row execute function private.set_changed_xid();

alter table public.kapso_conversations
  -- What Kapso last said of the session, and when; null until it said something.
  add column status text check (status in ('active', 'ended')),
  add column status_at timestamptz,
  add column inactive_at timestamptz,
  -- Why there is a session at all: 'created' (Kapso told), 'message' (a message named it).
  add column learned_from text not null default 'message' check (learned_from in ('created', 'message'));

create type public.bot_state as enum ('active', 'paused', 'handed_over');

alter table public.conversations
  add column bot_state public.bot_state not null default 'active',
  -- 'business_app_reply', 'workflow_handoff', ...
  add column bot_state_reason text,
  -- Provider time of what decided the state: between two the later one stays.
  add column bot_state_at timestamptz;

-- WhatsApp's own opt-out of marketing messages, by number. The highest sequence counts.
create table public.marketing_preferences (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  channel_id uuid not null,
  identity_id uuid not null,
  status text not null check (status in ('stopped', 'resumed')),
  sequence bigint not null,
  detail text,
  occurred_at timestamptz not null,
  unique (channel_id, identity_id),
  foreign key (workspace_id, channel_id) references public.channels (workspace_id, id),
  foreign key (workspace_id, identity_id) references public.contact_identities (workspace_id, id)
);

create index marketing_preferences_identity on public.marketing_preferences (workspace_id, identity_id);
create index marketing_preferences_channel on public.marketing_preferences (workspace_id, channel_id);

-- What happened to a number or an account at Kapso, each once; the channel shows the latest.
create table public.channel_events (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  -- Null where the event names no number of ours.
  channel_id uuid,
  name text not null,
  occurred_at timestamptz not null,
  details jsonb not null default '{}',
  webhook_event_id bigint not null references public.webhook_events (id),
  -- An event about an account names all of its numbers.
  unique nulls not distinct (webhook_event_id, channel_id),
  foreign key (workspace_id, channel_id) references public.channels (workspace_id, id)
);

create index channel_events_channel on public.channel_events (workspace_id, channel_id, occurred_at desc);

-- Runs of Kapso's workflows, as far as events and conversations tell of them.
create table public.workflow_executions (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  kapso_execution_id text not null,
  kapso_workflow_id text,
  kapso_conversation_id text,
  status text not null,
  occurred_at timestamptz not null,
  details jsonb not null default '{}',
  unique (workspace_id, kapso_execution_id)
);

create index workflow_executions_conversation on public.workflow_executions (workspace_id, kapso_conversation_id);

-- Each hand-over, give-back and failure of a run: handed over, given back and handed over again are three facts.
create table public.workflow_execution_events (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  kapso_execution_id text not null,
  status text not null,
  occurred_at timestamptz not null,
  details jsonb not null default '{}',
  webhook_event_id bigint not null unique references public.webhook_events (id)
);

create index workflow_execution_events_run
  on public.workflow_execution_events (workspace_id, kapso_execution_id, occurred_at);

-- Imported history and repairs raise no unread count. Of two messages of the same second the greater wamid counts as the
-- last one: which came in first must not decide what stands in a row.
create or replace function private.messages_summarise_inserted() returns trigger
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
    select distinct on (n.conversation_id) n.conversation_id, n.id, n.occurred_at, coalesce(n.wamid, '') collate "C" as wamid
    from new_messages n
    order by n.conversation_id, n.occurred_at desc, coalesce(n.wamid, '') collate "C" desc, n.id desc
  ), counted as (
    select n.conversation_id,
      count(*) filter (where n.direction = 'inbound' and not n.is_silent) as unread,
      max(n.occurred_at) filter (where n.direction = 'inbound') as last_inbound_at
    from new_messages n
    group by n.conversation_id
  )
  update public.conversations c
  set
    inbound_count = c.inbound_count + counted.unread,
    last_inbound_at = greatest(c.last_inbound_at, counted.last_inbound_at),
    last_message_id = case
      when current_last.id is null
        or (newest.occurred_at, newest.wamid, newest.id)
          > (current_last.occurred_at, coalesce(current_last.wamid, '') collate "C", current_last.id)
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

-- As before, but of two failures of the same second the greater code stands, and with plans that are kept: it runs with
-- every batch.
create or replace function private.settle_message_statuses(channel_ids uuid[], wamids text[]) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
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
    order by s.channel_id, s.wamid, s.occurred_at desc, s.error ->> 'code' desc nulls last
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
      is distinct from (settled.status, settled.status_at, settled.failed_at, settled.failure_code);
end
$$;

alter table public.message_reactions enable row level security;
alter table public.marketing_preferences enable row level security;
alter table public.channel_events enable row level security;
alter table public.workflow_executions enable row level security;
alter table public.workflow_execution_events enable row level security;

grant select on public.message_reactions, public.marketing_preferences, public.channel_events,
  public.workflow_executions, public.workflow_execution_events to my21_member;

create policy "Members read their workspace's reactions" on public.message_reactions
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

create policy "Members read their workspace's marketing preferences" on public.marketing_preferences
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

create policy "Owners and admins read their workspace's channel events" on public.channel_events
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Members read their workspace's workflow executions" on public.workflow_executions
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

create policy "Members read their workspace's workflow execution events" on public.workflow_execution_events
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

-- Media is copied, and bots are paused, by jobs of their own.
select pgboss.create_queue('copy-media', '{
  "policy": "standard", "notify": true, "partition": false, "retryLimit": 8, "retryDelay": 2, "retryBackoff": true,
  "retryDelayMax": 300, "expireInSeconds": 180, "deleteAfterSeconds": 3600
}');
select pgboss.create_queue('pause-bot', '{
  "policy": "standard", "notify": true, "partition": false, "retryLimit": 8, "retryDelay": 2, "retryBackoff": true,
  "retryDelayMax": 300, "expireInSeconds": 60, "deleteAfterSeconds": 3600
}');
