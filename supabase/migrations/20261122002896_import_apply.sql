-- What an import's rows cost when they are applied: what was checked, settled or looked up again for each of them is done
-- once for all that are written together.

-- Nothing asks for it.
drop index public.contact_changes_import_id;

-- Whoever writes many says by itself whose duplicates are to be looked for, and settles what their threads say of them.
drop trigger contacts_queue_changed on public.contacts;
create trigger contacts_queue_changed after update on public.contacts
  for each row when (
    (
      (old.name, old.name_source, old.email, old.chosen_name, old.chosen_email) is distinct from
      (new.name, new.name_source, new.email, new.chosen_name, new.chosen_email)
      and current_setting('my21.queues_changed', true) is distinct from 'by_itself'
    )
    or old.root_id <> new.root_id
  )
  execute function private.contacts_queue_changed();
drop trigger contacts_settle_lead_status on public.contacts;
create trigger contacts_settle_lead_status after update of lead_status, chosen_lead_status, root_id on public.contacts
  for each row when (
    (
      (old.lead_status, old.chosen_lead_status) is distinct from (new.lead_status, new.chosen_lead_status)
      and current_setting('my21.settles_leads', true) is distinct from 'by_itself'
    )
    or old.root_id <> new.root_id
  )
  execute function private.contacts_settle_lead_status();

-- The same as before, asking once for each thread; most accounts have none.
create or replace function private.settle_lead_status(workspace_id uuid, identity_ids uuid[]) returns void
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
  set lead_status = told.lead_status
  from (
    select t.id, lead.lead_status
    from (
      select c.id, c.identity_id from public.conversations c
      where c.workspace_id = settle_lead_status.workspace_id and c.identity_id = any (below)
      offset 0
    ) t
    cross join lateral (
      select coalesce(p.chosen_lead_status, p.lead_status) as lead_status
      from public.contact_identities own
      join public.contact_identities i on i.id = own.root_id
      join public.contacts kept on kept.id = i.contact_id
      join public.contacts p on p.id = kept.root_id
      where own.id = t.identity_id
      limit 1
    ) lead
  ) told
  where c.id = told.id and c.lead_status <> told.lead_status;
end
$$;

-- The same as before. Most names are plain words, which need no more than small letters; two indexes ask for it with each
-- contact.
create or replace function private.fold_name(name text) returns text
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  if fold_name.name ~ '^[A-Za-z0-9]+( [A-Za-z0-9]+)*$' collate "C" and octet_length(fold_name.name) < 200 then
    return ' ' || lower(fold_name.name collate "C");
  end if;
  if coalesce(btrim(fold_name.name), '') = '' then
    return ' ';
  end if;
  return left(private.fold_words(left(fold_name.name, 200)), 200);
end
$$;

-- Writes some rows of an import to contacts. The import and the locks of the rows' numbers must be held. Whatever has
-- become of people since the check counts: a number that is known by now means an update, a joined contact its root.
create or replace function private.apply_import_rows(workspace_id uuid, import_id uuid, places integer[]) returns void
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
  held text[];
  holders uuid[];
  -- Ids that come in the order of time, as make_time_ordered_id's: written next to each other, a hundred thousand people
  -- change a few pages of each index, and not all of them. One number is random and the others follow from it: to ask for
  -- one with each row takes longer than many an index does.
  stamp text := lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7';
  seed bigint := hashtextextended(gen_random_uuid()::text, 0) / 2;
begin
  select i.applied_at, i.made_by into strict at, author
  from public.contact_imports i where i.workspace_id = tenant and i.id = run;
  perform set_config('my21.notes_changes', 'by_itself', true);
  perform set_config('my21.queues_changed', 'by_itself', true);
  perform set_config('my21.settles_leads', 'by_itself', true);

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
  -- Their locks are held: a number that nobody has stays so.
  select array_agg(f.phone), array_agg(f.contact_id) into held, holders
  from private.find_contacts_by_phone(tenant, phones) f;
  perform private.lock_people(tenant, array(
    select r.contact_id from public.contact_import_rows r
    where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.contact_id is not null
    union
    select h.id from unnest(holders) as h (id)
  ));
  with known as materialized (
    select f.phone, f.contact_id from private.find_contacts_by_phone(tenant, held) f
  ), meant as materialized (
    select r.ctid as row, r.place, r.change ->> 'phone_normalized' as phone,
      coalesce(named.root_id, known.contact_id) as contact_id,
      known.contact_id is not null as is_known,
      -- Since the check the number has become somebody else's: whose row it is, is for people to say.
      known.contact_id <> named.root_id as is_anothers
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
    where m.is_anothers is not true
    union all
    select m.*, null from meant m where m.is_anothers
  )
  update public.contact_import_rows r
  set contact_id = case when f.is_anothers is not true then coalesce(f.contact_id,
        (stamp || lpad(to_hex(f.place & 4095), 3, '0') || 'a'
          || lpad(right(to_hex(hashint8extended(f.place, seed)), 15), 15, '0'))::uuid) end,
    is_made = f.contact_id is null,
    identity_id = case when f.phone is not null and not f.is_known then
        (stamp || lpad(to_hex(f.place & 4095), 3, '0') || 'a'
          || lpad(right(to_hex(hashint8extended(f.place, seed + 1)), 15), 15, '0'))::uuid end,
    reason = case when f.is_anothers then 'phone_of_another' else r.reason end,
    verdict = case
      when f.is_anothers then 'invalid'
      when f.contact_id is null then 'new'
      when f.first_place < f.place then 'duplicate'
      else 'update' end::public.contact_import_verdict,
    duplicate_of = case when f.contact_id is not null and f.first_place < f.place then f.first_place end,
    applied_at = now()
  from first_of f
  -- By where the row lies: the import is locked, so that it lies there still.
  where r.ctid = f.row;

  -- What stands there now, of the fields that will be changed.
  update public.contact_import_rows r
  set before = jsonb_strip_nulls(jsonb_build_object(
      'name', case when r.change ->> 'name' <> coalesce(c.name, '') and c.chosen_name is null
        and private.outranks('import', at, c.name_source, c.name_as_of)
        then jsonb_build_object('is_set', true, 'value', c.name, 'source', c.name_source, 'as_of', c.name_as_of) end,
      'email', case when r.change ->> 'email' <> coalesce(c.email, '') and c.chosen_email is null
        and private.outranks('import', at, c.email_source, c.email_as_of)
        then jsonb_build_object('is_set', true, 'value', c.email, 'source', c.email_source, 'as_of', c.email_as_of) end,
      'lead_status', case when r.change ->> 'lead_status' <> c.lead_status::text and c.chosen_lead_status is null
        and private.outranks('import', at, c.lead_status_source, c.lead_status_as_of)
        then jsonb_build_object('is_set', true, 'value', c.lead_status, 'source', c.lead_status_source,
          'as_of', c.lead_status_as_of) end,
      'owner', case when r.change ? 'owner_id' and c.owner_id is null and c.chosen_owner_id is null then jsonb_build_object('is_set', true) end
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
  perform private.settle_lead_status(tenant, array(
    select i.id
    from public.contact_import_rows r
    join public.contacts c on c.workspace_id = tenant and c.root_id = r.contact_id
    join public.contact_identities i on i.workspace_id = tenant and i.contact_id = c.id
    where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.verdict = 'update'
      and r.before ? 'lead_status'
  ));

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
    (id, workspace_id, contact_id, field, old_value, new_value, source, changed_by, import_id)
  select (stamp || lpad(to_hex(r.place & 4095), 3, '0') || 'a'
      || lpad(right(to_hex(hashint8extended(row_number() over (order by r.place), seed + 2)), 15), 15, '0'))::uuid,
    tenant, r.contact_id, v.field, r.before -> v.field ->> 'value', v.value, 'import', author, run
  from public.contact_import_rows r
  cross join lateral (
    select e.key as field, e.value from jsonb_each_text(r.change - 'fields') as e
    where e.key in ('name', 'email', 'lead_status')
    union all
    -- Who was removed, and what was archived, since the check was not written either.
    select 'owner', m.user_id::text from public.workspace_members m
    where m.workspace_id = tenant and m.user_id::text = r.change ->> 'owner_id' and m.removed_at is null
    union all
    select concat_ws(':', 'field', e.key), e.value
    from jsonb_each_text(r.change -> 'fields') as e
    join public.contact_field_definitions d
      on d.workspace_id = tenant and d.id = e.key::uuid and d.archived_at is null
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
    (id, workspace_id, identity_id, phone_normalized, phone, phone_verdict, first_seen_at, last_seen_at)
  select (stamp || lpad(to_hex(r.place & 4095), 3, '0') || 'a'
      || lpad(right(to_hex(hashint8extended(r.place, seed + 3)), 15), 15, '0'))::uuid,
    tenant, r.identity_id, r.change ->> 'phone_normalized', r.change ->> 'phone', r.change ->> 'phone_verdict', at, at
  from public.contact_import_rows r
  where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.identity_id is not null
    and r.verdict in ('new', 'update')
  order by r.place;

  -- Each person once, whatever of theirs was written.
  insert into private.changed_contacts (workspace_id, contact_id)
  select tenant, r.contact_id
  from public.contact_import_rows r
  where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.contact_id is not null
    and r.verdict in ('new', 'update')
  group by r.contact_id
  order by min(r.place);
  perform set_config('my21.settles_leads', '', true);
  perform set_config('my21.queues_changed', '', true);
  perform set_config('my21.notes_changes', '', true);
end
$$;
