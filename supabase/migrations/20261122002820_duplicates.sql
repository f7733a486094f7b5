-- Duplicates: pairs of contacts that may be one person, as the worker found them, and what people said of them.

create type public.duplicate_verdict as enum ('same', 'likely', 'possible');

-- 'different' is what a person said, and stays for good. 'merged' and 'gone' follow from the contacts, and end with it.
create type public.duplicate_state as enum ('open', 'different', 'merged', 'gone');

create table public.duplicate_candidates (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  -- The older contact (by time, then by id) and the younger: roots when the pair was found.
  left_id uuid not null,
  right_id uuid not null,
  -- Logarithm to base 2 of the odds that the two are one person.
  score double precision not null,
  verdict public.duplicate_verdict not null,
  -- Findings, strongest first.
  evidence jsonb not null,
  counter_evidence jsonb not null,
  -- The one finding that would move the pair over the line between likely and possible; null where none could.
  turning_point jsonb,
  found_at timestamptz not null default now(),
  -- When the two were compared last.
  weighed_at timestamptz not null default now(),
  state public.duplicate_state not null default 'open',
  decided_by uuid references auth.users (id),
  decided_at timestamptz,
  unique (workspace_id, left_id, right_id),
  foreign key (workspace_id, left_id) references public.contacts (workspace_id, id),
  foreign key (workspace_id, right_id) references public.contacts (workspace_id, id),
  check (left_id <> right_id),
  check ((state = 'different') = (decided_at is not null) and (decided_by is null) = (decided_at is null))
);

create index duplicate_candidates_right on public.duplicate_candidates (workspace_id, right_id);
create index duplicate_candidates_open on public.duplicate_candidates (workspace_id, score, id) where state = 'open';
create index duplicate_candidates_different on public.duplicate_candidates (workspace_id, left_id, right_id)
  where state = 'different';
create index duplicate_candidates_decided_by on public.duplicate_candidates (decided_by) where decided_by is not null;

alter table public.duplicate_candidates enable row level security;
grant select on public.duplicate_candidates to my21_member;

create policy "Members read their workspace's duplicate candidates" on public.duplicate_candidates
  for select to my21_member
  using (
    workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
    or (
      workspace_id = any (array(select private.my_restricted_workspace_ids()))
      and (select private.can_see_contact(workspace_id, left_id))
      and (select private.can_see_contact(workspace_id, right_id))
    )
  );

-- What the worker looks contacts up by: hashes of their blocking keys, and of the terms by which it knows what is common.
-- One row for each contact that is a root.
create table private.duplicate_keys (
  workspace_id uuid not null references public.workspaces (id),
  contact_id uuid not null,
  keys bigint[] not null,
  terms bigint[] not null,
  -- Of the code that made the keys: others are made anew.
  version smallint not null,
  -- When it was compared with its sharers; null where it waits for a run over all contacts.
  compared_at timestamptz,
  -- Not beginning with the workspace: else Postgres might look through all of one instead of asking for keys.
  primary key (contact_id, workspace_id),
  foreign key (workspace_id, contact_id) references public.contacts (workspace_id, id)
);

-- Written by the worker alone, which asks at once for what it wrote.
create index duplicate_keys_keys on private.duplicate_keys using gin (workspace_id, keys) with (fastupdate = off);

-- How many contacts of a workspace have a term.
create table private.duplicate_terms (
  workspace_id uuid not null references public.workspaces (id),
  term bigint not null,
  holders integer not null,
  primary key (workspace_id, term)
);

-- One row for each workspace in which there was something to compare. Who works on a workspace locks it.
create table private.duplicate_marks (
  workspace_id uuid primary key references public.workspaces (id),
  -- Those with keys.
  contacts integer not null default 0,
  -- Runs over all contacts: asked for by a member or by the worker, and none where nobody asks.
  run_asked_at timestamptz,
  run_started_at timestamptz,
  run_leased_until timestamptz,
  run_finished_at timestamptz
);

-- Contacts that changed in something that is compared and were not looked at since. Rows are only ever added, whatever
-- stands there already, so that nobody waits for anybody; the worker takes them out together with what it found.
create table private.changed_contacts (
  id bigint generated always as identity primary key,
  workspace_id uuid not null references public.workspaces (id),
  contact_id uuid not null
);

create index changed_contacts_workspace on private.changed_contacts (workspace_id, id);

alter table private.duplicate_keys enable row level security;
alter table private.duplicate_terms enable row level security;
alter table private.duplicate_marks enable row level security;
alter table private.changed_contacts enable row level security;

-- Brings the state of the pairs of a contact up to date, whose root became another one. Pairs that the worker has locked
-- are left to it: it has not looked at the contact yet, which waits in the queue. Nobody waits for anybody.
create function private.settle_duplicates(workspace_id uuid, contact_id uuid) returns void
language sql volatile security definer
set search_path = ''
as $$
  update public.duplicate_candidates d
  set state = found.state
  from (
    select p.id, case
      when l.root_id = r.root_id then 'merged'
      when l.root_id <> l.id or r.root_id <> r.id then 'gone'
      when p.state = 'merged' then 'open'
      else p.state
    end::public.duplicate_state as state
    from public.duplicate_candidates p
    join public.contacts l on l.id = p.left_id
    join public.contacts r on r.id = p.right_id
    where p.workspace_id = settle_duplicates.workspace_id
      and (p.left_id = settle_duplicates.contact_id or p.right_id = settle_duplicates.contact_id)
      and p.state <> 'different'
    for no key update of p skip locked
  ) found
  where d.id = found.id and d.state <> found.state
$$;

create function private.contacts_queue_changed() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  insert into private.changed_contacts (workspace_id, contact_id)
  select distinct new.workspace_id, changed.id from unnest(array[new.id, new.root_id, old.root_id]) as changed (id);
  if new.root_id <> old.root_id then
    perform private.settle_duplicates(new.workspace_id, new.id);
  end if;
  return null;
end
$$;

create function private.contacts_queue_added() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  insert into private.changed_contacts (workspace_id, contact_id)
  select n.workspace_id, n.id from added_rows n order by n.id;
  return null;
end
$$;

create trigger contacts_queue_added after insert on public.contacts
  referencing new table as added_rows
  for each statement execute function private.contacts_queue_added();
create trigger contacts_queue_changed after update on public.contacts
  for each row when (
    (old.name, old.name_source, old.email, old.root_id) is distinct from
    (new.name, new.name_source, new.email, new.root_id)
  )
  execute function private.contacts_queue_changed();

create function private.contact_identities_queue_changed() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  insert into private.changed_contacts (workspace_id, contact_id)
  select distinct new.workspace_id, changed.id from unnest(array[new.contact_id, old.contact_id]) as changed (id);
  return null;
end
$$;

create function private.contact_identities_queue_added() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  insert into private.changed_contacts (workspace_id, contact_id)
  select distinct n.workspace_id, n.contact_id from added_rows n;
  return null;
end
$$;

create trigger contact_identities_queue_added after insert on public.contact_identities
  referencing new table as added_rows
  for each statement execute function private.contact_identities_queue_added();
create trigger contact_identities_queue_changed after update on public.contact_identities
  for each row when (
    (old.contact_id, old.root_id, old.phone, old.phone_normalized, old.profile_name) is distinct from
    (new.contact_id, new.root_id, new.phone, new.phone_normalized, new.profile_name)
  )
  execute function private.contact_identities_queue_changed();

-- Ids and former numbers name an account.
create function private.account_facts_queue_added() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  insert into private.changed_contacts (workspace_id, contact_id)
  select distinct i.workspace_id, i.contact_id
  from added_rows n
  join public.contact_identities i on i.workspace_id = n.workspace_id and i.id = n.identity_id;
  return null;
end
$$;

create function private.business_scoped_ids_queue_changed() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  insert into private.changed_contacts (workspace_id, contact_id)
  select distinct i.workspace_id, i.contact_id from public.contact_identities i
  where i.workspace_id = new.workspace_id and i.id in (new.identity_id, old.identity_id);
  return null;
end
$$;

create trigger business_scoped_ids_queue_added after insert on public.business_scoped_ids
  referencing new table as added_rows
  for each statement execute function private.account_facts_queue_added();
create trigger business_scoped_ids_queue_changed after update on public.business_scoped_ids
  for each row when (old.identity_id <> new.identity_id)
  execute function private.business_scoped_ids_queue_changed();
create trigger identity_phones_queue_added after insert on public.identity_phones
  referencing new table as added_rows
  for each statement execute function private.account_facts_queue_added();

create function private.contact_field_values_queue_changed() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  insert into private.changed_contacts (workspace_id, contact_id)
  select distinct n.workspace_id, n.contact_id from changed_rows n;
  return null;
end
$$;

create trigger contact_field_values_queue_added after insert on public.contact_field_values
  referencing new table as changed_rows
  for each statement execute function private.contact_field_values_queue_changed();
create trigger contact_field_values_queue_changed after update on public.contact_field_values
  referencing new table as changed_rows
  for each statement execute function private.contact_field_values_queue_changed();
create trigger contact_field_values_queue_removed after delete on public.contact_field_values
  referencing old table as changed_rows
  for each statement execute function private.contact_field_values_queue_changed();

-- Those who are there already.
insert into private.changed_contacts (workspace_id, contact_id)
select c.workspace_id, c.id from public.contacts c where c.root_id = c.id;

-- The candidate as a member names it, locked.
-- Errors: 42501 where it is not to see.
create function private.lock_duplicate(workspace_id uuid, candidate_id uuid) returns public.duplicate_candidates
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  found_row public.duplicate_candidates;
begin
  select d.* into found_row from public.duplicate_candidates d
  where d.workspace_id = lock_duplicate.workspace_id and d.id = lock_duplicate.candidate_id
    and (
      d.workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
      or (
        d.workspace_id = any (array(select private.my_restricted_workspace_ids()))
        and private.can_see_contact(d.workspace_id, d.left_id)
        and private.can_see_contact(d.workspace_id, d.right_id)
      )
    )
  for no key update;
  if not found then
    raise exception 'no such candidate' using errcode = '42501';
  end if;
  return found_row;
end
$$;

-- Says that the two are different people: they are never brought up again by themselves. What was said already stays.
-- Errors: 42501 where the candidate is not to see; 'already_merged' (P0001) where they are one contact by now.
create function private.tell_contacts_apart(workspace_id uuid, candidate_id uuid) returns public.duplicate_state
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  candidate public.duplicate_candidates :=
    private.lock_duplicate(tell_contacts_apart.workspace_id, tell_contacts_apart.candidate_id);
begin
  if candidate.state = 'merged' then
    raise exception 'already_merged' using errcode = 'P0001';
  end if;
  update public.duplicate_candidates d
  set state = 'different', decided_by = private.my_user_id(), decided_at = now()
  where d.id = candidate.id and d.state <> 'different';
  return 'different';
end
$$;

-- Takes that back: by who said it, by an owner or an admin. The two are looked at anew.
-- Errors: 42501 where the candidate is not to see; 'not_yours' (P0001) where a colleague said it.
create function private.take_back_apart(workspace_id uuid, candidate_id uuid) returns public.duplicate_state
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  candidate public.duplicate_candidates :=
    private.lock_duplicate(take_back_apart.workspace_id, take_back_apart.candidate_id);
  now_state public.duplicate_state;
begin
  if candidate.state <> 'different' then
    return candidate.state;
  end if;
  if candidate.decided_by <> private.my_user_id()
    and not candidate.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    raise exception 'not_yours' using errcode = 'P0001';
  end if;
  select case when l.root_id = r.root_id then 'merged' when l.root_id <> l.id or r.root_id <> r.id then 'gone'
    else 'open' end
  into now_state
  from public.contacts l, public.contacts r
  where l.workspace_id = candidate.workspace_id and l.id = candidate.left_id
    and r.workspace_id = candidate.workspace_id and r.id = candidate.right_id;
  update public.duplicate_candidates d
  set state = now_state, decided_by = null, decided_at = null
  where d.id = candidate.id;
  insert into private.changed_contacts (workspace_id, contact_id)
  select c.workspace_id, c.root_id from public.contacts c
  where c.workspace_id = candidate.workspace_id and c.id in (candidate.left_id, candidate.right_id);
  return now_state;
end
$$;

-- Asks the worker to look at all contacts anew. As an owner or admin; 42501 else.
create function private.ask_for_duplicates(workspace_id uuid) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  if not ask_for_duplicates.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    raise exception 'not an owner or admin' using errcode = '42501';
  end if;
  insert into private.duplicate_marks as m (workspace_id, run_asked_at) values (ask_for_duplicates.workspace_id, now())
  on conflict on constraint duplicate_marks_pkey do update set run_asked_at = coalesce(m.run_asked_at, now());
end
$$;

-- How far the search is; no row where the caller is no member.
create function private.duplicate_search(workspace_id uuid)
returns table (is_running boolean, finished_at timestamptz, has_changes boolean)
language sql stable security definer
set search_path = ''
as $$
  select coalesce(m.run_asked_at is not null or m.run_leased_until > now(), false), m.run_finished_at,
    exists (select from private.changed_contacts q where q.workspace_id = duplicate_search.workspace_id)
  from unnest(array(select private.my_workspace_ids())) as mine (id)
  left join private.duplicate_marks m on m.workspace_id = mine.id
  where mine.id = duplicate_search.workspace_id
$$;

grant execute on function private.tell_contacts_apart(uuid, uuid), private.take_back_apart(uuid, uuid),
  private.ask_for_duplicates(uuid), private.duplicate_search(uuid) to my21_member;
