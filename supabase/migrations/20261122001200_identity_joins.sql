-- Joins of identities: when Kapso shows that two WhatsApp accounts that we know are one. Nothing moves and nothing is
-- deleted: a join is an edge, loser to survivor; who something belongs to is the root over active edges, cached in
-- root_id. Edges of contacts and threads follow from those of identities. An undone join of identities is a veto.

-- What ingest knows of an account are facts that come out the same in whatever order they arrive: each has the earliest
-- and the latest provider time at which it was told.

alter table public.identity_phones rename column held_until to last_seen_at;
alter table public.identity_phones
  add column first_seen_at timestamptz,
  -- As it is shown, and what the phone number library says of it.
  add column phone text,
  add column phone_verdict text;
alter table public.identity_phones
  drop constraint identity_phones_workspace_id_identity_id_phone_normalized_h_key;

-- One row for each number that an account was ever seen with; the present one is among them.
insert into public.identity_phones (workspace_id, identity_id, phone_normalized, last_seen_at, phone, phone_verdict)
select i.workspace_id, i.id, i.phone_normalized, coalesce(i.phone_as_of, i.created_at), i.phone, i.phone_verdict
from public.contact_identities i
where i.phone_normalized is not null;

with seen as (
  select p.workspace_id, p.identity_id, p.phone_normalized, min(p.last_seen_at) as first_seen_at
  from public.identity_phones p
  group by p.workspace_id, p.identity_id, p.phone_normalized
)
update public.identity_phones p
set first_seen_at = seen.first_seen_at
from seen
where seen.workspace_id = p.workspace_id and seen.identity_id = p.identity_id
  and seen.phone_normalized = p.phone_normalized;

delete from public.identity_phones p
using public.identity_phones later
where later.workspace_id = p.workspace_id and later.identity_id = p.identity_id
  and later.phone_normalized = p.phone_normalized
  and (later.last_seen_at, later.id) > (p.last_seen_at, p.id);

alter table public.identity_phones
  alter column first_seen_at set not null,
  add unique (workspace_id, phone_normalized, identity_id),
  add check (first_seen_at <= last_seen_at);
drop index public.identity_phones_number;
create index identity_phones_identity on public.identity_phones (workspace_id, identity_id);

alter table public.contact_identities
  add column root_id uuid,
  -- Provider time of the first sign of this account.
  add column first_seen_at timestamptz not null default now(),
  add column username_as_of timestamptz,
  -- Numbers change hands within one statement.
  drop constraint contact_identities_workspace_id_phone_normalized_key,
  add unique (workspace_id, phone_normalized) deferrable initially immediate,
  add foreign key (workspace_id, root_id) references public.contact_identities (workspace_id, id);
alter table public.contacts
  add column root_id uuid,
  add foreign key (workspace_id, root_id) references public.contacts (workspace_id, id);
alter table public.conversations
  add column root_id uuid,
  add foreign key (workspace_id, root_id) references public.conversations (workspace_id, id);

update public.contact_identities set root_id = id, first_seen_at = created_at;
update public.contacts set root_id = id;
update public.conversations set root_id = id;

-- The default stands for the row's own id, which a default cannot name: the triggers put it in.
alter table public.contact_identities
  alter column root_id set not null, alter column root_id set default '00000000-0000-0000-0000-000000000000';
alter table public.contacts
  alter column root_id set not null, alter column root_id set default '00000000-0000-0000-0000-000000000000';
alter table public.conversations
  alter column root_id set not null, alter column root_id set default '00000000-0000-0000-0000-000000000000';

create index contact_identities_root_id on public.contact_identities (workspace_id, root_id);
create index contacts_root_id on public.contacts (workspace_id, root_id);
create index conversations_root_id on public.conversations (workspace_id, root_id);

-- Asked of most queries on threads: the planner knows how many rows a column holds, but takes a comparison of two
-- columns for rarely true, and plans for one row.
alter table public.conversations add column is_root boolean not null generated always as (root_id = id) stored;

create function private.set_own_root() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.root_id := new.id;
  return new;
end
$$;

create trigger contact_identities_own_root before insert on public.contact_identities
  for each row when (new.root_id = '00000000-0000-0000-0000-000000000000') execute function private.set_own_root();
create trigger contacts_own_root before insert on public.contacts
  for each row when (new.root_id = '00000000-0000-0000-0000-000000000000') execute function private.set_own_root();
create trigger conversations_own_root before insert on public.conversations
  for each row when (new.root_id = '00000000-0000-0000-0000-000000000000') execute function private.set_own_root();

create table public.identity_joins (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  loser_id uuid not null,
  survivor_id uuid not null,
  -- An inactive one was undone by a person: ingest never makes it again.
  is_active boolean not null default true,
  source text not null check (source in ('ingest', 'staff')),
  -- What showed it: 'phone_and_id', 'identity_changed', 'session'.
  reason text not null,
  -- The two accounts that met, which need not be the roots that the edge joins.
  evidence jsonb not null default '{}',
  created_at timestamptz not null default now(),
  undone_at timestamptz,
  undone_by uuid references auth.users (id),
  unique (workspace_id, id),
  foreign key (workspace_id, loser_id) references public.contact_identities (workspace_id, id),
  foreign key (workspace_id, survivor_id) references public.contact_identities (workspace_id, id),
  check (loser_id <> survivor_id),
  check (is_active = (undone_at is null))
);

create unique index identity_joins_one_active on public.identity_joins (workspace_id, loser_id) where is_active;
create index identity_joins_loser on public.identity_joins (workspace_id, loser_id);
create index identity_joins_survivor on public.identity_joins (workspace_id, survivor_id);
create index identity_joins_undone_by on public.identity_joins (undone_by) where undone_by is not null;

create table public.contact_joins (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  loser_id uuid not null,
  survivor_id uuid not null,
  is_active boolean not null default true,
  -- Those of ingest follow the joins of identities, on and off.
  source text not null check (source in ('ingest', 'staff')),
  reason text not null,
  evidence jsonb not null default '{}',
  created_at timestamptz not null default now(),
  undone_at timestamptz,
  undone_by uuid references auth.users (id),
  foreign key (workspace_id, loser_id) references public.contacts (workspace_id, id),
  foreign key (workspace_id, survivor_id) references public.contacts (workspace_id, id),
  check (loser_id <> survivor_id),
  check (is_active = (undone_at is null))
);

create unique index contact_joins_one_active on public.contact_joins (workspace_id, loser_id) where is_active;
create index contact_joins_loser on public.contact_joins (workspace_id, loser_id);
create index contact_joins_survivor on public.contact_joins (workspace_id, survivor_id);
create index contact_joins_undone_by on public.contact_joins (undone_by) where undone_by is not null;

create table public.conversation_joins (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  loser_id uuid not null,
  survivor_id uuid not null,
  is_active boolean not null default true,
  source text not null check (source in ('ingest', 'staff')),
  reason text not null,
  evidence jsonb not null default '{}',
  created_at timestamptz not null default now(),
  undone_at timestamptz,
  undone_by uuid references auth.users (id),
  -- An open thread that lost or won another's messages loads itself anew.
  changed_xid xid8 not null default pg_current_xact_id(),
  foreign key (workspace_id, loser_id) references public.conversations (workspace_id, id),
  foreign key (workspace_id, survivor_id) references public.conversations (workspace_id, id),
  check (loser_id <> survivor_id),
  check (is_active = (undone_at is null))
);

create unique index conversation_joins_one_active on public.conversation_joins (workspace_id, loser_id)
  where is_active;
create index conversation_joins_loser on public.conversation_joins (workspace_id, loser_id);
create index conversation_joins_survivor on public.conversation_joins (workspace_id, survivor_id);
create index conversation_joins_undone_by on public.conversation_joins (undone_by) where undone_by is not null;
create index conversation_joins_changed_xid on public.conversation_joins (workspace_id, changed_xid);

create trigger conversation_joins_changed_xid before update on public.conversation_joins
  for each row execute function private.set_changed_xid();

alter table public.identity_joins enable row level security;
alter table public.contact_joins enable row level security;
alter table public.conversation_joins enable row level security;

grant select on public.identity_joins, public.contact_joins, public.conversation_joins to my21_member;

create policy "Members read their workspace's joins of identities" on public.identity_joins
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

create policy "Members read their workspace's joins of contacts" on public.contact_joins
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

create policy "Members read their workspace's joins of conversations" on public.conversation_joins
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

-- What events told of somebody whom no message has shown yet (a status alone makes no contact). It is used, and taken
-- out, as soon as somebody with one of its ids is known.
create table private.held_sightings (
  id bigint generated always as identity primary key,
  workspace_id uuid not null references public.workspaces (id),
  seen_at timestamptz not null,
  phone_normalized text,
  scope text,
  scoped_value text,
  previous_scoped_value text,
  kapso_conversation_id text,
  username text,
  profile_name text,
  held_at timestamptz not null default now(),
  unique nulls not distinct (workspace_id, seen_at, phone_normalized, scope, scoped_value, previous_scoped_value,
    kapso_conversation_id, username, profile_name)
);

create index held_sightings_phone on private.held_sightings (workspace_id, phone_normalized);
create index held_sightings_scoped on private.held_sightings (workspace_id, scope, scoped_value);
create index held_sightings_previous on private.held_sightings (workspace_id, scope, previous_scoped_value);
create index held_sightings_session on private.held_sightings (workspace_id, kapso_conversation_id);

alter table private.held_sightings enable row level security;

-- Finds and locks everybody whom a batch of sightings may be about: all accounts of the groups that hold one of the
-- numbers, business-scoped ids or sessions, and what is held for them. Locked before they are read, in one order, so
-- that two batches never settle one group at the same time. The locks of the ids themselves must be held.
create function private.lock_identities(
  workspace_id uuid, phones text[], scopes text[], scoped_values text[], sessions text[],
  out identity_ids uuid[], out held_ids bigint[]
)
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  found_ids uuid[];
  found_held bigint[];
  all_phones text[];
  all_scopes text[];
  all_values text[];
  all_sessions text[];
begin
  identity_ids := '{}';
  held_ids := '{}';
  loop
    found_held := '{}';
    all_phones := phones;
    all_scopes := scopes;
    all_values := scoped_values;
    all_sessions := sessions;
    if exists (select from private.held_sightings h where h.workspace_id = lock_identities.workspace_id) then
      with recursive held as (
        select h.*
        from private.held_sightings h
        where h.workspace_id = lock_identities.workspace_id and (
          h.phone_normalized = any (phones)
          or (h.scope, h.scoped_value) in (select * from unnest(scopes, scoped_values))
          or (h.scope, h.previous_scoped_value) in (select * from unnest(scopes, scoped_values))
          or h.kapso_conversation_id = any (sessions)
        )
        union
        select other.*
        from held h
        join private.held_sightings other on other.workspace_id = h.workspace_id and (
          other.phone_normalized = h.phone_normalized
          or (other.scope = h.scope and (
            other.scoped_value in (h.scoped_value, h.previous_scoped_value)
            or other.previous_scoped_value in (h.scoped_value, h.previous_scoped_value)))
          or other.kapso_conversation_id = h.kapso_conversation_id
        )
      )
      select coalesce(array_agg(h.id), '{}'), phones || array_agg(h.phone_normalized),
        scopes || array_agg(h.scope) || array_agg(h.scope),
        scoped_values || array_agg(h.scoped_value) || array_agg(h.previous_scoped_value),
        sessions || array_agg(h.kapso_conversation_id)
      into found_held, all_phones, all_scopes, all_values, all_sessions
      from held h;
    end if;

    -- Row by row over the unique keys, whatever the planner believes of the tables' sizes: its plans are kept, and may
    -- have been made when a workspace had nobody.
    with hit as materialized (
      select p.identity_id
      from unnest(all_phones) as n (phone)
      cross join lateral (
        select p.identity_id from public.identity_phones p
        where p.workspace_id = lock_identities.workspace_id and p.phone_normalized = n.phone
        offset 0
      ) p
      union
      select b.identity_id
      from unnest(all_scopes, all_values) as n (scope, value)
      cross join lateral (
        select b.identity_id from public.business_scoped_ids b
        where b.workspace_id = lock_identities.workspace_id and b.scope = n.scope and b.value = n.value
        limit 1
      ) b
      union
      select c.identity_id
      from unnest(all_sessions) as n (session)
      cross join lateral (
        select k.conversation_id from public.kapso_conversations k
        where k.workspace_id = lock_identities.workspace_id and k.kapso_conversation_id = n.session
        limit 1
      ) k
      cross join lateral (
        select c.identity_id from public.conversations c
        where c.workspace_id = lock_identities.workspace_id and c.id = k.conversation_id
        limit 1
      ) c
    ), root as materialized (
      select distinct i.root_id
      from hit
      cross join lateral (
        select i.root_id from public.contact_identities i
        where i.workspace_id = lock_identities.workspace_id and i.id = hit.identity_id
        limit 1
      ) i
    )
    select coalesce(array_agg(m.id), '{}')
    into found_ids
    from root
    cross join lateral (
      select m.id from public.contact_identities m
      where m.workspace_id = lock_identities.workspace_id and m.root_id = root.root_id
      offset 0
    ) m;
    exit when found_ids <@ identity_ids and found_held <@ held_ids;

    perform from private.held_sightings h where h.id = any (found_held) order by h.id for update;
    perform from public.contact_identities i
    where i.workspace_id = lock_identities.workspace_id and i.id = any (found_ids)
    order by i.id
    for no key update;
    identity_ids := found_ids;
    held_ids := found_held;
  end loop;
  -- Those that somebody else used meanwhile are gone.
  held_ids := found_held;
end
$$;

-- Brings what follows from the facts of some accounts up to date: the number that each group has now, the name that
-- WhatsApp gives its contact, and the review items for numbers with a new owner. Whatever order the facts came in, the
-- result is the same. The accounts must be locked.
create function private.settle_identities(workspace_id uuid, identity_ids uuid[]) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
-- Step by step with arrays, and from one table to the next by its own id: where a workspace is new, Postgres takes it for
-- almost empty, and a single large statement would look through all of it for each row.
declare
  roots uuid[] := array(
    select distinct i.root_id from public.contact_identities i
    where i.workspace_id = settle_identities.workspace_id and i.id = any (identity_ids)
  );
  member_ids uuid[] := array(
    select i.id from public.contact_identities i
    where i.workspace_id = settle_identities.workspace_id and i.root_id = any (roots)
  );
  numbers text[] := array(
    select distinct p.phone_normalized from public.identity_phones p
    where p.workspace_id = settle_identities.workspace_id and p.identity_id = any (member_ids)
  );
  contact_ids uuid[] := array(
    select distinct i.contact_id from public.contact_identities i
    where i.workspace_id = settle_identities.workspace_id and i.root_id = any (roots)
  );
  named_ids uuid[] := array(
    select c.root_id from public.contacts c where c.id = any (contact_ids)
    union
    select n.id from unnest(contact_ids) as n (id)
  );
  profiled_ids uuid[] := array(
    select c.id from public.contacts c
    where c.workspace_id = settle_identities.workspace_id and c.root_id = any (named_ids)
    union
    select n.id from unnest(named_ids) as n (id)
  );
begin
  -- A number is with whom it was seen last; of several numbers the one that was seen last is the present one. Between
  -- equal times WhatsApp's own ids decide.
  with holding as (
    select p.phone_normalized, i.root_id, min(p.first_seen_at) as first_seen_at, max(p.last_seen_at) as last_seen_at,
      max(p.phone) as phone, max(p.phone_verdict) as phone_verdict
    from public.identity_phones p
    join public.contact_identities i on i.id = p.identity_id
    where p.workspace_id = settle_identities.workspace_id and p.phone_normalized = any (numbers)
    group by p.phone_normalized, i.root_id
  ), claimed as (
    select h.*, count(*) over (partition by h.phone_normalized) as holders from holding h
  ), owned as (
    select distinct on (h.phone_normalized) h.*
    from claimed h
    order by h.phone_normalized, h.last_seen_at desc, case when h.holders > 1 then (
      select max(b.scope || ' ' || b.value) from public.contact_identities m
      join public.business_scoped_ids b on b.workspace_id = m.workspace_id and b.identity_id = m.id
      where m.workspace_id = settle_identities.workspace_id and m.root_id = h.root_id
    ) end desc nulls last, h.root_id
  ), present as materialized (
    select distinct on (o.root_id) o.* from owned o
    order by o.root_id, o.last_seen_at desc, o.phone_normalized desc
  )
  update public.contact_identities i
  set phone_normalized = p.phone_normalized, phone = p.phone, phone_verdict = p.phone_verdict,
    phone_as_of = p.first_seen_at
  from unnest(member_ids) as m (id)
  left join present p on p.root_id = m.id
  where i.id = m.id
    and (i.phone_normalized, i.phone, i.phone_verdict, i.phone_as_of)
      is distinct from (p.phone_normalized, p.phone, p.phone_verdict, p.first_seen_at);

  -- A profile name is the weakest source: it fills a gap or follows a newer profile name, and replaces nothing else.
  with profile as materialized (
    select i.contact_id, c.root_id, i.profile_name, i.profile_name_as_of
    from public.contact_identities i
    join public.contacts c on c.id = i.contact_id
    where i.workspace_id = settle_identities.workspace_id and i.contact_id = any (profiled_ids)
      and i.profile_name <> ''
  ), newest as materialized (
    select distinct on (n.id) n.id, n.profile_name
    from (
      select p.root_id as id, p.profile_name, p.profile_name_as_of from profile p
      union all
      select p.contact_id, p.profile_name, p.profile_name_as_of from profile p where p.contact_id <> p.root_id
    ) n
    order by n.id, n.profile_name_as_of desc, n.profile_name desc
  )
  update public.contacts c
  set name = left(newest.profile_name, 200),
    name_source = case when newest.id is not null then 'whatsapp_profile'::public.field_source end,
    name_as_of = null
  from unnest(named_ids) as n (id)
  left join newest on newest.id = n.id
  where c.id = n.id
    and (c.name_source is null or c.name_source = 'whatsapp_profile')
    and c.name is distinct from left(newest.profile_name, 200);

  perform private.review_recycled_numbers(settle_identities.workspace_id, roots);
end
$$;

-- A number that was seen with two people of one scope has changed hands: whoever has it later is told of, with the one
-- before. An item that a person has dealt with stays as it is.
create function private.review_recycled_numbers(workspace_id uuid, roots uuid[]) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  member_ids uuid[] := array(
    select i.id from public.contact_identities i
    where i.workspace_id = review_recycled_numbers.workspace_id and i.root_id = any (roots)
  );
  numbers text[] := array(
    select distinct p.phone_normalized from public.identity_phones p
    where p.workspace_id = review_recycled_numbers.workspace_id and p.identity_id = any (member_ids)
  );
  -- Seen with more than one account: nearly always none.
  shared text[] := array(
    select p.phone_normalized from public.identity_phones p
    where p.workspace_id = review_recycled_numbers.workspace_id and p.phone_normalized = any (numbers)
    group by p.phone_normalized
    having count(*) > 1
  );
begin
  with holding as (
    select p.phone_normalized, i.root_id, min(p.first_seen_at) as first_seen_at
    from public.identity_phones p
    join public.contact_identities i on i.id = p.identity_id
    where p.workspace_id = review_recycled_numbers.workspace_id and p.phone_normalized = any (shared)
    group by p.phone_normalized, i.root_id
  ), scoped as (
    select h.*, b.scope, min(b.value) as value
    from holding h
    join public.contact_identities m
      on m.workspace_id = review_recycled_numbers.workspace_id and m.root_id = h.root_id
    join public.business_scoped_ids b on b.workspace_id = m.workspace_id and b.identity_id = m.id
    where exists (
      select from holding other where other.phone_normalized = h.phone_normalized and other.root_id <> h.root_id
    )
    group by h.phone_normalized, h.root_id, h.first_seen_at, b.scope
  ), succession as (
    select s.root_id, s.first_seen_at, s.scope, s.value, lag(s.root_id) over held_by as previous_id
    from scoped s
    window held_by as (partition by s.phone_normalized, s.scope order by s.first_seen_at, s.value)
  ), due as (
    select distinct on (s.root_id) s.root_id::text as subject_id,
      jsonb_build_object('otherIdentityId', s.previous_id) as details
    from succession s
    where s.previous_id is not null and s.root_id = any (roots)
    order by s.root_id, s.first_seen_at desc, s.scope, s.value
  ), gone as (
    delete from public.sync_health h
    where h.workspace_id = review_recycled_numbers.workspace_id and h.kind = 'recycled_number' and h.resolved_at is null
      and h.subject_id = any (member_ids::text[])
      and h.subject_id not in (select due.subject_id from due)
  )
  insert into public.sync_health as h (workspace_id, kind, subject_id, details)
  select review_recycled_numbers.workspace_id, 'recycled_number', due.subject_id, due.details from due
  order by due.subject_id
  on conflict on constraint sync_health_workspace_id_kind_subject_id_key do update set details = excluded.details
    where h.resolved_at is null and h.details is distinct from excluded.details;
end
$$;

-- Makes contacts and threads follow the joins of identities, for the groups whose roots are given: within one group the
-- contacts are one contact, and of each channel's threads one goes on. Edges that staff made are left alone. Nobody's
-- unread messages change: what was unread before is unread afterwards, in whichever thread it stands.
create function private.settle_groups(workspace_id uuid, roots uuid[]) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  thread_ids uuid[];
  thread_roots uuid[];
begin
  -- Contacts: the one that staff gave a name goes on, else the root identity's.
  with member as (
    select i.root_id as identity_root, i.contact_id, c.name_source, i.id = i.root_id as is_root, c.created_at
    from public.contact_identities i
    join public.contacts c on c.workspace_id = i.workspace_id and c.id = i.contact_id
    where i.workspace_id = settle_groups.workspace_id and i.root_id = any (roots)
      and not exists (
        select from public.contact_joins j
        where j.workspace_id = c.workspace_id and j.loser_id = c.id and j.is_active and j.source = 'staff'
      )
  ), centre as (
    select distinct on (m.identity_root) m.identity_root, m.contact_id
    from member m
    order by m.identity_root, m.name_source desc nulls last, m.is_root desc, m.created_at, m.contact_id
  ), wanted as (
    select distinct on (m.contact_id) m.contact_id as loser_id, centre.contact_id as survivor_id
    from member m join centre using (identity_root)
    where m.contact_id <> centre.contact_id
    order by m.contact_id, centre.contact_id
  ), undone as (
    update public.contact_joins j
    set is_active = false, undone_at = now()
    from member m
    where j.workspace_id = settle_groups.workspace_id and j.loser_id = m.contact_id and j.is_active
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

-- Gives threads their new roots, and the roots what follows from it: last message, window, unread counts. The arrays run
-- in parallel and hold all threads of every group, the old groups' and the new ones'.
create function private.regroup_conversations(workspace_id uuid, thread_ids uuid[], thread_roots uuid[]) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  -- What a member has not read are the newest messages of a thread, as many as are unread: they stay unread wherever
  -- they stand now.
  with thread as (
    select c.id, c.root_id as old_root, n.new_root
    from unnest(thread_ids, thread_roots) as n (id, new_root)
    join public.conversations c on c.workspace_id = regroup_conversations.workspace_id and c.id = n.id
  ), inbound as (
    select t.old_root, t.new_root,
      row_number() over (partition by t.old_root order by m.occurred_at desc, m.id desc) as place
    from thread t
    join public.messages m on m.workspace_id = regroup_conversations.workspace_id and m.conversation_id = t.id
    where m.direction = 'inbound' and not m.is_silent
  ), reader as (
    select distinct r.user_id
    from public.conversation_reads r
    where r.workspace_id = regroup_conversations.workspace_id
      and r.conversation_id in (select t.old_root from thread t)
  ), unread as (
    select reader.user_id, c.id as old_root, greatest(c.inbound_count - coalesce(r.read_count, 0), 0) as amount
    from reader
    cross join public.conversations c
    left join public.conversation_reads r
      on r.workspace_id = c.workspace_id and r.conversation_id = c.id and r.user_id = reader.user_id
    where c.workspace_id = regroup_conversations.workspace_id and c.id in (select t.old_root from thread t)
  ), counted as (
    select u.user_id, i.new_root, count(*) filter (where i.place > u.amount) as read_count
    from inbound i
    join unread u using (old_root)
    group by u.user_id, i.new_root
  )
  insert into public.conversation_reads as r (workspace_id, conversation_id, user_id, read_count)
  select regroup_conversations.workspace_id, root.id, reader.user_id, coalesce(counted.read_count, 0)
  from (select distinct t.new_root as id from thread t) root
  cross join reader
  left join counted on counted.user_id = reader.user_id and counted.new_root = root.id
  order by reader.user_id, root.id
  on conflict (workspace_id, user_id, conversation_id) do update set read_count = excluded.read_count
    where r.read_count <> excluded.read_count;

  with thread as (
    select c.id, c.root_id as old_root, n.new_root
    from unnest(thread_ids, thread_roots) as n (id, new_root)
    join public.conversations c on c.workspace_id = regroup_conversations.workspace_id and c.id = n.id
  ), newest as (
    select distinct on (t.new_root) t.new_root, m.id, m.occurred_at
    from thread t
    cross join lateral (
      select m.id, m.occurred_at, coalesce(m.wamid, '') collate "C" as wamid from public.messages m
      where m.workspace_id = regroup_conversations.workspace_id and m.conversation_id = t.id
      order by m.occurred_at desc, coalesce(m.wamid, '') collate "C" desc, m.id desc
      limit 1
    ) m
    order by t.new_root, m.occurred_at desc, m.wamid desc, m.id desc
  ), inbound as (
    select t.new_root, max(m.occurred_at) as last_inbound_at, count(*) filter (where not m.is_silent) as amount
    from thread t
    join public.messages m on m.workspace_id = regroup_conversations.workspace_id and m.conversation_id = t.id
    where m.direction = 'inbound'
    group by t.new_root
  ), bot as (
    -- Of threads that become one, the later word on the bot counts.
    select distinct on (t.new_root) t.new_root, c.bot_state, c.bot_state_reason, c.bot_state_at
    from thread t
    join public.conversations c on c.workspace_id = regroup_conversations.workspace_id and c.id = t.id
    where t.id = t.old_root
    order by t.new_root, c.bot_state_at desc nulls last, c.bot_state desc
  )
  update public.conversations c
  set root_id = t.new_root,
    last_message_id = case when c.id = t.new_root then newest.id else c.last_message_id end,
    last_activity_at = case when c.id = t.new_root then coalesce(newest.occurred_at, c.last_activity_at)
      else c.last_activity_at end,
    last_inbound_at = case when c.id = t.new_root then inbound.last_inbound_at else c.last_inbound_at end,
    inbound_count = case when c.id = t.new_root then coalesce(inbound.amount, 0) else c.inbound_count end,
    bot_state = case when c.id = t.new_root and bot.new_root is not null then bot.bot_state else c.bot_state end,
    bot_state_reason = case when c.id = t.new_root and bot.new_root is not null then bot.bot_state_reason
      else c.bot_state_reason end,
    bot_state_at = case when c.id = t.new_root and bot.new_root is not null then bot.bot_state_at
      else c.bot_state_at end
  from thread t
  left join newest using (new_root)
  left join inbound using (new_root)
  left join bot using (new_root)
  where c.workspace_id = regroup_conversations.workspace_id and c.id = t.id;
end
$$;

-- Joins groups of identities, in the order given; the arrays run in parallel. Two that belong together already, or that
-- a person has parted, are left as they are. The identities must be locked.
create function private.join_identities(
  workspace_id uuid, loser_ids uuid[], survivor_ids uuid[], reasons text[], evidence jsonb[]
) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  asked record;
  loser_root uuid;
  survivor_root uuid;
  survivors uuid[] := '{}';
begin
  for asked in
    select n.* from unnest(loser_ids, survivor_ids, reasons, evidence)
      with ordinality as n (loser_id, survivor_id, reason, evidence, place)
    order by n.place
  loop
    select i.root_id into strict loser_root from public.contact_identities i
    where i.workspace_id = join_identities.workspace_id and i.id = asked.loser_id;
    select i.root_id into strict survivor_root from public.contact_identities i
    where i.workspace_id = join_identities.workspace_id and i.id = asked.survivor_id;
    continue when loser_root = survivor_root or exists (
      select from public.identity_joins j
      join public.contact_identities l on l.workspace_id = j.workspace_id and l.id = j.loser_id
      join public.contact_identities s on s.workspace_id = j.workspace_id and s.id = j.survivor_id
      where j.workspace_id = join_identities.workspace_id and not j.is_active
        and (l.root_id, s.root_id) in ((loser_root, survivor_root), (survivor_root, loser_root))
    );
    insert into public.identity_joins (workspace_id, loser_id, survivor_id, source, reason, evidence)
    values (join_identities.workspace_id, loser_root, survivor_root, 'ingest', asked.reason, asked.evidence);
    update public.contact_identities i
    set root_id = survivor_root
    where i.workspace_id = join_identities.workspace_id and i.root_id = loser_root;
    survivors := survivors || survivor_root;
  end loop;
  if cardinality(survivors) > 0 then
    survivors := array(
      select distinct i.root_id from public.contact_identities i
      where i.workspace_id = join_identities.workspace_id and i.id = any (survivors)
    );
    perform private.settle_groups(join_identities.workspace_id, survivors);
  end if;
end
$$;

-- Parts two groups again, for good: ingest never joins them any more. What both were told since the join stays where it
-- was written. Returns whether there was anything to undo.
create function private.undo_identity_join(workspace_id uuid, join_id uuid, user_id uuid) returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  edge public.identity_joins;
  old_root uuid;
begin
  select i.root_id into old_root
  from public.identity_joins j
  join public.contact_identities i on i.workspace_id = j.workspace_id and i.id = j.loser_id
  where j.workspace_id = undo_identity_join.workspace_id and j.id = join_id;
  if not found then
    return false;
  end if;
  perform from public.contact_identities i
  where i.workspace_id = undo_identity_join.workspace_id and i.root_id = old_root
  order by i.id
  for no key update;

  update public.identity_joins j
  set is_active = false, undone_at = now(), undone_by = undo_identity_join.user_id
  where j.workspace_id = undo_identity_join.workspace_id and j.id = join_id and j.is_active
  returning * into edge;
  if not found then
    return false;
  end if;

  with recursive parted as (
    select edge.loser_id as id
    union
    select j.loser_id
    from parted p
    join public.identity_joins j
      on j.workspace_id = undo_identity_join.workspace_id and j.survivor_id = p.id and j.is_active
  )
  update public.contact_identities i
  set root_id = edge.loser_id, phone_normalized = null
  from parted
  where i.workspace_id = undo_identity_join.workspace_id and i.id = parted.id;

  select i.root_id into strict old_root from public.contact_identities i
  where i.workspace_id = undo_identity_join.workspace_id and i.id = edge.survivor_id;
  perform private.settle_groups(undo_identity_join.workspace_id, array[old_root, edge.loser_id]);
  perform private.settle_identities(undo_identity_join.workspace_id, array[old_root, edge.loser_id]);
  return true;
end
$$;

-- A message in a thread that was merged away counts for the thread at its root. Of two messages of the same second the
-- greater wamid counts as the last one: which came in first must not decide what stands in a row.
create or replace function private.messages_summarise_inserted() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  roots uuid[];
  locked uuid[] := '{}';
begin
  -- Locked first, in one order: the update below then compares with what is committed now, not with what this
  -- statement's snapshot saw before it waited. Whoever held the lock may have joined threads meanwhile.
  loop
    select array_agg(distinct t.root_id) into roots
    from new_messages n
    join public.conversations t on t.id = n.conversation_id;
    exit when roots is null or roots <@ locked;
    perform from public.conversations c where c.id = any (roots) order by c.id for no key update;
    locked := roots;
  end loop;

  with placed as (
    select t.root_id, n.id, n.occurred_at, coalesce(n.wamid, '') collate "C" as wamid, n.direction, n.is_silent
    from new_messages n
    join public.conversations t on t.id = n.conversation_id
  ), newest as (
    select distinct on (n.root_id) n.root_id, n.id, n.occurred_at, n.wamid
    from placed n
    order by n.root_id, n.occurred_at desc, n.wamid desc, n.id desc
  ), counted as (
    select n.root_id,
      count(*) filter (where n.direction = 'inbound' and not n.is_silent) as unread,
      max(n.occurred_at) filter (where n.direction = 'inbound') as last_inbound_at
    from placed n
    group by n.root_id
  )
  update public.conversations c
  set
    inbound_count = c.inbound_count + counted.unread,
    last_inbound_at = greatest(c.last_inbound_at, counted.last_inbound_at),
    last_message_id = case
      when current_last.id is null
        or (newest.occurred_at, newest.wamid, newest.id)
          > (current_last.occurred_at, coalesce(current_last.wamid, '') collate "C", current_last.id)
      then newest.id else c.last_message_id end,
    last_activity_at = case when c.last_message_id is null then newest.occurred_at
      else greatest(c.last_activity_at, newest.occurred_at) end
  from newest
  join counted using (root_id)
  join public.conversations held on held.id = newest.root_id
  left join public.messages current_last on current_last.id = held.last_message_id
  where c.id = newest.root_id;
  return null;
end
$$;

create or replace function private.messages_touch_conversations() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  update public.conversations c
  set changed_xid = pg_current_xact_id()
  where c.id in (
    select t.root_id from new_messages n join public.conversations t on t.id = n.conversation_id
  );
  return null;
end
$$;

-- As before, in the thread at the root: a page that was opened before a join still writes to the right one.
create or replace function private.queue_reply(
  workspace_id uuid, conversation_id uuid, client_reference uuid, message_text text
) returns public.messages
language plpgsql security definer
set search_path = ''
as $$
declare
  thread public.conversations;
  reply public.messages;
begin
  select r.* into thread
  from public.conversations c
  join public.conversations r on r.workspace_id = c.workspace_id and r.id = c.root_id
  where c.workspace_id = queue_reply.workspace_id
    and c.id = queue_reply.conversation_id
    and c.workspace_id = any (array(select private.my_workspace_ids()));
  if not found then
    raise exception 'no such conversation' using errcode = '42501';
  end if;
  select m.* into reply
  from public.conversations t
  join public.messages m on m.conversation_id = t.id and m.client_reference = queue_reply.client_reference
  where t.workspace_id = thread.workspace_id and t.root_id = thread.id;
  if found then
    return reply;
  end if;
  if length(btrim(message_text, E' \t\r\n')) not between 1 and 4096 or length(message_text) > 4096 then
    raise exception 'text must have 1 to 4096 characters' using errcode = '23514', constraint = 'messages_text_length';
  end if;
  if thread.last_inbound_at is null or thread.last_inbound_at + interval '24 hours' <= now() then
    raise exception 'window_closed' using errcode = 'P0001';
  end if;
  insert into public.messages as m (
    workspace_id, conversation_id, channel_id, direction, origin, type, text, occurred_at, status, status_at,
    author_id, client_reference, send_state, send_due_at
  )
  values (
    thread.workspace_id, thread.id, thread.channel_id, 'outbound', 'my21staff', 'text', message_text, now(), 'queued',
    now(), private.my_user_id(), queue_reply.client_reference, 'waiting', now()
  )
  on conflict on constraint messages_conversation_id_client_reference_key do nothing
  returning m.* into reply;
  if not found then
    -- The same send came in twice at the same instant, and the other one has committed meanwhile.
    select m.* into strict reply
    from public.messages m
    where m.conversation_id = thread.id and m.client_reference = queue_reply.client_reference;
  end if;
  return reply;
end
$$;
