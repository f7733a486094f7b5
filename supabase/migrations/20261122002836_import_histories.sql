-- What happens to people between the check of an import and its apply, and between its apply and its undo, is respected.

-- Written by an undo alone, so that it costs an import nothing.
create index contact_import_rows_undone on public.contact_import_rows (workspace_id, contact_id)
  where undone_at is not null and contact_id is not null;

-- Lets an import go its next step, as an owner or admin: 'check' with a mapping, again where another mapping is wanted;
-- 'apply' once it is checked; 'undo' once it was applied, or failed while it was. Nothing comes back when it is not there
-- or not at that point.
create or replace function private.advance_contact_import(workspace_id uuid, import_id uuid, step text, mapping jsonb)
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
        and (i.byte_size, true) = (
          -- All of it, and no part left out.
          select sum(length(p.bytes)), max(p.place) + 1 = count(*) from public.contact_import_parts p
          where p.workspace_id = i.workspace_id and p.import_id = i.id
        )
      when 'apply' then i.state = 'checked'
      when 'undo' then i.state in ('applied', 'failed') and i.applied_at is not null
      else false end
  returning i.*
$$;

-- Of contacts that an import made, those to which something was done since: whatever refers to them or to their
-- accounts, in whichever table, but for what the import itself wrote and what is only reckoned from them.
create or replace function private.find_touched_contacts(workspace_id uuid, import_id uuid, contact_ids uuid[]) returns uuid[]
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
    -- What imports wrote that were undone counts for nothing.
    select h.contact_id from public.contact_changes h
    where h.workspace_id = tenant and h.contact_id = any (contact_ids)
      and h.import_id is distinct from find_touched_contacts.import_id
      and not exists (
        select from public.contact_imports o
        where o.workspace_id = tenant and o.id = h.import_id and o.state = 'undone'
      )
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

-- What stood in a field before an import, as the import wrote it down; where that was the word of another import that was
-- undone meanwhile, what stood there before that one.
create function private.find_value_before(workspace_id uuid, contact_id uuid, field text, before jsonb) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := find_value_before.workspace_id;
  found_before jsonb := find_value_before.before;
  earlier jsonb;
begin
  while found_before ->> 'source' = 'import' loop
    select case when r.is_made then '{}' else coalesce(r.before -> find_value_before.field, '{}') end into earlier
    from public.contact_import_rows r
    join public.contact_imports i on i.workspace_id = tenant and i.id = r.import_id
    where r.workspace_id = tenant and r.contact_id = find_value_before.contact_id and r.undone_at is not null
      and i.applied_at = (found_before ->> 'as_of')::timestamptz
      and (r.is_made or r.before ? find_value_before.field)
    order by r.place
    limit 1;
    exit when not found;
    found_before := earlier;
  end loop;
  return found_before;
end
$$;

-- Takes some rows of an import back. A contact that it made and to which nothing was done since is set aside; a field that
-- it changed and nobody since gets what stood there before; everything else stays and is named in undo_kept. The import
-- and the locks of the rows' numbers must be held; later rows go first.
create or replace function private.undo_import_rows(workspace_id uuid, import_id uuid, places integer[]) returns void
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
  at timestamptz;
begin
  select i.applied_at into strict at from public.contact_imports i where i.workspace_id = tenant and i.id = run;
  perform set_config('my21.import_id', run::text, true);
  perform private.lock_people(tenant, array(
    select r.contact_id from public.contact_import_rows r
    where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and r.contact_id is not null
  ));
  -- Those too that another import made, which was undone while this one held on to them.
  made := made || array(
    select o.contact_id from public.contact_import_rows r
    join public.contact_import_rows o
      on o.workspace_id = tenant and o.contact_id = r.contact_id and o.is_made and o.import_id <> run
    where r.workspace_id = tenant and r.import_id = run and r.place = any (places) and not r.is_made
      and o.undone_at is not null and o.undo_outcome = 'kept'
  );

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
    'place', r.place, 'contact_id', r.contact_id, 'field', f.field,
    'before', private.find_value_before(tenant, r.contact_id, f.field, f.before),
    'is_ours', last.import_id is not distinct from run and case f.field
        when 'name' then (c.name_source, c.name_as_of) is not distinct from ('import', at)
        when 'email' then (c.email_source, c.email_as_of) is not distinct from ('import', at)
        when 'lead_status' then (c.lead_status_source, c.lead_status_as_of) is not distinct from ('import', at)
        when 'owner' then true
        else exists (
          select from public.contact_field_values v
          where v.workspace_id = tenant and v.contact_id = c.id and v.field_id = substring(f.field from 7)::uuid
            and v.source = 'import' and v.as_of = at
        )
      end
  )), '[]')
  into entries
  from public.contact_import_rows r
  join public.contacts c on c.workspace_id = tenant and c.id = r.contact_id
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
