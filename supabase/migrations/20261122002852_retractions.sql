-- Taking back what forged deliveries let in: it is set aside in a table of its own, so that nothing that reads messages or
-- people has to know of it, and comes back as it was when the run is undone.

-- What the ledger has of a sender that waits no longer: runs look for it with every batch. The door writes rows that wait
-- and so does nothing for it.
create index webhook_events_subject_key on public.webhook_events (workspace_id, subject_key) where status <> 'pending';

-- One step of a run: what stood there before some events were taken back, and what stands there since.
create table private.retractions (
  workspace_id uuid not null references public.workspaces (id),
  run_id uuid not null,
  step integer not null,
  -- The events that this step took back; it is undone with whichever of them comes first.
  webhook_event_ids bigint[] not null,
  -- How many of the messages a member had not read: [{"rootId", "userId", "unread"}].
  unread jsonb not null default '[]',
  primary key (workspace_id, run_id, step),
  foreign key (workspace_id, run_id) references public.recovery_runs (workspace_id, id)
);

create table private.retracted_rows (
  workspace_id uuid not null references public.workspaces (id),
  run_id uuid not null,
  step integer not null,
  place integer not null,
  table_name text not null,
  row_id text not null,
  -- Null for a row that the step wrote, after null for one that it took out.
  before jsonb,
  after jsonb,
  primary key (workspace_id, run_id, step, place),
  foreign key (workspace_id, run_id, step) references private.retractions (workspace_id, run_id, step) on delete cascade
);

alter table private.retractions enable row level security;
alter table private.retracted_rows enable row level security;

-- What the events name and what it touches: {"messageIds", "identityIds", "contactIds", "threadIds", "rootIds",
-- "executionIds"}. told is what the events say: [{"id", "kind", "channelId", "wamid", "targetWamid", "phone", "scope",
-- "scopedId", "previousScopedId", "session", "seenAt", ...}].
create function private.find_retraction_scope(workspace_id uuid, told jsonb) returns jsonb
language plpgsql stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := find_retraction_scope.workspace_id;
  message_ids uuid[];
  named_ids uuid[];
  identity_ids uuid[];
  contact_ids uuid[];
  thread_ids uuid[];
  root_ids uuid[];
  execution_ids text[];
begin
  -- What was sent from here has its row from the outbox: an event only told of it.
  message_ids := array(
    select m.id
    from jsonb_to_recordset(told) as t (kind text, "channelId" uuid, wamid text)
    join public.messages m on m.channel_id = t."channelId" and m.wamid = t.wamid
    where t.kind = 'message' and m.workspace_id = tenant and m.client_reference is null
  );
  named_ids := array(
    select c.identity_id
    from public.messages m
    join public.conversations c on c.id = m.conversation_id
    where m.workspace_id = tenant and m.id = any (message_ids)
    union
    select p.identity_id
    from jsonb_to_recordset(told) as t (phone text)
    join public.identity_phones p on p.workspace_id = tenant and p.phone_normalized = t.phone
    union
    select b.identity_id
    from jsonb_to_recordset(told) as t (scope text, "scopedId" text, "previousScopedId" text)
    join public.business_scoped_ids b
      on b.workspace_id = tenant and b.scope = t.scope and b.value in (t."scopedId", t."previousScopedId")
    union
    select c.identity_id
    from jsonb_to_recordset(told) as t (session text)
    join public.kapso_conversations k on k.workspace_id = tenant and k.kapso_conversation_id = t.session
    join public.conversations c on c.id = k.conversation_id
  );
  identity_ids := array(
    select g.id from public.contact_identities n
    join public.contact_identities g on g.workspace_id = tenant and g.root_id = n.root_id
    where n.workspace_id = tenant and n.id = any (named_ids)
    group by g.id
  );
  contact_ids := array(
    select distinct i.contact_id from public.contact_identities i
    where i.workspace_id = tenant and i.id = any (identity_ids)
  );
  root_ids := array(
    select c.root_id from public.conversations c where c.workspace_id = tenant and c.identity_id = any (identity_ids)
    union
    -- Threads in which only a tick or a reaction was forged.
    select c.root_id
    from jsonb_to_recordset(told) as t ("channelId" uuid, wamid text, "targetWamid" text)
    join public.messages m on m.channel_id = t."channelId" and m.wamid in (t.wamid, t."targetWamid")
    join public.conversations c on c.id = m.conversation_id
    where m.workspace_id = tenant
  );
  thread_ids := array(
    select c.id from public.conversations c where c.workspace_id = tenant and c.root_id = any (root_ids)
  );
  execution_ids := array(
    select distinct e.kapso_execution_id
    from jsonb_to_recordset(told) as t (id bigint)
    join public.workflow_execution_events e on e.webhook_event_id = t.id
    where e.workspace_id = tenant
  );
  return jsonb_build_object('messageIds', message_ids, 'identityIds', identity_ids, 'contactIds', contact_ids,
    'threadIds', thread_ids, 'rootIds', root_ids, 'executionIds', execution_ids);
end
$$;

-- Everything that a step may take out or change, as {"table key": row}. Cursors of the catch-up are left out.
create function private.capture_retraction(workspace_id uuid, told jsonb, scope jsonb) returns jsonb
language sql stable
set search_path = ''
as $$
  with event as materialized (
    select * from jsonb_to_recordset(told) as t (
      id bigint, kind text, "channelId" uuid, wamid text, "targetWamid" text, session text
    )
  ), asked as materialized (
    select array(select jsonb_array_elements_text(scope -> 'messageIds'))::uuid[] as message_ids,
      array(select jsonb_array_elements_text(scope -> 'identityIds'))::uuid[] as identity_ids,
      array(select jsonb_array_elements_text(scope -> 'threadIds'))::uuid[] as thread_ids,
      array(select jsonb_array_elements_text(scope -> 'executionIds')) as execution_ids,
      array(select e.id from event e) as event_ids
  ), captured as (
    select 'messages' as name, m.id::text as key, to_jsonb(m) as row
    from asked a join public.messages m on m.id = any (a.message_ids)
    where m.workspace_id = capture_retraction.workspace_id
    union all
    select 'message_media', d.message_id::text, to_jsonb(d)
    from asked a join public.message_media d on d.message_id = any (a.message_ids)
    where d.workspace_id = capture_retraction.workspace_id
    union all
    select 'conversation_split_messages', concat_ws('/', p.split_id, p.message_id), to_jsonb(p)
    from asked a join private.conversation_split_messages p on p.message_id = any (a.message_ids)
    where p.workspace_id = capture_retraction.workspace_id
    union all
    select 'message_statuses', s.id::text, to_jsonb(s)
    from asked a join public.message_statuses s on s.webhook_event_id = any (a.event_ids)
    where s.workspace_id = capture_retraction.workspace_id
    union all
    select 'message_reactions', r.id::text, to_jsonb(r)
    from (
      select e."channelId" as channel_id, e."targetWamid" as wamid from event e where e.kind = 'reaction'
      union
      select e."channelId", e.wamid from event e where e.kind = 'message'
    ) t
    join public.message_reactions r on r.channel_id = t.channel_id and r.target_wamid = t.wamid
    where r.workspace_id = capture_retraction.workspace_id
    union all
    select 'channel_events', c.id::text, to_jsonb(c)
    from asked a join public.channel_events c on c.webhook_event_id = any (a.event_ids)
    where c.workspace_id = capture_retraction.workspace_id
    union all
    select 'workflow_execution_events', w.id::text, to_jsonb(w)
    from asked a join public.workflow_execution_events w on w.webhook_event_id = any (a.event_ids)
    where w.workspace_id = capture_retraction.workspace_id
    union all
    select 'workflow_executions', w.id::text, to_jsonb(w)
    from asked a join public.workflow_executions w on w.kapso_execution_id = any (a.execution_ids)
    where w.workspace_id = capture_retraction.workspace_id
    union all
    select 'kapso_conversations', k.id::text, to_jsonb(k)
    from event e join public.kapso_conversations k on k.kapso_conversation_id = e.session
    where k.workspace_id = capture_retraction.workspace_id
    union all
    select 'identity_phones', p.id::text, to_jsonb(p)
    from asked a join public.identity_phones p on p.identity_id = any (a.identity_ids)
    where p.workspace_id = capture_retraction.workspace_id
    union all
    select 'business_scoped_ids', b.id::text, to_jsonb(b)
    from asked a join public.business_scoped_ids b on b.identity_id = any (a.identity_ids)
    where b.workspace_id = capture_retraction.workspace_id
    union all
    select 'marketing_preferences', p.id::text, to_jsonb(p)
    from asked a join public.marketing_preferences p on p.identity_id = any (a.identity_ids)
    where p.workspace_id = capture_retraction.workspace_id
    union all
    select 'held_sightings', h.id::text, to_jsonb(h)
    from jsonb_to_recordset(told) as t (phone text, "scopedId" text, "previousScopedId" text, session text,
      "seenAt" timestamptz)
    join private.held_sightings h on h.workspace_id = capture_retraction.workspace_id and h.seen_at = t."seenAt"
    where (h.phone_normalized, h.scoped_value, h.previous_scoped_value, h.kapso_conversation_id)
      is not distinct from (t.phone, t."scopedId", t."previousScopedId", t.session)
    union all
    -- Only what is told; the rest of these rows follows from it.
    select 'contact_identities', i.id::text, jsonb_build_object('id', i.id, 'workspace_id', i.workspace_id,
      'username', i.username, 'username_as_of', i.username_as_of, 'profile_name', i.profile_name,
      'profile_name_as_of', i.profile_name_as_of, 'first_seen_at', i.first_seen_at)
    from asked a join public.contact_identities i on i.id = any (a.identity_ids)
    where i.workspace_id = capture_retraction.workspace_id
    union all
    select 'conversations', c.id::text, jsonb_build_object('id', c.id, 'workspace_id', c.workspace_id,
      'bot_state', c.bot_state, 'bot_state_reason', c.bot_state_reason, 'bot_state_at', c.bot_state_at)
      -- The summary of a thread that was joined to another is what it was then.
      || case when c.is_root then '{}'
        else jsonb_build_object('last_message_id', c.last_message_id, 'waiting_since', c.waiting_since) end
    from asked a join public.conversations c on c.id = any (a.thread_ids)
    where c.workspace_id = capture_retraction.workspace_id
  )
  select coalesce(jsonb_object_agg(concat_ws(' ', c.name, c.key), c.row - 'changed_xid'), '{}') from captured c
$$;

-- Summaries of threads that lost or got back messages, from the messages that are there.
-- They must be locked.
create function private.settle_summaries(workspace_id uuid, root_ids uuid[]) returns void
language plpgsql volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := settle_summaries.workspace_id;
begin
  with inbound as (
    select t.root_id, max(m.occurred_at) as last_inbound_at, count(*) filter (where not m.is_silent) as amount
    from public.conversations t
    join public.messages m on m.workspace_id = tenant and m.conversation_id = t.id
    where t.workspace_id = tenant and t.root_id = any (settle_summaries.root_ids) and m.direction = 'inbound'
    group by t.root_id
  ), newest as (
    select distinct on (t.root_id) t.root_id, m.id, m.occurred_at
    from public.conversations t
    cross join lateral (
      select m.id, m.occurred_at from public.messages m
      where m.workspace_id = tenant and m.conversation_id = t.id
      order by m.occurred_at desc, m.id desc
      limit 1
    ) m
    where t.workspace_id = tenant and t.root_id = any (settle_summaries.root_ids)
    order by t.root_id, m.occurred_at desc, m.id desc
  )
  update public.conversations c
  set last_message_id = newest.id,
    last_activity_at = coalesce(newest.occurred_at, c.last_activity_at),
    last_inbound_at = inbound.last_inbound_at,
    inbound_count = coalesce(inbound.amount, 0)
  from unnest(settle_summaries.root_ids) as root (id)
  left join newest on newest.root_id = root.id
  left join inbound on inbound.root_id = root.id
  where c.workspace_id = tenant and c.id = root.id;
end
$$;

-- Takes out of the way what the events let in, and what they told of people that nothing else told. genuine is what other
-- events of the same senders say, in the same form. Everything must be locked. Returns how many of the messages each
-- member had not read, as private.retractions keeps it.
create function private.take_out_retracted(workspace_id uuid, told jsonb, genuine jsonb, scope jsonb) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := take_out_retracted.workspace_id;
  message_ids uuid[] := array(select jsonb_array_elements_text(scope -> 'messageIds'))::uuid[];
  identity_ids uuid[] := array(select jsonb_array_elements_text(scope -> 'identityIds'))::uuid[];
  root_ids uuid[] := array(select jsonb_array_elements_text(scope -> 'rootIds'))::uuid[];
  execution_ids text[] := array(select jsonb_array_elements_text(scope -> 'executionIds'));
  event_ids bigint[] := array(select (t ->> 'id')::bigint from jsonb_array_elements(told) as t);
  paused_at timestamptz[];
  told_channels uuid[];
  told_wamids text[];
  unread jsonb;
begin
  -- What a member has not read are the newest messages of a thread, as many as are unread.
  with inbound as materialized (
    select t.root_id, m.id, row_number() over (partition by t.root_id order by m.occurred_at desc, m.id desc) as place
    from public.conversations t
    join public.messages m on m.workspace_id = tenant and m.conversation_id = t.id
    where t.workspace_id = tenant and t.root_id = any (root_ids) and m.direction = 'inbound' and not m.is_silent
  ), reader as (
    select r.user_id, c.id as root_id, r.read_count, greatest(c.inbound_count - r.read_count, 0) as amount
    from public.conversations c
    join public.conversation_reads r on r.workspace_id = tenant and r.conversation_id = c.id
    where c.workspace_id = tenant and c.id = any (root_ids)
  ), gone as (
    select reader.user_id, reader.root_id,
      count(*) filter (where i.place <= reader.amount) as unread,
      count(*) filter (where i.place > reader.amount) as read
    from reader
    join inbound i on i.root_id = reader.root_id
    where i.id = any (message_ids)
    group by reader.user_id, reader.root_id
  ), settled as (
    update public.conversation_reads r
    set read_count = greatest(r.read_count - gone.read, 0)
    from gone
    where r.workspace_id = tenant and r.conversation_id = gone.root_id and r.user_id = gone.user_id and gone.read > 0
  )
  select coalesce(jsonb_agg(jsonb_build_object('rootId', g.root_id, 'userId', g.user_id, 'unread', g.unread)), '[]')
  into unread
  from gone g;

  paused_at := array(
    select m.occurred_at from public.messages m
    where m.workspace_id = tenant and m.id = any (message_ids) and m.origin = 'business_app' and m.direction = 'outbound'
    union all
    select w.occurred_at from public.workflow_execution_events w
    where w.workspace_id = tenant and w.webhook_event_id = any (event_ids) and w.status = 'handoff'
  );

  delete from public.message_reactions r
  using (
    select t."channelId" as channel_id, t."targetWamid" as target, t.wamid, false as is_all
    from jsonb_to_recordset(told) as t (kind text, "channelId" uuid, "targetWamid" text, wamid text)
    where t.kind = 'reaction'
    union
    select m.channel_id, m.wamid, null, true from public.messages m
    where m.workspace_id = tenant and m.id = any (message_ids)
  ) t
  where r.workspace_id = tenant and r.channel_id = t.channel_id and r.target_wamid = t.target
    and (t.is_all or r.wamid = t.wamid and r.send_state is null);

  update public.conversations c
  set last_message_id = (
    select m.id from public.messages m
    where m.workspace_id = tenant and m.conversation_id = c.id and m.id <> all (message_ids)
    order by m.occurred_at desc, m.id desc
    limit 1
  )
  where c.workspace_id = tenant and not c.is_root and c.last_message_id = any (message_ids);

  with gone as (
    delete from public.messages m where m.workspace_id = tenant and m.id = any (message_ids)
    returning m.id, m.conversation_id
  )
  insert into public.message_removals (workspace_id, conversation_id, message_id)
  select tenant, g.conversation_id, g.id from gone g
  on conflict (workspace_id, conversation_id, message_id) do update set changed_xid = pg_current_xact_id();

  with gone as (
    delete from public.message_statuses s where s.workspace_id = tenant and s.webhook_event_id = any (event_ids)
    returning s.channel_id, s.wamid
  )
  select array_agg(g.channel_id), array_agg(g.wamid) into told_channels, told_wamids
  from (select distinct * from gone) g;
  if told_channels is not null then
    -- As it was before anything was told; what is left is told again.
    update public.messages m
    set status = case when m.client_reference is not null then 'queued'::public.message_status end,
      status_at = case when m.client_reference is not null then m.created_at end
    from unnest(told_channels, told_wamids) as t (channel_id, wamid)
    where m.workspace_id = tenant and m.channel_id = t.channel_id and m.wamid = t.wamid and m.direction = 'outbound'
      and m.status is not null;
    perform private.settle_message_statuses(told_channels, told_wamids);
  end if;

  delete from public.channel_events c where c.workspace_id = tenant and c.webhook_event_id = any (event_ids);
  delete from public.workflow_execution_events w where w.workspace_id = tenant and w.webhook_event_id = any (event_ids);
  delete from public.workflow_executions x
  where x.workspace_id = tenant and x.kapso_execution_id = any (execution_ids)
    and not exists (
      select from public.workflow_execution_events w
      where w.workspace_id = tenant and w.kapso_execution_id = x.kapso_execution_id
    );
  update public.workflow_executions x
  set status = latest.status, occurred_at = latest.occurred_at, details = latest.details
  from (
    select distinct on (w.kapso_execution_id) w.kapso_execution_id, w.status, w.occurred_at, w.details
    from public.workflow_execution_events w
    where w.workspace_id = tenant and w.kapso_execution_id = any (execution_ids)
    order by w.kapso_execution_id, w.occurred_at desc, w.status desc, w.details desc
  ) latest
  where x.workspace_id = tenant and x.kapso_execution_id = latest.kapso_execution_id
    and (x.status, x.occurred_at, x.details) is distinct from (latest.status, latest.occurred_at, latest.details);

  if paused_at <> '{}' then
    -- A member's own word on the bot has another time, and stays.
    with told_of_bot as (
      select t.root_id, m.occurred_at as at, 'paused'::public.bot_state as state, 'business_app_reply' as reason
      from public.conversations t
      join public.messages m on m.workspace_id = tenant and m.conversation_id = t.id
      where t.workspace_id = tenant and t.root_id = any (root_ids) and m.origin = 'business_app'
        and m.direction = 'outbound' and not m.is_silent
      union all
      select t.root_id, w.occurred_at, 'handed_over', 'workflow_handoff'
      from public.conversations t
      join public.kapso_conversations k on k.workspace_id = tenant and k.conversation_id = t.id
      join public.workflow_executions x
        on x.workspace_id = tenant and x.kapso_conversation_id = k.kapso_conversation_id
      join public.workflow_execution_events w
        on w.workspace_id = tenant and w.kapso_execution_id = x.kapso_execution_id and w.status = 'handoff'
      where t.workspace_id = tenant and t.root_id = any (root_ids)
    ), latest as (
      select distinct on (b.root_id) b.* from told_of_bot b order by b.root_id, b.at desc, b.state desc
    )
    update public.conversations c
    set bot_state = coalesce(latest.state, 'active'), bot_state_reason = latest.reason, bot_state_at = latest.at
    from unnest(root_ids) as root (id)
    left join latest on latest.root_id = root.id
    where c.workspace_id = tenant and c.id = root.id and c.bot_state_at = any (paused_at)
      and c.bot_state_reason in ('workflow_handoff', 'business_app_reply');
  end if;

  perform private.forget_told_people(tenant, told, genuine, identity_ids);
  perform private.settle_summaries(tenant, root_ids);
  return unread;
end
$$;

-- Numbers, ids, sessions and names that only these events told: each keeps the times that anything else told, and goes
-- where there is none. Not so the numbers and ids of whom staff or an import made known, or of whom the ledger has
-- something that cannot be read any more: that may have told them too.
create function private.forget_told_people(workspace_id uuid, told jsonb, genuine jsonb, identity_ids uuid[]) returns void
language plpgsql volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := forget_told_people.workspace_id;
  keys bigint[];
  lost_keys bigint[];
  unreadable uuid[];
  kept uuid[];
begin
  keys := array(
    select distinct key
    from private.list_subject_keys(tenant, array(
      select i.contact_id from public.contact_identities i
      where i.workspace_id = tenant and i.id = any (forget_told_people.identity_ids)
    )) k
    cross join unnest(k.keys) as key
  );
  lost_keys := array(
    select distinct e.subject_key from public.webhook_events e
    where e.workspace_id = tenant and e.subject_key = any (keys) and e.status = 'processed'
      and exists (
        select from public.webhook_deliveries d
        where d.workspace_id = tenant and d.id = e.delivery_id and d.body is null
      )
  );
  unreadable := case when lost_keys = '{}' then '{}' else array(
    select i.id
    from private.list_subject_keys(tenant, array(
      select i.contact_id from public.contact_identities i
      where i.workspace_id = tenant and i.id = any (forget_told_people.identity_ids)
    )) k
    join public.contact_identities i on i.workspace_id = tenant and i.contact_id = k.contact_id
    where k.keys && lost_keys
  ) end;
  kept := unreadable || array(
    select i.id from public.contact_identities i
    where i.workspace_id = tenant and i.id = any (forget_told_people.identity_ids) and i.source <> 'whatsapp_profile'
  );

  with forged as (
    select t.phone, array_agg(distinct t."seenAt") as times
    from jsonb_to_recordset(told) as t (phone text, "seenAt" timestamptz) where t.phone is not null group by t.phone
  ), other as (
    select t.phone, min(t."seenAt") as first_at, max(t."seenAt") as last_at
    from jsonb_to_recordset(genuine) as t (phone text, "seenAt" timestamptz) where t.phone is not null group by t.phone
  ), reckoned as (
    select p.id,
      case when p.first_seen_at <> all (f.times) then p.first_seen_at
        when o.phone is not null then o.first_at
        when p.last_seen_at <> all (f.times) then p.last_seen_at end as first_at,
      case when p.last_seen_at <> all (f.times) then p.last_seen_at
        when o.phone is not null then o.last_at
        when p.first_seen_at <> all (f.times) then p.first_seen_at end as last_at
    from forged f
    join public.identity_phones p on p.workspace_id = tenant and p.phone_normalized = f.phone
    left join other o on o.phone = f.phone
    where p.identity_id = any (identity_ids)
  ), gone as (
    delete from public.identity_phones p using reckoned r
    where p.workspace_id = tenant and p.id = r.id and r.last_at is null and p.identity_id <> all (kept)
  )
  update public.identity_phones p
  set first_seen_at = least(r.first_at, r.last_at), last_seen_at = greatest(r.first_at, r.last_at)
  from reckoned r
  where p.workspace_id = tenant and p.id = r.id and r.last_at is not null
    and (p.first_seen_at, p.last_seen_at) is distinct from (r.first_at, r.last_at);

  with forged as (
    select t.scope, t.value, array_agg(distinct t.at) as times
    from (
      select t.scope, t."scopedId" as value, t."seenAt" as at
      from jsonb_to_recordset(told) as t (scope text, "scopedId" text, "seenAt" timestamptz)
      union all
      select t.scope, t."previousScopedId", t."seenAt"
      from jsonb_to_recordset(told) as t (scope text, "previousScopedId" text, "seenAt" timestamptz)
    ) t
    where t.value is not null
    group by t.scope, t.value
  ), other as (
    select t.scope, t.value, min(t.at) as first_at
    from (
      select t.scope, t."scopedId" as value, t."seenAt" as at
      from jsonb_to_recordset(genuine) as t (scope text, "scopedId" text, "seenAt" timestamptz)
      union all
      select t.scope, t."previousScopedId", t."seenAt"
      from jsonb_to_recordset(genuine) as t (scope text, "previousScopedId" text, "seenAt" timestamptz)
    ) t
    where t.value is not null
    group by t.scope, t.value
  ), reckoned as (
    select b.id, o.first_at
    from forged f
    join public.business_scoped_ids b on b.workspace_id = tenant and b.scope = f.scope and b.value = f.value
    left join other o on o.scope = f.scope and o.value = f.value
    where b.identity_id = any (identity_ids) and b.first_seen_at = any (f.times)
  ), gone as (
    delete from public.business_scoped_ids b using reckoned r
    where b.workspace_id = tenant and b.id = r.id and r.first_at is null and b.identity_id <> all (kept)
  )
  update public.business_scoped_ids b
  set first_seen_at = r.first_at
  from reckoned r
  where b.workspace_id = tenant and b.id = r.id and r.first_at is not null and b.first_seen_at <> r.first_at;

  -- How a session stands is told again by what is left.
  with forged as (
    select t.session, array_agg(distinct t."seenAt") as times, array_agg(distinct t."statusAt") as status_times,
      array_agg(distinct t."inactiveAt") as quiet_times, bool_or(t."isBeginning") as is_beginning
    from jsonb_to_recordset(told) as t (session text, "seenAt" timestamptz, "statusAt" timestamptz,
      "inactiveAt" timestamptz, "isBeginning" boolean)
    where t.session is not null
    group by t.session
  ), other as (
    select t.session, min(t."seenAt") as first_at
    from (
      select t.session, t."seenAt" from jsonb_to_recordset(genuine) as t (session text, "seenAt" timestamptz)
      union all
      select k.kapso_conversation_id, m.occurred_at
      from forged f
      join public.kapso_conversations k on k.workspace_id = tenant and k.kapso_conversation_id = f.session
      join public.messages m on m.workspace_id = tenant and m.conversation_id = k.conversation_id
      where m.kapso_conversation_id = k.kapso_conversation_id
    ) t
    where t.session is not null
    group by t.session
  ), reckoned as (
    select k.id, f.*, case when k.first_seen_at = any (f.times) then o.first_at else k.first_seen_at end as first_at
    from forged f
    join public.kapso_conversations k on k.workspace_id = tenant and k.kapso_conversation_id = f.session
    left join other o on o.session = f.session
  ), gone as (
    delete from public.kapso_conversations k using reckoned r
    where k.workspace_id = tenant and k.id = r.id and r.first_at is null
  )
  update public.kapso_conversations k
  set first_seen_at = r.first_at,
    status = case when k.status_at = any (r.status_times) then null else k.status end,
    status_at = case when k.status_at = any (r.status_times) then null else k.status_at end,
    inactive_at = case when k.inactive_at = any (r.quiet_times) then null else k.inactive_at end,
    learned_from = case when r.is_beginning then 'message' else k.learned_from end
  from reckoned r
  where k.workspace_id = tenant and k.id = r.id and r.first_at is not null;

  delete from public.marketing_preferences p
  using jsonb_to_recordset(told) as t (kind text, "channelId" uuid, sequence bigint, "seenAt" timestamptz)
  where t.kind = 'marketing_preference' and p.workspace_id = tenant and p.identity_id = any (identity_ids)
    and p.channel_id = t."channelId" and p.sequence = t.sequence and p.occurred_at = t."seenAt";

  delete from private.held_sightings h
  using jsonb_to_recordset(told) as t (phone text, "scopedId" text, "previousScopedId" text, session text,
    "seenAt" timestamptz)
  where h.workspace_id = tenant and h.seen_at = t."seenAt"
    and (h.phone_normalized, h.scoped_value, h.previous_scoped_value, h.kapso_conversation_id)
      is not distinct from (t.phone, t."scopedId", t."previousScopedId", t.session);

  -- The name that somebody gave before, as far as what they sent is still here to be read.
  with named as (
    select i.id, last.name, last.at
    from public.contact_identities i
    left join lateral (
      select t."profileName" as name, t."seenAt" as at
      from jsonb_to_recordset(genuine) as t (phone text, scope text, "scopedId" text, "profileName" text,
        "seenAt" timestamptz)
      where t."profileName" is not null and (
        exists (
          select from public.identity_phones p
          where p.workspace_id = tenant and p.identity_id = i.id and p.phone_normalized = t.phone
        )
        or exists (
          select from public.business_scoped_ids b
          where b.workspace_id = tenant and b.identity_id = i.id and b.scope = t.scope and b.value = t."scopedId"
        )
      )
      order by t."seenAt" desc, t."profileName" desc
      limit 1
    ) last on true
    where i.workspace_id = tenant and i.id = any (identity_ids)
      and exists (
        select from jsonb_to_recordset(told) as t ("profileName" text, "seenAt" timestamptz)
        where t."profileName" = i.profile_name and t."seenAt" = i.profile_name_as_of
      )
  )
  update public.contact_identities i
  set profile_name = n.name, profile_name_as_of = n.at
  from named n
  where i.workspace_id = tenant and i.id = n.id and (n.name is not null or i.id <> all (unreadable))
    and (i.profile_name, i.profile_name_as_of) is distinct from (n.name, n.at);
  update public.contact_identities i
  set username = null, username_as_of = null
  where i.workspace_id = tenant and i.id = any (identity_ids) and i.id <> all (unreadable)
    and exists (
      select from jsonb_to_recordset(told) as t (username text, "seenAt" timestamptz)
      where t.username = i.username and t."seenAt" = i.username_as_of
    );
  perform private.settle_identities(tenant, identity_ids);
end
$$;

-- Writes down what a step did, once it has done everything: what differs between now and what was captured before.
create function private.note_retraction(
  workspace_id uuid, run_id uuid, event_ids bigint[], before jsonb, after jsonb, unread jsonb
) returns void
language plpgsql volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  made integer;
begin
  insert into private.retractions as r (workspace_id, run_id, step, webhook_event_ids, unread)
  select note_retraction.workspace_id, note_retraction.run_id, coalesce(max(o.step), 0) + 1, event_ids,
    note_retraction.unread
  from private.retractions o
  where o.workspace_id = note_retraction.workspace_id and o.run_id = note_retraction.run_id
  returning r.step into made;
  insert into private.retracted_rows (workspace_id, run_id, step, place, table_name, row_id, before, after)
  select note_retraction.workspace_id, note_retraction.run_id, made, row_number() over (order by k.key),
    split_part(k.key, ' ', 1), split_part(k.key, ' ', 2), note_retraction.before -> k.key, note_retraction.after -> k.key
  from (
    select jsonb_object_keys(note_retraction.before) as key union select jsonb_object_keys(note_retraction.after)
  ) k
  where note_retraction.before -> k.key is distinct from note_retraction.after -> k.key;
end
$$;

-- Puts back what a step of a run took out and changed, and forgets the step. What has been changed since stays as it is.
-- The locks of the senders must be held. Returns how many rows stayed.
create function private.put_back_retracted(workspace_id uuid, run_id uuid, step integer) returns integer
language plpgsql volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := put_back_retracted.workspace_id;
  entry record;
  relation regclass;
  key_name text;
  column_names text;
  affected integer;
  stayed integer := 0;
  message_ids uuid[];
  identity_ids uuid[];
  thread_ids uuid[];
  root_ids uuid[];
  readers jsonb;
begin
  select array_agg(r.row_id::uuid) filter (where r.table_name = 'messages' and r.after is null),
    array_agg((r.before ->> 'identity_id')::uuid)
      filter (where r.table_name in ('identity_phones', 'business_scoped_ids', 'marketing_preferences'))
      || array_agg(r.row_id::uuid) filter (where r.table_name = 'contact_identities'),
    array_agg((r.before ->> 'conversation_id')::uuid)
      filter (where r.table_name in ('messages', 'message_reactions', 'kapso_conversations'))
      || array_agg(r.row_id::uuid) filter (where r.table_name = 'conversations')
  into message_ids, identity_ids, thread_ids
  from private.retracted_rows r
  where r.workspace_id = tenant and r.run_id = put_back_retracted.run_id and r.step = put_back_retracted.step;

  -- Whoever has one of these numbers by now may lose it to whom it comes back.
  identity_ids := identity_ids || array(
    select p.identity_id
    from private.retracted_rows r
    join public.identity_phones p on p.workspace_id = tenant and p.phone_normalized = r.before ->> 'phone_normalized'
    where r.workspace_id = tenant and r.run_id = put_back_retracted.run_id and r.step = put_back_retracted.step
      and r.table_name = 'identity_phones'
  );

  -- In the order of everybody: accounts, contacts, conversations.
  perform private.lock_people(tenant, array(
    select i.contact_id from public.contact_identities i where i.workspace_id = tenant and i.id = any (identity_ids)
  ));
  loop
    root_ids := array(
      select distinct c.root_id from public.conversations c where c.workspace_id = tenant and (
        c.id = any (thread_ids)
        or c.id in (
          select (u ->> 'rootId')::uuid
          from private.retractions s
          cross join jsonb_array_elements(s.unread) as u
          where s.workspace_id = tenant and s.run_id = put_back_retracted.run_id and s.step = put_back_retracted.step
        )
      )
    );
    exit when readers is not null and root_ids <@ thread_ids;
    perform from public.conversations c
    where c.workspace_id = tenant and c.id = any (root_ids || thread_ids) order by c.id for no key update;
    thread_ids := thread_ids || root_ids;
    readers := '[]';
  end loop;

  -- Unread now, and unread of what comes back.
  select coalesce(jsonb_agg(jsonb_build_object('userId', r.user_id, 'rootId', c.id,
    'unread', greatest(c.inbound_count - r.read_count, 0) + coalesce(back.unread, 0))), '[]')
  into readers
  from public.conversations c
  join public.conversation_reads r on r.workspace_id = tenant and r.conversation_id = c.id
  left join lateral (
    select sum((u ->> 'unread')::integer) as unread
    from private.retractions s
    cross join jsonb_array_elements(s.unread) as u
    join public.conversations told on told.workspace_id = tenant and told.id = (u ->> 'rootId')::uuid
    where s.workspace_id = tenant and s.run_id = put_back_retracted.run_id and s.step = put_back_retracted.step
      and told.root_id = c.id and (u ->> 'userId')::uuid = r.user_id
  ) back on true
  where c.workspace_id = tenant and c.id = any (root_ids);

  for entry in
    select r.table_name, r.before, r.after
    from private.retracted_rows r
    where r.workspace_id = tenant and r.run_id = put_back_retracted.run_id and r.step = put_back_retracted.step
    -- Messages before their files; what the step wrote goes first, it may stand in the way.
    order by r.before is not null, r.table_name = 'messages' desc, r.place
  loop
    relation := format('%I.%I', case when entry.table_name in ('held_sightings', 'conversation_split_messages')
      then 'private' else 'public' end, entry.table_name)::regclass;
    key_name := case entry.table_name when 'message_media' then 'message_id' else 'id' end;
    -- As pages that are open have to hear of it, the cursor of the catch-up is a new one.
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum) into column_names
    from pg_catalog.pg_attribute a
    where a.attrelid = relation and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      and a.attname <> 'changed_xid' and coalesce(entry.before, entry.after) ? a.attname;
    if entry.before is null then
      execute format(
        'delete from %1$s t where t.workspace_id = $1 and t.%2$I = (jsonb_populate_record(null::%1$s, $2)).%2$I
           and not exists (select from jsonb_each($2) e where to_jsonb(t) -> e.key is distinct from e.value)',
        relation, key_name)
      using tenant, entry.after;
    elsif entry.after is null then
      execute format(
        'insert into %1$s (%2$s) overriding system value
         select %2$s from jsonb_populate_record(null::%1$s, $1) n %3$s on conflict do nothing', relation, column_names,
        -- A message that is there again under another id did not come back.
        case when entry.table_name in ('message_media', 'conversation_split_messages') then
          'where exists (
             select from public.messages m where m.workspace_id = n.workspace_id and m.id = n.message_id
           )' end)
      -- Silently: nobody is rung and nothing is opened for what is no news.
      using case entry.table_name when 'messages' then entry.before || '{"is_silent": true}' else entry.before end;
    else
      execute format(
        'update %1$s t set (%2$s) = (select %2$s from jsonb_populate_record(null::%1$s, $3))
         where t.workspace_id = $1 and t.%3$I = (jsonb_populate_record(null::%1$s, $3)).%3$I
           and not exists (select from jsonb_each($2) e where to_jsonb(t) -> e.key is distinct from e.value)',
        relation, column_names, key_name)
      using tenant, entry.after, entry.before;
    end if;
    get diagnostics affected = row_count;
    -- Of two runs about one person the later one took out what this one had only changed.
    if affected = 0 and entry.before is not null and entry.after is not null
      and entry.table_name in ('identity_phones', 'business_scoped_ids', 'kapso_conversations')
    then
      execute format(
        'insert into %1$s (%2$s) overriding system value
         select %2$s from jsonb_populate_record(null::%1$s, $1) on conflict do nothing', relation, column_names)
      using entry.before;
      get diagnostics affected = row_count;
    end if;
    if affected = 0 then
      stayed := stayed + 1;
    end if;
  end loop;
  update public.conversations c
  set waiting_since = (r.before ->> 'waiting_since')::timestamptz
  from private.retracted_rows r
  where r.workspace_id = tenant and r.run_id = put_back_retracted.run_id and r.step = put_back_retracted.step
    and r.table_name = 'conversations' and r.before ? 'waiting_since' and not c.is_root
    and c.workspace_id = tenant and c.id = r.row_id::uuid
    and c.last_message_id is not distinct from (r.before ->> 'last_message_id')::uuid;
  update public.messages m
  set is_silent = false
  from private.retracted_rows r
  where r.workspace_id = tenant and r.run_id = put_back_retracted.run_id and r.step = put_back_retracted.step
    and r.table_name = 'messages' and r.after is null and not (r.before ->> 'is_silent')::boolean
    and m.workspace_id = tenant and m.id = r.row_id::uuid;
  delete from public.message_removals d where d.workspace_id = tenant and d.message_id = any (message_ids);

  perform private.settle_message_statuses(array_agg(t.channel_id), array_agg(t.wamid))
  from (
    select distinct (r.before ->> 'channel_id')::uuid as channel_id, r.before ->> 'wamid' as wamid
    from private.retracted_rows r
    where r.workspace_id = tenant and r.run_id = put_back_retracted.run_id and r.step = put_back_retracted.step
      and r.table_name = 'message_statuses' and r.before is not null
  ) t
  having count(*) > 0;
  if identity_ids <> '{}' then
    perform private.settle_identities(tenant, identity_ids);
  end if;
  perform private.settle_summaries(tenant, root_ids);
  update public.conversation_reads r
  set read_count = greatest(c.inbound_count - n.unread, 0)
  from jsonb_to_recordset(readers) as n ("userId" uuid, "rootId" uuid, unread integer)
  join public.conversations c on c.workspace_id = tenant and c.id = n."rootId"
  where r.workspace_id = tenant and r.user_id = n."userId" and r.conversation_id = n."rootId"
    and r.read_count <> greatest(c.inbound_count - n.unread, 0);

  delete from private.retractions s
  where s.workspace_id = tenant and s.run_id = put_back_retracted.run_id and s.step = put_back_retracted.step;
  return stayed;
end
$$;

-- Under which senders the ledger has events of these contacts, as their numbers, ids and sessions are now.
create function private.list_subject_keys(workspace_id uuid, contact_ids uuid[])
returns table (contact_id uuid, keys bigint[])
language sql stable
set search_path = ''
as $$
  select s.contact_id, array_agg(distinct ('x' || encode(substring(sha256(convert_to(
    concat_ws('|', list_subject_keys.workspace_id, s.sender), 'UTF8')) from 1 for 8), 'hex'))::bit(64)::bigint)
  from (
    select i.contact_id, substring(p.phone_normalized from 2) as sender
    from public.contact_identities i
    join public.identity_phones p on p.workspace_id = i.workspace_id and p.identity_id = i.id
    where i.workspace_id = list_subject_keys.workspace_id and i.contact_id = any (list_subject_keys.contact_ids)
    union all
    select i.contact_id, b.value
    from public.contact_identities i
    join public.business_scoped_ids b on b.workspace_id = i.workspace_id and b.identity_id = i.id
    where i.workspace_id = list_subject_keys.workspace_id and i.contact_id = any (list_subject_keys.contact_ids)
    union all
    select i.contact_id, k.kapso_conversation_id
    from public.contact_identities i
    join public.conversations c on c.workspace_id = i.workspace_id and c.identity_id = i.id
    join public.kapso_conversations k on k.workspace_id = c.workspace_id and k.conversation_id = c.id
    where i.workspace_id = list_subject_keys.workspace_id and i.contact_id = any (list_subject_keys.contact_ids)
  ) s
  group by s.contact_id
$$;

-- Of these contacts those with whom nobody has done anything. What recovery runs did does not count.
create function private.list_untouched_contacts(workspace_id uuid, contact_ids uuid[]) returns setof uuid
language sql stable
set search_path = ''
as $$
  select c.id from public.contacts c
  where c.workspace_id = list_untouched_contacts.workspace_id and c.id = any (list_untouched_contacts.contact_ids)
    and c.root_id = c.id and c.edited_at is null and c.owner_id is null and c.email is null
    and (c.name_source is null or c.name_source = 'whatsapp_profile')
    and not exists (
      select from public.contact_joins j
      where j.workspace_id = c.workspace_id and (j.loser_id = c.id or j.survivor_id = c.id)
    )
    and not exists (
      select from public.contact_field_values v where v.workspace_id = c.workspace_id and v.contact_id = c.id
    )
    and not exists (
      select from public.contact_changes h
      where h.workspace_id = c.workspace_id and h.contact_id = c.id and h.recovery_run_id is null
        and (h.changed_by is not null or h.import_id is not null)
    )
    and not exists (
      select from public.contact_identities i
      where i.workspace_id = c.workspace_id and i.contact_id = c.id
        and (i.root_id <> i.id or i.source <> 'whatsapp_profile')
    )
    and not exists (
      select from public.contact_identities i
      join public.conversations t on t.workspace_id = i.workspace_id and t.identity_id = i.id
      where i.workspace_id = c.workspace_id and i.contact_id = c.id and (
        t.label_ids <> '{}' or t.root_id <> t.id
        or exists (
          select from public.conversation_notes n where n.workspace_id = t.workspace_id and n.conversation_id = t.id
        )
        or exists (
          select from public.messages m
          where m.workspace_id = t.workspace_id and m.conversation_id = t.id
            and (m.author_id is not null or m.origin = 'business_app' and m.client_reference is null)
        )
        or exists (
          select from public.conversation_events e
          where e.workspace_id = t.workspace_id and e.conversation_id = t.id and e.actor_id is not null
        )
      )
    )
$$;

-- Of these contacts those of whom something is known: a number, an id, a session, a name, or words of theirs.
create function private.list_known_contacts(workspace_id uuid, contact_ids uuid[]) returns setof uuid
language sql stable
set search_path = ''
as $$
  select i.contact_id from public.contact_identities i
  where i.workspace_id = list_known_contacts.workspace_id and i.contact_id = any (list_known_contacts.contact_ids)
    and (
      i.profile_name is not null or i.username is not null
      or exists (
        select from public.identity_phones p where p.workspace_id = i.workspace_id and p.identity_id = i.id
      )
      or exists (
        select from public.business_scoped_ids b where b.workspace_id = i.workspace_id and b.identity_id = i.id
      )
      or exists (
        select from public.conversations c
        where c.workspace_id = i.workspace_id and c.identity_id = i.id and (
          exists (
            select from public.kapso_conversations k
            where k.workspace_id = c.workspace_id and k.conversation_id = c.id
          )
          or exists (
            select from public.messages m
            where m.workspace_id = c.workspace_id and m.conversation_id = c.id and m.client_reference is null
          )
        )
      )
    )
$$;
