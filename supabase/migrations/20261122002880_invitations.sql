-- Who is invited into a workspace. An invitation is a link with a secret of which only the hash is kept; it is good once,
-- for a week, and as long as whoever made it administers the workspace.

create table public.workspace_invitations (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  -- Nobody is made an owner by a link: an owner does that, once somebody is there.
  role public.workspace_role not null check (role <> 'owner'),
  visibility public.member_visibility not null,
  -- Whose the link is; null where whoever holds it may use it.
  email text check (email = lower(btrim(email)) and length(email) between 3 and 254 and email ~ '^[^@\s]+@[^@\s]+$'),
  token_hash bytea not null unique check (length(token_hash) = 32),
  made_by uuid not null,
  made_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '7 days',
  accepted_by uuid,
  accepted_at timestamptz,
  revoked_at timestamptz,
  foreign key (workspace_id, made_by) references public.workspace_members (workspace_id, user_id),
  foreign key (workspace_id, accepted_by) references public.workspace_members (workspace_id, user_id),
  check ((accepted_by is null) = (accepted_at is null)),
  check (accepted_at is null or revoked_at is null)
);

create index workspace_invitations_open on public.workspace_invitations (workspace_id, made_at desc)
  where accepted_at is null and revoked_at is null;
create index workspace_invitations_made_by on public.workspace_invitations (workspace_id, made_by);
create index workspace_invitations_accepted_by on public.workspace_invitations (workspace_id, accepted_by);

alter table public.workspace_invitations enable row level security;
grant select (
  id, workspace_id, role, visibility, email, made_by, made_at, expires_at, accepted_by, accepted_at, revoked_at
) on public.workspace_invitations to my21_member;

create policy "Owners and admins read invitations" on public.workspace_invitations
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

-- Invites somebody, as an owner or admin, and returns the invitation's id. One before it to the same address is good no more.
-- Errors: 42501 for others; P0001: 'already_member', 'too_many_invitations'; 23514 for an owner, or what is no address.
create function private.create_invitation(
  workspace_id uuid, role public.workspace_role, visibility public.member_visibility, email text, token_hash bytea
) returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := create_invitation.workspace_id;
  address text := nullif(lower(btrim(create_invitation.email)), '');
  made uuid;
begin
  if not tenant = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    raise exception 'not an owner or admin' using errcode = '42501';
  end if;
  -- One after the other, so that a hundred stay a hundred.
  perform from public.workspaces w where w.id = tenant for no key update;
  if exists (
    select from public.workspace_members m
    join auth.users u on u.id = m.user_id
    where m.workspace_id = tenant and m.removed_at is null and lower(u.email) = address
  ) then
    raise exception 'already_member' using errcode = 'P0001';
  end if;
  update public.workspace_invitations i
  set revoked_at = now()
  where i.workspace_id = tenant and i.email = address and i.accepted_at is null and i.revoked_at is null;
  if (
    select count(*) from public.workspace_invitations i
    where i.workspace_id = tenant and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
  ) >= 100 then
    raise exception 'too_many_invitations' using errcode = 'P0001';
  end if;
  insert into public.workspace_invitations (workspace_id, role, visibility, email, token_hash, made_by)
  values (
    tenant, create_invitation.role, create_invitation.visibility, address, create_invitation.token_hash,
    private.my_user_id()
  )
  returning id into made;
  return made;
end
$$;

-- Takes an invitation back, as an owner or admin. Returns its id, or nothing where it is not open.
-- Errors: 42501 for others.
create function private.revoke_invitation(workspace_id uuid, invitation_id uuid) returns setof uuid
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  if not revoke_invitation.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    raise exception 'not an owner or admin' using errcode = '42501';
  end if;
  return query
  update public.workspace_invitations i
  set revoked_at = now()
  where i.workspace_id = revoke_invitation.workspace_id and i.id = revoke_invitation.invitation_id
    and i.accepted_at is null and i.revoked_at is null
  returning i.id;
end
$$;

-- What an invitation says to whoever holds its secret, signed in or not. state is 'open', 'accepted', 'revoked' or
-- 'expired'. Nothing for a secret that is none.
create function private.read_invitation(token_hash bytea)
returns table (
  workspace_slug text, workspace_name text, invited_by text, role public.workspace_role, email text, state text, is_mine boolean
)
language sql stable security definer
set search_path = ''
as $$
  select w.slug, w.name, maker.display_name, i.role, i.email,
    case
      when i.accepted_at is not null then 'accepted'
      when i.revoked_at is not null then 'revoked'
      when i.expires_at <= now() then 'expired'
      else 'open' end,
    coalesce(i.accepted_by = private.my_user_id(), false)
  from public.workspace_invitations i
  join public.workspaces w on w.id = i.workspace_id
  join public.workspace_members maker on maker.workspace_id = i.workspace_id and maker.user_id = i.made_by
  where i.token_hash = read_invitation.token_hash
$$;

-- Who administers a workspace no more has taken back what they offered: it is not good again should they come back.
create function private.workspace_members_revoke_invitations() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  update public.workspace_invitations i
  set revoked_at = now()
  where i.workspace_id = new.workspace_id and i.made_by = new.user_id and i.accepted_at is null and i.revoked_at is null;
  return null;
end
$$;

create trigger workspace_members_revoke_invitations after update of role, removed_at on public.workspace_members
  for each row when (
    (new.removed_at is not null or new.role = 'agent') and old.removed_at is null and old.role <> 'agent'
  )
  execute function private.workspace_members_revoke_invitations();

-- Makes the signed-in user a member as their invitation says, and returns the workspace; nothing for a secret that is none.
-- Whoever is one already stays as they are; whoever was one once comes back, with everything read.
-- Errors: 42501 when nobody is signed in; P0001: 'invitation_used', 'invitation_revoked', 'invitation_expired',
-- 'invitation_of_another'; 23514 for an empty or overlong name.
create function private.accept_invitation(token_hash bytea, display_name text) returns setof public.workspaces
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  me uuid := private.my_user_id();
  my_email text := lower(btrim(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'));
  invitation public.workspace_invitations;
  known text;
  joined public.workspaces;
  was_here boolean;
begin
  if me is null then
    raise exception 'not signed in' using errcode = '42501';
  end if;
  select i.* into invitation
  from public.workspace_invitations i
  where i.token_hash = accept_invitation.token_hash
  for update;
  if not found then
    return;
  end if;
  select w.* into joined from public.workspaces w where w.id = invitation.workspace_id;
  -- Whoever made it may be removed at this moment.
  perform from public.workspace_members m
  where m.workspace_id = joined.id and m.user_id = invitation.made_by
  for share;
  select r.state into known from private.read_invitation(accept_invitation.token_hash) r;
  if exists (
    select from public.workspace_members m
    where m.workspace_id = joined.id and m.user_id = me and m.removed_at is null
  ) then
    return next joined;
    return;
  end if;
  if known <> 'open' then
    raise exception using errcode = 'P0001', message = case known
      when 'accepted' then 'invitation_used' when 'revoked' then 'invitation_revoked' else 'invitation_expired' end;
  end if;
  if invitation.email <> coalesce(my_email, '') then
    raise exception 'invitation_of_another' using errcode = 'P0001';
  end if;
  was_here := exists (
    select from public.workspace_members m where m.workspace_id = joined.id and m.user_id = me
  );
  insert into public.workspace_members (workspace_id, user_id, role, visibility, display_name)
  values (joined.id, me, invitation.role, invitation.visibility, btrim(accept_invitation.display_name))
  on conflict (workspace_id, user_id) do update
  set role = excluded.role, visibility = excluded.visibility, display_name = excluded.display_name,
    joined_at = now(), removed_at = null;
  if was_here then
    insert into public.conversation_reads (workspace_id, conversation_id, user_id, read_count)
    select c.workspace_id, c.id, me, c.inbound_count
    from public.conversations c where c.workspace_id = joined.id
    on conflict (workspace_id, user_id, conversation_id) do update set read_count = excluded.read_count;
  end if;
  update public.workspace_invitations i set accepted_by = me, accepted_at = now() where i.id = invitation.id;
  return next joined;
end
$$;

grant execute on function private.create_invitation(
  uuid, public.workspace_role, public.member_visibility, text, bytea
) to my21_member;
grant execute on function private.revoke_invitation(uuid, uuid) to my21_member;
grant execute on function private.read_invitation(bytea) to my21_member;
grant execute on function private.accept_invitation(bytea, text) to my21_member;
