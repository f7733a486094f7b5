-- The ledger of everything that Kapso told us: one row per thing that happened, whichever delivery told it.

create type public.webhook_event_status as enum ('pending', 'processed', 'ignored', 'quarantined', 'failed');

create table public.webhook_deliveries (
  id uuid primary key,
  workspace_id uuid not null,
  endpoint_id uuid not null,
  event_name text,
  payload_version text,
  -- Bytes, not jsonb: one body with a NUL, a lone surrogate or 1e400000 would fail the whole batch it came in.
  body bytea,
  received_at timestamptz not null default now()
);

-- Retention walks along the time; a block range index costs the door next to nothing.
create index webhook_deliveries_received_at on public.webhook_deliveries using brin (received_at);

create table public.webhook_events (
  id bigint generated always as identity primary key,
  workspace_id uuid not null,
  event_id text not null,
  delivery_id uuid not null,
  -- Place of the item in a batched delivery; 0 in a single one.
  item_index integer not null,
  name text not null,
  -- Hash of channel and sender: the order in which one sender's events are applied, and what their locks stand on.
  subject_key bigint not null,
  status public.webhook_event_status not null default 'pending',
  reason text,
  attempts integer not null default 0,
  received_at timestamptz not null default now(),
  processed_at timestamptz,
  unique (workspace_id, event_id)
);

create index webhook_events_pending on public.webhook_events (workspace_id, subject_key, id) where status = 'pending';

create table public.webhook_duplicates (
  workspace_id uuid not null references public.workspaces (id),
  event_name text not null,
  hour timestamptz not null,
  duplicates bigint not null,
  primary key (workspace_id, event_name, hour)
);

create table public.sync_failures (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  webhook_event_id bigint not null unique references public.webhook_events (id),
  cause text not null,
  attempts integer not null,
  first_failed_at timestamptz not null default now(),
  last_failed_at timestamptz not null default now(),
  resolved_at timestamptz
);

create index sync_failures_last_failed_at on public.sync_failures (workspace_id, last_failed_at);

create table public.sync_health (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  kind text not null,
  subject_id text not null,
  details jsonb not null default '{}',
  detected_at timestamptz not null default now(),
  resolved_at timestamptz,
  unique (workspace_id, kind, subject_id)
);

-- Stores the items of several deliveries and the bodies of those deliveries that brought something new. `items` has one
-- entry per item; the caller has made them unique and sorted by (workspace, event id), without which two processes that
-- store the same retries deadlock. `bodies` holds the raw bodies end to end: each travels with the first item of its
-- delivery that is in this call, which says where it begins (counted from 1) and how long it is. Returns the rows that
-- are new.
--
-- Two plain parameters, because a dozen arrays with the bodies in hexadecimal cost half as much again; and plpgsql, whose
-- plans are kept, because a function in SQL is planned anew for each call.
create function private.store_webhook_events(items json, bodies bytea)
returns table (id bigint, workspace_id uuid, delivery_id uuid, item_index integer, status public.webhook_event_status)
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  with item as materialized (
    select * from json_to_recordset(items) as i (
      "workspaceId" uuid, "eventId" text, "name" text, "subjectKey" bigint, "status" public.webhook_event_status,
      "reason" text, "index" integer, "deliveryId" uuid, "endpointId" uuid, "eventName" text, "payloadVersion" text,
      "bodyStart" integer, "bodyLength" integer
    )
  ), stored as (
    insert into public.webhook_events as e
      (workspace_id, event_id, name, subject_key, status, reason, item_index, delivery_id, processed_at)
    select i."workspaceId", i."eventId", i."name", i."subjectKey", i."status", i."reason", i."index", i."deliveryId",
      case when i."status" <> 'pending' then now() end
    from item i
    on conflict (workspace_id, event_id) do nothing
    returning e.id, e.workspace_id, e.delivery_id, e.item_index, e.status
  ), kept as (
    insert into public.webhook_deliveries (id, workspace_id, endpoint_id, event_name, payload_version, body)
    select i."deliveryId", i."workspaceId", i."endpointId", i."eventName", i."payloadVersion",
      substring(bodies from i."bodyStart" for i."bodyLength")
    from item i
    where i."bodyLength" is not null and i."deliveryId" in (select s.delivery_id from stored s)
  )
  select s.id, s.workspace_id, s.delivery_id, s.item_index, s.status from stored s;
end
$$;

grant execute on function private.store_webhook_events(json, bytea) to my21_web;

-- Adds to the count of duplicates of this hour.
create function private.count_webhook_duplicates(workspace_ids uuid[], event_names text[], duplicates bigint[])
returns void
language sql volatile security definer
set search_path = ''
as $$
  insert into public.webhook_duplicates as d (workspace_id, event_name, hour, duplicates)
  select n.workspace_id, n.event_name, date_trunc('hour', now()), sum(n.duplicates)
  from unnest(count_webhook_duplicates.workspace_ids, count_webhook_duplicates.event_names,
    count_webhook_duplicates.duplicates) as n (workspace_id, event_name, duplicates)
  group by n.workspace_id, n.event_name
  order by n.workspace_id, n.event_name
  on conflict (workspace_id, event_name, hour) do update set duplicates = d.duplicates + excluded.duplicates
$$;

grant execute on function private.count_webhook_duplicates(uuid[], text[], bigint[]) to my21_web;

alter table public.webhook_deliveries enable row level security;
alter table public.webhook_events enable row level security;
alter table public.webhook_duplicates enable row level security;
alter table public.sync_failures enable row level security;
alter table public.sync_health enable row level security;

grant select (id, workspace_id, endpoint_id, event_name, payload_version, received_at)
  on public.webhook_deliveries to my21_member;
grant select on public.webhook_events, public.webhook_duplicates, public.sync_failures, public.sync_health
  to my21_member;

create policy "Owners and admins read their workspace's webhook deliveries" on public.webhook_deliveries
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Owners and admins read their workspace's webhook events" on public.webhook_events
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Owners and admins read their workspace's duplicate counts" on public.webhook_duplicates
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Owners and admins read their workspace's sync failures" on public.sync_failures
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Owners and admins read their workspace's sync findings" on public.sync_health
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));
