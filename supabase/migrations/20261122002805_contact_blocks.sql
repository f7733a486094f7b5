-- People whom a workspace wants to hear less of, and people who want no marketing.

create table public.contact_blocks (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  contact_id uuid not null,
  -- 'mute': nobody is told and nothing counts as unread. 'quarantine': what comes waits until somebody lets it through.
  -- 'drop': nothing of it is kept.
  level text not null check (level in ('mute', 'quarantine', 'drop')),
  reason text check (length(reason) between 1 and 500),
  -- Null is without end.
  ends_at timestamptz,
  created_at timestamptz not null default now(),
  created_by uuid references auth.users (id),
  ended_at timestamptz,
  ended_by uuid references auth.users (id),
  foreign key (workspace_id, contact_id) references public.contacts (workspace_id, id),
  check (ended_at is not null or ended_by is null)
);

create unique index contact_blocks_one_active on public.contact_blocks (workspace_id, contact_id)
  where ended_at is null;
create index contact_blocks_contact_id on public.contact_blocks (workspace_id, contact_id, created_at desc);
create index contact_blocks_created_by on public.contact_blocks (created_by) where created_by is not null;
create index contact_blocks_ended_by on public.contact_blocks (ended_by) where ended_by is not null;

-- What a customer told the team. What they told WhatsApp stands in marketing_preferences; either of them counts.
create table public.contact_opt_outs (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  contact_id uuid not null,
  reason text check (length(reason) between 1 and 500),
  created_at timestamptz not null default now(),
  created_by uuid references auth.users (id),
  ended_at timestamptz,
  ended_by uuid references auth.users (id),
  foreign key (workspace_id, contact_id) references public.contacts (workspace_id, id),
  check (ended_at is not null or ended_by is null)
);

create unique index contact_opt_outs_one_active on public.contact_opt_outs (workspace_id, contact_id)
  where ended_at is null;
create index contact_opt_outs_contact_id on public.contact_opt_outs (workspace_id, contact_id, created_at desc);
create index contact_opt_outs_created_by on public.contact_opt_outs (created_by) where created_by is not null;
create index contact_opt_outs_ended_by on public.contact_opt_outs (ended_by) where ended_by is not null;

alter table public.contact_blocks enable row level security;
alter table public.contact_opt_outs enable row level security;

grant select on public.contact_blocks, public.contact_opt_outs to my21_member;

create policy "Members read whom their workspace blocks" on public.contact_blocks
  for select to my21_member
  using (
    workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
    or (
      workspace_id = any (array(select private.my_restricted_workspace_ids()))
      and (select private.can_see_contact(workspace_id, contact_id))
    )
  );

create policy "Members read who told their workspace to stop" on public.contact_opt_outs
  for select to my21_member
  using (
    workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
    or (
      workspace_id = any (array(select private.my_restricted_workspace_ids()))
      and (select private.can_see_contact(workspace_id, contact_id))
    )
  );

-- The strictest block in force of each of these contacts, which are roots; of those that were merged into them, too.
create function private.find_blocks(workspace_id uuid, root_ids uuid[])
returns table (contact_id uuid, level text)
language sql stable security definer
set search_path = ''
as $$
  with part as materialized (
    select k.id, k.root_id from public.contacts k
    where k.workspace_id = find_blocks.workspace_id and k.root_id = any (find_blocks.root_ids)
  )
  select distinct on (part.root_id) part.root_id, b.level
  from part
  join public.contact_blocks b on b.workspace_id = find_blocks.workspace_id and b.contact_id = part.id
  where b.ended_at is null and (b.ends_at is null or b.ends_at > now())
  order by part.root_id, array_position(array['drop', 'quarantine', 'mute'], b.level)
$$;

-- Ends what blocks a person, whichever of the contacts that were merged it was set on. The root must be locked.
create function private.end_blocks(workspace_id uuid, root_id uuid) returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  update public.contact_blocks b
  set ended_at = least(clock_timestamp(), b.ends_at),
    ended_by = case when b.ends_at is null or b.ends_at > clock_timestamp() then private.my_user_id() end
  where b.workspace_id = end_blocks.workspace_id and b.ended_at is null and b.contact_id = any (array(
    select k.id from public.contacts k
    where k.workspace_id = end_blocks.workspace_id and k.root_id = end_blocks.root_id
  ));
  return found;
end
$$;

-- Blocks a person as the signed-in member, in place of a block that there is. Returns its id.
-- Errors: 'contact_not_found' (42501); P0001: 'block_level_unknown', 'reason_length', 'block_end_in_past',
-- 'drop_not_allowed' for agents, who cannot have messages thrown away, nor put something else in place of that.
create function private.block_contact(
  workspace_id uuid, contact_id uuid, level text, reason text, ends_at timestamptz
) returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := block_contact.workspace_id;
  root uuid := private.lock_my_contact(tenant, block_contact.contact_id, false);
  made uuid;
begin
  if coalesce(block_contact.level, '') not in ('mute', 'quarantine', 'drop') then
    raise exception 'block_level_unknown' using errcode = 'P0001';
  end if;
  if length(btrim(block_contact.reason)) > 500 then
    raise exception 'reason_length' using errcode = 'P0001';
  end if;
  if block_contact.ends_at <= clock_timestamp() then
    raise exception 'block_end_in_past' using errcode = 'P0001';
  end if;
  if not tenant = any (array(select private.my_workspace_ids_as('owner', 'admin'))) and (
    block_contact.level = 'drop'
    or exists (select from private.find_blocks(tenant, array[root]) f where f.level = 'drop')
  ) then
    raise exception 'drop_not_allowed' using errcode = 'P0001';
  end if;
  perform private.end_blocks(tenant, root);
  insert into public.contact_blocks as b (workspace_id, contact_id, level, reason, ends_at, created_at, created_by)
  values (tenant, root, block_contact.level, nullif(btrim(block_contact.reason), ''), block_contact.ends_at,
    clock_timestamp(), private.my_user_id())
  returning b.id into made;
  return made;
end
$$;

-- Ends what blocks a person, as the signed-in member. Returns whether anything did.
-- Errors: 'contact_not_found' (42501), 'drop_not_allowed' (P0001).
create function private.unblock_contact(workspace_id uuid, contact_id uuid) returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := unblock_contact.workspace_id;
  root uuid := private.lock_my_contact(tenant, unblock_contact.contact_id, false);
begin
  if not tenant = any (array(select private.my_workspace_ids_as('owner', 'admin')))
    and exists (select from private.find_blocks(tenant, array[root]) f where f.level = 'drop') then
    raise exception 'drop_not_allowed' using errcode = 'P0001';
  end if;
  return private.end_blocks(tenant, root);
end
$$;

-- Writes down, as the signed-in member, that a person wants no marketing, or takes that back: what the team wrote, not
-- what WhatsApp tells. Returns whether anything changed.
-- Errors: 'contact_not_found' (42501), 'reason_length' (P0001).
create function private.set_opt_out(workspace_id uuid, contact_id uuid, is_opted_out boolean, reason text)
returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := set_opt_out.workspace_id;
  root uuid := private.lock_my_contact(tenant, set_opt_out.contact_id, false);
  contact_ids uuid[] := array(
    select k.id from public.contacts k where k.workspace_id = tenant and k.root_id = root
  );
begin
  if length(btrim(set_opt_out.reason)) > 500 then
    raise exception 'reason_length' using errcode = 'P0001';
  end if;
  if not set_opt_out.is_opted_out then
    update public.contact_opt_outs o
    set ended_at = clock_timestamp(), ended_by = private.my_user_id()
    where o.workspace_id = tenant and o.contact_id = any (contact_ids) and o.ended_at is null;
    return found;
  end if;
  if exists (
    select from public.contact_opt_outs o
    where o.workspace_id = tenant and o.contact_id = any (contact_ids) and o.ended_at is null
  ) then
    return false;
  end if;
  insert into public.contact_opt_outs (workspace_id, contact_id, reason, created_at, created_by)
  values (tenant, root, nullif(btrim(set_opt_out.reason), ''), clock_timestamp(), private.my_user_id());
  return true;
end
$$;

-- Whether the customer asked for no more marketing: WhatsApp for this thread's number, or the team at all. Of people
-- who were merged, one is enough.
create or replace function private.has_stopped_marketing(workspace_id uuid, conversation_id uuid) returns boolean
language sql stable security definer
set search_path = ''
as $$
  with own as materialized (
    select c.channel_id, i.root_id
    from public.conversations c
    join public.contact_identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
    where c.workspace_id = has_stopped_marketing.workspace_id and c.id = has_stopped_marketing.conversation_id
  ), part as materialized (
    select k.id
    from own
    join public.contact_identities r on r.id = own.root_id
    join public.contacts kept on kept.id = r.contact_id
    join public.contacts k on k.workspace_id = has_stopped_marketing.workspace_id and k.root_id = kept.root_id
  ), account as materialized (
    select i.id, i.root_id
    from part
    join public.contact_identities i
      on i.workspace_id = has_stopped_marketing.workspace_id and i.contact_id = part.id
    union
    select i.id, i.root_id
    from own
    join public.contact_identities i
      on i.workspace_id = has_stopped_marketing.workspace_id and i.root_id = own.root_id
  ), latest as (
    select distinct on (account.root_id) p.status
    from own
    cross join account
    join public.marketing_preferences p
      on p.workspace_id = has_stopped_marketing.workspace_id and p.identity_id = account.id
        and p.channel_id = own.channel_id
    order by account.root_id, p.occurred_at desc, p.sequence desc
  )
  select exists (select from latest where latest.status = 'stopped') or exists (
    select from part
    join public.contact_opt_outs o
      on o.workspace_id = has_stopped_marketing.workspace_id and o.contact_id = part.id
    where o.ended_at is null
  )
$$;

-- As before, but an item that waited because its sender is blocked keeps that reason while it is pending: somebody lets
-- it through, and the block does not stop it again.
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

grant execute on function private.block_contact(uuid, uuid, text, text, timestamptz) to my21_member;
grant execute on function private.unblock_contact(uuid, uuid) to my21_member;
grant execute on function private.set_opt_out(uuid, uuid, boolean, text) to my21_member;
