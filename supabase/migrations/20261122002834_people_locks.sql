-- Everybody who writes to contacts takes the locks of people in one order: whoever is to become their owner, their accounts,
-- the contacts themselves, then conversations.

-- Locks contacts and all that belongs to them: first their accounts, as ingest does, then the contacts, each in one order.
-- Whoever writes to contacts takes these locks before those of conversations.
create function private.lock_people(workspace_id uuid, contact_ids uuid[]) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := lock_people.workspace_id;
  part_ids uuid[];
  locked uuid[] := '{}';
begin
  loop
    part_ids := array(
      select part.id
      from unnest(array(
        select distinct c.root_id
        from unnest(lock_people.contact_ids) as asked (id)
        cross join lateral (
          select c.root_id from public.contacts c where c.workspace_id = tenant and c.id = asked.id limit 1
        ) c
      )) as root (id)
      cross join lateral (
        select c.id from public.contacts c where c.workspace_id = tenant and c.root_id = root.id offset 0
      ) part
    );
    -- They may have been merged or parted while we waited.
    exit when part_ids <@ locked;
    perform from public.contact_identities i
    where i.workspace_id = tenant and i.contact_id = any (part_ids) order by i.id for no key update;
    perform from public.contacts c
    where c.workspace_id = tenant and c.id = any (part_ids) order by c.id for no key update;
    locked := part_ids;
  end loop;
end
$$;

drop function private.lock_my_contact(uuid, uuid, boolean);

-- The contact at the root of the one that the signed-in member asks for, locked with all that belongs to it.
-- Errors: 'contact_not_found' (42501), also for one that is not theirs to see.
create function private.lock_my_contact(workspace_id uuid, contact_id uuid) returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := lock_my_contact.workspace_id;
  root uuid;
begin
  if not (
    tenant = any (array(select private.my_unrestricted_workspace_ids()))
    or tenant = any (array(select private.my_restricted_workspace_ids()))
      and private.can_see_contact(tenant, lock_my_contact.contact_id)
  ) then
    raise exception 'contact_not_found' using errcode = '42501';
  end if;
  perform private.lock_people(tenant, array[lock_my_contact.contact_id]);
  select c.root_id into root
  from public.contacts c
  where c.workspace_id = tenant and c.id = lock_my_contact.contact_id;
  if not found then
    raise exception 'contact_not_found' using errcode = '42501';
  end if;
  return root;
end
$$;

-- Locks the contacts of these that the signed-in member sees, to change one after the other, and before them whoever is to
-- become their owner. Returns their roots in one order.
create function private.lock_my_contacts(workspace_id uuid, contact_ids uuid[], owner_id uuid) returns setof uuid
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := lock_my_contacts.workspace_id;
  seen uuid[] := array(
    select asked.id from unnest(lock_my_contacts.contact_ids) as asked (id)
    where tenant = any (array(select private.my_unrestricted_workspace_ids()))
      or tenant = any (array(select private.my_restricted_workspace_ids()))
        and private.can_see_contact(tenant, asked.id)
  );
begin
  if seen = '{}' then
    return;
  end if;
  perform from public.workspace_members m
  where m.workspace_id = tenant and m.user_id = lock_my_contacts.owner_id
  for share;
  perform private.lock_people(tenant, seen);
  return query
  select distinct c.root_id from public.contacts c
  where c.workspace_id = tenant and c.id = any (seen)
  order by c.root_id;
end
$$;

-- Changes a contact as the signed-in member, at its root; what a merge chose of these fields is shown no longer. changes as
-- in write_contact_values; what is not named stays.
-- Errors: 'contact_not_found' (42501), and those of write_contact_values.
create or replace function private.edit_contact(workspace_id uuid, contact_id uuid, changes jsonb) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  root uuid;
  spoken text[];
begin
  -- Members are locked before everything else, so that nobody is removed while they become an owner.
  perform from public.workspace_members m
  where m.workspace_id = edit_contact.workspace_id and m.user_id::text = changes ->> 'owner_id'
    and m.workspace_id = any (array(select private.my_workspace_ids()))
  for share;
  root := private.lock_my_contact(edit_contact.workspace_id, edit_contact.contact_id);
  perform private.write_contact_values(edit_contact.workspace_id, root, changes, 'staff', clock_timestamp());
  if exists (
    select from public.contacts k
    where k.workspace_id = edit_contact.workspace_id and k.root_id = root and k.id <> root
  ) then
    spoken := array(
      select case e.key when 'owner_id' then 'owner' else e.key end from jsonb_object_keys(changes) as e (key)
      where e.key in ('name', 'email', 'owner_id', 'lead_status')
      union all
      select concat_ws(':', 'field', e.key) from jsonb_object_keys(coalesce(changes -> 'fields', '{}')) as e (key)
    );
    insert into private.contact_own_words as o (workspace_id, contact_id, field, spoken_at)
    select edit_contact.workspace_id, root, s.field, clock_timestamp() from unnest(spoken) as s (field)
    on conflict (workspace_id, contact_id, field) do update set spoken_at = excluded.spoken_at;
    perform private.settle_chosen(edit_contact.workspace_id, array[root]);
    perform private.touch_conversations_of(edit_contact.workspace_id, array(
      select k.id from public.contacts k where k.workspace_id = edit_contact.workspace_id and k.root_id = root
    ));
  end if;
end
$$;

-- Blocks a person as the signed-in member, in place of a block that there is. Returns its id.
-- Errors: 'contact_not_found' (42501); P0001: 'block_level_unknown', 'reason_length', 'block_end_in_past',
-- 'drop_not_allowed' for agents, who cannot have messages thrown away, nor put something else in place of that.
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
create or replace function private.unblock_contact(workspace_id uuid, contact_id uuid) returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := unblock_contact.workspace_id;
  root uuid := private.lock_my_contact(tenant, unblock_contact.contact_id);
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
create or replace function private.set_opt_out(workspace_id uuid, contact_id uuid, is_opted_out boolean, reason text)
returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := set_opt_out.workspace_id;
  root uuid := private.lock_my_contact(tenant, set_opt_out.contact_id);
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

-- Locks contacts that are to be merged or parted, with all that belongs to them. One such decision in a workspace at a
-- time: what belongs together may change while one waits, and what is locked then would be out of order. Returns each
-- with its root; those that are not there, or in another workspace, are missing.
create or replace function private.lock_merged_contacts(workspace_id uuid, contact_ids uuid[])
returns table (contact_id uuid, root_id uuid)
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := lock_merged_contacts.workspace_id;
begin
  perform pg_advisory_xact_lock(hashtextextended(concat_ws('|', tenant, 'merges'), 0));
  perform private.lock_people(tenant, lock_merged_contacts.contact_ids);
  return query
  select c.id, c.root_id from public.contacts c
  where c.workspace_id = tenant and c.id = any (lock_merged_contacts.contact_ids);
end
$$;

-- The conversation with somebody on a channel, made where there is none; who writes first has it. Exactly one of
-- contact_id and phone (E.164, as shown, and what is to be thought of it) is given. The lock of the number must be held.
-- Errors: 'channel_not_found' (42501), P0001: 'contact_not_found', 'contact_without_number', 'not_visible'.
create or replace function private.open_conversation(
  workspace_id uuid, channel_id uuid, contact_id uuid, phone text, shown_phone text, verdict text
) returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  me uuid := private.my_user_id();
  person uuid;
  found_contact uuid;
  thread uuid;
begin
  if not exists (
    select from public.channels h
    where h.workspace_id = open_conversation.workspace_id and h.id = open_conversation.channel_id
      and h.workspace_id = any (array(select private.my_workspace_ids()))
  ) then
    raise exception 'channel_not_found' using errcode = '42501';
  end if;
  if open_conversation.phone is not null then
    select i.root_id into person
    from public.contact_identities i
    where i.workspace_id = open_conversation.workspace_id and i.phone_normalized = open_conversation.phone;
  else
    select i.root_id into person
    from public.contacts c
    join public.contacts r on r.workspace_id = c.workspace_id and r.root_id = c.root_id
    join public.contact_identities i on i.workspace_id = r.workspace_id and i.contact_id = r.id
    join public.contact_identities n on n.workspace_id = i.workspace_id and n.id = i.root_id
    where c.workspace_id = open_conversation.workspace_id and c.id = open_conversation.contact_id
      and (
        c.workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
        or private.can_see_contact(c.workspace_id, c.id)
      )
    order by exists (
        select from public.conversations t
        where t.workspace_id = i.workspace_id and t.identity_id = i.id and t.channel_id = open_conversation.channel_id
      ) desc, n.phone_normalized is null, n.first_seen_at desc, n.id
    limit 1;
    if not found then
      raise exception 'contact_not_found' using errcode = 'P0001';
    end if;
    -- The number may be taken from them at this moment.
    perform from public.contact_identities i
    where i.workspace_id = open_conversation.workspace_id and i.id = person for no key update;
    if not exists (
      select from public.contact_identities i
      where i.workspace_id = open_conversation.workspace_id and i.id = person and i.phone_normalized is not null
    ) and not exists (
      select from public.contact_identities i
      join public.business_scoped_ids b on b.workspace_id = i.workspace_id and b.identity_id = i.id
      join public.channels h on h.workspace_id = i.workspace_id and h.identity_scope = b.scope
      where i.workspace_id = open_conversation.workspace_id and i.root_id = person
        and h.id = open_conversation.channel_id
    ) then
      raise exception 'contact_without_number' using errcode = 'P0001';
    end if;
  end if;

  if person is null then
    insert into public.contacts as c (workspace_id) values (open_conversation.workspace_id)
    returning c.id into found_contact;
    insert into public.contact_identities as i (workspace_id, contact_id)
    values (open_conversation.workspace_id, found_contact)
    returning i.id into person;
    insert into public.identity_phones
      (workspace_id, identity_id, phone_normalized, phone, phone_verdict, first_seen_at, last_seen_at)
    values (open_conversation.workspace_id, person, open_conversation.phone, open_conversation.shown_phone,
      open_conversation.verdict, now(), now());
    perform private.settle_identities(open_conversation.workspace_id, array[person]);
  end if;

  select t.root_id into thread
  from public.contact_identities i
  join public.conversations t on t.workspace_id = i.workspace_id and t.identity_id = i.id
  where i.workspace_id = open_conversation.workspace_id and i.root_id = person
    and t.channel_id = open_conversation.channel_id
  order by t.is_root desc, t.created_at, t.id
  limit 1;
  if found then
    if private.find_my_conversation(open_conversation.workspace_id, thread) is null then
      raise exception 'not_visible' using errcode = 'P0001';
    end if;
    return thread;
  end if;
  insert into public.conversations as c
    (workspace_id, channel_id, identity_id, last_activity_at, assignee_id, assigned_at, assigned_reason)
  values (open_conversation.workspace_id, open_conversation.channel_id, person, now(), me, now(), 'claimed')
  on conflict on constraint conversations_channel_id_identity_id_key do nothing
  returning c.id into thread;
  if not found then
    -- The customer wrote at this very instant.
    select t.root_id into strict thread
    from public.conversations t
    where t.workspace_id = open_conversation.workspace_id and t.channel_id = open_conversation.channel_id
      and t.identity_id = person;
    if private.find_my_conversation(open_conversation.workspace_id, thread) is null then
      raise exception 'not_visible' using errcode = 'P0001';
    end if;
  end if;
  return thread;
end
$$;

grant execute on function private.lock_my_contacts(uuid, uuid[], uuid) to my21_member;
