-- Contacts out of CSV files: the file in parts, what is to be thought of each row, what a row changed, and the way back.

create type public.contact_import_state as enum
  ('draft', 'checking', 'checked', 'applying', 'applied', 'undoing', 'undone', 'failed');

create type public.contact_import_verdict as enum ('new', 'update', 'unchanged', 'duplicate', 'invalid');

create table public.contact_imports (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  file_name text not null check (length(file_name) between 1 and 200),
  byte_size integer not null check (byte_size between 1 and 50 * 1024 * 1024),
  state public.contact_import_state not null default 'draft',
  -- What each column of the file holds, null for what is left out: ImportTarget of src/lib/domain/csv.
  mapping jsonb not null default '[]' check (jsonb_typeof(mapping) = 'array' and length(mapping::text) <= 20000),
  -- The first record of the file, for who looks at it later.
  headers jsonb not null default '[]' check (jsonb_typeof(headers) = 'array'),
  -- Of the step that is under way: bytes while it is checked, rows afterwards.
  progress_done integer not null default 0,
  progress_total integer not null default 0,
  -- Rows by verdict, and what was made, changed and taken back.
  counts jsonb not null default '{}' check (jsonb_typeof(counts) = 'object'),
  -- Why the file cannot be read: {code, line}.
  failure jsonb,
  made_by uuid not null,
  created_at timestamptz not null default now(),
  checked_at timestamptz,
  -- When it was let go ahead: the time of the values that it brings.
  applied_at timestamptz,
  undone_at timestamptz,
  -- When a worker last did something for it. One that died does nothing any more.
  worked_at timestamptz not null default now(),
  unique (workspace_id, id),
  foreign key (workspace_id, made_by) references public.workspace_members (workspace_id, user_id)
);

create index contact_imports_created_at on public.contact_imports (workspace_id, created_at desc);
create index contact_imports_made_by on public.contact_imports (workspace_id, made_by);
create index contact_imports_under_way on public.contact_imports (worked_at)
  where state in ('checking', 'applying', 'undoing');

-- The file as it was uploaded, until it has been applied or a week has passed.
create table public.contact_import_parts (
  workspace_id uuid not null references public.workspaces (id),
  import_id uuid not null,
  place integer not null check (place between 0 and 999),
  bytes bytea not null check (length(bytes) between 1 and 512 * 1024),
  primary key (workspace_id, import_id, place),
  foreign key (workspace_id, import_id) references public.contact_imports (workspace_id, id)
);
alter table public.contact_import_parts alter column bytes set storage external;

create table public.contact_import_rows (
  workspace_id uuid not null references public.workspaces (id),
  import_id uuid not null,
  -- The how-manieth record below the header, from 1, and the line of the file at which it begins.
  place integer not null,
  line integer not null,
  -- As they stand in the file.
  cells jsonb not null,
  verdict public.contact_import_verdict not null,
  -- Why it is invalid, and in which column (from 0).
  reason text,
  reason_column integer,
  -- The row with the same person before it.
  duplicate_of integer,
  -- Of what is known already: a value that staff wrote stays, by the names of the fields; a number alike.
  kept text[] not null default '{}',
  hint jsonb,
  -- What is to be written: name, email, lead_status, owner_id, fields, phone, phone_normalized, phone_verdict.
  change jsonb,
  -- Whose row it is; with an update from the check on, with a new one from when it was applied.
  contact_id uuid,
  -- The contact, and the account for the number, were made by this row.
  is_made boolean not null default false,
  identity_id uuid,
  -- What stood there: of each field that was changed its value, source and time.
  before jsonb,
  applied_at timestamptz,
  undone_at timestamptz,
  -- After an undo: 'set_aside', 'restored', or 'kept' where something had been done since; and to which fields.
  undo_outcome text check (undo_outcome in ('set_aside', 'restored', 'kept')),
  undo_kept text[] not null default '{}',
  primary key (workspace_id, import_id, place),
  foreign key (workspace_id, import_id) references public.contact_imports (workspace_id, id)
) with (fillfactor = 80);

create index contact_import_rows_verdict on public.contact_import_rows (workspace_id, import_id, verdict, place);
create index contact_import_rows_undo_outcome on public.contact_import_rows
  (workspace_id, import_id, undo_outcome, place) where undo_outcome is not null;

-- Made by an import that was undone before anything else was done to it: no list shows it. Its number and its values
-- are gone from it (the import's row keeps them), so that whoever has the number is somebody new.
alter table public.contacts add column set_aside_at timestamptz;

-- Whoever writes to a contact that was set aside brings it back.
create function private.contacts_come_back() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.set_aside_at := null;
  return new;
end
$$;

create trigger contacts_come_back before update on public.contacts
  for each row when (
    old.set_aside_at is not null and old.set_aside_at = new.set_aside_at
    and (old.name, old.email, old.owner_id, old.lead_status, old.root_id)
      is distinct from (new.name, new.email, new.owner_id, new.lead_status, new.root_id)
  )
  execute function private.contacts_come_back();

-- An import writes the history of a thousand rows with one statement: line by line that takes as long as all the rest.
drop trigger contacts_note_changes on public.contacts;
create trigger contacts_note_changes after update on public.contacts
  for each row when (
    (old.name, old.email, old.owner_id, old.lead_status)
      is distinct from (new.name, new.email, new.owner_id, new.lead_status)
    and current_setting('my21.notes_changes', true) is distinct from 'by_itself'
  )
  execute function private.contacts_note_changes();
drop trigger contacts_note_first_values on public.contacts;
create trigger contacts_note_first_values after insert on public.contacts
  for each row when (
    (new.name is not null or new.email is not null or new.owner_id is not null or new.lead_status <> 'new')
    and current_setting('my21.notes_changes', true) is distinct from 'by_itself'
  )
  execute function private.contacts_note_changes();
drop trigger contact_field_values_note_changes on public.contact_field_values;
create trigger contact_field_values_note_changes after update on public.contact_field_values
  for each row when (
    old.value <> new.value and current_setting('my21.notes_changes', true) is distinct from 'by_itself'
  )
  execute function private.contact_field_values_note_changes();
drop trigger contact_field_values_note_first_values on public.contact_field_values;
create trigger contact_field_values_note_first_values after insert on public.contact_field_values
  for each row when (current_setting('my21.notes_changes', true) is distinct from 'by_itself')
  execute function private.contact_field_values_note_changes();
drop trigger contact_field_values_note_ends on public.contact_field_values;
create trigger contact_field_values_note_ends after delete on public.contact_field_values
  for each row when (current_setting('my21.notes_changes', true) is distinct from 'by_itself')
  execute function private.contact_field_values_note_changes();

alter table public.contact_imports enable row level security;
alter table public.contact_import_parts enable row level security;
alter table public.contact_import_rows enable row level security;

grant select on public.contact_imports, public.contact_import_parts, public.contact_import_rows to my21_member;

create policy "Owners and admins read their workspace's imports" on public.contact_imports
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Owners and admins read the files of their workspace's imports" on public.contact_import_parts
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Owners and admins read the rows of their workspace's imports" on public.contact_import_rows
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

-- Begins an import, as an owner or admin. Files that nobody went on with for a week go.
-- Errors: 'not_allowed' (42501); P0001: 'too_many_imports' while ten files wait to be applied.
create function private.create_contact_import(workspace_id uuid, file_name text, byte_size integer) returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := create_contact_import.workspace_id;
  made uuid;
begin
  if not tenant = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    raise exception 'not_allowed' using errcode = '42501';
  end if;
  perform from public.workspaces w where w.id = tenant for no key update;
  delete from public.contact_import_parts p
  using public.contact_imports i
  where i.workspace_id = tenant and p.workspace_id = tenant and p.import_id = i.id
    and i.state in ('draft', 'checked', 'failed') and i.worked_at < now() - interval '7 days';
  if (
    select count(*) from public.contact_imports i
    where i.workspace_id = tenant and i.worked_at >= now() - interval '7 days'
      and exists (
        select from public.contact_import_parts p
        where p.workspace_id = tenant and p.import_id = i.id
      )
  ) >= 10 then
    raise exception 'too_many_imports' using errcode = 'P0001';
  end if;
  insert into public.contact_imports as i (workspace_id, file_name, byte_size, made_by)
  values (tenant, create_contact_import.file_name, create_contact_import.byte_size, private.my_user_id())
  returning i.id into made;
  return made;
end
$$;

-- Adds the next part of the file; one that is there already (a request that was repeated) is left as it is. Returns how
-- many bytes are there now.
-- Errors: 'not_allowed' (42501); P0001: 'import_not_found' where there is no such draft, 'import_size' for more bytes than
-- were told.
create function private.add_import_part(workspace_id uuid, import_id uuid, place integer, bytes bytea) returns bigint
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := add_import_part.workspace_id;
  told integer;
  present bigint;
begin
  if not tenant = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    raise exception 'not_allowed' using errcode = '42501';
  end if;
  select i.byte_size into told
  from public.contact_imports i
  where i.workspace_id = tenant and i.id = add_import_part.import_id and i.state = 'draft'
  for no key update;
  if not found then
    raise exception 'import_not_found' using errcode = 'P0001';
  end if;
  insert into public.contact_import_parts (workspace_id, import_id, place, bytes)
  values (tenant, add_import_part.import_id, add_import_part.place, add_import_part.bytes)
  on conflict (workspace_id, import_id, place) do nothing;
  select sum(length(p.bytes)) into present
  from public.contact_import_parts p
  where p.workspace_id = tenant and p.import_id = add_import_part.import_id;
  if present > told then
    raise exception 'import_size' using errcode = 'P0001';
  end if;
  return present;
end
$$;

-- Lets an import go its next step, as an owner or admin: 'check' with a mapping, again where another mapping is wanted;
-- 'apply' once it is checked; 'undo' once it was applied, or failed while it was. Nothing comes back when it is not there
-- or not at that point.
create function private.advance_contact_import(workspace_id uuid, import_id uuid, step text, mapping jsonb)
returns setof public.contact_imports
language sql volatile security definer
set search_path = ''
as $$
  update public.contact_imports i
  set state = case advance_contact_import.step
      when 'check' then 'checking' when 'apply' then 'applying' else 'undoing' end::public.contact_import_state,
    mapping = case when advance_contact_import.step = 'check' then advance_contact_import.mapping else i.mapping end,
    applied_at = case when advance_contact_import.step = 'apply' then clock_timestamp() else i.applied_at end,
    progress_done = 0, progress_total = 0, failure = null, worked_at = now()
  where i.workspace_id = advance_contact_import.workspace_id
    and i.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin')))
    and i.id = advance_contact_import.import_id
    and case advance_contact_import.step
      when 'check' then i.applied_at is null and i.state in ('draft', 'checked', 'failed')
        and jsonb_typeof(advance_contact_import.mapping) = 'array'
        and i.byte_size = (
          select sum(length(p.bytes)) from public.contact_import_parts p
          where p.workspace_id = i.workspace_id and p.import_id = i.id
        )
      when 'apply' then i.state = 'checked'
      when 'undo' then i.state in ('applied', 'failed') and i.applied_at is not null
      else false end
  returning i.*
$$;

-- Who has a number, or else had it last: the contact at the root. Numbers are E.164.
create function private.find_contacts_by_phone(workspace_id uuid, phones text[])
returns table (phone text, contact_id uuid, is_former boolean)
language sql stable security definer
set search_path = ''
as $$
  select n.phone, k.root_id, account.is_former
  from (select distinct u.phone from unnest(find_contacts_by_phone.phones) as u (phone)) n
  cross join lateral (
    select i.root_id as id, false as is_former, null::timestamptz as seen_at
    from public.contact_identities i
    where i.workspace_id = find_contacts_by_phone.workspace_id and i.phone_normalized = n.phone
    union all
    (
      select i.root_id, true, p.last_seen_at
      from public.identity_phones p
      cross join lateral (
        select i.root_id from public.contact_identities i
        where i.workspace_id = p.workspace_id and i.id = p.identity_id
        limit 1
      ) i
      where p.workspace_id = find_contacts_by_phone.workspace_id and p.phone_normalized = n.phone
    )
    order by 2, 3 desc, 1
    limit 1
  ) account
  cross join lateral (
    select i.contact_id from public.contact_identities i
    where i.workspace_id = find_contacts_by_phone.workspace_id and i.id = account.id
    limit 1
  ) i
  cross join lateral (
    select c.root_id from public.contacts c
    where c.workspace_id = find_contacts_by_phone.workspace_id and c.id = i.contact_id
    limit 1
  ) k
$$;

-- Writes some rows of an import to contacts. The import and the locks of the rows' numbers must be held. Whatever has
-- become of people since the check counts: a number that is known by now means an update, a joined contact its root.
create function private.apply_import_rows(workspace_id uuid, import_id uuid, places integer[]) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := apply_import_rows.workspace_id;
  run uuid := apply_import_rows.import_id;
  at timestamptz;
  author uuid;
  phones text[];
begin
  select i.applied_at, i.made_by into strict at, author
  from public.contact_imports i where i.workspace_id = tenant and i.id = run;
  perform set_config('my21.notes_changes', 'by_itself', true);

  -- Members before everything else: nobody is removed while they become an owner.
  perform from public.workspace_members m
  where m.workspace_id = tenant and m.user_id::text = any (array(
    select r.change ->> 'owner_id' from public.contact_import_rows r
    where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.change ? 'owner_id'
  ))
  order by m.user_id
  for share;

  phones := array(
    select r.change ->> 'phone_normalized' from public.contact_import_rows r
    where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.change ? 'phone_normalized'
  );
  with known as materialized (
    select f.phone, f.contact_id from private.find_contacts_by_phone(tenant, phones) f
  ), meant as materialized (
    select r.ctid as row, r.place, r.change ->> 'phone_normalized' as phone,
      coalesce(named.root_id, known.contact_id) as contact_id,
      known.contact_id is not null as is_known
    from public.contact_import_rows r
    left join known on known.phone = r.change ->> 'phone_normalized'
    left join lateral (
      select c.root_id from public.contacts c
      where c.workspace_id = tenant and c.id = r.contact_id
      limit 1
    ) named on true
    where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.applied_at is null
  ), first_of as (
    -- Two rows of one person, who were two when the file was checked.
    select m.*, min(m.place) over (partition by m.contact_id) as first_place from meant m
  )
  update public.contact_import_rows r
  set contact_id = coalesce(f.contact_id, gen_random_uuid()),
    is_made = f.contact_id is null,
    identity_id = case when f.phone is not null and not f.is_known then gen_random_uuid() end,
    verdict = case
      when f.contact_id is null then 'new'
      when f.first_place < f.place then 'duplicate'
      else 'update' end::public.contact_import_verdict,
    duplicate_of = case when f.contact_id is not null and f.first_place < f.place then f.first_place end,
    applied_at = now()
  from first_of f
  -- By where the row lies: the import is locked, so that it lies there still.
  where r.ctid = f.row;

  perform from public.contacts c
  where c.workspace_id = tenant and c.id = any (array(
    select r.contact_id from public.contact_import_rows r
    where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.verdict = 'update'
  ))
  order by c.id
  for no key update;

  -- What stands there now, of the fields that will be changed.
  update public.contact_import_rows r
  set before = jsonb_strip_nulls(jsonb_build_object(
      'name', case when r.change ->> 'name' <> coalesce(c.name, '')
        and private.outranks('import', at, c.name_source, c.name_as_of)
        then jsonb_build_object('is_set', true, 'value', c.name, 'source', c.name_source, 'as_of', c.name_as_of) end,
      'email', case when r.change ->> 'email' <> coalesce(c.email, '')
        and private.outranks('import', at, c.email_source, c.email_as_of)
        then jsonb_build_object('is_set', true, 'value', c.email, 'source', c.email_source, 'as_of', c.email_as_of) end,
      'lead_status', case when r.change ->> 'lead_status' <> c.lead_status::text
        and private.outranks('import', at, c.lead_status_source, c.lead_status_as_of)
        then jsonb_build_object('is_set', true, 'value', c.lead_status, 'source', c.lead_status_source,
          'as_of', c.lead_status_as_of) end,
      'owner', case when r.change ? 'owner_id' and c.owner_id is null then jsonb_build_object('is_set', true) end
    )) || coalesce((
      select jsonb_object_agg(concat_ws(':', 'field', e.key), jsonb_strip_nulls(jsonb_build_object(
        'is_set', true, 'value', v.value, 'source', v.source, 'as_of', v.as_of)))
      from jsonb_each_text(r.change -> 'fields') as e
      left join lateral (
        select v.value, v.source, v.as_of from public.contact_field_values v
        where v.workspace_id = tenant and v.contact_id = c.id and v.field_id = e.key::uuid
        limit 1
      ) v on true
      where v.value is distinct from e.value and private.outranks('import', at, v.source, v.as_of)
    ), '{}')
  from public.contacts c
  where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.verdict = 'update'
    and c.workspace_id = tenant and c.id = r.contact_id;

  insert into public.contacts (id, workspace_id, root_id, name, name_source, name_as_of, email, email_source,
    email_as_of, lead_status, lead_status_source, lead_status_as_of, owner_id)
  select r.contact_id, tenant, r.contact_id,
    r.change ->> 'name', case when r.change ? 'name' then 'import'::public.field_source end,
    case when r.change ? 'name' then at end,
    r.change ->> 'email', case when r.change ? 'email' then 'import'::public.field_source end,
    case when r.change ? 'email' then at end,
    coalesce(r.change ->> 'lead_status', 'new')::public.lead_status,
    case when r.change ? 'lead_status' then 'import'::public.field_source end,
    case when r.change ? 'lead_status' then at end,
    m.user_id
  from public.contact_import_rows r
  left join public.workspace_members m
    on m.workspace_id = tenant and m.user_id::text = r.change ->> 'owner_id' and m.removed_at is null
  where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.is_made
  order by r.place;

  update public.contacts c
  set name = case when r.before ? 'name' then r.change ->> 'name' else c.name end,
    name_source = case when r.before ? 'name' then 'import' else c.name_source end,
    name_as_of = case when r.before ? 'name' then at else c.name_as_of end,
    email = case when r.before ? 'email' then r.change ->> 'email' else c.email end,
    email_source = case when r.before ? 'email' then 'import' else c.email_source end,
    email_as_of = case when r.before ? 'email' then at else c.email_as_of end,
    lead_status = case when r.before ? 'lead_status'
      then (r.change ->> 'lead_status')::public.lead_status else c.lead_status end,
    lead_status_source = case when r.before ? 'lead_status' then 'import' else c.lead_status_source end,
    lead_status_as_of = case when r.before ? 'lead_status' then at else c.lead_status_as_of end,
    owner_id = case when r.before ? 'owner' then m.user_id else c.owner_id end
  from public.contact_import_rows r
  left join public.workspace_members m
    on m.workspace_id = tenant and m.user_id::text = r.change ->> 'owner_id' and m.removed_at is null
  where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.verdict = 'update'
    and r.before ?| array['name', 'email', 'lead_status', 'owner']
    and c.workspace_id = tenant and c.id = r.contact_id;

  insert into public.contact_field_values as v (workspace_id, contact_id, field_id, value, source, as_of)
  select tenant, r.contact_id, d.id, e.value, 'import', at
  from public.contact_import_rows r
  cross join lateral jsonb_each_text(r.change -> 'fields') as e
  -- One that was archived since the check is left out.
  join public.contact_field_definitions d
    on d.workspace_id = tenant and d.id = e.key::uuid and d.archived_at is null
  where r.workspace_id = tenant and r.import_id = run and r.place = any (places)
    and (r.is_made or r.verdict = 'update' and r.before ? (concat_ws(':', 'field', e.key)))
  on conflict (workspace_id, contact_id, field_id) do update
    set value = excluded.value, source = excluded.source, as_of = excluded.as_of;

  insert into public.contact_changes
    (workspace_id, contact_id, field, old_value, new_value, source, changed_by, import_id)
  select tenant, r.contact_id, v.field, r.before -> v.field ->> 'value', v.value, 'import', author, run
  from public.contact_import_rows r
  cross join lateral (
    select e.key as field, e.value from jsonb_each_text(r.change - 'fields') as e
    where e.key in ('name', 'email', 'lead_status')
    union all
    select 'owner', r.change ->> 'owner_id' where r.change ? 'owner_id'
    union all
    select concat_ws(':', 'field', e.key), e.value from jsonb_each_text(r.change -> 'fields') as e
  ) v
  where r.workspace_id = tenant and r.import_id = run and r.place = any (places)
    and (r.is_made and (v.field, v.value) is distinct from ('lead_status', 'new')
      or r.verdict = 'update' and r.before ? v.field)
  order by r.place;

  insert into public.contact_identities (id, workspace_id, root_id, contact_id, phone, phone_normalized, phone_verdict,
    phone_as_of, first_seen_at, source)
  select r.identity_id, tenant, r.identity_id, r.contact_id, r.change ->> 'phone', r.change ->> 'phone_normalized',
    r.change ->> 'phone_verdict', at, at, 'import'
  from public.contact_import_rows r
  where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.identity_id is not null
    and r.verdict in ('new', 'update')
  order by r.place;

  insert into public.identity_phones
    (workspace_id, identity_id, phone_normalized, phone, phone_verdict, first_seen_at, last_seen_at)
  select tenant, r.identity_id, r.change ->> 'phone_normalized', r.change ->> 'phone', r.change ->> 'phone_verdict', at, at
  from public.contact_import_rows r
  where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.identity_id is not null
    and r.verdict in ('new', 'update')
  order by r.place;
end
$$;

-- Of contacts that an import made, those to which something was done since: whatever refers to them or to their
-- accounts, in whichever table, but for what the import itself wrote and what is only reckoned from them.
create function private.find_touched_contacts(workspace_id uuid, import_id uuid, contact_ids uuid[]) returns uuid[]
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := find_touched_contacts.workspace_id;
  reference record;
  found_ids uuid[];
  identity_ids uuid[];
  touched uuid[];
begin
  identity_ids := array(
    select i.id from public.contact_identities i where i.workspace_id = tenant and i.contact_id = any (contact_ids)
  );
  touched := array(
    -- Edited by staff, or joined.
    select c.id from public.contacts c
    where c.workspace_id = tenant and c.id = any (contact_ids) and (c.edited_at is not null or c.root_id <> c.id)
    union
    select c.root_id from public.contacts c
    where c.workspace_id = tenant and c.root_id = any (contact_ids) and c.id <> c.root_id
    union
    select h.contact_id from public.contact_changes h
    where h.workspace_id = tenant and h.contact_id = any (contact_ids)
      and h.import_id is distinct from find_touched_contacts.import_id
    union
    -- An account that the import did not make, or a sign of life of the one that it made.
    select i.contact_id from public.contact_identities i
    where i.workspace_id = tenant and i.id = any (identity_ids)
      and (i.root_id <> i.id or i.username is not null or i.profile_name is not null)
    union
    select i.contact_id from public.contact_identities i
    join public.identity_phones p on p.workspace_id = tenant and p.identity_id = i.id
    where i.workspace_id = tenant and i.id = any (identity_ids)
      and (p.last_seen_at > p.first_seen_at or p.phone_normalized is distinct from i.phone_normalized)
    union
    select i.contact_id from public.contact_identities i
    where i.workspace_id = tenant and i.contact_id = any (contact_ids)
    group by i.contact_id
    having count(*) > 1
    union
    -- Somebody said that they are not somebody else; what was only reckoned counts for nothing.
    select d.left_id from public.duplicate_candidates d
    where d.workspace_id = tenant and d.left_id = any (contact_ids) and d.decided_at is not null
    union
    select d.right_id from public.duplicate_candidates d
    where d.workspace_id = tenant and d.right_id = any (contact_ids) and d.decided_at is not null
  );
  for reference in
    select k.conrelid::regclass::text as name, k.confrelid = 'public.contacts'::regclass as is_of_contact,
      a.attname as "column"
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[cardinality(k.conkey)]
    join pg_catalog.pg_class t on t.oid = k.conrelid
    join pg_catalog.pg_namespace s on s.oid = t.relnamespace
    where k.contype = 'f' and k.confrelid in ('public.contacts'::regclass, 'public.contact_identities'::regclass)
      and s.nspname = 'public'
      and t.relname not in ('contacts', 'contact_identities', 'identity_phones', 'contact_field_values',
        'contact_changes', 'duplicate_candidates')
  loop
    execute format(
      'select array_agg(distinct t.%1$I) from %2$s t where t.workspace_id = $1 and t.%1$I = any ($2)',
      reference."column", reference.name
    )
    into found_ids
    using tenant, case when reference.is_of_contact then contact_ids else identity_ids end;
    if not reference.is_of_contact then
      found_ids := array(
        select i.contact_id from public.contact_identities i
        where i.workspace_id = tenant and i.id = any (found_ids)
      );
    end if;
    touched := touched || coalesce(found_ids, '{}');
  end loop;
  return touched;
end
$$;

-- Takes some rows of an import back. A contact that it made and to which nothing was done since is set aside; a field that
-- it changed and nobody since gets what stood there before; everything else stays and is named in undo_kept. The import
-- and the locks of the rows' numbers must be held; later rows go first.
create function private.undo_import_rows(workspace_id uuid, import_id uuid, places integer[]) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := undo_import_rows.workspace_id;
  run uuid := undo_import_rows.import_id;
  made uuid[] := array(
    select r.contact_id from public.contact_import_rows r
    where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.is_made
  );
  touched uuid[];
  aside uuid[];
  numbered uuid[];
  released uuid[];
  named uuid[];
  entries jsonb;
begin
  perform set_config('my21.import_id', run::text, true);
  perform from public.contact_identities i
  where i.workspace_id = tenant and i.id = any (array(
    select r.identity_id from public.contact_import_rows r
    where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.identity_id is not null
  ))
  order by i.id
  for no key update;
  perform from public.contacts c
  where c.workspace_id = tenant and c.id = any (array(
    select r.contact_id from public.contact_import_rows r
    where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.contact_id is not null
  ))
  order by c.id
  for no key update;

  touched := private.find_touched_contacts(tenant, run, made);
  aside := array(select m.id from unnest(made) as m (id) where m.id <> all (touched));
  -- A number that was added to somebody known goes again where it has not been heard of since.
  numbered := array(
    select r.identity_id from public.contact_import_rows r
    where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.identity_id is not null
      and not r.is_made
  );
  released := array(
    select i.id from public.contact_identities i
    where i.workspace_id = tenant and i.contact_id = any (aside)
    union
    select i.id from public.contact_identities i
    where i.workspace_id = tenant and i.id = any (numbered) and i.root_id = i.id
      and i.username is null and i.profile_name is null
      and not exists (
        select from public.conversations c where c.workspace_id = tenant and c.identity_id = i.id
      )
      and not exists (
        select from public.business_scoped_ids b where b.workspace_id = tenant and b.identity_id = i.id
      )
      and not exists (
        select from public.contact_identities o where o.workspace_id = tenant and o.root_id = i.id and o.id <> i.id
      )
      and not exists (
        select from public.identity_phones p
        where p.workspace_id = tenant and p.identity_id = i.id and p.last_seen_at > p.first_seen_at
      )
  );
  delete from public.identity_phones p where p.workspace_id = tenant and p.identity_id = any (released);
  update public.contact_identities i
  set phone = null, phone_normalized = null, phone_verdict = null, phone_as_of = null
  where i.workspace_id = tenant and i.id = any (released);

  perform set_config('my21.notes_changes', 'by_itself', true);
  insert into public.contact_changes (workspace_id, contact_id, field, old_value, new_value, source, import_id)
  select tenant, c.id, v.field, v.value, case when v.field = 'lead_status' then 'new' end,
    'import'::public.field_source, run
  from public.contacts c
  cross join lateral (
    values ('name', c.name), ('email', c.email), ('owner', c.owner_id::text),
      ('lead_status', nullif(c.lead_status, 'new')::text)
  ) as v (field, value)
  where c.workspace_id = tenant and c.id = any (aside) and v.value is not null
  union all
  select tenant, v.contact_id, concat_ws(':', 'field', v.field_id), v.value, null, 'import', run
  from public.contact_field_values v
  where v.workspace_id = tenant and v.contact_id = any (aside);
  delete from public.contact_field_values v where v.workspace_id = tenant and v.contact_id = any (aside);
  update public.contacts c
  set name = null, name_source = null, name_as_of = null, email = null, email_source = null, email_as_of = null,
    lead_status = 'new', lead_status_source = null, lead_status_as_of = null, owner_id = null, set_aside_at = now()
  where c.workspace_id = tenant and c.id = any (aside);
  perform set_config('my21.notes_changes', '', true);

  -- Field by field, for the others: whose last change is still the import's?
  select coalesce(jsonb_agg(jsonb_build_object(
    'place', r.place, 'contact_id', r.contact_id, 'field', f.field, 'before', f.before,
    'is_ours', last.import_id is not distinct from run
  )), '[]')
  into entries
  from public.contact_import_rows r
  cross join lateral (
    select b.key, b.value from jsonb_each(r.before) as b where not r.is_made
    union all
    select k.field, '{}'::jsonb
    from (
      select unnest(array['name', 'email', 'lead_status']) as field
      union all
      select 'owner' where r.change ? 'owner_id'
      union all
      select concat_ws(':', 'field', e.key) from jsonb_each(r.change -> 'fields') as e
    ) k
    where r.is_made and (r.change ? k.field or k.field = 'owner' or k.field like 'field:%')
  ) as f (field, before)
  left join lateral (
    select h.import_id from public.contact_changes h
    where h.workspace_id = tenant and h.contact_id = r.contact_id and h.field = f.field
    order by h.changed_at desc, h.id desc
    limit 1
  ) last on true
  where r.workspace_id = tenant and r.import_id = run and r.place = any (places)
    and r.contact_id <> all (aside) and r.verdict in ('new', 'update');

  update public.contacts c
  set name = case when f.fields ? 'name' then f.fields -> 'name' ->> 'value' else c.name end,
    name_source = case when f.fields ? 'name'
      then (f.fields -> 'name' ->> 'source')::public.field_source else c.name_source end,
    name_as_of = case when f.fields ? 'name'
      then (f.fields -> 'name' ->> 'as_of')::timestamptz else c.name_as_of end,
    email = case when f.fields ? 'email' then f.fields -> 'email' ->> 'value' else c.email end,
    email_source = case when f.fields ? 'email'
      then (f.fields -> 'email' ->> 'source')::public.field_source else c.email_source end,
    email_as_of = case when f.fields ? 'email'
      then (f.fields -> 'email' ->> 'as_of')::timestamptz else c.email_as_of end,
    lead_status = case when f.fields ? 'lead_status'
      then coalesce(f.fields -> 'lead_status' ->> 'value', 'new')::public.lead_status else c.lead_status end,
    lead_status_source = case when f.fields ? 'lead_status'
      then (f.fields -> 'lead_status' ->> 'source')::public.field_source else c.lead_status_source end,
    lead_status_as_of = case when f.fields ? 'lead_status'
      then (f.fields -> 'lead_status' ->> 'as_of')::timestamptz else c.lead_status_as_of end,
    owner_id = case when f.fields ? 'owner' then null else c.owner_id end
  from (
    -- Of two rows of one person the earlier one knows what stood there before both.
    select t.contact_id, jsonb_object_agg(t.field, t.before order by t.place desc) as fields
    from jsonb_to_recordset(entries)
      as t (place integer, contact_id uuid, field text, before jsonb, is_ours boolean)
    where t.is_ours and t.field not like 'field:%'
    group by t.contact_id
  ) f
  where c.workspace_id = tenant and c.id = f.contact_id;

  delete from public.contact_field_values v
  using jsonb_to_recordset(entries)
      as t (place integer, contact_id uuid, field text, before jsonb, is_ours boolean)
  where v.workspace_id = tenant and v.contact_id = t.contact_id and v.field_id = substring(t.field from 7)::uuid
    and t.field like 'field:%' and t.is_ours and not t.before ? 'value';
  update public.contact_field_values v
  set value = t.before ->> 'value', source = (t.before ->> 'source')::public.field_source,
    as_of = (t.before ->> 'as_of')::timestamptz
  from jsonb_to_recordset(entries)
      as t (place integer, contact_id uuid, field text, before jsonb, is_ours boolean)
  where v.workspace_id = tenant and v.contact_id = t.contact_id and v.field_id = substring(t.field from 7)::uuid
    and t.field like 'field:%' and t.is_ours and t.before ? 'value';

  -- Who has no name of ours any more is called as WhatsApp says.
  named := array(
    select distinct i.id from jsonb_to_recordset(entries)
      as t (place integer, contact_id uuid, field text, before jsonb, is_ours boolean)
    join public.contacts k on k.workspace_id = tenant and k.root_id = t.contact_id
    join public.contact_identities i on i.workspace_id = tenant and i.contact_id = k.id
    where t.field = 'name' and t.is_ours
  );
  if named <> '{}' then
    perform private.settle_identities(tenant, named);
  end if;

  update public.contact_import_rows r
  set undone_at = now(),
    undo_outcome = case
      when r.contact_id = any (aside) then 'set_aside'
      when r.is_made or kept.fields <> '{}' then 'kept'
      else 'restored' end,
    undo_kept = kept.fields
  from (
    select n.ctid as row,
      coalesce(later.fields, '{}')
        || case when n.identity_id is not null and n.identity_id <> all (released)
          then array['phone'] else '{}' end as fields
    from public.contact_import_rows n
    left join (
      select t.place, array_agg(t.field order by t.field) as fields
      from jsonb_to_recordset(entries) as t (place integer, field text, is_ours boolean)
      where not t.is_ours
      group by t.place
    ) later on later.place = n.place
    where n.workspace_id = tenant and n.import_id = run and n.place = any (places)
  ) kept
  where r.ctid = kept.row;
end
$$;

grant execute on function private.create_contact_import(uuid, text, integer) to my21_member;
grant execute on function private.add_import_part(uuid, uuid, integer, bytea) to my21_member;
grant execute on function private.advance_contact_import(uuid, uuid, text, jsonb) to my21_member;

-- One at a time in a process: an import reads and writes much.
select pgboss.create_queue('import-contacts', '{
  "policy": "standard", "notify": true, "partition": false, "retryLimit": 5, "retryDelay": 5, "retryBackoff": true,
  "retryDelayMax": 60, "expireInSeconds": 3600, "deleteAfterSeconds": 3600
}');
