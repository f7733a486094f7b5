-- What an admin sees of the health of the webhooks: counts by hour, alarms, what reconciliation found; and how long raw
-- bodies are kept.

-- Counts by hour and endpoint, made from the ledger by a job: the door writes nothing for them.
create table public.webhook_hours (
  workspace_id uuid not null references public.workspaces (id),
  endpoint_id uuid not null,
  hour timestamptz not null,
  -- Deliveries that brought something new, and the new items in them.
  deliveries integer not null,
  items integer not null,
  processed integer not null,
  ignored integer not null,
  quarantined integer not null,
  failed integer not null,
  -- From received to applied, of what was applied; null where nothing was.
  latency_p50_ms integer,
  latency_p95_ms integer,
  last_received_at timestamptz not null,
  primary key (workspace_id, endpoint_id, hour)
);

create index webhook_hours_hour on public.webhook_hours using brin (hour);

-- What the door turned away: wrong signatures at endpoints that exist, and what Postgres could not commit. Counted in
-- memory and added up each second, so that a flood of them writes one row.
create table public.webhook_refusals (
  workspace_id uuid not null references public.workspaces (id),
  endpoint_id uuid not null,
  hour timestamptz not null,
  wrong_signatures bigint not null,
  not_stored bigint not null,
  primary key (workspace_id, endpoint_id, hour)
);

create index webhook_refusals_hour on public.webhook_refusals using brin (hour);
create index webhook_duplicates_hour on public.webhook_duplicates using brin (hour);

-- Adds to the counts of this hour. Endpoints that are unknown are nobody's and are left out.
create function private.count_webhook_refusals(endpoint_ids uuid[], wrong_signatures bigint[], not_stored bigint[])
returns void
language sql volatile security definer
set search_path = ''
as $$
  insert into public.webhook_refusals as r (workspace_id, endpoint_id, hour, wrong_signatures, not_stored)
  select e.workspace_id, e.id, date_trunc('hour', now()), sum(n.wrong_signatures), sum(n.not_stored)
  from unnest(count_webhook_refusals.endpoint_ids, count_webhook_refusals.wrong_signatures,
    count_webhook_refusals.not_stored) as n (endpoint_id, wrong_signatures, not_stored)
  join public.webhook_endpoints e on e.id = n.endpoint_id
  group by e.workspace_id, e.id
  order by e.workspace_id, e.id
  on conflict (workspace_id, endpoint_id, hour) do update
  set wrong_signatures = r.wrong_signatures + excluded.wrong_signatures,
    not_stored = r.not_stored + excluded.not_stored
$$;

grant execute on function private.count_webhook_refusals(uuid[], bigint[], bigint[]) to my21_web;

-- The first row of the ledger in each hour. Ids grow with time, so that an hour's rows are found by the primary key and
-- the ledger needs no index on time, which the door would have to feed.
create table private.webhook_hour_marks (
  hour timestamptz primary key,
  first_event_id bigint not null
);

-- Counts the hour that runs and the one before it anew; hours before that are settled. After a pause of the worker it
-- takes up where it stopped. Rows that reconciliation put in are no deliveries.
create function private.roll_up_webhook_hours() returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  from_hour timestamptz := '-infinity';
  from_id bigint := 0;
begin
  select m.hour, m.first_event_id into from_hour, from_id
  from (select * from private.webhook_hour_marks order by hour desc limit 2) m order by m.hour limit 1;
  from_hour := coalesce(from_hour, '-infinity');
  from_id := coalesce(from_id, 0);

  insert into private.webhook_hour_marks as m (hour, first_event_id)
  select date_trunc('hour', e.received_at), min(e.id)
  from public.webhook_events e
  where e.id >= from_id
  group by 1
  on conflict (hour) do update set first_event_id = excluded.first_event_id
  where excluded.first_event_id < m.first_event_id;

  insert into public.webhook_hours as h (workspace_id, endpoint_id, hour, deliveries, items, processed, ignored,
    quarantined, failed, latency_p50_ms, latency_p95_ms, last_received_at)
  select c.workspace_id, c.endpoint_id, c.hour, c.deliveries, c.items, c.processed, c.ignored, c.quarantined, c.failed,
    c.latency[1], c.latency[2], c.last_received_at
  from (
    select e.workspace_id, d.endpoint_id, date_trunc('hour', e.received_at) as hour,
      count(distinct e.delivery_id) as deliveries, count(*) as items,
      count(*) filter (where e.status = 'processed') as processed,
      count(*) filter (where e.status = 'ignored') as ignored,
      count(*) filter (where e.status = 'quarantined') as quarantined,
      count(*) filter (where e.status = 'failed') as failed,
      percentile_disc(array[0.5, 0.95]) within group (
        order by (least(extract(epoch from e.processed_at - e.received_at) * 1000, 2147483647))::integer)
        filter (where e.status = 'processed') as latency,
      max(e.received_at) as last_received_at
    from public.webhook_events e
    join public.webhook_deliveries d on d.workspace_id = e.workspace_id and d.id = e.delivery_id
    where e.id >= from_id and e.received_at >= from_hour and e.source = 'webhook' and d.received_at >= from_hour
    group by 1, 2, 3
  ) c
  on conflict (workspace_id, endpoint_id, hour) do update
  set deliveries = excluded.deliveries, items = excluded.items, processed = excluded.processed,
    ignored = excluded.ignored, quarantined = excluded.quarantined, failed = excluded.failed,
    latency_p50_ms = excluded.latency_p50_ms, latency_p95_ms = excluded.latency_p95_ms,
    last_received_at = excluded.last_received_at
  where h is distinct from excluded;
end
$$;

-- What rings, and for how long bodies are kept. A workspace without a row has the defaults of
-- src/lib/domain/webhook-settings.ts, which are these.
create table public.webhook_settings (
  workspace_id uuid primary key references public.workspaces (id),
  -- An hour with so many times the duplicates of the week's middle hour is a spike.
  duplicates_factor integer not null default 5 check (duplicates_factor between 2 and 100),
  -- So many hours without a delivery, at a time of day that usually has some, are silence.
  silence_hours integer not null default 3 check (silence_hours between 1 and 72),
  wrong_signatures_per_hour integer not null default 20 check (wrong_signatures_per_hour between 1 and 100000),
  -- An item that nobody has looked at for so long is overdue.
  unattended_minutes integer not null default 15 check (unattended_minutes between 1 and 10080),
  body_days integer not null default 30 check (body_days between 1 and 365),
  updated_at timestamptz not null default now()
);

create trigger webhook_settings_updated_at before update on public.webhook_settings
  for each row execute function private.set_updated_at();

-- What rings or rang.
create table public.alarms (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  -- See AlarmKind in src/lib/domain/webhook-alarms.ts.
  kind text not null,
  -- The endpoint that it is about, or the workspace.
  subject_id uuid not null,
  details jsonb not null default '{}',
  opened_at timestamptz not null default now(),
  resolved_at timestamptz
);

create unique index alarms_open on public.alarms (workspace_id, kind, subject_id) where resolved_at is null;
create index alarms_opened_at on public.alarms (workspace_id, opened_at);

-- Findings that an admin wants repaired, who wanted it, and why it did not work.
alter table public.sync_health
  add column repair_requested_at timestamptz,
  add column repair_requested_by uuid,
  add column repair_error text;

create index sync_health_open on public.sync_health (workspace_id, kind, detected_at) where resolved_at is null;

-- Marks findings for repair, for owners and admins. Returns those that were marked.
create function private.request_repair(workspace_id uuid, finding_ids uuid[]) returns setof uuid
language sql volatile security definer
set search_path = ''
as $$
  update public.sync_health h
  set repair_requested_at = now(), repair_requested_by = private.my_user_id(), repair_error = null
  where h.workspace_id = request_repair.workspace_id
    and h.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin')))
    and h.id = any (request_repair.finding_ids) and h.kind in ('missing_message', 'status_behind')
    and h.resolved_at is null
  returning h.id
$$;

grant execute on function private.request_repair(uuid, uuid[]) to my21_member;

-- Since when the live secrets of each endpoint are in use, for owners and admins. The secrets themselves stay sealed.
create function private.list_secret_ages(workspace_id uuid)
returns table (endpoint_id uuid, created_at timestamptz, expires_at timestamptz)
language sql stable security definer
set search_path = ''
as $$
  select s.endpoint_id, s.created_at, s.expires_at
  from private.webhook_secrets s
  where s.workspace_id = list_secret_ages.workspace_id
    and s.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin')))
    and (s.expires_at is null or s.expires_at > now())
  order by s.created_at, s.id
$$;

grant execute on function private.list_secret_ages(uuid) to my21_member;

-- Whether whole lists are compared with Kapso's, and how far back. Off until an admin switches it on.
alter table public.channels
  add column compares_lists boolean not null default false,
  add column compare_days integer not null default 2 check (compare_days between 1 and 30);

grant update (compares_lists, compare_days) on public.channels to my21_member;

-- As store_webhook_events, for what reconciliation fetched from Kapso. A function of its own, so that the door's stays
-- as it is.
create function private.store_repaired_events(items json, bodies bytea)
returns table (id bigint, workspace_id uuid, delivery_id uuid, item_index integer, status public.webhook_event_status)
language plpgsql volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  stored_ids bigint[];
begin
  stored_ids := array(select s.id from private.store_webhook_events(items, bodies) s);
  return query
  update public.webhook_events e set source = 'repair' where e.id = any (stored_ids)
  returning e.id, e.workspace_id, e.delivery_id, e.item_index, e.status;
end
$$;

-- Signs of life of the web processes. When all of them were silent, deliveries may have been lost for good: Kapso gives
-- up after a minute or two.
create table private.web_heartbeats (
  web_id uuid primary key,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);

create table private.downtimes (
  id bigint generated always as identity primary key,
  began_at timestamptz not null,
  ended_at timestamptz not null,
  -- Channels whose messages of that time have been compared with Kapso's list.
  checked_channel_ids uuid[] not null default '{}',
  settled_at timestamptz
);

create index downtimes_unsettled on private.downtimes (ended_at) where settled_at is null;

-- Shows that a web process is alive. The first of them after a silence of all of them writes the silence down.
create function private.beat_web_heartbeat(web_id uuid, silence_seconds double precision) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  last_seen timestamptz;
begin
  -- One at a time: two processes that start together must not both find the silence.
  perform pg_advisory_xact_lock(hashtextextended('my21staff web heartbeat', 0));
  select max(h.seen_at) into last_seen from private.web_heartbeats h;
  if last_seen < clock_timestamp() - make_interval(secs => beat_web_heartbeat.silence_seconds) then
    insert into private.downtimes (began_at, ended_at) values (last_seen, clock_timestamp());
  end if;
  insert into private.web_heartbeats as h (web_id, seen_at) values (beat_web_heartbeat.web_id, clock_timestamp())
  on conflict on constraint web_heartbeats_pkey do update set seen_at = excluded.seen_at;
  delete from private.web_heartbeats h
  where h.web_id <> beat_web_heartbeat.web_id and h.seen_at < now() - interval '1 day';
end
$$;

grant execute on function private.beat_web_heartbeat(uuid, double precision) to my21_web;

-- When each of the worker's regular tasks ran, and until when whoever runs it may take.
create table private.task_runs (
  name text primary key,
  due_at timestamptz not null default now(),
  leased_until timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  -- What went wrong in the last run: a name and a code, nothing of any row.
  error text
);

-- Up to when a workspace's raw bodies have been dropped. Retention walks on from there, by the block range index.
create table private.body_marks (
  workspace_id uuid primary key references public.workspaces (id),
  dropped_until timestamptz not null
);

-- Bodies past their time that are kept because something of theirs is not finished.
create table private.kept_bodies (
  workspace_id uuid not null references public.workspaces (id),
  delivery_id uuid not null,
  primary key (workspace_id, delivery_id)
);

-- Of these workspaces, the deliveries with an item that is pending, quarantined or failed.
create function private.list_unfinished_deliveries(workspace_ids uuid[]) returns setof uuid
language sql stable
set search_path = ''
as $$
  select e.delivery_id from public.webhook_events e
  where e.workspace_id = any (list_unfinished_deliveries.workspace_ids) and e.status = 'pending'
  union
  select e.delivery_id from public.webhook_events e
  where e.workspace_id = any (list_unfinished_deliveries.workspace_ids) and e.status in ('quarantined', 'failed')
$$;

-- Drops raw bodies that were received within [from_time, until_time), at most so many in one call. Returns how many it
-- dropped: fewer than asked for means that what is left is kept on purpose.
create function private.drop_bodies(
  workspace_ids uuid[], from_time timestamptz, until_time timestamptz, most integer
) returns integer
language sql volatile
set search_path = ''
as $$
  with unfinished as materialized (
    select private.list_unfinished_deliveries(drop_bodies.workspace_ids) as id
  ), old as (
    select d.id from public.webhook_deliveries d
    where d.received_at >= drop_bodies.from_time and d.received_at < drop_bodies.until_time
      and d.workspace_id = any (drop_bodies.workspace_ids) and d.body is not null
      and not exists (select from unfinished u where u.id = d.id)
    limit drop_bodies.most
    for update of d skip locked
  ), dropped as (
    update public.webhook_deliveries d set body = null from old where d.id = old.id returning d.id
  )
  select count(*)::integer from dropped
$$;

-- Notes the bodies of that time that are left, and that the walk has come so far.
create function private.pass_bodies(workspace_ids uuid[], from_time timestamptz, until_time timestamptz) returns void
language sql volatile
set search_path = ''
as $$
  insert into private.kept_bodies (workspace_id, delivery_id)
  select d.workspace_id, d.id from public.webhook_deliveries d
  where d.received_at >= pass_bodies.from_time and d.received_at < pass_bodies.until_time
    and d.workspace_id = any (pass_bodies.workspace_ids) and d.body is not null
  on conflict do nothing;
  insert into private.body_marks (workspace_id, dropped_until)
  select w, pass_bodies.until_time from unnest(pass_bodies.workspace_ids) w
  on conflict (workspace_id) do update set dropped_until = excluded.dropped_until
$$;

-- Drops bodies that were kept and whose items are finished by now.
create function private.drop_kept_bodies(most integer) returns integer
language sql volatile
set search_path = ''
as $$
  with unfinished as materialized (
    select private.list_unfinished_deliveries(array(select distinct k.workspace_id from private.kept_bodies k)) as id
  ), finished as (
    select k.workspace_id, k.delivery_id from private.kept_bodies k
    where not exists (select from unfinished u where u.id = k.delivery_id)
    limit drop_kept_bodies.most
    for update of k skip locked
  ), forgotten as (
    delete from private.kept_bodies k using finished f
    where k.workspace_id = f.workspace_id and k.delivery_id = f.delivery_id
  ), dropped as (
    update public.webhook_deliveries d set body = null from finished f
    where d.workspace_id = f.workspace_id and d.id = f.delivery_id
    returning d.id
  )
  select count(*)::integer from finished
$$;

alter table public.webhook_hours enable row level security;
alter table public.webhook_refusals enable row level security;
alter table public.webhook_settings enable row level security;
alter table public.alarms enable row level security;
alter table private.webhook_hour_marks enable row level security;
alter table private.web_heartbeats enable row level security;
alter table private.downtimes enable row level security;
alter table private.task_runs enable row level security;
alter table private.body_marks enable row level security;
alter table private.kept_bodies enable row level security;

grant select on public.webhook_hours, public.webhook_refusals, public.webhook_settings, public.alarms to my21_member;
grant insert (workspace_id, duplicates_factor, silence_hours, wrong_signatures_per_hour, unattended_minutes, body_days)
  on public.webhook_settings to my21_member;
grant update (duplicates_factor, silence_hours, wrong_signatures_per_hour, unattended_minutes, body_days)
  on public.webhook_settings to my21_member;

create policy "Owners and admins read their workspace's webhook hours" on public.webhook_hours
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Owners and admins read their workspace's webhook refusals" on public.webhook_refusals
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Owners and admins read their workspace's webhook settings" on public.webhook_settings
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Owners and admins make their workspace's webhook settings" on public.webhook_settings
  for insert to my21_member
  with check (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Owners and admins change their workspace's webhook settings" on public.webhook_settings
  for update to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))))
  with check (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Owners and admins read their workspace's alarms" on public.alarms
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

-- Repairs are a job of the worker: it holds the keys to Kapso, the web process does not.
select pgboss.create_queue('repair-findings', '{
  "policy": "standard", "notify": true, "partition": false, "retryLimit": 5, "retryDelay": 5, "retryBackoff": true,
  "retryDelayMax": 300, "expireInSeconds": 600, "deleteAfterSeconds": 3600
}');
