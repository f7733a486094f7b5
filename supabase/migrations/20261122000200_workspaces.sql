-- Workspaces (the tenants) and their members.

create type public.workspace_role as enum ('owner', 'admin', 'agent');

create table public.workspaces (
  id uuid primary key default gen_random_uuid(),
  slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) between 3 and 60),
  name text not null check (length(btrim(name)) between 1 and 80),
  time_zone text not null default 'Asia/Jakarta',
  default_country text not null default 'ID' check (default_country ~ '^[A-Z]{2}$'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table public.workspace_members (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  user_id uuid not null references auth.users (id),
  role public.workspace_role not null,
  display_name text not null check (length(btrim(display_name)) between 1 and 80),
  joined_at timestamptz not null default now(),
  removed_at timestamptz,
  unique (workspace_id, user_id)
);

create index workspace_members_user_id on public.workspace_members (user_id);

create trigger workspaces_updated_at before update on public.workspaces
  for each row execute function private.set_updated_at();

-- The workspaces of the signed-in member. Policies use it as "= any (array(select ...))", which is evaluated once per
-- statement and not once per row.
create function private.my_workspace_ids() returns setof uuid
language sql stable security definer
set search_path = ''
as $$
  select m.workspace_id
  from public.workspace_members m
  where m.user_id = private.my_user_id() and m.removed_at is null
$$;

-- Those in which the signed-in member has one of the roles.
create function private.my_workspace_ids_as(variadic roles public.workspace_role[]) returns setof uuid
language sql stable security definer
set search_path = ''
as $$
  select m.workspace_id
  from public.workspace_members m
  where m.user_id = private.my_user_id() and m.removed_at is null and m.role = any (roles)
$$;

grant execute on function private.my_workspace_ids() to my21_member;
grant execute on function private.my_workspace_ids_as(public.workspace_role[]) to my21_member;

-- Makes a workspace whose owner is the signed-in user, and returns it.
-- Errors: 42501 when nobody is signed in; 23514 for an empty or overlong name, an unknown time zone, a bad country.
create function private.create_workspace(
  name text,
  time_zone text default 'Asia/Jakarta',
  default_country text default 'ID',
  owner_display_name text default null
) returns public.workspaces
language plpgsql security definer
set search_path = ''
as $$
declare
  new_workspace public.workspaces;
  owner_id uuid := private.my_user_id();
  base_slug text;
begin
  if owner_id is null then
    raise exception 'not signed in' using errcode = '42501';
  end if;
  if not exists (select from pg_catalog.pg_timezone_names z where z.name = create_workspace.time_zone) then
    raise exception 'unknown time zone' using errcode = '23514', constraint = 'workspaces_time_zone_check';
  end if;
  base_slug := btrim(left(regexp_replace(lower(create_workspace.name), '[^a-z0-9]+', '-', 'g'), 40), '-');
  -- The random part keeps slugs from telling which company names are taken.
  insert into public.workspaces (slug, name, time_zone, default_country)
  values (
    concat_ws('-', nullif(base_slug, ''), substr(replace(gen_random_uuid()::text, '-', ''), 1, 8)),
    btrim(create_workspace.name), create_workspace.time_zone, upper(create_workspace.default_country)
  )
  returning * into new_workspace;
  insert into public.workspace_members (workspace_id, user_id, role, display_name)
  values (new_workspace.id, owner_id, 'owner', coalesce(nullif(btrim(owner_display_name), ''), 'Owner'));
  return new_workspace;
end
$$;

grant execute on function private.create_workspace(text, text, text, text) to my21_member;

alter table public.workspaces enable row level security;
alter table public.workspace_members enable row level security;

grant select on public.workspaces to my21_member;
grant update (name, time_zone, default_country) on public.workspaces to my21_member;
grant select on public.workspace_members to my21_member;

create policy "Members read their workspaces" on public.workspaces
  for select to my21_member
  using (id = any (array(select private.my_workspace_ids())));

create policy "Owners and admins change their workspace" on public.workspaces
  for update to my21_member
  using (id = any (array(select private.my_workspace_ids_as('owner', 'admin'))))
  with check (id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Members read the members of their workspaces" on public.workspace_members
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));
