-- What could not be applied: when it is tried again, how an admin sets it going again, and replays.

alter table public.webhook_events
  -- A row that failed waits until then: neither the sweep nor its sender's next event runs it earlier.
  add column next_attempt_at timestamptz;

alter table public.sync_failures
  -- When somebody last set it going again.
  add column redriven_at timestamptz;

-- What waits for a person: few rows, so that the door does not pay for it.
create index webhook_events_stuck on public.webhook_events (workspace_id, status, received_at)
  where status in ('quarantined', 'failed');

create type public.replay_state as enum ('checking', 'checked', 'applying', 'applied', 'failed');

-- An admin's replay of stored events: first what it would change, then the change itself. The report quotes rows, so
-- only admins read it, and the next request clears reports that are older than a week.
create table public.replays (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  requested_by uuid not null references auth.users (id),
  -- {"eventIds": [...]}, {"contactId": "..."} or {"from": "...", "to": "..."}
  selection jsonb not null,
  state public.replay_state not null default 'checking',
  total_events integer,
  done_events integer not null default 0,
  report jsonb,
  failure text check (failure in ('too_many_events', 'error')),
  created_at timestamptz not null default now(),
  finished_at timestamptz
);

create index replays_created_at on public.replays (workspace_id, created_at desc);
create index replays_requested_by on public.replays (requested_by);

alter table public.replays enable row level security;
grant select on public.replays to my21_member;

create policy "Owners and admins read their workspace's replays" on public.replays
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

-- Makes rows that wait for a person pending again, as if they had never been tried, and returns their ids: the caller
-- enqueues their jobs. Null means any. What the door itself could not read has no item to read again. At most ten
-- thousand at once: each is locked until the transaction ends.
create function private.requeue_events(
  workspace_id uuid, event_ids bigint[], stuck_status public.webhook_event_status, stuck_reason text
) returns setof bigint
language sql volatile security definer
set search_path = ''
as $$
  with chosen as (
    select e.id
    from public.webhook_events e
    where e.workspace_id = requeue_events.workspace_id
      and e.status in ('quarantined', 'failed')
      and e.event_id not like 'unread#%'
      and (requeue_events.event_ids is null or e.id = any (requeue_events.event_ids))
      and (stuck_status is null or e.status = stuck_status)
      and (stuck_reason is null or e.reason = stuck_reason)
    order by e.id
    limit 10000
    for update skip locked
  ), requeued as (
    update public.webhook_events e
    set status = 'pending', reason = null, attempts = 0, next_attempt_at = null, processed_at = null
    from chosen c
    where e.workspace_id = requeue_events.workspace_id and e.id = c.id
    returning e.id
  ), marked as (
    update public.sync_failures f
    set redriven_at = now()
    from requeued r
    where f.workspace_id = requeue_events.workspace_id and f.webhook_event_id = r.id
  )
  select r.id from requeued r order by r.id
$$;

-- The same for a workspace of which the signed-in member is an owner or admin; for others it does nothing.
create function private.redrive_events(
  workspace_id uuid, event_ids bigint[], stuck_status public.webhook_event_status, stuck_reason text
) returns setof bigint
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  if redrive_events.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    return query select private.requeue_events(redrive_events.workspace_id, event_ids, stuck_status, stuck_reason);
  end if;
end
$$;

-- Ends the wait of rows that nobody will ever want: they stay in the ledger as ignored, with the reason that they had.
create function private.set_events_aside(workspace_id uuid, event_ids bigint[]) returns setof bigint
language sql volatile security definer
set search_path = ''
as $$
  with ignored as (
    update public.webhook_events e
    set status = 'ignored', reason = left('set_aside: ' || coalesce(e.reason, ''), 200), processed_at = now()
    where e.workspace_id = set_events_aside.workspace_id
      and e.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin')))
      and e.id = any (set_events_aside.event_ids)
      and e.status in ('quarantined', 'failed')
    returning e.id
  ), resolved as (
    update public.sync_failures f
    set resolved_at = now()
    from ignored i
    where f.workspace_id = set_events_aside.workspace_id and f.webhook_event_id = i.id
  )
  select i.id from ignored i order by i.id
$$;

-- The delivery that brought a row of the ledger, for owners and admins: members may not read bodies otherwise. `body` is
-- null when retention has dropped it.
create function private.read_webhook_item(workspace_id uuid, event_id bigint)
returns table (workspace_id uuid, item_index integer, body bytea)
language sql stable security definer
set search_path = ''
as $$
  select e.workspace_id, e.item_index, d.body
  from public.webhook_events e
  left join public.webhook_deliveries d on d.id = e.delivery_id and d.workspace_id = e.workspace_id
  where e.workspace_id = read_webhook_item.workspace_id
    and e.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin')))
    and e.id = read_webhook_item.event_id
$$;

-- Asks for a replay. Errors: 42501 when the member is neither owner nor admin there; replay_under_way while another one
-- of the workspace runs. One that began hours ago has lost its job, and is in nobody's way.
create function private.request_replay(workspace_id uuid, selection jsonb) returns public.replays
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  requested public.replays;
begin
  if not request_replay.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    raise exception 'only owners and admins replay' using errcode = '42501';
  end if;
  -- Of two requests at the same time the second one sees the first.
  perform from public.workspaces w where w.id = request_replay.workspace_id for no key update;
  if exists (
    select from public.replays r
    where r.workspace_id = request_replay.workspace_id
      and r.state in ('checking', 'applying')
      and r.created_at > now() - interval '4 hours'
  ) then
    raise exception 'replay_under_way' using errcode = 'P0001';
  end if;
  update public.replays r
  set report = null
  where r.workspace_id = request_replay.workspace_id
    and r.created_at < now() - interval '7 days' and r.report is not null;
  insert into public.replays (workspace_id, requested_by, selection)
  values (request_replay.workspace_id, private.my_user_id(), request_replay.selection)
  returning * into requested;
  return requested;
end
$$;

-- Lets a replay whose changes an owner or admin has seen go ahead. Nothing comes back when there is none that waits.
create function private.apply_replay(workspace_id uuid, replay_id uuid) returns setof public.replays
language sql volatile security definer
set search_path = ''
as $$
  update public.replays r
  set state = 'applying', done_events = 0, finished_at = null
  where r.workspace_id = apply_replay.workspace_id
    and r.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin')))
    and r.id = apply_replay.replay_id
    and r.state = 'checked'
  returning r.*
$$;

grant execute on function private.redrive_events(uuid, bigint[], public.webhook_event_status, text) to my21_member;
grant execute on function private.set_events_aside(uuid, bigint[]) to my21_member;
grant execute on function private.read_webhook_item(uuid, bigint) to my21_member;
grant execute on function private.request_replay(uuid, jsonb) to my21_member;
grant execute on function private.apply_replay(uuid, uuid) to my21_member;

-- One at a time in a process: a replay reads and locks much.
select pgboss.create_queue('replay-events', '{
  "policy": "standard", "notify": true, "partition": false, "retryLimit": 3, "retryDelay": 5, "retryBackoff": true,
  "retryDelayMax": 60, "expireInSeconds": 3600, "deleteAfterSeconds": 3600
}');
