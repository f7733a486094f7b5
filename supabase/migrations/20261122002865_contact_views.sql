-- Lists of contacts that are kept under a name, blocks of many that can be taken back, and what is compared of people who
-- were merged.

-- What a list of contacts is narrowed to and how it is sorted, under a name: a member's own, or shown to all.
create table public.contact_views (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  owner_id uuid not null,
  name text not null check (length(btrim(name)) between 1 and 60),
  -- The query of the list's address (src/lib/domain/contact-filter.ts); read tolerantly, as what it names may be gone.
  query text not null check (length(query) <= 2000),
  is_shared boolean not null default false,
  created_at timestamptz not null default now(),
  unique (workspace_id, id),
  foreign key (workspace_id, owner_id) references public.workspace_members (workspace_id, user_id)
);

create index contact_views_owner_id on public.contact_views (workspace_id, owner_id);

alter table public.contact_views enable row level security;

grant select, insert (workspace_id, owner_id, name, query, is_shared), update (name, query, is_shared), delete
  on public.contact_views to my21_member;

create policy "Members read their own views of contacts and those that are shared" on public.contact_views
  for select to my21_member
  using (
    workspace_id = any (array(select private.my_workspace_ids()))
    and (is_shared or owner_id = (select private.my_user_id()))
  );

create policy "Members make views of contacts of their own" on public.contact_views
  for insert to my21_member
  with check (
    workspace_id = any (array(select private.my_workspace_ids()))
    and owner_id = (select private.my_user_id())
  );

create policy "Members change their views of contacts, owners and admins also shared ones" on public.contact_views
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

create policy "Members delete their views of contacts, owners and admins also shared ones" on public.contact_views
  for delete to my21_member
  using (
    workspace_id = any (array(select private.my_workspace_ids()))
    and (
      owner_id = (select private.my_user_id())
      or (is_shared and workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))))
    )
  );

-- Which block came in the place of this one: it is in force again when that one is taken back.
alter table public.contact_blocks add constraint contact_blocks_workspace_id_id_key unique (workspace_id, id);
alter table public.contact_blocks add column replaced_by uuid;
alter table public.contact_blocks add constraint contact_blocks_replaced_by_fkey
  foreign key (workspace_id, replaced_by) references public.contact_blocks (workspace_id, id);
create index contact_blocks_replaced_by on public.contact_blocks (workspace_id, replaced_by)
  where replaced_by is not null;

-- As before, and what it comes in the place of says so.
create or replace function private.block_contact(
  workspace_id uuid, contact_id uuid, level text, reason text, ends_at timestamptz
) returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := block_contact.workspace_id;
  root uuid := private.lock_my_contact(tenant, block_contact.contact_id);
  replaced uuid[];
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
  replaced := array(
    select b.id from public.contact_blocks b
    where b.workspace_id = tenant and b.ended_at is null and (b.ends_at is null or b.ends_at > clock_timestamp())
      and b.contact_id = any (array(
        select k.id from public.contacts k where k.workspace_id = tenant and k.root_id = root
      ))
  );
  perform private.end_blocks(tenant, root);
  insert into public.contact_blocks as b (workspace_id, contact_id, level, reason, ends_at, created_at, created_by)
  values (tenant, root, block_contact.level, nullif(btrim(block_contact.reason), ''), block_contact.ends_at,
    clock_timestamp(), private.my_user_id())
  returning b.id into made;
  update public.contact_blocks b
  set replaced_by = made
  where b.workspace_id = tenant and b.id = any (replaced);
  return made;
end
$$;

-- Takes back blocks that the signed-in member set, as if they had not been set: what they came in the place of is in
-- force again. One that somebody has ended or replaced since stays as it is. Returns how many it took back.
-- Error: 'drop_not_allowed' (P0001) for agents.
create function private.take_back_blocks(workspace_id uuid, block_ids uuid[]) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := take_back_blocks.workspace_id;
  asked uuid[] := array(
    select b.contact_id from public.contact_blocks b
    where b.workspace_id = tenant and b.id = any (take_back_blocks.block_ids)
      and b.created_by = private.my_user_id()
  );
  roots uuid[] := array(select private.lock_my_contacts(tenant, asked, null));
  taken uuid[];
begin
  if not tenant = any (array(select private.my_workspace_ids_as('owner', 'admin'))) and exists (
    select from public.contact_blocks b
    where b.workspace_id = tenant and b.level = 'drop'
      and (b.id = any (take_back_blocks.block_ids) or b.replaced_by = any (take_back_blocks.block_ids))
  ) then
    raise exception 'drop_not_allowed' using errcode = 'P0001';
  end if;
  with ended as (
    update public.contact_blocks b
    set ended_at = clock_timestamp(), ended_by = private.my_user_id()
    where b.workspace_id = tenant and b.id = any (take_back_blocks.block_ids)
      and b.created_by = private.my_user_id() and b.ended_at is null
      and (b.ends_at is null or b.ends_at > clock_timestamp())
      and b.contact_id = any (array(
        select k.id from public.contacts k where k.workspace_id = tenant and k.root_id = any (roots)
      ))
    returning b.id
  )
  select coalesce(array_agg(e.id), '{}') into taken from ended e;
  update public.contact_blocks b
  set ended_at = null, ended_by = null, replaced_by = null
  where b.workspace_id = tenant and b.replaced_by = any (taken)
    and (b.ends_at is null or b.ends_at > clock_timestamp())
    and not exists (
      select from public.contact_blocks o
      where o.workspace_id = tenant and o.contact_id = b.contact_id and o.ended_at is null
    );
  return cardinality(taken);
end
$$;

grant execute on function private.take_back_blocks(uuid, uuid[]) to my21_member;

-- What a merge chose is compared as well.
drop trigger contacts_queue_changed on public.contacts;
create trigger contacts_queue_changed after update on public.contacts
  for each row when (
    (old.name, old.name_source, old.email, old.root_id, old.chosen_name, old.chosen_email) is distinct from
    (new.name, new.name_source, new.email, new.root_id, new.chosen_name, new.chosen_email)
  )
  execute function private.contacts_queue_changed();
