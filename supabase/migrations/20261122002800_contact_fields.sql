-- What is known of a person besides numbers: e-mail, owner and lead status with their source and time, fields that a
-- workspace makes itself, and the history of all of it. A lower source never overwrites a higher one, and of one source
-- the later value stays: whatsapp_profile < bot < import < staff.

alter table public.contacts
  add column email_source public.field_source,
  add column email_as_of timestamptz,
  -- Who of the team looks after this person. It says nothing of who sees them.
  add column owner_id uuid,
  add column lead_status_source public.field_source,
  add column lead_status_as_of timestamptz,
  -- When somebody of the team last edited it.
  add column edited_at timestamptz,
  add foreign key (workspace_id, owner_id) references public.workspace_members (workspace_id, user_id);

alter table public.contacts disable trigger user;
update public.contacts set email_source = 'staff' where email is not null;
alter table public.contacts enable trigger user;
alter table public.contacts add check (email is not null or email_source is null);

-- What lists go by. Row-level security lets only columns search an index, no functions of them. Who has no name comes
-- after everybody who has one.
alter table public.contacts
  add column is_root boolean not null generated always as (root_id = id) stored,
  add column list_name text collate "C" not null
    generated always as (coalesce(lower(name), chr(1114111))) stored;

create index contacts_by_name on public.contacts (workspace_id, list_name, id) where is_root;
create index contacts_by_newest on public.contacts (workspace_id, created_at desc, id desc) where is_root;
create index contacts_owner_id on public.contacts (workspace_id, owner_id) where owner_id is not null;

create table public.contact_field_definitions (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  label text not null check (label = btrim(label) and length(label) between 1 and 60),
  kind text not null check (kind in ('text', 'number', 'date', 'choice')),
  -- Of a choice; a value that was taken out of here later stays where it stands.
  choices text[] not null default '{}',
  position integer not null default 0,
  archived_at timestamptz,
  created_at timestamptz not null default now(),
  unique (workspace_id, id),
  check ((kind = 'choice') = (cardinality(choices) > 0) and cardinality(choices) <= 100)
);

create unique index contact_field_definitions_label on public.contact_field_definitions (workspace_id, lower(label))
  where archived_at is null;

create table public.contact_field_values (
  workspace_id uuid not null references public.workspaces (id),
  contact_id uuid not null,
  field_id uuid not null,
  -- In one spelling by kind: text as it is, 1234.5, 2026-11-23, one of the choices.
  value text not null check (length(value) between 1 and 2000),
  source public.field_source not null,
  as_of timestamptz not null,
  primary key (workspace_id, contact_id, field_id),
  foreign key (workspace_id, contact_id) references public.contacts (workspace_id, id),
  foreign key (workspace_id, field_id) references public.contact_field_definitions (workspace_id, id)
);

create index contact_field_values_field_id on public.contact_field_values (workspace_id, field_id);

-- Each value that changed: of which contact, from what to what, where from, by whom.
create table public.contact_changes (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  contact_id uuid not null,
  -- 'name', 'email', 'owner', 'lead_status', 'field:<id of the definition>'
  field text not null,
  old_value text,
  new_value text,
  -- Null for what the system did by itself.
  source public.field_source,
  changed_at timestamptz not null default clock_timestamp(),
  changed_by uuid references auth.users (id),
  import_id uuid,
  foreign key (workspace_id, contact_id) references public.contacts (workspace_id, id)
);

create index contact_changes_contact_id on public.contact_changes (workspace_id, contact_id, changed_at desc, id desc);
create index contact_changes_changed_by on public.contact_changes (changed_by) where changed_by is not null;
create index contact_changes_import_id on public.contact_changes (workspace_id, import_id) where import_id is not null;

alter table public.contact_field_definitions enable row level security;
alter table public.contact_field_values enable row level security;
alter table public.contact_changes enable row level security;

grant select on public.contact_field_definitions, public.contact_field_values, public.contact_changes to my21_member;

create policy "Members read their workspace's contact fields" on public.contact_field_definitions
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

create policy "Members read what fields hold of their workspace's contacts" on public.contact_field_values
  for select to my21_member
  using (
    workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
    or (
      workspace_id = any (array(select private.my_restricted_workspace_ids()))
      and (select private.can_see_contact(workspace_id, contact_id))
    )
  );

create policy "Members read what was changed of their workspace's contacts" on public.contact_changes
  for select to my21_member
  using (
    workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
    or (
      workspace_id = any (array(select private.my_restricted_workspace_ids()))
      and (select private.can_see_contact(workspace_id, contact_id))
    )
  );

-- Writes one line of history. An import names itself by the setting my21.import_id of its transaction.
create function private.note_contact_change(
  workspace_id uuid, contact_id uuid, field text, old_value text, new_value text, source public.field_source
) returns void
language sql volatile security definer
set search_path = ''
as $$
  insert into public.contact_changes
    (workspace_id, contact_id, field, old_value, new_value, source, changed_by, import_id)
  values (
    note_contact_change.workspace_id, note_contact_change.contact_id, note_contact_change.field,
    note_contact_change.old_value, note_contact_change.new_value, note_contact_change.source,
    -- Who happens to be signed in while WhatsApp's name is taken over did not write it.
    case when note_contact_change.source in ('import', 'staff') then private.my_user_id() end,
    nullif(current_setting('my21.import_id', true), '')::uuid
  )
$$;

-- Whose word a change is that bears no source of its own.
create function private.find_change_source() returns public.field_source
language sql stable security definer
set search_path = ''
as $$
  select case
    when nullif(current_setting('my21.import_id', true), '') is not null then 'import'::public.field_source
    when private.my_user_id() is not null then 'staff'::public.field_source
  end
$$;

-- Whose word it is that there is such an account: WhatsApp's, an import's, or the team's that typed its number.
alter table public.contact_identities
  add column source public.field_source not null
    default coalesce(private.find_change_source(), 'whatsapp_profile'::public.field_source);

create function private.contacts_note_changes() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  is_new boolean := tg_op = 'INSERT';
  old_name text;
  old_email text;
  old_owner uuid;
  old_status public.lead_status;
begin
  if not is_new then
    old_name := old.name;
    old_email := old.email;
    old_owner := old.owner_id;
    old_status := old.lead_status;
  end if;
  if old_name is distinct from new.name then
    perform private.note_contact_change(new.workspace_id, new.id, 'name', old_name, new.name,
      coalesce(new.name_source, private.find_change_source()));
  end if;
  if old_email is distinct from new.email then
    perform private.note_contact_change(new.workspace_id, new.id, 'email', old_email, new.email,
      coalesce(new.email_source, private.find_change_source()));
  end if;
  if old_owner is distinct from new.owner_id then
    perform private.note_contact_change(new.workspace_id, new.id, 'owner', old_owner::text, new.owner_id::text,
      private.find_change_source());
  end if;
  if old_status is distinct from new.lead_status and not (is_new and new.lead_status = 'new') then
    perform private.note_contact_change(new.workspace_id, new.id, 'lead_status', old_status::text,
      new.lead_status::text, private.find_change_source());
  end if;
  return null;
end
$$;

create trigger contacts_note_changes after update on public.contacts
  for each row when (
    (old.name, old.email, old.owner_id, old.lead_status)
      is distinct from (new.name, new.email, new.owner_id, new.lead_status)
  )
  execute function private.contacts_note_changes();
create trigger contacts_note_first_values after insert on public.contacts
  for each row when (
    new.name is not null or new.email is not null or new.owner_id is not null or new.lead_status <> 'new'
  )
  execute function private.contacts_note_changes();

create function private.contact_field_values_note_changes() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  field text := concat_ws(':', 'field', coalesce(new.field_id, old.field_id));
begin
  if tg_op = 'DELETE' then
    perform private.note_contact_change(old.workspace_id, old.contact_id, field, old.value, null,
      private.find_change_source());
  elsif tg_op = 'UPDATE' then
    perform private.note_contact_change(new.workspace_id, new.contact_id, field, old.value, new.value, new.source);
  else
    perform private.note_contact_change(new.workspace_id, new.contact_id, field, null, new.value, new.source);
  end if;
  return null;
end
$$;

create trigger contact_field_values_note_changes after update on public.contact_field_values
  for each row when (old.value <> new.value) execute function private.contact_field_values_note_changes();
create trigger contact_field_values_note_first_values after insert on public.contact_field_values
  for each row execute function private.contact_field_values_note_changes();
create trigger contact_field_values_note_ends after delete on public.contact_field_values
  for each row execute function private.contact_field_values_note_changes();

-- Whether a value is written in the one spelling of its kind.
create function private.is_field_value(kind text, choices text[], value text) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  if is_field_value.value is null or length(is_field_value.value) not between 1 and 2000 then
    return false;
  end if;
  return case is_field_value.kind
    when 'text' then is_field_value.value = btrim(is_field_value.value)
    when 'number' then is_field_value.value ~ '^(0|-?[1-9][0-9]{0,17}|-?(0|[1-9][0-9]{0,17})\.[0-9]{0,8}[1-9])$'
    when 'date' then case when is_field_value.value ~ '^[12][0-9]{3}-[01][0-9]-[0-3][0-9]$'
      then to_char(is_field_value.value::date, 'YYYY-MM-DD') = is_field_value.value else false end
    when 'choice' then is_field_value.value = any (is_field_value.choices)
    else false
  end;
exception when datetime_field_overflow or invalid_datetime_format then
  return false;
end
$$;

-- Whether a value of this source and time takes the place of what is there.
create function private.outranks(
  source public.field_source, as_of timestamptz, present_source public.field_source, present_as_of timestamptz
) returns boolean
language sql immutable
set search_path = ''
as $$
  select present_source is null or source > present_source
    or (source = present_source and (present_as_of is null or as_of >= present_as_of))
$$;

-- Writes values of one source to one contact, as far as they outrank what is there. What stands in changes: name,
-- email, owner_id, lead_status, fields by their ids. A null of staff takes the value away (a name is then what WhatsApp
-- says); a null of anybody else changes nothing. Owners have no source of their own: whoever is not staff only gives
-- one where there is none. The contact must be locked, and before it, where staff takes a name away, its identities.
-- Errors (P0001): 'name_length', 'email_invalid', 'lead_status_unknown', 'owner_not_member', 'field_not_found',
-- 'field_value_invalid' (the last two with the field's id as detail).
create function private.write_contact_values(
  workspace_id uuid, contact_id uuid, changes jsonb, source public.field_source, as_of timestamptz
) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := write_contact_values.workspace_id;
  is_staff boolean := write_contact_values.source = 'staff';
  present public.contacts;
  after public.contacts;
  wanted text;
  entry record;
  definition public.contact_field_definitions;
begin
  select c.* into strict present
  from public.contacts c
  where c.workspace_id = tenant and c.id = write_contact_values.contact_id;
  after := present;

  wanted := btrim(changes ->> 'name');
  if length(wanted) not between 1 and 200 then
    raise exception 'name_length' using errcode = 'P0001';
  end if;
  if wanted is not null and private.outranks(source, as_of, present.name_source, present.name_as_of) then
    after.name := wanted;
    after.name_source := source;
    after.name_as_of := as_of;
  elsif wanted is null and is_staff and changes ? 'name' and present.name_source <> 'whatsapp_profile' then
    select left(i.profile_name, 200) into after.name
    from public.contacts part
    join public.contact_identities i on i.workspace_id = part.workspace_id and i.contact_id = part.id
    where part.workspace_id = tenant and part.root_id = present.id and i.profile_name <> ''
    order by i.profile_name_as_of desc, i.profile_name desc
    limit 1;
    after.name_source := case when after.name is not null then 'whatsapp_profile'::public.field_source end;
    after.name_as_of := null;
  end if;

  wanted := btrim(changes ->> 'email');
  if length(wanted) not between 3 and 254 or wanted !~ '^[^\s@]+@[^\s@]+$' then
    raise exception 'email_invalid' using errcode = 'P0001';
  end if;
  if wanted is not null and private.outranks(source, as_of, present.email_source, present.email_as_of) then
    after.email := wanted;
    after.email_source := source;
    after.email_as_of := as_of;
  elsif wanted is null and is_staff and changes ? 'email' then
    after.email := null;
    after.email_source := null;
    after.email_as_of := null;
  end if;

  wanted := changes ->> 'lead_status';
  if wanted is not null and not wanted = any (enum_range(null::public.lead_status)::text[])
    or wanted is null and is_staff and changes ? 'lead_status' then
    raise exception 'lead_status_unknown' using errcode = 'P0001';
  end if;
  if wanted is not null
    and private.outranks(source, as_of, present.lead_status_source, present.lead_status_as_of) then
    after.lead_status := wanted::public.lead_status;
    after.lead_status_source := source;
    after.lead_status_as_of := as_of;
  end if;

  wanted := changes ->> 'owner_id';
  if changes ? 'owner_id' and (is_staff or present.owner_id is null and wanted is not null) then
    if wanted is not null and not exists (
      select from public.workspace_members m
      where m.workspace_id = tenant and m.user_id::text = wanted and m.removed_at is null
    ) then
      raise exception 'owner_not_member' using errcode = 'P0001';
    end if;
    after.owner_id := wanted::uuid;
  end if;

  if is_staff then
    after.edited_at := as_of;
  end if;
  update public.contacts c
  set name = after.name, name_source = after.name_source, name_as_of = after.name_as_of,
    email = after.email, email_source = after.email_source, email_as_of = after.email_as_of,
    lead_status = after.lead_status, lead_status_source = after.lead_status_source,
    lead_status_as_of = after.lead_status_as_of, owner_id = after.owner_id, edited_at = after.edited_at
  where c.workspace_id = tenant and c.id = present.id and present is distinct from after;

  for entry in
    select e.key, btrim(e.value) as value from jsonb_each_text(coalesce(changes -> 'fields', '{}')) as e order by e.key
  loop
    select d.* into definition
    from public.contact_field_definitions d
    where d.workspace_id = tenant and d.id::text = entry.key and d.archived_at is null;
    if not found then
      raise exception 'field_not_found' using errcode = 'P0001', detail = entry.key;
    end if;
    if entry.value is null then
      delete from public.contact_field_values v
      where v.workspace_id = tenant and v.contact_id = present.id and v.field_id = definition.id and is_staff;
      continue;
    end if;
    if not private.is_field_value(definition.kind, definition.choices, entry.value) then
      raise exception 'field_value_invalid' using errcode = 'P0001', detail = entry.key;
    end if;
    insert into public.contact_field_values as v (workspace_id, contact_id, field_id, value, source, as_of)
    values (tenant, present.id, definition.id, entry.value, write_contact_values.source, write_contact_values.as_of)
    on conflict (workspace_id, contact_id, field_id) do update
      set value = excluded.value, source = excluded.source, as_of = excluded.as_of
      where private.outranks(excluded.source, excluded.as_of, v.source, v.as_of);
  end loop;
end
$$;

-- The contact at the root of the one that the signed-in member asks for, locked, with its identities before it where
-- those are wanted. Errors: 'contact_not_found' (42501), also for one that is not theirs to see.
create function private.lock_my_contact(workspace_id uuid, contact_id uuid, with_identities boolean) returns uuid
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
  loop
    select c.root_id into root
    from public.contacts c
    where c.workspace_id = tenant and c.id = lock_my_contact.contact_id;
    if not found then
      raise exception 'contact_not_found' using errcode = '42501';
    end if;
    if with_identities then
      perform from public.contact_identities i
      where i.workspace_id = tenant and i.contact_id = any (array(
        select part.id from public.contacts part where part.workspace_id = tenant and part.root_id = root
      ))
      order by i.id
      for no key update;
    end if;
    perform from public.contacts c where c.workspace_id = tenant and c.id = root for no key update;
    -- It may have been merged or parted while we waited.
    exit when exists (
      select from public.contacts c
      where c.workspace_id = tenant and c.id = lock_my_contact.contact_id and c.root_id = root
    );
  end loop;
  return root;
end
$$;

-- Changes a contact as the signed-in member, at its root. changes as in write_contact_values; what is not named stays.
-- Errors: 'contact_not_found' (42501), and those of write_contact_values.
create function private.edit_contact(workspace_id uuid, contact_id uuid, changes jsonb) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  root uuid;
begin
  -- Members are locked before everything else, so that nobody is removed while they become an owner.
  perform from public.workspace_members m
  where m.workspace_id = edit_contact.workspace_id and m.user_id::text = changes ->> 'owner_id'
    and m.workspace_id = any (array(select private.my_workspace_ids()))
  for share;
  root := private.lock_my_contact(
    edit_contact.workspace_id, edit_contact.contact_id, changes ? 'name' and changes ->> 'name' is null
  );
  perform private.write_contact_values(edit_contact.workspace_id, root, changes, 'staff', clock_timestamp());
end
$$;

-- Makes a contact as the signed-in member; without a number it has no identity yet. phone is how it is shown,
-- phone_normalized E.164, phone_verdict what is to be thought of it. The lock of the number must be held.
-- Errors: 'not_member' and 'sees_own_only' (42501), P0001: 'known_number' (detail: the contact's id),
-- 'contact_empty' without name, number and e-mail, and those of write_contact_values.
create function private.create_contact(
  workspace_id uuid, phone text, phone_normalized text, phone_verdict text, changes jsonb
) returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := create_contact.workspace_id;
  known uuid;
  made uuid;
  account uuid;
begin
  if not tenant = any (array(select private.my_workspace_ids())) then
    raise exception 'not_member' using errcode = '42501';
  end if;
  -- They would not see it: there is no conversation yet.
  if not tenant = any (array(select private.my_unrestricted_workspace_ids())) then
    raise exception 'sees_own_only' using errcode = '42501';
  end if;
  if create_contact.phone_normalized is null
    and coalesce(nullif(btrim(changes ->> 'name'), ''), nullif(btrim(changes ->> 'email'), '')) is null then
    raise exception 'contact_empty' using errcode = 'P0001';
  end if;
  if create_contact.phone_normalized is not null then
    select c.root_id into known
    from public.contact_identities i
    join public.contact_identities r on r.workspace_id = i.workspace_id and r.id = i.root_id
    join public.contacts c on c.workspace_id = r.workspace_id and c.id = r.contact_id
    where i.workspace_id = tenant and i.phone_normalized = create_contact.phone_normalized;
    if found then
      raise exception 'known_number' using errcode = 'P0001', detail = known::text;
    end if;
  end if;
  perform from public.workspace_members m
  where m.workspace_id = tenant and m.user_id::text = changes ->> 'owner_id'
  for share;
  insert into public.contacts as c (workspace_id) values (tenant) returning c.id into made;
  if create_contact.phone_normalized is not null then
    insert into public.contact_identities as i (workspace_id, contact_id) values (tenant, made)
    returning i.id into account;
    insert into public.identity_phones
      (workspace_id, identity_id, phone_normalized, phone, phone_verdict, first_seen_at, last_seen_at)
    values (tenant, account, create_contact.phone_normalized, create_contact.phone, create_contact.phone_verdict,
      now(), now());
    perform private.settle_identities(tenant, array[account]);
  end if;
  perform private.write_contact_values(tenant, made, changes, 'staff', clock_timestamp());
  return made;
end
$$;

-- Makes a field, as an owner or admin; it comes last. Returns its id.
-- Errors: 'not_allowed' (42501), 'too_many_fields' (P0001), 23505 for a label that is taken, 23514 for what the table
-- does not hold.
create function private.create_contact_field(workspace_id uuid, label text, kind text, choices text[]) returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := create_contact_field.workspace_id;
  made uuid;
begin
  if not tenant = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    raise exception 'not_allowed' using errcode = '42501';
  end if;
  perform from public.workspaces w where w.id = tenant for no key update;
  if (
    select count(*) from public.contact_field_definitions d where d.workspace_id = tenant and d.archived_at is null
  ) >= 50 then
    raise exception 'too_many_fields' using errcode = 'P0001';
  end if;
  insert into public.contact_field_definitions as d (workspace_id, label, kind, choices, position)
  values (tenant, btrim(create_contact_field.label), create_contact_field.kind,
    coalesce(create_contact_field.choices, '{}'), (
      select coalesce(max(e.position), 0) + 1 from public.contact_field_definitions e where e.workspace_id = tenant
    ))
  returning d.id into made;
  return made;
end
$$;

-- Gives a field another label, other choices and another place, archives it or brings it back, as an owner or admin.
-- What is null stays. Archived fields keep their values and are shown nowhere.
-- Errors: those of create_contact_field; 'field_not_found' (P0001).
create function private.change_contact_field(
  workspace_id uuid, field_id uuid, label text, choices text[], "position" integer, is_archived boolean
) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := change_contact_field.workspace_id;
begin
  if not tenant = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    raise exception 'not_allowed' using errcode = '42501';
  end if;
  perform from public.workspaces w where w.id = tenant for no key update;
  if change_contact_field.is_archived = false and (
    select count(*) from public.contact_field_definitions d
    where d.workspace_id = tenant and d.archived_at is null and d.id <> change_contact_field.field_id
  ) >= 50 then
    raise exception 'too_many_fields' using errcode = 'P0001';
  end if;
  update public.contact_field_definitions d
  set label = coalesce(btrim(change_contact_field.label), d.label),
    choices = coalesce(change_contact_field.choices, d.choices),
    position = coalesce(change_contact_field."position", d.position),
    archived_at = case change_contact_field.is_archived
      when true then coalesce(d.archived_at, now()) when false then null else d.archived_at end
  where d.workspace_id = tenant and d.id = change_contact_field.field_id;
  if not found then
    raise exception 'field_not_found' using errcode = 'P0001';
  end if;
end
$$;

grant execute on function private.edit_contact(uuid, uuid, jsonb) to my21_member;
grant execute on function private.create_contact(uuid, text, text, text, jsonb) to my21_member;
grant execute on function private.create_contact_field(uuid, text, text, text[]) to my21_member;
grant execute on function private.change_contact_field(uuid, uuid, text, text[], integer, boolean) to my21_member;
