-- Ten thousand events that have just come are set going, or aside, as quickly as a few, also where the table's statistics
-- are older than they: ids as one list are looked up once, whatever Postgres believes of how many there are. Joined, each
-- could be compared with all others.

-- Otherwise as before.
create or replace function private.requeue_events(
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
    set status = 'pending', reason = case when e.reason = 'blocked_contact' then e.reason end, attempts = 0,
      next_attempt_at = null, processed_at = null
    where e.workspace_id = requeue_events.workspace_id and e.id = any (array(select c.id from chosen c))
    returning e.id
  ), marked as (
    update public.sync_failures f
    set redriven_at = now()
    where f.workspace_id = requeue_events.workspace_id and f.webhook_event_id = any (array(select r.id from requeued r))
  )
  select r.id from requeued r order by r.id
$$;

-- Otherwise as before.
create or replace function private.set_events_aside(workspace_id uuid, event_ids bigint[]) returns setof bigint
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
    where f.workspace_id = set_events_aside.workspace_id and f.webhook_event_id = any (array(select i.id from ignored i))
  )
  select i.id from ignored i order by i.id
$$;
