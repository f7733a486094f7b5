-- At the undo of a merge, what was written since to the contact that goes on stays there or, edit by edit, goes to the
-- contact that is parted: there it is staff's word, and the other has again what stood there before.

alter table public.contact_changes
  -- Staff said it of what had stood there all the time, where a merge showed something else (old_value).
  add column overrules_merge boolean not null default false,
  -- Taken back here at the undo of a merge, because it was handed on to the contact that was parted.
  add column undone_merge_id uuid,
  add column handed_to_id uuid,
  add foreign key (workspace_id, handed_to_id) references public.contacts (workspace_id, id),
  add check ((undone_merge_id is null) = (handed_to_id is null));

create index contact_changes_undone_merge_id on public.contact_changes (workspace_id, undone_merge_id)
  where undone_merge_id is not null;
create index contact_changes_handed_to_id on public.contact_changes (workspace_id, handed_to_id)
  where handed_to_id is not null;

-- Each field of a contact at a root: what is its own, and what is shown.
create function private.find_shown_values(workspace_id uuid, root_id uuid)
returns table (field text, own text, shown text)
language sql stable
set search_path = ''
as $$
  select v.field, v.own, v.shown
  from public.contacts c
  cross join lateral (
    values ('name', c.name, coalesce(c.chosen_name, c.name)), ('email', c.email, coalesce(c.chosen_email, c.email)),
      ('owner', c.owner_id::text, coalesce(c.chosen_owner_id, c.owner_id)::text),
      ('lead_status', c.lead_status::text, coalesce(c.chosen_lead_status, c.lead_status)::text)
  ) as v (field, own, shown)
  where c.workspace_id = find_shown_values.workspace_id and c.id = find_shown_values.root_id
  union all
  select concat_ws(':', 'field', d.id), (
      select o.value from public.contact_field_values o
      where o.workspace_id = d.workspace_id and o.contact_id = find_shown_values.root_id and o.field_id = d.id
    ), (
      select s.value
      from (
        select c.value, c.source, c.as_of, c.from_id, true as is_chosen
        from public.contact_chosen_values c
        where c.workspace_id = d.workspace_id and c.contact_id = find_shown_values.root_id and c.field_id = d.id
          and c.value is not null
        union all
        select o.value, o.source, o.as_of, o.contact_id, false
        from public.contact_field_values o
        where o.workspace_id = d.workspace_id and o.field_id = d.id and o.contact_id = any (array(
            select k.id from public.contacts k
            where k.workspace_id = d.workspace_id and k.root_id = find_shown_values.root_id
          ))
          and (o.contact_id = find_shown_values.root_id or not exists (
            select from public.contact_chosen_values c
            where c.workspace_id = d.workspace_id and c.contact_id = find_shown_values.root_id and c.field_id = d.id
          ))
      ) s
      order by s.is_chosen desc, s.source desc, s.as_of desc, s.from_id
      limit 1
    )
  from public.contact_field_definitions d
  where d.workspace_id = find_shown_values.workspace_id
$$;

-- As before, and a name that staff takes back, so that it is WhatsApp's again, bears who did: it is staff's word all the
-- same. By itself no source takes the place of a higher one.
create or replace function private.contacts_note_changes() returns trigger
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
  if not is_new and old_name <> new.name and old.name_source > new.name_source then
    insert into public.contact_changes (workspace_id, contact_id, field, old_value, new_value, source, changed_by)
    values (new.workspace_id, new.id, 'name', old_name, new.name, new.name_source, private.my_user_id());
  elsif old_name is distinct from new.name then
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

-- As before, and where staff says of what a contact holds itself that it counts, in place of what a merge chose, that is a
-- line of its history too.
create or replace function private.edit_contact(workspace_id uuid, contact_id uuid, changes jsonb) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := edit_contact.workspace_id;
  root uuid;
  stands_for_others boolean;
  before jsonb;
  spoken text[];
begin
  -- Members are locked before everything else, so that nobody is removed while they become an owner.
  perform from public.workspace_members m
  where m.workspace_id = tenant and m.user_id::text = changes ->> 'owner_id'
    and m.workspace_id = any (array(select private.my_workspace_ids()))
  for share;
  root := private.lock_my_contact(tenant, edit_contact.contact_id);
  stands_for_others := exists (
    select from public.contacts k where k.workspace_id = tenant and k.root_id = root and k.id <> root
  );
  if stands_for_others then
    select jsonb_agg(to_jsonb(v)) into before from private.find_shown_values(tenant, root) v;
  end if;
  perform private.write_contact_values(tenant, root, changes, 'staff', clock_timestamp());
  if stands_for_others then
    spoken := array(
      select case e.key when 'owner_id' then 'owner' else e.key end from jsonb_object_keys(changes) as e (key)
      where e.key in ('name', 'email', 'owner_id', 'lead_status')
      union all
      select concat_ws(':', 'field', e.key) from jsonb_object_keys(coalesce(changes -> 'fields', '{}')) as e (key)
    );
    insert into private.contact_own_words as o (workspace_id, contact_id, field, spoken_at)
    select tenant, root, s.field, clock_timestamp() from unnest(spoken) as s (field)
    on conflict (workspace_id, contact_id, field) do update set spoken_at = excluded.spoken_at;
    perform private.settle_chosen(tenant, array[root]);
    insert into public.contact_changes
      (workspace_id, contact_id, field, old_value, new_value, source, changed_by, overrules_merge)
    select tenant, root, b.field, b.shown, a.own, 'staff', private.my_user_id(), true
    from jsonb_to_recordset(before) as b (field text, own text, shown text)
    join private.find_shown_values(tenant, root) a on a.field = b.field
    where b.field = any (spoken) and b.own is not distinct from a.own and b.shown is distinct from a.shown;
    perform private.touch_conversations_of(tenant, array(
      select k.id from public.contacts k where k.workspace_id = tenant and k.root_id = root
    ));
  end if;
end
$$;

-- What was written since a merge, which is active, to those that show who was merged: of each field the latest, and what
-- stood there before the merge. By the id of a merge, or of one of its edges. Blocks and opt-outs that are in force are
-- among them, with the level or the reason as value.
create function private.list_later_edits(workspace_id uuid, merge_id uuid)
returns table (
  id uuid, holder_id uuid, field text, old_value text, old_source public.field_source, old_as_of timestamptz,
  new_value text, source public.field_source, changed_at timestamptz, changed_by uuid, can_go boolean
)
language sql stable
set search_path = ''
as $$
  with recursive edge as (
    select j.survivor_id, j.created_at
    from public.contact_joins j
    where j.workspace_id = list_later_edits.workspace_id and j.is_active and j.source = 'staff'
      and (j.merge_id = list_later_edits.merge_id or j.id = list_later_edits.merge_id)
  ), reached as (
    select e.survivor_id as id, e.created_at as since from edge e
    union
    select j.survivor_id, greatest(r.since, j.created_at)
    from reached r
    join public.contact_joins j
      on j.workspace_id = list_later_edits.workspace_id and j.loser_id = r.id and j.is_active
  ), holder as (
    select r.id, min(r.since) as since from reached r group by r.id
  ), latest as (
    select distinct on (h.contact_id, h.field) h.*, holder.since
    from holder
    join public.contact_changes h on h.workspace_id = list_later_edits.workspace_id and h.contact_id = holder.id
      and h.changed_at > holder.since
    order by h.contact_id, h.field, h.changed_at desc, h.id desc
  )
  select l.id, l.contact_id, l.field,
    case when b.id is not null then b.new_value when f.id is not null then f.old_value else l.new_value end,
    b.source, b.changed_at, l.new_value, l.source, l.changed_at, l.changed_by,
    case
      when l.new_value is null then l.field <> 'lead_status'
      when l.field = 'owner' then exists (
        select from public.workspace_members m
        where m.workspace_id = list_later_edits.workspace_id and m.user_id::text = l.new_value
          and m.removed_at is null
      )
      when l.field like 'field:%' then exists (
        select from public.contact_field_definitions d
        where d.workspace_id = list_later_edits.workspace_id and concat_ws(':', 'field', d.id) = l.field
          and d.archived_at is null and private.is_field_value(d.kind, d.choices, l.new_value)
      )
      else true
    end and (l.field not like 'field:%' or exists (
      select from public.contact_field_definitions d
      where d.workspace_id = list_later_edits.workspace_id and concat_ws(':', 'field', d.id) = l.field
        and d.archived_at is null
    ))
  from latest l
  left join lateral (
    select p.id, p.new_value, p.source, p.changed_at from public.contact_changes p
    where p.workspace_id = l.workspace_id and p.contact_id = l.contact_id and p.field = l.field
      and p.changed_at <= l.since
    order by p.changed_at desc, p.id desc
    limit 1
  ) b on true
  left join lateral (
    select n.id, n.old_value from public.contact_changes n
    where n.workspace_id = l.workspace_id and n.contact_id = l.contact_id and n.field = l.field
      and n.changed_at > l.since and not n.overrules_merge
    order by n.changed_at, n.id
    limit 1
  ) f on true
  where l.source in ('bot', 'import', 'staff') and l.undone_merge_id is null
  union all
  select k.id, k.contact_id, 'block', null, null, null, k.level, 'staff', k.created_at, k.created_by, true
  from holder
  join public.contact_blocks k on k.workspace_id = list_later_edits.workspace_id and k.contact_id = holder.id
  where k.created_at > holder.since and k.ended_at is null and (k.ends_at is null or k.ends_at > now())
  union all
  select o.id, o.contact_id, 'opt_out', null, null, null, o.reason, 'staff', o.created_at, o.created_by, true
  from holder
  join public.contact_opt_outs o on o.workspace_id = list_later_edits.workspace_id and o.contact_id = holder.id
  where o.created_at > holder.since and o.ended_at is null
$$;

-- Undoes a merge as the function of two parameters does, and hands later edits on to contacts that are parted by it.
-- handed_on: by the id of an edit (list_later_edits) the contact that gets it. What is not named stays. Where accounts
-- keep the two one person, nothing is handed on.
-- Errors: those of that function; P0001: 'edits_changed' where one is not the latest any more, or cannot go;
-- 'choice_invalid' where it is to go to somebody else.
create function private.undo_contact_merge(workspace_id uuid, merge_id uuid, handed_on jsonb)
returns table (loser_id uuid, survivor_id uuid)
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := undo_contact_merge.workspace_id;
  edges uuid[];
  decision uuid;
  losers uuid[];
  going jsonb;
  parted jsonb;
begin
  if not tenant = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    raise exception 'not_allowed' using errcode = '42501';
  end if;
  -- Members are locked before contacts: some of them are to become owners.
  perform from public.workspace_members m
  where m.workspace_id = tenant and m.user_id::text = any (array(
    select h.new_value from public.contact_changes h
    where h.workspace_id = tenant and h.field = 'owner'
      and h.id::text = any (array(select k.id from jsonb_object_keys(undo_contact_merge.handed_on) as k (id)))
  ))
  order by m.user_id for share;
  perform from private.lock_merged_contacts(tenant, array(
    select e.id
    from public.contact_joins j
    cross join lateral (values (j.loser_id), (j.survivor_id)) as e (id)
    where j.workspace_id = tenant and j.source = 'staff'
      and (j.merge_id = undo_contact_merge.merge_id or j.id = undo_contact_merge.merge_id)
  ));
  select array_agg(j.id), array_agg(j.loser_id), (array_agg(j.merge_id))[1] into edges, losers, decision
  from public.contact_joins j
  where j.workspace_id = tenant and j.source = 'staff' and j.is_active
    and (j.merge_id = undo_contact_merge.merge_id or j.id = undo_contact_merge.merge_id);
  if edges is null then
    -- Undone already, or there is none.
    return query select u.loser_id, u.survivor_id from private.undo_contact_merge(tenant, undo_contact_merge.merge_id) u;
    return;
  end if;
  if exists (
    select from jsonb_each_text(undo_contact_merge.handed_on) as e (id, loser)
    where e.loser is null or not e.loser = any (losers::text[])
  ) then
    raise exception 'choice_invalid' using errcode = 'P0001';
  end if;
  select coalesce(jsonb_agg(to_jsonb(l) || jsonb_build_object('loser_id', e.loser) order by l.changed_at), '[]')
  into going
  from jsonb_each_text(undo_contact_merge.handed_on) as e (id, loser)
  join private.list_later_edits(tenant, undo_contact_merge.merge_id) l on l.id::text = e.id and l.can_go;
  if jsonb_array_length(going) <> (select count(*) from jsonb_object_keys(undo_contact_merge.handed_on)) then
    raise exception 'edits_changed' using errcode = 'P0001';
  end if;
  select coalesce(jsonb_agg(to_jsonb(u)), '[]') into parted
  from private.undo_contact_merge(tenant, undo_contact_merge.merge_id) u;
  select coalesce(jsonb_agg(g.edit || jsonb_build_object('target_id', l.root_id)), '[]') into going
  from jsonb_array_elements(going) with ordinality as g (edit, place)
  join public.contacts l on l.workspace_id = tenant and l.id = (g.edit ->> 'loser_id')::uuid
  join public.contacts h on h.workspace_id = tenant and h.id = (g.edit ->> 'holder_id')::uuid
  where l.root_id <> h.root_id;
  if going <> '[]' then
    perform private.take_back_edits(tenant, decision, going);
    perform private.give_edits(tenant, going);
  end if;
  return query select p.loser_id, p.survivor_id from jsonb_to_recordset(parted) as p (loser_id uuid, survivor_id uuid);
end
$$;

comment on column public.contact_joins.choices is
  'By field: {value, source, asOf, from}; before, where what was chosen was handed on at an undo: the same, and until when.';

-- Has the contacts that hold these edits hold again what stood there before, with its source. As list_later_edits tells
-- edits, and with loser_id. All of the contacts must be locked.
create function private.take_back_edits(workspace_id uuid, merge_id uuid, edits jsonb) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := take_back_edits.workspace_id;
  holders uuid[] := array(select distinct (e ->> 'holder_id')::uuid from jsonb_array_elements(edits) as e);
  named uuid[];
  roots uuid[];
begin
  perform set_config('my21.notes_changes', 'by_itself', true);
  insert into public.contact_changes
    (workspace_id, contact_id, field, old_value, new_value, source, changed_by, undone_merge_id, handed_to_id)
  select tenant, e.holder_id, e.field, e.new_value, e.old_value, e.old_source, private.my_user_id(),
    take_back_edits.merge_id, e.loser_id
  from jsonb_to_recordset(edits) as e (
    holder_id uuid, field text, old_value text, old_source public.field_source, new_value text, loser_id uuid
  )
  where e.field not in ('block', 'opt_out');

  update public.contacts c
  set name = case when f.fields ? 'name' then f.fields -> 'name' ->> 'old_value' else c.name end,
    name_source = case when not f.fields ? 'name' then c.name_source
      when f.fields -> 'name' ->> 'old_value' is not null
        then coalesce(f.fields -> 'name' ->> 'old_source', 'staff')::public.field_source end,
    name_as_of = case when f.fields ? 'name'
      then (f.fields -> 'name' ->> 'old_as_of')::timestamptz else c.name_as_of end,
    email = case when f.fields ? 'email' then f.fields -> 'email' ->> 'old_value' else c.email end,
    email_source = case when not f.fields ? 'email' then c.email_source
      when f.fields -> 'email' ->> 'old_value' is not null
        then coalesce(f.fields -> 'email' ->> 'old_source', 'staff')::public.field_source end,
    email_as_of = case when f.fields ? 'email'
      then (f.fields -> 'email' ->> 'old_as_of')::timestamptz else c.email_as_of end,
    lead_status = case when f.fields ? 'lead_status'
      then coalesce(f.fields -> 'lead_status' ->> 'old_value', 'new')::public.lead_status else c.lead_status end,
    lead_status_source = case when f.fields ? 'lead_status'
      then (f.fields -> 'lead_status' ->> 'old_source')::public.field_source else c.lead_status_source end,
    lead_status_as_of = case when f.fields ? 'lead_status'
      then (f.fields -> 'lead_status' ->> 'old_as_of')::timestamptz else c.lead_status_as_of end,
    owner_id = case when f.fields ? 'owner' then (f.fields -> 'owner' ->> 'old_value')::uuid else c.owner_id end,
    edited_at = clock_timestamp()
  from (
    select (e ->> 'holder_id')::uuid as holder_id, jsonb_object_agg(e ->> 'field', e) as fields
    from jsonb_array_elements(edits) as e
    group by 1
  ) f
  where c.workspace_id = tenant and c.id = f.holder_id;

  delete from public.contact_field_values v
  using jsonb_to_recordset(edits) as e (holder_id uuid, field text, old_value text)
  where v.workspace_id = tenant and v.contact_id = e.holder_id and e.field like 'field:%' and e.old_value is null
    and v.field_id = substring(e.field from 7)::uuid;
  insert into public.contact_field_values as v (workspace_id, contact_id, field_id, value, source, as_of)
  select tenant, e.holder_id, substring(e.field from 7)::uuid, e.old_value, coalesce(e.old_source, 'staff'),
    coalesce(e.old_as_of, clock_timestamp())
  from jsonb_to_recordset(edits) as e (
    holder_id uuid, field text, old_value text, old_source public.field_source, old_as_of timestamptz
  )
  where e.field like 'field:%' and e.old_value is not null
  on conflict (workspace_id, contact_id, field_id) do update
    set value = excluded.value, source = excluded.source, as_of = excluded.as_of;
  perform set_config('my21.notes_changes', '', true);

  -- Other merges that took it from there take what is there now; what they took until now stays written down.
  update public.contact_joins j
  set choices = j.choices || taken.choices
  from (
    select o.id, jsonb_object_agg(e.field, jsonb_build_object('before', o.choices -> e.field || jsonb_build_object(
      'until', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    )) || case when e.old_value is null then '{}'::jsonb else jsonb_build_object(
      'value', e.old_value, 'source', coalesce(e.old_source, 'staff'), 'asOf', e.old_as_of, 'from', e.holder_id
    ) end) as choices
    from public.contact_joins o
    cross join jsonb_to_recordset(edits) as e (
      holder_id uuid, field text, old_value text, old_source public.field_source, old_as_of timestamptz, new_value text
    )
    where o.workspace_id = tenant and o.is_active and o.source = 'staff' and o.survivor_id = any (array(
        select c.root_id from public.contacts c where c.workspace_id = tenant and c.id = any (holders)
      ))
      and o.choices -> e.field ->> 'from' = e.holder_id::text and o.choices -> e.field ->> 'value' = e.new_value
    group by o.id
  ) taken
  where j.workspace_id = tenant and j.id = taken.id;

  -- What staff said before it counts again, against what other merges chose.
  delete from private.contact_own_words o
  using jsonb_to_recordset(edits) as e (holder_id uuid, field text)
  where o.workspace_id = tenant and o.contact_id = e.holder_id and o.field = e.field;
  insert into private.contact_own_words (workspace_id, contact_id, field, spoken_at)
  select tenant, e.holder_id, e.field, said.changed_at
  from jsonb_to_recordset(edits) as e (holder_id uuid, field text, old_as_of timestamptz)
  cross join lateral (
    select h.changed_at from public.contact_changes h
    where h.workspace_id = tenant and h.contact_id = e.holder_id and h.field = e.field
      and (h.source = 'staff' or h.source = 'whatsapp_profile' and h.changed_by is not null)
      and h.undone_merge_id is null and h.changed_at <= e.old_as_of
      -- Only while it stood for others does that say more than the value does.
      and exists (
        select from public.contact_joins j
        where j.workspace_id = tenant and j.survivor_id = e.holder_id and j.is_active and j.created_at < h.changed_at
      )
    order by h.changed_at desc
    limit 1
  ) said;

  update public.contact_blocks b
  set ended_at = least(clock_timestamp(), b.ends_at), ended_by = private.my_user_id()
  from jsonb_to_recordset(edits) as e (id uuid, field text)
  where b.workspace_id = tenant and b.id = e.id and e.field = 'block' and b.ended_at is null;
  update public.contact_opt_outs o
  set ended_at = clock_timestamp(), ended_by = private.my_user_id()
  from jsonb_to_recordset(edits) as e (id uuid, field text)
  where o.workspace_id = tenant and o.id = e.id and e.field = 'opt_out' and o.ended_at is null;

  -- Who has no name of ours any more is called as WhatsApp says.
  named := array(
    select i.id
    from jsonb_to_recordset(edits) as e (holder_id uuid, field text, old_value text, old_source public.field_source)
    join public.contact_identities i on i.workspace_id = tenant and i.contact_id = e.holder_id
    where e.field = 'name' and (e.old_value is null or e.old_source = 'whatsapp_profile')
  );
  if named <> '{}' then
    perform private.settle_identities(tenant, named);
  end if;
  roots := array(
    select distinct c.root_id from public.contacts c where c.workspace_id = tenant and c.id = any (holders)
  );
  perform private.settle_chosen(tenant, roots);
  perform private.touch_conversations_of(tenant, array(
    select k.id from public.contacts k where k.workspace_id = tenant and k.root_id = any (roots)
  ));
end
$$;

-- Writes edits to the contacts that they are handed on to (target_id), as the signed-in member's word.
create function private.give_edits(workspace_id uuid, edits jsonb) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := give_edits.workspace_id;
  given record;
begin
  for given in
    select (e.edit ->> 'target_id')::uuid as target_id,
      jsonb_object_agg(
        case e.edit ->> 'field' when 'owner' then 'owner_id' else e.edit ->> 'field' end, e.edit -> 'new_value'
        order by e.place
      ) filter (where e.edit ->> 'field' in ('name', 'email', 'owner', 'lead_status')) as changes,
      jsonb_object_agg(substring(e.edit ->> 'field' from 7), e.edit -> 'new_value' order by e.place)
        filter (where e.edit ->> 'field' like 'field:%') as fields
    from jsonb_array_elements(edits) with ordinality as e (edit, place)
    where e.edit ->> 'field' not in ('block', 'opt_out')
    group by 1
    order by 1
  loop
    perform private.edit_contact(tenant, given.target_id, coalesce(given.changes, '{}')
      || case when given.fields is null then '{}'::jsonb else jsonb_build_object('fields', given.fields) end);
  end loop;
  for given in
    select e.target_id, e.field, b.level, b.ends_at, coalesce(b.reason, o.reason) as reason
    from jsonb_to_recordset(edits) as e (id uuid, field text, target_id uuid)
    left join public.contact_blocks b on b.workspace_id = tenant and b.id = e.id and e.field = 'block'
    left join public.contact_opt_outs o on o.workspace_id = tenant and o.id = e.id and e.field = 'opt_out'
    where e.field in ('block', 'opt_out')
    order by e.target_id, e.id
  loop
    if given.field = 'block' then
      perform private.block_contact(tenant, given.target_id, given.level, given.reason, given.ends_at);
    else
      perform private.set_opt_out(tenant, given.target_id, true, given.reason);
    end if;
  end loop;
end
$$;

grant execute on function private.list_later_edits(uuid, uuid) to my21_member;
grant execute on function private.is_field_value(text, text[], text) to my21_member;
grant execute on function private.undo_contact_merge(uuid, uuid, jsonb) to my21_member;
