-- Merges: what staff says is one person. A merge is one edge for each contact that goes under another, of one merge_id;
-- nothing moves. What the plan chose of the fields that differ is an overlay of its edges: it ends with them, and what
-- staff writes to the survivor afterwards comes before it.

alter table public.contact_joins
  -- Edges of one decision, and who took it; null for those of ingest.
  add column merge_id uuid,
  add column made_by uuid references auth.users (id),
  -- SHA-256 of the plan that was carried out.
  add column plan_hash text check (plan_hash ~ '^[0-9a-f]{64}$'),
  -- By field ('name', 'email', 'owner', 'lead_status', 'field:<id>'): {value, source, asOf, from}. from is the contact
  -- whose own value it was, or 'custom'. What is from a contact that has gone its own way again does not count.
  add column choices jsonb not null default '{}' check (jsonb_typeof(choices) = 'object');

create index contact_joins_merge_id on public.contact_joins (workspace_id, merge_id) where merge_id is not null;
create index contact_joins_made_by on public.contact_joins (made_by) where made_by is not null;

-- The cache of what is shown in place of a contact's own values, where that is something else. Shown is
-- coalesce(chosen_x, x), of contacts at a root.
alter table public.contacts
  add column chosen_name text,
  add column chosen_email text,
  add column chosen_lead_status public.lead_status,
  add column chosen_owner_id uuid,
  add foreign key (workspace_id, chosen_owner_id) references public.workspace_members (workspace_id, user_id);

create index contacts_chosen_owner_id on public.contacts (workspace_id, chosen_owner_id)
  where chosen_owner_id is not null;
-- Those are few: names and e-mail addresses are compared row by row.
create index contacts_chosen on public.contacts (workspace_id)
  where chosen_name is not null or chosen_email is not null;

drop index public.contacts_by_name;
alter table public.contacts drop column list_name;
alter table public.contacts add column list_name text collate "C" not null
  generated always as (coalesce(lower(coalesce(chosen_name, name)), chr(1114111))) stored;
create index contacts_by_name on public.contacts (workspace_id, list_name, id) where is_root;
create index contacts_by_owner on public.contacts (workspace_id, coalesce(chosen_owner_id, owner_id)) where is_root;

-- The same with where it comes from, of contacts at a root, custom fields included.
create table public.contact_chosen_values (
  workspace_id uuid not null references public.workspaces (id),
  contact_id uuid not null,
  -- As in contact_changes; field_id says the same of a custom field.
  field text not null,
  field_id uuid,
  -- Null where the contact's own value is what counts, whatever those say that were merged into it.
  value text,
  source public.field_source,
  as_of timestamptz,
  -- Whose own value it was; null for one that was typed for the merge.
  from_id uuid,
  primary key (workspace_id, contact_id, field),
  foreign key (workspace_id, contact_id) references public.contacts (workspace_id, id),
  foreign key (workspace_id, from_id) references public.contacts (workspace_id, id),
  foreign key (workspace_id, field_id) references public.contact_field_definitions (workspace_id, id),
  check ((field_id is not null) = (field like 'field:%')),
  check (value is not null or from_id = contact_id)
);

create index contact_chosen_values_field_id on public.contact_chosen_values (workspace_id, field_id)
  where field_id is not null;
create index contact_chosen_values_from_id on public.contact_chosen_values (workspace_id, from_id)
  where from_id is not null;

-- When staff last wrote a field of a contact that others had been merged into: later than a merge, it comes before what
-- the merge chose, also where the value is the same as it was or none at all.
create table private.contact_own_words (
  workspace_id uuid not null references public.workspaces (id),
  contact_id uuid not null,
  field text not null,
  spoken_at timestamptz not null,
  primary key (workspace_id, contact_id, field),
  foreign key (workspace_id, contact_id) references public.contacts (workspace_id, id)
);

-- What agents would merge: the plan as they saw it.
create table public.merge_proposals (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  contact_ids uuid[] not null check (cardinality(contact_ids) between 2 and 10),
  survivor_id uuid not null,
  -- By field: the id of the contact whose side is taken, or {"custom": value}.
  choices jsonb not null check (jsonb_typeof(choices) = 'object' and length(choices::text) <= 200000),
  plan_hash text not null check (plan_hash ~ '^[0-9a-f]{64}$'),
  reason text not null check (length(reason) between 3 and 500),
  proposer_id uuid not null references auth.users (id),
  created_at timestamptz not null default now(),
  -- 'stale': something had changed when somebody wanted to accept it.
  state text not null default 'open' check (state in ('open', 'accepted', 'rejected', 'stale')),
  decided_by uuid references auth.users (id),
  decided_at timestamptz,
  merge_id uuid,
  unique (workspace_id, id),
  foreign key (workspace_id, survivor_id) references public.contacts (workspace_id, id),
  check (survivor_id = any (contact_ids)),
  check ((state = 'open') = (decided_at is null) and (decided_by is null) = (decided_at is null)),
  check ((state = 'accepted') = (merge_id is not null))
);

create index merge_proposals_open on public.merge_proposals (workspace_id, created_at desc) where state = 'open';
create index merge_proposals_survivor_id on public.merge_proposals (workspace_id, survivor_id);
create index merge_proposals_proposer_id on public.merge_proposals (proposer_id);
create index merge_proposals_decided_by on public.merge_proposals (decided_by) where decided_by is not null;

alter table public.contact_chosen_values enable row level security;
alter table private.contact_own_words enable row level security;
alter table public.merge_proposals enable row level security;

grant select on public.contact_chosen_values, public.merge_proposals to my21_member;

create policy "Members read what merges chose of their workspace's contacts" on public.contact_chosen_values
  for select to my21_member
  using (
    workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
    or (
      workspace_id = any (array(select private.my_restricted_workspace_ids()))
      and (select private.can_see_contact(workspace_id, contact_id))
    )
  );

create policy "Owners and admins read proposed merges, agents their own" on public.merge_proposals
  for select to my21_member
  using (
    workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin')))
    or (
      workspace_id = any (array(select private.my_workspace_ids()))
      and proposer_id = (select private.my_user_id())
    )
  );

-- Has the inboxes that are open show these contacts anew.
create function private.touch_conversations_of(workspace_id uuid, contact_ids uuid[]) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  thread_ids uuid[] := array(
    select c.id
    from public.contact_identities i
    join public.conversations c on c.workspace_id = i.workspace_id and c.identity_id = i.id
    where i.workspace_id = touch_conversations_of.workspace_id
      and i.contact_id = any (touch_conversations_of.contact_ids)
  );
begin
  perform from public.conversations c where c.id = any (thread_ids) order by c.id for no key update;
  update public.conversations c set changed_xid = pg_current_xact_id() where c.id = any (thread_ids) and c.is_root;
end
$$;

-- Brings up to date what is shown in place of these contacts' own values: what the latest active merge into each of them
-- chose, unless staff wrote the field since. Their roots must be right, and they locked.
create function private.settle_chosen(workspace_id uuid, contact_ids uuid[]) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := settle_chosen.workspace_id;
  wanted jsonb;
begin
  with root as materialized (
    select c.id
    from public.contacts c
    where c.workspace_id = tenant and c.id = any (settle_chosen.contact_ids) and c.root_id = c.id
      -- What staff said of it while it stood for others says nothing more than what stands in it.
      and exists (
        select from public.contacts k where k.workspace_id = tenant and k.root_id = c.id and k.id <> c.id
      )
  ), word as (
    select j.survivor_id as contact_id, e.field, e.choice ->> 'value' as value,
      (e.choice ->> 'source')::public.field_source as source, (e.choice ->> 'asOf')::timestamptz as as_of,
      nullif(e.choice ->> 'from', 'custom')::uuid as from_id, j.created_at as said_at, j.id
    from root
    join public.contact_joins j on j.workspace_id = tenant and j.survivor_id = root.id
    cross join lateral jsonb_each(j.choices) as e (field, choice)
    where j.is_active and j.source = 'staff' and (
      e.choice ->> 'from' = 'custom' or exists (
        select from public.contacts f
        where f.workspace_id = tenant and f.id::text = e.choice ->> 'from' and f.root_id = root.id
      )
    )
    union all
    select root.id, o.field, null, null, null, root.id, o.spoken_at, root.id
    from root
    join private.contact_own_words o on o.workspace_id = tenant and o.contact_id = root.id
  ), latest as (
    select distinct on (w.contact_id, w.field) w.contact_id, w.field, w.value, w.source, w.as_of, w.from_id
    from word w
    order by w.contact_id, w.field, w.said_at desc, w.id
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'contact_id', l.contact_id, 'field', l.field,
    'value', case when l.from_id is distinct from l.contact_id then l.value end,
    'source', case when l.from_id is distinct from l.contact_id then l.source end,
    'as_of', case when l.from_id is distinct from l.contact_id then l.as_of end,
    'from_id', l.from_id
  )), '[]') into wanted
  from latest l
  -- Of what everybody has, the survivor's own value is shown anyhow.
  where l.from_id is distinct from l.contact_id or split_part(l.field, ':', 1) = 'field';

  delete from public.contact_chosen_values v
  where v.workspace_id = tenant and v.contact_id = any (settle_chosen.contact_ids)
    and not exists (
      select from jsonb_to_recordset(wanted) as w (contact_id uuid, field text)
      where w.contact_id = v.contact_id and w.field = v.field
    );
  insert into public.contact_chosen_values as v
    (workspace_id, contact_id, field, field_id, value, source, as_of, from_id)
  select tenant, w.contact_id, w.field,
    case when split_part(w.field, ':', 1) = 'field' then split_part(w.field, ':', 2)::uuid end, w.value, w.source, w.as_of, w.from_id
  from jsonb_to_recordset(wanted) as w (
    contact_id uuid, field text, value text, source public.field_source, as_of timestamptz, from_id uuid
  )
  on conflict (workspace_id, contact_id, field) do update
    set value = excluded.value, source = excluded.source, as_of = excluded.as_of, from_id = excluded.from_id
    where (v.value, v.source, v.as_of, v.from_id)
      is distinct from (excluded.value, excluded.source, excluded.as_of, excluded.from_id);

  update public.contacts c
  set chosen_name = n.name, chosen_email = n.email, chosen_lead_status = n.lead_status, chosen_owner_id = n.owner_id
  from (
    select k.id, max(v.value) filter (where v.field = 'name') as name,
      max(v.value) filter (where v.field = 'email') as email,
      (max(v.value) filter (where v.field = 'lead_status'))::public.lead_status as lead_status,
      (max(v.value) filter (where v.field = 'owner'))::uuid as owner_id
    from unnest(settle_chosen.contact_ids) as k (id)
    left join public.contact_chosen_values v on v.workspace_id = tenant and v.contact_id = k.id
    group by k.id
  ) n
  where c.workspace_id = tenant and c.id = n.id
    and (c.chosen_name, c.chosen_email, c.chosen_lead_status, c.chosen_owner_id)
      is distinct from (n.name, n.email, n.lead_status, n.owner_id);
end
$$;

-- Brings up to date whom contacts belong to, over all active edges, and what is shown of those they belong to: of these
-- contacts and of all that belonged with them. Accounts and contacts must be locked.
create function private.settle_contacts(workspace_id uuid, contact_ids uuid[]) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := settle_contacts.workspace_id;
  touched uuid[] := array(
    select k.id from public.contacts k
    where k.workspace_id = tenant and k.root_id = any (array(
      select c.root_id from public.contacts c where c.workspace_id = tenant and c.id = any (settle_contacts.contact_ids)
    ))
  );
begin
  with recursive path as (
    select t.id, t.id as reached from unnest(touched) as t (id)
    union
    select p.id, j.survivor_id
    from path p
    join public.contact_joins j on j.workspace_id = tenant and j.loser_id = p.reached and j.is_active
  ), settled as (
    select p.id, p.reached as root_id from path p
    where not exists (
      select from public.contact_joins j where j.workspace_id = tenant and j.loser_id = p.reached and j.is_active
    )
  )
  update public.contacts c
  set root_id = settled.root_id
  from settled
  where c.workspace_id = tenant and c.id = settled.id and c.root_id <> settled.root_id;
  perform private.settle_chosen(tenant, touched);
  perform private.touch_conversations_of(tenant, touched);
end
$$;

-- Locks contacts, with all that belongs to them and with their accounts before them, in one order. Returns each with its
-- root; those that are not there, or in another workspace, are missing.
create function private.lock_merged_contacts(workspace_id uuid, contact_ids uuid[])
returns table (contact_id uuid, root_id uuid)
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := lock_merged_contacts.workspace_id;
  part_ids uuid[];
  locked uuid[] := '{}';
begin
  loop
    part_ids := array(
      select k.id from public.contacts k
      where k.workspace_id = tenant and k.root_id = any (array(
        select c.root_id from public.contacts c
        where c.workspace_id = tenant and c.id = any (lock_merged_contacts.contact_ids)
      ))
    );
    -- They may have been merged or parted while we waited.
    exit when part_ids <@ locked;
    perform from public.contact_identities i
    where i.workspace_id = tenant and i.contact_id = any (part_ids) order by i.id for no key update;
    perform from public.contacts c where c.workspace_id = tenant and c.id = any (part_ids) order by c.id
    for no key update;
    locked := locked || part_ids;
  end loop;
  return query
  select c.id, c.root_id from public.contacts c
  where c.workspace_id = tenant and c.id = any (lock_merged_contacts.contact_ids);
end
$$;

-- The same for a member who may merge. Errors: 'not_allowed' (42501) for agents and strangers.
create function private.lock_contacts_to_merge(workspace_id uuid, contact_ids uuid[])
returns table (contact_id uuid, root_id uuid)
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  if not lock_contacts_to_merge.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    raise exception 'not_allowed' using errcode = '42501';
  end if;
  return query select l.contact_id, l.root_id
  from private.lock_merged_contacts(lock_contacts_to_merge.workspace_id, lock_contacts_to_merge.contact_ids) l;
end
$$;

-- Carries out a merge as an owner or admin: an edge from each other contact to the survivor. They must be roots. Returns
-- its id. Errors: 'not_allowed' (42501); P0001: 'same_contact', 'contact_not_found', 'already_merged',
-- 'too_many_to_merge', 'reason_length', 'choice_invalid'.
create function private.merge_contacts(
  workspace_id uuid, survivor_id uuid, loser_ids uuid[], choices jsonb, reason text, plan_hash text
) returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := merge_contacts.workspace_id;
  asked uuid[] := merge_contacts.loser_ids || merge_contacts.survivor_id;
  made uuid := gen_random_uuid();
  said text := btrim(merge_contacts.reason, E' \t\r\n');
  roots uuid[];
begin
  if cardinality(merge_contacts.loser_ids) = 0
    or (select count(distinct a.id) from unnest(asked) as a (id)) <> cardinality(asked) then
    raise exception 'same_contact' using errcode = 'P0001';
  end if;
  if cardinality(asked) > 10 then
    raise exception 'too_many_to_merge' using errcode = 'P0001';
  end if;
  if said is null or length(said) not between 3 and 500 then
    raise exception 'reason_length' using errcode = 'P0001';
  end if;
  roots := array(select l.root_id from private.lock_contacts_to_merge(tenant, asked) l);
  if cardinality(roots) <> cardinality(asked) then
    raise exception 'contact_not_found' using errcode = 'P0001';
  end if;
  if not (roots @> asked) then
    raise exception 'already_merged' using errcode = 'P0001';
  end if;
  if exists (
    select from jsonb_each(merge_contacts.choices) as e (field, choice)
    where jsonb_typeof(e.choice) <> 'object' or coalesce(e.choice ->> 'from', '') = ''
      or coalesce(length(e.choice ->> 'value'), 0) not between 1 and 2000
      or (e.choice ->> 'from' <> 'custom' and not exists (
        select from public.contacts k
        where k.workspace_id = tenant and k.id::text = e.choice ->> 'from' and k.root_id = any (asked)
      ))
      or case
        when e.field = 'owner' then not exists (
          select from public.workspace_members m
          where m.workspace_id = tenant and m.user_id::text = e.choice ->> 'value'
        )
        when e.field = 'lead_status' then
          not e.choice ->> 'value' = any (enum_range(null::public.lead_status)::text[])
        when e.field = 'name' then length(e.choice ->> 'value') > 200
        when e.field = 'email' then length(e.choice ->> 'value') > 254
        else not exists (
          select from public.contact_field_definitions d
          where d.workspace_id = tenant and concat_ws(':', 'field', d.id) = e.field
        )
      end
  ) then
    raise exception 'choice_invalid' using errcode = 'P0001';
  end if;
  insert into public.contact_joins
    (workspace_id, loser_id, survivor_id, source, reason, created_at, merge_id, made_by, plan_hash, choices)
  select tenant, l.id, merge_contacts.survivor_id, 'staff', said, clock_timestamp(), made, private.my_user_id(),
    merge_contacts.plan_hash, merge_contacts.choices
  from unnest(merge_contacts.loser_ids) as l (id);
  perform private.settle_contacts(tenant, asked);
  return made;
end
$$;

-- Undoes a merge as an owner or admin, all of it or, by the id of one of its edges, that one. In any order, and again
-- without effect. Accounts that WhatsApp has shown to be one meanwhile stay one person. Returns the contacts that were
-- parted from which. Errors: 'not_allowed' (42501), 'merge_not_found' (P0001).
create function private.undo_contact_merge(workspace_id uuid, merge_id uuid)
returns table (loser_id uuid, survivor_id uuid)
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := undo_contact_merge.workspace_id;
  ends uuid[];
  touched uuid[];
  groups uuid[];
  parted jsonb;
begin
  if not tenant = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    raise exception 'not_allowed' using errcode = '42501';
  end if;
  ends := array(
    select e.id
    from public.contact_joins j
    cross join lateral (values (j.loser_id), (j.survivor_id)) as e (id)
    where j.workspace_id = tenant and j.source = 'staff'
      and (j.merge_id = undo_contact_merge.merge_id or j.id = undo_contact_merge.merge_id)
  );
  if cardinality(ends) = 0 then
    raise exception 'merge_not_found' using errcode = 'P0001';
  end if;
  perform from private.lock_merged_contacts(tenant, ends);
  touched := array(
    select k.id from public.contacts k
    where k.workspace_id = tenant and k.root_id = any (array(
      select c.root_id from public.contacts c where c.workspace_id = tenant and c.id = any (ends)
    ))
  );
  with undone as (
    update public.contact_joins j
    set is_active = false, undone_at = clock_timestamp(), undone_by = private.my_user_id()
    where j.workspace_id = tenant and j.source = 'staff' and j.is_active
      and (j.merge_id = undo_contact_merge.merge_id or j.id = undo_contact_merge.merge_id)
    returning j.loser_id, j.survivor_id
  )
  select coalesce(jsonb_agg(jsonb_build_object('loser_id', u.loser_id, 'survivor_id', u.survivor_id)), '[]')
  into parted
  from undone u;
  if parted = '[]' then
    return;
  end if;
  perform private.settle_contacts(tenant, ends);
  -- Accounts that were joined while the merge held needed no edge of their own.
  groups := array(
    select i.root_id
    from public.contact_identities i
    join public.contacts c on c.workspace_id = tenant and c.id = i.contact_id
    where i.workspace_id = tenant and i.contact_id = any (touched)
    group by i.root_id
    having count(distinct c.root_id) > 1
  );
  if cardinality(groups) > 0 then
    perform private.settle_groups(tenant, groups);
    perform private.settle_contacts(tenant, touched);
  end if;
  perform private.remember_parted(tenant, p.loser_id, p.survivor_id)
  from jsonb_to_recordset(parted) as p (loser_id uuid, survivor_id uuid);
  return query select p.loser_id, p.survivor_id from jsonb_to_recordset(parted) as p (loser_id uuid, survivor_id uuid);
end
$$;

-- Whoever undoes a merge says that the two are different people: they are not brought up again by themselves.
create function private.remember_parted(workspace_id uuid, contact_id uuid, other_id uuid) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  insert into public.duplicate_candidates as d
    (workspace_id, left_id, right_id, score, verdict, evidence, counter_evidence, state, decided_by, decided_at)
  select remember_parted.workspace_id, sides.ids[1], sides.ids[2], 0, 'possible', '[]', '[]', 'different',
    private.my_user_id(), now()
  from (
    select array_agg(c.id order by c.created_at, c.id) as ids
    from public.contacts c
    where c.workspace_id = remember_parted.workspace_id
      and c.id in (remember_parted.contact_id, remember_parted.other_id)
    having count(distinct c.root_id) = 2
  ) sides
  on conflict (workspace_id, left_id, right_id) do update
    set state = 'different', decided_by = excluded.decided_by, decided_at = excluded.decided_at;
end
$$;

-- Proposes a merge as the signed-in member, who sees all of its contacts. Returns its id.
-- Errors: 'not_member', 'contact_not_found' (42501); P0001: 'same_contact', 'already_merged', 'reason_length'.
create function private.propose_merge(
  workspace_id uuid, contact_ids uuid[], survivor_id uuid, choices jsonb, plan_hash text, reason text
) returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := propose_merge.workspace_id;
  asked uuid[] := propose_merge.contact_ids;
  said text := btrim(propose_merge.reason, E' \t\r\n');
  roots uuid[];
  made uuid;
begin
  if not tenant = any (array(select private.my_workspace_ids())) then
    raise exception 'not_member' using errcode = '42501';
  end if;
  if cardinality(asked) < 2 or (select count(distinct a.id) from unnest(asked) as a (id)) <> cardinality(asked) then
    raise exception 'same_contact' using errcode = 'P0001';
  end if;
  if said is null or length(said) not between 3 and 500 then
    raise exception 'reason_length' using errcode = 'P0001';
  end if;
  roots := array(
    select c.root_id from public.contacts c
    where c.workspace_id = tenant and c.id = any (asked) and (
      tenant = any (array(select private.my_unrestricted_workspace_ids())) or private.can_see_contact(tenant, c.id)
    )
  );
  if cardinality(roots) <> cardinality(asked) then
    raise exception 'contact_not_found' using errcode = '42501';
  end if;
  if not (roots @> asked) then
    raise exception 'already_merged' using errcode = 'P0001';
  end if;
  insert into public.merge_proposals as p
    (workspace_id, contact_ids, survivor_id, choices, plan_hash, reason, proposer_id)
  values (tenant, asked, propose_merge.survivor_id, propose_merge.choices, propose_merge.plan_hash, said,
    private.my_user_id())
  returning p.id into made;
  return made;
end
$$;

-- Locks a proposal that is to be decided; nothing where it is not there, not the member's to see, or decided already.
-- Errors: 'not_allowed' (42501): owners and admins decide; who proposed it may only take it back.
create function private.lock_merge_proposal(workspace_id uuid, proposal_id uuid, is_accepted boolean)
returns setof public.merge_proposals
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := lock_merge_proposal.workspace_id;
  is_admin boolean := tenant = any (array(select private.my_workspace_ids_as('owner', 'admin')));
begin
  if not is_admin and (
    lock_merge_proposal.is_accepted or not tenant = any (array(select private.my_workspace_ids()))
  ) then
    raise exception 'not_allowed' using errcode = '42501';
  end if;
  return query
  select p.* from public.merge_proposals p
  where p.workspace_id = tenant and p.id = lock_merge_proposal.proposal_id and p.state = 'open'
    and (is_admin or p.proposer_id = private.my_user_id())
  for no key update;
end
$$;

-- Writes down what became of a proposal. Returns whether it was open. Errors: as above; 'choice_invalid' (P0001) for a
-- merge that was not made.
create function private.decide_merge_proposal(workspace_id uuid, proposal_id uuid, state text, merge_id uuid)
returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := decide_merge_proposal.workspace_id;
begin
  perform from private.lock_merge_proposal(tenant, proposal_id, decide_merge_proposal.state <> 'rejected');
  if not found then
    return false;
  end if;
  if decide_merge_proposal.state not in ('accepted', 'rejected', 'stale')
    or decide_merge_proposal.state = 'accepted' and not exists (
      select from public.contact_joins j
      where j.workspace_id = tenant and j.merge_id = decide_merge_proposal.merge_id
    ) then
    raise exception 'choice_invalid' using errcode = 'P0001';
  end if;
  update public.merge_proposals p
  set state = decide_merge_proposal.state, decided_by = private.my_user_id(), decided_at = clock_timestamp(),
    merge_id = case when decide_merge_proposal.state = 'accepted' then decide_merge_proposal.merge_id end
  where p.workspace_id = tenant and p.id = decide_merge_proposal.proposal_id;
  return true;
end
$$;

grant execute on function private.lock_contacts_to_merge(uuid, uuid[]) to my21_member;
grant execute on function private.merge_contacts(uuid, uuid, uuid[], jsonb, text, text) to my21_member;
grant execute on function private.undo_contact_merge(uuid, uuid) to my21_member;
grant execute on function private.propose_merge(uuid, uuid[], uuid, jsonb, text, text) to my21_member;
grant execute on function private.lock_merge_proposal(uuid, uuid, boolean) to my21_member;
grant execute on function private.decide_merge_proposal(uuid, uuid, text, uuid) to my21_member;

-- As before, and what a merge chose of these fields is shown no longer.
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
  root := private.lock_my_contact(
    edit_contact.workspace_id, edit_contact.contact_id, changes ? 'name' and changes ->> 'name' is null
  );
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

-- As before, but contacts that staff merged are no gap in a group.
create or replace function private.settle_groups(workspace_id uuid, roots uuid[]) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  thread_ids uuid[];
  thread_roots uuid[];
  group_id uuid;
  member_ids uuid[];
  chosen_ids uuid[];
begin
  -- Contacts: all of a group are one, by edges to one of them. Merges of staff stay what they are: where one led out of
  -- the group, the others follow it. Two that staff merged into different people are left to staff.
  update public.contact_joins j
  set is_active = false, undone_at = now()
  from public.contact_identities l
  where l.workspace_id = settle_groups.workspace_id and l.root_id = any (roots)
    and j.workspace_id = settle_groups.workspace_id and j.loser_id = l.contact_id and j.is_active
    and j.source = 'ingest'
    and not exists (
      select from public.contact_identities s
      where s.workspace_id = settle_groups.workspace_id and s.root_id = l.root_id and s.contact_id = j.survivor_id
    );
  for group_id in select distinct r.id from unnest(roots) as r (id) order by r.id loop
    member_ids := array(
      select distinct i.contact_id from public.contact_identities i
      where i.workspace_id = settle_groups.workspace_id and i.root_id = group_id
    );
    with recursive member as (
      select distinct on (i.contact_id) i.contact_id as id, c.name_source, i.id = i.root_id as is_root, c.created_at
      from public.contact_identities i
      join public.contacts c on c.workspace_id = i.workspace_id and c.id = i.contact_id
      where i.workspace_id = settle_groups.workspace_id and i.root_id = group_id
      order by i.contact_id, i.id = i.root_id desc
    ), path as (
      select m.id, m.id as reached from member m
      union
      select p.id, j.survivor_id
      from path p
      join public.contact_joins j
        on j.workspace_id = settle_groups.workspace_id and j.loser_id = p.reached and j.is_active
      where j.source = 'staff' or not j.loser_id = any (member_ids)
    ), top as (
      select p.id, p.reached, p.reached = any (member_ids) as is_inside
      from path p
      where not exists (
        select from public.contact_joins j
        where j.workspace_id = settle_groups.workspace_id and j.loser_id = p.reached and j.is_active
          and (j.source = 'staff' or not j.loser_id = any (member_ids))
      )
    ), centre as (
      select m.id, t.reached
      from member m
      join top t on t.id = m.id
      where not t.is_inside or t.reached = t.id
      order by t.is_inside, m.name_source desc nulls last, m.is_root desc, m.created_at, m.id
      limit 1
    ), wanted as (
      select distinct t.reached as loser_id, centre.id as survivor_id
      from top t
      cross join centre
      where t.is_inside and t.reached <> centre.reached
    ), undone as (
      update public.contact_joins j
      set is_active = false, undone_at = now()
      where j.workspace_id = settle_groups.workspace_id and j.loser_id = any (member_ids) and j.is_active
        and j.source = 'ingest'
        and not exists (select from wanted w where w.loser_id = j.loser_id and w.survivor_id = j.survivor_id)
      returning j.id
    )
    insert into public.contact_joins (workspace_id, loser_id, survivor_id, source, reason)
    select settle_groups.workspace_id, w.loser_id, w.survivor_id, 'ingest', 'identities_joined'
    from wanted w
    where not exists (
        select from public.contact_joins j
        where j.workspace_id = settle_groups.workspace_id and j.loser_id = w.loser_id
          and j.survivor_id = w.survivor_id and j.is_active
      )
      -- Waits for the edges that end: a loser has one active edge at most.
      and (select count(*) from undone) >= 0;
  end loop;

  with recursive touched as (
    select i.contact_id as id from public.contact_identities i
    where i.workspace_id = settle_groups.workspace_id and i.root_id = any (roots)
    union
    select below.id
    from touched t
    join public.contacts below on below.workspace_id = settle_groups.workspace_id and below.root_id = t.id
  ), path as (
    select t.id, t.id as reached from touched t
    union
    select p.id, j.survivor_id
    from path p
    join public.contact_joins j
      on j.workspace_id = settle_groups.workspace_id and j.loser_id = p.reached and j.is_active
  ), settled as (
    select p.id, p.reached as root_id from path p
    where not exists (
      select from public.contact_joins j
      where j.workspace_id = settle_groups.workspace_id and j.loser_id = p.reached and j.is_active
    )
  )
  update public.contacts c
  set root_id = settled.root_id
  from settled
  where c.workspace_id = settle_groups.workspace_id and c.id = settled.id and c.root_id <> settled.root_id;

  chosen_ids := array(
    select distinct k.id
    from public.contact_identities i
    join public.contacts c on c.workspace_id = i.workspace_id and c.id = i.contact_id
    join public.contacts k on k.workspace_id = c.workspace_id and k.root_id = c.root_id
    where i.workspace_id = settle_groups.workspace_id and i.root_id = any (roots)
  );
  if exists (
    select from public.contact_joins j
    where j.workspace_id = settle_groups.workspace_id and j.survivor_id = any (chosen_ids) and j.source = 'staff'
  ) then
    perform private.settle_chosen(settle_groups.workspace_id, chosen_ids);
  end if;

  -- Threads: of each channel the root identity's goes on, else the oldest.
  perform from public.conversations c
  join public.contact_identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
  where c.workspace_id = settle_groups.workspace_id and i.root_id = any (roots)
  order by c.id
  for no key update of c;

  with member as (
    select c.id, c.channel_id, i.root_id as identity_root, c.identity_id = i.root_id as is_root, c.created_at
    from public.conversations c
    join public.contact_identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
    where c.workspace_id = settle_groups.workspace_id and i.root_id = any (roots)
      and not exists (
        select from public.conversation_joins j
        where j.workspace_id = c.workspace_id and j.loser_id = c.id and j.is_active and j.source = 'staff'
      )
  ), wanted as (
    select m.id as loser_id, first_value(m.id) over (
      partition by m.identity_root, m.channel_id order by m.is_root desc, m.created_at, m.id
    ) as survivor_id
    from member m
  ), undone as (
    update public.conversation_joins j
    set is_active = false, undone_at = now()
    from wanted w
    where j.workspace_id = settle_groups.workspace_id and j.loser_id = w.loser_id and j.is_active
      and j.source = 'ingest' and j.survivor_id <> w.survivor_id
    returning j.id
  )
  insert into public.conversation_joins (workspace_id, loser_id, survivor_id, source, reason)
  select settle_groups.workspace_id, w.loser_id, w.survivor_id, 'ingest', 'identities_joined'
  from wanted w
  where w.loser_id <> w.survivor_id
    and not exists (
      select from public.conversation_joins j
      where j.workspace_id = settle_groups.workspace_id and j.loser_id = w.loser_id
        and j.survivor_id = w.survivor_id and j.is_active
    )
    and (select count(*) from undone) >= 0;

  with recursive touched as (
    select c.id
    from public.conversations c
    join public.contact_identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
    where c.workspace_id = settle_groups.workspace_id and i.root_id = any (roots)
    union
    select below.id
    from touched t
    join public.conversations below on below.workspace_id = settle_groups.workspace_id and below.root_id = t.id
  ), path as (
    select t.id, t.id as reached from touched t
    union
    select p.id, j.survivor_id
    from path p
    join public.conversation_joins j
      on j.workspace_id = settle_groups.workspace_id and j.loser_id = p.reached and j.is_active
  )
  select array_agg(p.id), array_agg(p.reached)
  into thread_ids, thread_roots
  from path p
  where not exists (
    select from public.conversation_joins j
    where j.workspace_id = settle_groups.workspace_id and j.loser_id = p.reached and j.is_active
  );
  if thread_ids is not null then
    perform private.regroup_conversations(settle_groups.workspace_id, thread_ids, thread_roots);
  end if;
end
$$;

-- The status that is shown of the contact whom an account belongs to, over all joins.
create or replace function private.find_lead_status(identity_id uuid) returns public.lead_status
language sql stable security definer
set search_path = ''
as $$
  select coalesce(p.chosen_lead_status, p.lead_status)
  from public.contact_identities own
  join public.contact_identities i on i.id = own.root_id
  join public.contacts kept on kept.id = i.contact_id
  join public.contacts p on p.id = kept.root_id
  where own.id = find_lead_status.identity_id
$$;

drop trigger contacts_settle_lead_status on public.contacts;
create trigger contacts_settle_lead_status after update of lead_status, chosen_lead_status, root_id on public.contacts
  for each row when (
    old.lead_status <> new.lead_status or old.root_id <> new.root_id
    or old.chosen_lead_status is distinct from new.chosen_lead_status
  )
  execute function private.contacts_settle_lead_status();

-- As before, also by what merges chose, which is also what is shown.
create or replace function private.search_contacts(
  workspace_id uuid, phones text[], phone_starts text[], last_digits text, email text, name text, page_size integer
) returns table (
  contact_id uuid, conversation_id uuid, contact_name text, address text, match_kind text, match_text text
)
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := search_contacts.workspace_id;
  sight uuid[] := private.list_sight(tenant);
  -- The contacts of those conversations, with all that were joined with them.
  people uuid[];
  -- Sorts after every character that a name, number or address has.
  highest text := chr(1114111);
  folded text := nullif(private.fold_name(search_contacts.name), ' ');
  patterns text[];
  typed_email text := lower(search_contacts.email);
  reversed text := reverse(search_contacts.last_digits);
begin
  -- Not as a setting of the function: who owns it is no superuser, and may set only what is loaded already.
  perform set_config('pg_trgm.word_similarity_threshold', '0.4', true);
  if sight is not null then
    people := array(
      select k.id
      from public.conversations c
      join public.contact_identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
      join public.contacts own on own.workspace_id = i.workspace_id and own.id = i.contact_id
      join public.contacts k on k.workspace_id = own.workspace_id and k.root_id = own.root_id
      where c.workspace_id = tenant and c.id = any (sight)
    );
  end if;
  if folded is not null then
    -- The longest first: three of them narrow it down in the index, the others are compared.
    select array_agg('% ' || word || '%' order by length(word) desc)
    into patterns
    from unnest(string_to_array(ltrim(folded), ' ')) as word;
    -- One letter begins too many words.
    if length(patterns[1]) < 5 and octet_length(patterns[1]) = length(patterns[1]) then
      patterns := null;
    end if;
  end if;
  return query
  with strict_hits as (
    (
      select i.contact_id, 0 as rank, 'phone' as kind, null::text as found
      from public.contact_identities i
      where i.workspace_id = tenant and i.phone_normalized = any (phones)
        and (people is null or i.contact_id = any (people))
      limit 25
    ) union all (
      select i.contact_id, 1, 'former_phone', p.phone_normalized
      from public.identity_phones p
      join public.contact_identities i on i.workspace_id = p.workspace_id and i.id = p.identity_id
      where p.workspace_id = tenant and p.phone_normalized = any (phones)
        and p.phone_normalized is distinct from i.phone_normalized and (people is null or i.contact_id = any (people))
      limit 25
    ) union all (
      select k.id, 2, 'email', k.email
      from public.contacts k
      where k.workspace_id = tenant and k.email is not null
        and lower(k.email) operator(pg_catalog.~>=~) typed_email
        and lower(k.email) operator(pg_catalog.~<~) (typed_email || highest)
        and (people is null or k.id = any (people))
      limit 25
    ) union all (
      select i.contact_id, 3, 'phone', null
      from unnest(phone_starts) as start
      cross join lateral (
        select i.contact_id
        from public.contact_identities i
        where i.workspace_id = tenant and i.phone_normalized is not null
          and i.phone_normalized operator(pg_catalog.~>=~) start
          and i.phone_normalized operator(pg_catalog.~<~) (start || highest)
          and (people is null or i.contact_id = any (people))
        limit 25
      ) i
    ) union all (
      select k.id, 4, 'name', null
      from public.contacts k
      where k.workspace_id = tenant and k.name is not null
        and private.fold_name(k.name) operator(pg_catalog.~>=~) folded
        and private.fold_name(k.name) operator(pg_catalog.~<~) (folded || highest)
        and (people is null or k.id = any (people))
      limit 25
    ) union all (
      select k.id, case when k.chosen_email is not null and starts_with(lower(k.chosen_email), typed_email) then 2 else 4 end,
        case when k.chosen_email is not null and starts_with(lower(k.chosen_email), typed_email) then 'email' else 'name' end,
        case when starts_with(lower(k.chosen_email), typed_email) then k.chosen_email end
      from public.contacts k
      where k.workspace_id = tenant and (k.chosen_name is not null or k.chosen_email is not null)
        and (starts_with(lower(k.chosen_email), typed_email) or starts_with(private.fold_name(k.chosen_name), folded))
        and (people is null or k.id = any (people))
      limit 25
    ) union all (
      select i.contact_id, 5, 'name', null
      from public.contact_identities i
      where i.workspace_id = tenant
        and private.fold_name(coalesce(i.profile_name, '') || ' ' || coalesce(i.username, ''))
          operator(pg_catalog.~>=~) folded
        and private.fold_name(coalesce(i.profile_name, '') || ' ' || coalesce(i.username, ''))
          operator(pg_catalog.~<~) (folded || highest)
        and (people is null or i.contact_id = any (people))
      limit 25
    ) union all (
      select i.contact_id, 6, 'phone', null
      from public.contact_identities i
      where i.workspace_id = tenant and i.phone_normalized is not null
        and reverse(i.phone_normalized) operator(pg_catalog.~>=~) reversed
        and reverse(i.phone_normalized) operator(pg_catalog.~<~) (reversed || highest)
        and (people is null or i.contact_id = any (people))
      limit 25
    ) union all (
      select i.contact_id, 7, 'former_phone', p.phone_normalized
      from public.identity_phones p
      join public.contact_identities i on i.workspace_id = p.workspace_id and i.id = p.identity_id
      where p.workspace_id = tenant and p.phone_normalized is distinct from i.phone_normalized
        and reverse(p.phone_normalized) operator(pg_catalog.~>=~) reversed
        and reverse(p.phone_normalized) operator(pg_catalog.~<~) (reversed || highest)
        and (people is null or i.contact_id = any (people))
      limit 25
    )
  ), word_hits as (
    (
      select k.id as contact_id, 8 as rank, 'name' as kind, null::text as found
      from public.contacts k
      where k.workspace_id = tenant and k.name is not null and private.fold_name(k.name) like patterns[1]
        and private.fold_name(k.name) like coalesce(patterns[2], patterns[1])
        and private.fold_name(k.name) like coalesce(patterns[3], patterns[1])
        and private.fold_name(k.name) like all (patterns) and (people is null or k.id = any (people))
        and (select count(*) from strict_hits) < search_contacts.page_size
      limit 25
    ) union all (
      select k.id, 8, 'name', null
      from public.contacts k
      where k.workspace_id = tenant and (k.chosen_name is not null or k.chosen_email is not null)
        and private.fold_name(k.chosen_name) like all (patterns) and (people is null or k.id = any (people))
        and (select count(*) from strict_hits) < search_contacts.page_size
      limit 25
    ) union all (
      select i.contact_id, 9, 'name', null
      from public.contact_identities i
      where i.workspace_id = tenant
        and private.fold_name(coalesce(i.profile_name, '') || ' ' || coalesce(i.username, '')) like patterns[1]
        and private.fold_name(coalesce(i.profile_name, '') || ' ' || coalesce(i.username, '')) like coalesce(patterns[2], patterns[1])
        and private.fold_name(coalesce(i.profile_name, '') || ' ' || coalesce(i.username, '')) like coalesce(patterns[3], patterns[1])
        and private.fold_name(coalesce(i.profile_name, '') || ' ' || coalesce(i.username, '')) like all (patterns)
        and (people is null or i.contact_id = any (people))
        and (select count(*) from strict_hits) < search_contacts.page_size
      limit 25
    )
  ), alike_contacts as (
    (
      select k.id as contact_id, 10 as rank, 'name' as kind, null::text as found
      from public.contacts k
      where k.workspace_id = tenant and k.name is not null and patterns is not null
        and private.fold_name(k.name) operator(extensions.%>) folded and (people is null or k.id = any (people))
        and not exists (select from strict_hits) and not exists (select from word_hits)
      limit 200
    ) union all (
      select k.id, 10, 'name', null
      from public.contacts k
      where k.workspace_id = tenant and (k.chosen_name is not null or k.chosen_email is not null)
        and patterns is not null and private.fold_name(k.chosen_name) operator(extensions.%>) folded
        and (people is null or k.id = any (people))
        and not exists (select from strict_hits) and not exists (select from word_hits)
      limit 200
    )
  ), alike_identities as (
    select i.contact_id, 10, 'name', null
    from public.contact_identities i
    where i.workspace_id = tenant and patterns is not null
      and private.fold_name(coalesce(i.profile_name, '') || ' ' || coalesce(i.username, '')) operator(extensions.%>) folded
      and (people is null or i.contact_id = any (people))
      and not exists (select from strict_hits) and not exists (select from word_hits)
      and not exists (select from alike_contacts)
    limit 200
  ), best as (
    select distinct on (k.root_id) k.root_id, h.rank, h.kind, h.found
    from (
      select * from strict_hits union all select * from word_hits union all select * from alike_contacts
      union all select * from alike_identities
    ) h
    join public.contacts k on k.workspace_id = tenant and k.id = h.contact_id
    order by k.root_id, h.rank
  )
  select k.id, thread.id, coalesce(k.chosen_name, k.name, who.profile_name), coalesce(who.phone, '@' || who.username),
    best.kind, best.found
  from best
  join public.contacts k on k.workspace_id = tenant and k.id = best.root_id
  left join lateral (
    select c.id, c.last_activity_at, c.identity_id
    from public.contacts j
    join public.contact_identities i on i.workspace_id = j.workspace_id and i.contact_id = j.id
    join public.conversations c on c.workspace_id = i.workspace_id and c.identity_id = i.id
    where j.workspace_id = tenant and j.root_id = k.id and c.is_root
      and (sight is null or c.id = any (sight))
    order by c.last_activity_at desc, c.id desc
    limit 1
  ) thread on true
  left join lateral (
    select i.profile_name, i.phone, i.username
    from public.contacts j
    join public.contact_identities i on i.workspace_id = j.workspace_id and i.contact_id = j.id
    where j.workspace_id = tenant and j.root_id = k.id
    order by i.id = thread.identity_id desc nulls last, i.phone is null, i.id
    limit 1
  ) who on true
  where sight is null or thread.id is not null
  order by best.rank,
    case when best.rank = 10
      then - extensions.word_similarity(folded, private.fold_name(coalesce(k.chosen_name, k.name, who.profile_name))) else 0 end,
    thread.last_activity_at desc nulls last, k.id
  limit search_contacts.page_size;
end
$$;

create or replace function private.search_messages(
  workspace_id uuid, words text, before_at timestamptz, before_id uuid, page_size integer
) returns table (
  message_id uuid, conversation_id uuid, contact_name text, address text, body text,
  direction public.message_direction, occurred_at timestamptz, stems text[]
)
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := search_messages.workspace_id;
  sight uuid[] := private.list_sight(tenant);
  said text[] := (string_to_array(btrim(private.fold_words(left(search_messages.words, 300))), ' '))[1:10];
  wanted tsquery := private.make_search_query(said);
  until_at timestamptz := coalesce(search_messages.before_at, 'infinity');
  until_id uuid := coalesce(search_messages.before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  forms text[];
  hits uuid[];
begin
  hits := array(
    select w.message_id
    from (
      select w.message_id, w.conversation_id, w.words, w.occurred_at
      from private.message_words w
      where w.workspace_id = tenant and (w.occurred_at, w.message_id) < (until_at, until_id)
      order by w.occurred_at desc, w.message_id desc
      limit 4000
    ) w
    where w.words @@ wanted and (sight is null or w.conversation_id = any (sight))
    order by w.occurred_at desc, w.message_id desc
    limit search_messages.page_size
  );
  if cardinality(hits) < search_messages.page_size then
    hits := array(
      with every_hit as materialized (
        select w.message_id, w.occurred_at
        from private.message_words w
        where w.workspace_id = tenant and w.words @@ wanted and (sight is null or w.conversation_id = any (sight))
      )
      select h.message_id
      from every_hit h
      where (h.occurred_at, h.message_id) < (until_at, until_id)
      order by h.occurred_at desc, h.message_id desc
      limit search_messages.page_size
    );
  end if;
  forms := array(
    select distinct form
    from unnest(said) as word
    cross join lateral unnest(
      array[word] || ts_lexize('pg_catalog.indonesian_stem', word) || ts_lexize('pg_catalog.english_stem', word)
    ) as form
  );
  return query
  select m.id, c.root_id, coalesce(k.chosen_name, k.name, i.profile_name), coalesce(i.phone, '@' || i.username), m.text, m.direction,
    m.occurred_at::timestamptz, forms
  from unnest(hits) as hit
  join public.messages m on m.workspace_id = tenant and m.id = hit
  join public.conversations c on c.workspace_id = tenant and c.id = m.conversation_id
  join public.contact_identities own on own.workspace_id = tenant and own.id = c.identity_id
  join public.contact_identities i on i.workspace_id = tenant and i.id = own.root_id
  join public.contacts kept on kept.workspace_id = tenant and kept.id = i.contact_id
  join public.contacts k on k.workspace_id = tenant and k.id = kept.root_id
  order by m.occurred_at desc, m.id desc;
end
$$;
