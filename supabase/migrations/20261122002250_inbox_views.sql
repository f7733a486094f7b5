-- What lists are sorted and narrowed by, and the lists that members keep.

alter table public.conversations
  -- The customer's first message that has no answer yet; infinity is none, so that those come last.
  add column waiting_since timestamptz(3) not null default 'infinity',
  -- That of the contact, kept by triggers: a list narrowed by it would otherwise look up the contact of every row.
  add column lead_status public.lead_status not null default 'new';

-- Under row-level security Postgres searches an index by functions only that are marked leakproof, and those of enums
-- are not: a state must be an index's predicate, not one of its columns.
drop index public.conversations_state;
create index conversations_open on public.conversations (workspace_id, last_activity_at desc, id desc)
  where is_root and last_message_id is not null and state = 'open';
create index conversations_pending on public.conversations (workspace_id, last_activity_at desc, id desc)
  where is_root and last_message_id is not null and state = 'pending';
create index conversations_snoozed_list on public.conversations (workspace_id, last_activity_at desc, id desc)
  where is_root and last_message_id is not null and state = 'snoozed';
create index conversations_closed on public.conversations (workspace_id, last_activity_at desc, id desc)
  where is_root and last_message_id is not null and state = 'closed';
create index conversations_mine on public.conversations (workspace_id, assignee_id, last_activity_at desc, id desc)
  where is_root and last_message_id is not null and state = 'open' and assignee_id is not null;
-- Nor does it take "is null" for an equality whose index it could read in order.
create index conversations_unassigned on public.conversations (workspace_id, last_activity_at desc, id desc)
  where is_root and last_message_id is not null and state = 'open' and assignee_id is null;
create index conversations_waiting on public.conversations
  (workspace_id, waiting_since, last_activity_at desc, id desc)
  where is_root and last_message_id is not null and state = 'open';
-- What my21staff sends by itself answers nobody, nor does what is to leave later.
create index messages_answers on public.messages (workspace_id, conversation_id, occurred_at)
  where direction = 'outbound' and (origin <> 'my21staff' or author_id is not null)
    and (send_at is null or send_state <> 'waiting');

-- From messages alone, so that it is the same in whatever order they arrive.
create function private.find_waiting_since(workspace_id uuid, root_id uuid) returns timestamptz
language sql stable security definer
set search_path = ''
as $$
  with thread as materialized (
    select t.id from public.conversations t
    where t.workspace_id = find_waiting_since.workspace_id and t.root_id = find_waiting_since.root_id
  ), answer as materialized (
    select coalesce(max(a.occurred_at), '-infinity') as occurred_at
    from thread
    cross join lateral (
      select m.occurred_at from public.messages m
      where m.workspace_id = find_waiting_since.workspace_id and m.conversation_id = thread.id
        and m.direction = 'outbound' and (m.origin <> 'my21staff' or m.author_id is not null)
        and (m.send_at is null or m.send_state <> 'waiting')
      order by m.occurred_at desc
      limit 1
    ) a
  )
  select coalesce(min(f.occurred_at), 'infinity')
  from thread
  cross join lateral (
    select m.occurred_at from public.messages m
    where m.workspace_id = find_waiting_since.workspace_id and m.conversation_id = thread.id
      and m.occurred_at > (select answer.occurred_at from answer)
      and m.direction = 'inbound' and not m.is_silent
    order by m.occurred_at
    limit 1
  ) f
$$;

create function private.conversations_find_waiting() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  new.waiting_since := case when new.last_inbound_at is null then 'infinity'
    else private.find_waiting_since(new.workspace_id, new.id) end;
  return new;
end
$$;

-- Every path that writes or takes out a message sets the last one.
create trigger conversations_find_waiting before update of last_message_id on public.conversations
  for each row execute function private.conversations_find_waiting();

-- Threads get their roots one after the other: what they are together is known after the last of them.
create function private.conversations_find_waiting_together() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  update public.conversations c
  set waiting_since = private.find_waiting_since(c.workspace_id, c.id)
  where c.workspace_id = new.workspace_id and c.id in (old.root_id, new.root_id)
    and c.waiting_since <> private.find_waiting_since(c.workspace_id, c.id);
  return null;
end
$$;

create trigger conversations_find_waiting_together after update of root_id on public.conversations
  for each row when (old.root_id <> new.root_id) execute function private.conversations_find_waiting_together();

-- The status of the contact whom an account belongs to, over all joins.
create function private.find_lead_status(identity_id uuid) returns public.lead_status
language sql stable security definer
set search_path = ''
as $$
  select p.lead_status
  from public.contact_identities own
  join public.contact_identities i on i.id = own.root_id
  join public.contacts kept on kept.id = i.contact_id
  join public.contacts p on p.id = kept.root_id
  where own.id = find_lead_status.identity_id
$$;

create function private.conversations_start_lead_status() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  new.lead_status := coalesce(private.find_lead_status(new.identity_id), 'new');
  return new;
end
$$;

create trigger conversations_start_lead_status before insert on public.conversations
  for each row execute function private.conversations_start_lead_status();

-- Only rows that differ are locked: joins of identities lock threads later, in an order of their own.
create function private.settle_lead_status(workspace_id uuid, identity_ids uuid[]) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  below uuid[] := array(
    select own.id from public.contact_identities own
    where own.workspace_id = settle_lead_status.workspace_id and own.root_id = any (settle_lead_status.identity_ids)
  );
begin
  update public.conversations c
  set lead_status = private.find_lead_status(c.identity_id)
  where c.workspace_id = settle_lead_status.workspace_id and c.identity_id = any (below)
    and c.lead_status <> private.find_lead_status(c.identity_id);
end
$$;

create function private.contacts_settle_lead_status() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  contact_ids uuid[] := array(
    select c.id from public.contacts c where c.workspace_id = new.workspace_id and c.root_id = new.id
  ) || new.id;
begin
  perform private.settle_lead_status(new.workspace_id, array(
    select i.id from public.contact_identities i
    where i.workspace_id = new.workspace_id and i.contact_id = any (contact_ids)
  ));
  return null;
end
$$;

create trigger contacts_settle_lead_status after update of lead_status, root_id on public.contacts
  for each row when (old.lead_status <> new.lead_status or old.root_id <> new.root_id)
  execute function private.contacts_settle_lead_status();

create function private.contact_identities_settle_lead_status() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.settle_lead_status(new.workspace_id, array[new.root_id]);
  return null;
end
$$;

create trigger contact_identities_settle_lead_status after update of root_id, contact_id on public.contact_identities
  for each row when (old.root_id <> new.root_id or old.contact_id <> new.contact_id)
  execute function private.contact_identities_settle_lead_status();

-- What is here already.
alter table public.conversations disable trigger user;
update public.conversations c
set waiting_since = private.find_waiting_since(c.workspace_id, c.id)
where c.is_root and c.last_inbound_at is not null;
update public.conversations c
set lead_status = private.find_lead_status(c.identity_id)
where c.lead_status <> private.find_lead_status(c.identity_id);
alter table public.conversations enable trigger user;

-- A filter and a sort under a name: a member's own, or shown to all.
create table public.saved_views (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  owner_id uuid not null,
  name text not null check (length(btrim(name)) between 1 and 60),
  -- ListFilter of src/lib/domain/inbox.ts; read tolerantly, as what it names may be gone.
  filter jsonb not null check (jsonb_typeof(filter) = 'object' and length(filter::text) <= 2000),
  sort text not null check (sort in ('newest', 'oldest', 'waiting')),
  is_shared boolean not null default false,
  created_at timestamptz not null default now(),
  unique (workspace_id, id),
  foreign key (workspace_id, owner_id) references public.workspace_members (workspace_id, user_id)
);

create index saved_views_owner_id on public.saved_views (workspace_id, owner_id);

alter table public.saved_views enable row level security;

grant select, insert (workspace_id, owner_id, name, filter, sort, is_shared), update (name, filter, sort, is_shared),
  delete on public.saved_views to my21_member;

create policy "Members read their own views and those that are shared" on public.saved_views
  for select to my21_member
  using (
    workspace_id = any (array(select private.my_workspace_ids()))
    and (is_shared or owner_id = (select private.my_user_id()))
  );

create policy "Members make views of their own" on public.saved_views
  for insert to my21_member
  with check (
    workspace_id = any (array(select private.my_workspace_ids()))
    and owner_id = (select private.my_user_id())
  );

create policy "Members change their views, owners and admins also shared ones" on public.saved_views
  for update to my21_member
  using (
    workspace_id = any (array(select private.my_workspace_ids()))
    and (
      owner_id = (select private.my_user_id())
      or (is_shared and workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))))
    )
  )
  with check (
    workspace_id = any (array(select private.my_workspace_ids()))
    and (
      owner_id = (select private.my_user_id())
      or (is_shared and workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))))
    )
  );

create policy "Members delete their views, owners and admins also shared ones" on public.saved_views
  for delete to my21_member
  using (
    workspace_id = any (array(select private.my_workspace_ids()))
    and (
      owner_id = (select private.my_user_id())
      or (is_shared and workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))))
    )
  );

-- Members may change nothing else of their row. Returns what stands there now; null for who is no member.
create function private.change_my_preferences(workspace_id uuid, change jsonb) returns jsonb
language sql volatile security definer
set search_path = ''
as $$
  update public.workspace_members m
  set preferences = m.preferences || change_my_preferences.change
  where m.workspace_id = change_my_preferences.workspace_id and m.user_id = private.my_user_id()
    and m.removed_at is null and jsonb_typeof(change_my_preferences.change) = 'object'
  returning m.preferences
$$;

grant execute on function private.change_my_preferences(uuid, jsonb) to my21_member;
