-- Threads of one person on one channel, merged and split by staff. A merge is an edge from root to root, of source
-- 'staff', and moves nothing; a split moves messages into a part, a closed thread of the same account. What comes in goes
-- to the thread of its account (over edges of ingest alone), and shows at the root.

alter table public.conversations
  -- The thread whose messages this part was made of. Nothing new comes into a part.
  add column split_from_id uuid,
  -- Labels of its own while it stands for others that staff merged into it: label_ids are those of all then.
  add column own_label_ids uuid[],
  add foreign key (workspace_id, split_from_id) references public.conversations (workspace_id, id);

create index conversations_split_from_id on public.conversations (workspace_id, split_from_id)
  where split_from_id is not null;
alter table public.conversations drop constraint conversations_channel_id_identity_id_key;
create unique index conversations_channel_id_identity_id_key on public.conversations (channel_id, identity_id)
  where split_from_id is null;

alter table public.conversation_joins
  -- Who merged; null for those of ingest.
  add column made_by uuid references auth.users (id);
create index conversation_joins_made_by on public.conversation_joins (made_by) where made_by is not null;

alter table public.drafts
  -- While its thread stands under another one that staff merged it into: a copy went on there.
  add column is_handed_over boolean not null default false;

create table public.conversation_splits (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  -- The thread that showed the messages.
  origin_id uuid not null,
  -- The part that shows them now; of a merged thread there is one for each account, and the others stand under it.
  part_id uuid not null,
  part_ids uuid[] not null,
  -- As private.select_split takes it.
  selection jsonb not null,
  message_count integer not null,
  reason text not null check (length(reason) between 1 and 500),
  made_by uuid references auth.users (id),
  created_at timestamptz not null default now(),
  undone_at timestamptz,
  undone_by uuid references auth.users (id),
  changed_xid xid8 not null default pg_current_xact_id(),
  unique (workspace_id, id),
  foreign key (workspace_id, origin_id) references public.conversations (workspace_id, id),
  foreign key (workspace_id, part_id) references public.conversations (workspace_id, id)
);

create index conversation_splits_origin_id on public.conversation_splits (workspace_id, origin_id);
create index conversation_splits_part_id on public.conversation_splits (workspace_id, part_id);
create index conversation_splits_made_by on public.conversation_splits (made_by) where made_by is not null;
create index conversation_splits_undone_by on public.conversation_splits (undone_by) where undone_by is not null;

create trigger conversation_splits_changed_xid before update on public.conversation_splits
  for each row execute function private.set_changed_xid();

-- Where each message of a split stood.
create table private.conversation_split_messages (
  workspace_id uuid not null,
  split_id uuid not null,
  message_id uuid not null,
  from_id uuid not null,
  primary key (workspace_id, split_id, message_id),
  foreign key (workspace_id, split_id) references public.conversation_splits (workspace_id, id),
  foreign key (workspace_id, message_id) references public.messages (workspace_id, id) on delete cascade,
  foreign key (workspace_id, from_id) references public.conversations (workspace_id, id)
);

create index conversation_split_messages_message_id on private.conversation_split_messages (workspace_id, message_id);
create index conversation_split_messages_from_id on private.conversation_split_messages (workspace_id, from_id);

alter table public.conversation_splits enable row level security;
alter table private.conversation_split_messages enable row level security;

grant select on public.conversation_splits to my21_member;

create policy "Members read what was split off conversations they see" on public.conversation_splits
  for select to my21_member
  using (
    workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
    or (
      workspace_id = any (array(select private.my_restricted_workspace_ids()))
      and (
        (select private.can_see_conversation(workspace_id, origin_id))
        or (select private.can_see_conversation(workspace_id, part_id))
      )
    )
  );

-- These three run with the rights of whoever asks: members find what they see.

-- The thread of its account on its channel that new messages come into: of all accounts that WhatsApp has shown to be
-- one, and never by what staff merged.
create function private.find_home(workspace_id uuid, conversation_id uuid) returns uuid
language sql stable
set search_path = ''
as $$
  select t.id
  from public.conversations asked
  join public.contact_identities own on own.workspace_id = asked.workspace_id and own.id = asked.identity_id
  join public.contact_identities i on i.workspace_id = own.workspace_id and i.root_id = own.root_id
  join public.conversations t on t.workspace_id = i.workspace_id and t.identity_id = i.id
  where asked.workspace_id = find_home.workspace_id and asked.id = find_home.conversation_id
    and t.channel_id = asked.channel_id and t.split_from_id is null
    and (t.is_root or not exists (
      select from public.conversation_joins j
      where j.workspace_id = t.workspace_id and j.loser_id = t.id and j.is_active and j.source = 'ingest'
    ))
  order by i.id = i.root_id desc, t.created_at, t.id
  limit 1
$$;

-- When the account of a home thread last wrote on its channel, wherever that message stands now: the anchor of its
-- reply window. A thread that was never merged or split knows it itself.
create function private.find_last_inbound(workspace_id uuid, home_id uuid) returns timestamptz
language sql stable
set search_path = ''
as $$
  select case
    when h.is_root and h.own_label_ids is null and not exists (
      select from public.conversations p where p.workspace_id = h.workspace_id and p.split_from_id = h.id
    ) then h.last_inbound_at
    else (
      select max(newest.occurred_at)
      from public.contact_identities own
      join public.contact_identities i on i.workspace_id = own.workspace_id and i.root_id = own.root_id
      join public.conversations t
        on t.workspace_id = i.workspace_id and t.identity_id = i.id and t.channel_id = h.channel_id
      cross join lateral (
        select m.occurred_at from public.messages m
        where m.workspace_id = t.workspace_id and m.conversation_id = t.id and m.direction = 'inbound'
        order by m.occurred_at desc
        limit 1
      ) newest
      where own.workspace_id = h.workspace_id and own.id = h.identity_id
    ) end
  from public.conversations h
  where h.workspace_id = find_last_inbound.workspace_id and h.id = find_last_inbound.home_id
$$;

-- The home thread of the account that somebody writes to from a conversation: the one asked for, else that of the
-- customer's last message. Null where that one is not shown there.
create function private.find_address(workspace_id uuid, root_id uuid, asked_id uuid) returns uuid
language plpgsql stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := find_address.workspace_id;
  from_id uuid;
  home uuid;
begin
  if exists (
    select from public.conversations r
    where r.workspace_id = tenant and r.id = find_address.root_id and r.is_root and r.own_label_ids is null
  ) then
    return case when find_address.asked_id is null or find_address.asked_id = find_address.root_id
      or exists (
        select from public.conversations t
        where t.workspace_id = tenant and t.id = find_address.asked_id and t.root_id = find_address.root_id
      )
      then find_address.root_id end;
  end if;
  if find_address.asked_id is not null then
    select t.id into from_id from public.conversations t
    where t.workspace_id = tenant and t.id = find_address.asked_id and t.root_id = find_address.root_id;
    if not found then
      return null;
    end if;
  else
    select m.conversation_id into from_id
    from public.conversations t
    cross join lateral (
      select m.conversation_id, m.occurred_at, m.id from public.messages m
      where m.workspace_id = tenant and m.conversation_id = t.id and m.direction = 'inbound'
      order by m.occurred_at desc, m.id desc
      limit 1
    ) m
    where t.workspace_id = tenant and t.root_id = find_address.root_id
    order by m.occurred_at desc, m.id desc
    limit 1;
  end if;
  home := private.find_home(tenant, coalesce(from_id, find_address.root_id));
  -- One whose account shows in another conversation cannot be written to from here.
  return (
    select t.id from public.conversations t
    where t.workspace_id = tenant and t.id = home and t.root_id = find_address.root_id
  );
end
$$;

-- All that stands at the roots of these threads, locked in one order: whoever held the locks may have changed it.
create function private.lock_threads_together(workspace_id uuid, conversation_ids uuid[]) returns uuid[]
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := lock_threads_together.workspace_id;
  found_ids uuid[];
  locked uuid[] := '{}';
begin
  loop
    found_ids := array(
      select t.id from public.conversations t
      where t.workspace_id = tenant and t.root_id = any (array(
        select c.root_id from public.conversations c
        where c.workspace_id = tenant and c.id = any (lock_threads_together.conversation_ids)
      ))
    );
    exit when found_ids <@ locked;
    perform from public.conversations c
    where c.workspace_id = tenant and c.id = any (found_ids) order by c.id for no key update;
    locked := found_ids;
  end loop;
  return locked;
end
$$;

-- The labels that merges of staff bring to each root.
create function private.find_merged_labels(workspace_id uuid, conversation_ids uuid[]) returns jsonb
language sql stable security definer
set search_path = ''
as $$
  select coalesce(jsonb_object_agg(b.root_id, b.label_ids), '{}')
  from (
    select c.root_id, coalesce(jsonb_agg(distinct l.id) filter (where l.id is not null), '[]') as label_ids
    from public.conversations c
    left join lateral unnest(coalesce(c.own_label_ids, c.label_ids)) as l (id) on true
    where c.workspace_id = find_merged_labels.workspace_id and c.id = any (find_merged_labels.conversation_ids)
      and c.root_id <> c.id and c.split_from_id is null
      and not exists (
        select from public.conversation_joins j
        where j.workspace_id = c.workspace_id and j.loser_id = c.id and j.is_active and j.source = 'ingest'
      )
    group by c.root_id
  ) b
$$;

-- Brings up to date which thread shows which, over all active edges: of the accounts with these roots, and of all that
-- stands at a root with one of theirs. Of an account's threads on a channel one goes on, by edges of ingest: the one that
-- staff merged into another, else the root account's, else the oldest.
create function private.settle_threads(workspace_id uuid, identity_roots uuid[]) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := settle_threads.workspace_id;
  together uuid[];
  line record;
  has_staff_edges boolean;
  earlier_labels jsonb;
  labels jsonb;
  thread_ids uuid[];
  thread_roots uuid[];
begin
  together := private.lock_threads_together(tenant, array(
    select c.id
    from public.contact_identities i
    join public.conversations c on c.workspace_id = i.workspace_id and c.identity_id = i.id
    where i.workspace_id = tenant and i.root_id = any (settle_threads.identity_roots)
  ));
  if cardinality(together) = 0 then
    return;
  end if;

  for line in
    select i.root_id, array_agg(c.id order by c.id) as ids
    from public.contact_identities i
    join public.conversations c on c.workspace_id = i.workspace_id and c.identity_id = i.id
    where i.workspace_id = tenant and i.root_id = any (settle_threads.identity_roots) and c.split_from_id is null
    group by i.root_id, c.channel_id
    order by i.root_id, c.channel_id
  loop
    with recursive path as (
      select m.id, m.id as reached from unnest(line.ids) as m (id)
      union
      select p.id, j.survivor_id
      from path p
      join public.conversation_joins j
        on j.workspace_id = tenant and j.loser_id = p.reached and j.is_active
      where j.source = 'staff' or not j.loser_id = any (line.ids)
    ), top as (
      select p.id, p.reached, p.reached = any (line.ids) as is_inside
      from path p
      where not exists (
        select from public.conversation_joins j
        where j.workspace_id = tenant and j.loser_id = p.reached and j.is_active
          and (j.source = 'staff' or not j.loser_id = any (line.ids))
      )
    ), centre as (
      select c.id, t.reached
      from top t
      join public.conversations c on c.workspace_id = tenant and c.id = t.id
      where not t.is_inside or t.reached = t.id
      order by t.is_inside, c.identity_id = line.root_id desc, c.created_at, c.id
      limit 1
    ), wanted as (
      select distinct t.reached as loser_id, centre.id as survivor_id
      from top t
      cross join centre
      where t.is_inside and t.reached <> centre.reached
    ), undone as (
      update public.conversation_joins j
      set is_active = false, undone_at = now()
      where j.workspace_id = tenant and j.loser_id = any (line.ids) and j.is_active and j.source = 'ingest'
        and not exists (select from wanted w where w.loser_id = j.loser_id and w.survivor_id = j.survivor_id)
      returning j.id
    )
    insert into public.conversation_joins (workspace_id, loser_id, survivor_id, source, reason)
    select tenant, w.loser_id, w.survivor_id, 'ingest', 'identities_joined'
    from wanted w
    where not exists (
        select from public.conversation_joins j
        where j.workspace_id = tenant and j.loser_id = w.loser_id and j.survivor_id = w.survivor_id and j.is_active
      )
      -- Waits for the edges that end: a loser has one active edge at most.
      and (select count(*) from undone) >= 0;
  end loop;

  with recursive path as (
    select t.id, t.id as reached from unnest(together) as t (id)
    union
    select p.id, j.survivor_id
    from path p
    join public.conversation_joins j on j.workspace_id = tenant and j.loser_id = p.reached and j.is_active
  )
  select array_agg(p.id), array_agg(p.reached)
  into thread_ids, thread_roots
  from path p
  where not exists (
    select from public.conversation_joins j
    where j.workspace_id = tenant and j.loser_id = p.reached and j.is_active
  );

  has_staff_edges := exists (
    select from public.conversation_joins j
    where j.workspace_id = tenant and j.loser_id = any (together) and j.source = 'staff'
  );
  if has_staff_edges then
    earlier_labels := private.find_merged_labels(tenant, thread_ids);
  end if;
  perform private.regroup_conversations(tenant, thread_ids, thread_roots);
  if not has_staff_edges then
    return;
  end if;

  labels := private.find_merged_labels(tenant, thread_ids);
  update public.conversations c
  set label_ids = n.label_ids, own_label_ids = n.own_label_ids
  from (
    select k.id,
      case
        when not k.is_root then coalesce(k.own_label_ids, k.label_ids)
        else array(
          select l.id from unnest(k.label_ids) with ordinality as l (id, place)
          where not coalesce(earlier_labels -> k.id::text ? l.id::text, false)
            or coalesce(labels -> k.id::text ? l.id::text, false)
            or l.id = any (coalesce(k.own_label_ids, '{}'))
          order by l.place
        ) || array(
          select l.id::uuid from jsonb_array_elements_text(coalesce(labels -> k.id::text, '[]')) as l (id)
          where not coalesce(earlier_labels -> k.id::text ? l.id, false) and l.id::uuid <> all (k.label_ids)
          order by l.id
        ) end as label_ids,
      case when k.is_root and labels ? k.id::text then coalesce(k.own_label_ids, k.label_ids) end as own_label_ids
    from public.conversations k
    where k.workspace_id = tenant and k.id = any (thread_ids)
  ) n
  where c.workspace_id = tenant and c.id = n.id
    and (c.label_ids, c.own_label_ids) is distinct from (n.label_ids, n.own_label_ids);
end
$$;

-- Writes a line in both of two threads: what was done to them together.
create function private.tell_both_threads(
  workspace_id uuid, loser_id uuid, survivor_id uuid, kinds text[], details jsonb, actor_id uuid
) returns void
language sql volatile security definer
set search_path = ''
as $$
  insert into public.conversation_events (workspace_id, conversation_id, kind, actor_id, details, occurred_at)
  select tell_both_threads.workspace_id, e.id, e.kind, tell_both_threads.actor_id,
    tell_both_threads.details || jsonb_build_object('threadId', e.other_id), clock_timestamp()
  from (values
    (tell_both_threads.loser_id, tell_both_threads.kinds[1], tell_both_threads.survivor_id),
    (tell_both_threads.survivor_id, tell_both_threads.kinds[2], tell_both_threads.loser_id)
  ) as e (id, kind, other_id)
$$;

-- What members were writing in threads that go under another one goes on there, for those who write nothing there yet. It
-- stays where it is, too, for the day they are parted. What it quoted may be of another account, and is left out.
create function private.hand_over_drafts(workspace_id uuid, loser_ids uuid[], survivor_id uuid) returns void
language sql volatile security definer
set search_path = ''
as $$
  with latest as (
    select distinct on (d.user_id) d.user_id, d.conversation_id, d.text, d.written_at
    from public.drafts d
    where d.workspace_id = hand_over_drafts.workspace_id and d.conversation_id = any (hand_over_drafts.loser_ids)
    order by d.user_id, d.written_at desc, d.conversation_id
  ), handed as (
    insert into public.drafts as s (workspace_id, conversation_id, user_id, text, written_at)
    select hand_over_drafts.workspace_id, hand_over_drafts.survivor_id, l.user_id, l.text, l.written_at
    from latest l
    on conflict on constraint drafts_pkey do nothing
    returning s.user_id
  )
  update public.drafts d
  set is_handed_over = true
  from latest l
  join handed h on h.user_id = l.user_id
  where d.workspace_id = hand_over_drafts.workspace_id and d.user_id = l.user_id
    and d.conversation_id = l.conversation_id
$$;

-- When they are parted, what was not changed is only where it came from again, what was changed is in both, and what was
-- sent or thrown away meanwhile is nowhere.
create function private.take_back_drafts(workspace_id uuid, loser_id uuid, survivor_id uuid) returns void
language sql volatile security definer
set search_path = ''
as $$
  with handed as (
    select d.user_id, s.user_id is not null as is_there, s.text = d.text as is_same
    from public.drafts d
    left join public.drafts s
      on s.workspace_id = d.workspace_id and s.user_id = d.user_id and s.conversation_id = take_back_drafts.survivor_id
    where d.workspace_id = take_back_drafts.workspace_id and d.conversation_id = take_back_drafts.loser_id
      and d.is_handed_over
  ), unchanged as (
    delete from public.drafts s
    using handed h
    where s.workspace_id = take_back_drafts.workspace_id and s.user_id = h.user_id
      and s.conversation_id = take_back_drafts.survivor_id and h.is_same
  ), used as (
    delete from public.drafts d
    using handed h
    where d.workspace_id = take_back_drafts.workspace_id and d.user_id = h.user_id
      and d.conversation_id = take_back_drafts.loser_id and not h.is_there
  )
  update public.drafts d
  set is_handed_over = false
  from handed h
  where d.workspace_id = take_back_drafts.workspace_id and d.user_id = h.user_id
    and d.conversation_id = take_back_drafts.loser_id and h.is_there
$$;

-- Ends edges of staff, and settles what stood together by them. What ended is told in both threads.
create function private.end_conversation_joins(workspace_id uuid, join_ids uuid[], undone_by uuid) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := end_conversation_joins.workspace_id;
  together uuid[];
  ended jsonb;
begin
  together := private.lock_threads_together(tenant, array(
    select e.id
    from public.conversation_joins j
    cross join lateral (values (j.loser_id), (j.survivor_id)) as e (id)
    where j.workspace_id = tenant and j.id = any (end_conversation_joins.join_ids)
  ));
  with undone as (
    update public.conversation_joins j
    set is_active = false, undone_at = clock_timestamp(), undone_by = end_conversation_joins.undone_by
    where j.workspace_id = tenant and j.id = any (end_conversation_joins.join_ids) and j.source = 'staff' and j.is_active
    returning j.id, j.loser_id, j.survivor_id
  )
  select coalesce(jsonb_agg(to_jsonb(u)), '[]') into ended from undone u;
  if ended = '[]' then
    return 0;
  end if;
  perform private.settle_threads(tenant, array(
    select distinct i.root_id
    from public.conversations c
    join public.contact_identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
    where c.workspace_id = tenant and c.id = any (together)
  ));
  perform private.tell_both_threads(tenant, e.loser_id, e.survivor_id, array['thread_parted', 'thread_parted'],
    jsonb_build_object('joinId', e.id), end_conversation_joins.undone_by)
  from jsonb_to_recordset(ended) as e (id uuid, loser_id uuid, survivor_id uuid);
  perform private.take_back_drafts(tenant, e.loser_id, e.survivor_id)
  from jsonb_to_recordset(ended) as e (loser_id uuid, survivor_id uuid);
  return jsonb_array_length(ended);
end
$$;

-- Whether threads can become one: they must be roots, of one channel and one contact. Errors (P0001):
-- 'conversation_not_found', 'already_merged', 'thread_split_off', 'other_channel', 'other_contact'.
create function private.require_one_thread(workspace_id uuid, conversation_ids uuid[]) returns void
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := require_one_thread.workspace_id;
  asked uuid[] := require_one_thread.conversation_ids;
  facts record;
begin
  select count(*) as amount, bool_and(c.is_root) as are_roots, bool_or(c.split_from_id is not null) as has_part,
    count(distinct c.channel_id) as channels, count(distinct p.root_id) as people
  into facts
  from public.conversations c
  join public.contact_identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
  join public.contacts p on p.workspace_id = i.workspace_id and p.id = i.contact_id
  where c.workspace_id = tenant and c.id = any (asked);
  if facts.amount <> cardinality(asked) then
    raise exception 'conversation_not_found' using errcode = 'P0001';
  end if;
  if not facts.are_roots then
    raise exception 'already_merged' using errcode = 'P0001';
  end if;
  if facts.has_part then
    raise exception 'thread_split_off' using errcode = 'P0001';
  end if;
  if facts.channels > 1 then
    raise exception 'other_channel' using errcode = 'P0001';
  end if;
  if facts.people > 1 then
    raise exception 'other_contact' using errcode = 'P0001';
  end if;
end
$$;

-- Makes threads one: an edge from each other one to the survivor. They must be roots, of one channel and one contact, and
-- their people locked (private.lock_merged_contacts). made_by is null for what the installation does of its own accord.
-- Errors (P0001): 'reason_length', 'same_conversation', 'conversation_not_found', 'already_merged', 'other_channel',
-- 'other_contact', 'thread_split_off'.
create function private.join_conversations(
  workspace_id uuid, conversation_ids uuid[], survivor_id uuid, reason text, made_by uuid
) returns uuid[]
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := join_conversations.workspace_id;
  asked uuid[] := join_conversations.conversation_ids;
  said text := btrim(join_conversations.reason, E' \t\r\n');
  together uuid[];
  made uuid[];
begin
  if said is null or length(said) not between 1 and 500 then
    raise exception 'reason_length' using errcode = 'P0001';
  end if;
  if cardinality(asked) < 2 or (select count(distinct a.id) from unnest(asked) as a (id)) <> cardinality(asked) then
    raise exception 'same_conversation' using errcode = 'P0001';
  end if;
  together := private.lock_threads_together(tenant, asked);
  perform private.require_one_thread(tenant, asked);
  if not join_conversations.survivor_id = any (asked) then
    raise exception 'conversation_not_found' using errcode = 'P0001';
  end if;

  with edge as (
    insert into public.conversation_joins (workspace_id, loser_id, survivor_id, source, reason, created_at, made_by)
    select tenant, a.id, join_conversations.survivor_id, 'staff', said, clock_timestamp(), join_conversations.made_by
    from unnest(asked) as a (id)
    where a.id <> join_conversations.survivor_id
    returning id
  )
  select array_agg(e.id) into made from edge e;
  perform private.settle_threads(tenant, array(
    select distinct i.root_id
    from public.conversations c
    join public.contact_identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
    where c.workspace_id = tenant and c.id = any (together)
  ));
  perform private.tell_both_threads(tenant, j.loser_id, j.survivor_id, array['thread_merged_away', 'thread_merged_in'],
    jsonb_build_object('joinId', j.id), join_conversations.made_by)
  from public.conversation_joins j
  where j.workspace_id = tenant and j.id = any (made);
  perform private.hand_over_drafts(tenant, array_remove(asked, join_conversations.survivor_id),
    join_conversations.survivor_id);
  return made;
end
$$;

-- The contacts behind threads, locked for a decision on them.
create function private.lock_people_of_threads(workspace_id uuid, conversation_ids uuid[]) returns void
language sql volatile security definer
set search_path = ''
as $$
  select from private.lock_merged_contacts(lock_people_of_threads.workspace_id, array(
    select i.contact_id
    from public.conversations c
    join public.contact_identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
    where c.workspace_id = lock_people_of_threads.workspace_id and c.id = any (lock_people_of_threads.conversation_ids)
  ))
$$;

create function private.require_thread_rights(workspace_id uuid) returns void
language plpgsql stable security definer
set search_path = ''
as $$
begin
  if not require_thread_rights.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    raise exception 'not_allowed' using errcode = '42501';
  end if;
end
$$;

-- Merges threads as an owner or admin. Returns the ids of the edges. Errors: 'not_allowed' (42501), and those of
-- join_conversations.
create function private.merge_conversations(
  workspace_id uuid, conversation_ids uuid[], survivor_id uuid, reason text
) returns uuid[]
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform private.require_thread_rights(merge_conversations.workspace_id);
  perform private.lock_people_of_threads(merge_conversations.workspace_id, merge_conversations.conversation_ids);
  return private.join_conversations(merge_conversations.workspace_id, merge_conversations.conversation_ids,
    merge_conversations.survivor_id, merge_conversations.reason, private.my_user_id());
end
$$;

-- Undoes a merge of threads as an owner or admin, in any order; again without effect. Returns whether it held.
-- Errors: 'not_allowed' (42501), 'merge_not_found' (P0001).
create function private.undo_conversation_merge(workspace_id uuid, join_id uuid) returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  edge public.conversation_joins;
begin
  perform private.require_thread_rights(undo_conversation_merge.workspace_id);
  select j.* into edge
  from public.conversation_joins j
  where j.workspace_id = undo_conversation_merge.workspace_id and j.id = undo_conversation_merge.join_id
    and j.source = 'staff' and not j.evidence ? 'splitId';
  if not found then
    raise exception 'merge_not_found' using errcode = 'P0001';
  end if;
  perform private.lock_people_of_threads(edge.workspace_id, array[edge.loser_id, edge.survivor_id]);
  return private.end_conversation_joins(edge.workspace_id, array[edge.id], private.my_user_id()) > 0;
end
$$;

-- Threads of two contacts are not one: when contacts are parted, what staff merged over both ends. At the end of the
-- transaction, because a contact may belong elsewhere for a moment within it.
create function private.contacts_part_threads() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  thread_ids uuid[] := array(
    select c.id
    from public.contact_identities i
    join public.conversations c on c.workspace_id = i.workspace_id and c.identity_id = i.id
    where i.workspace_id = new.workspace_id and i.contact_id = new.id
  );
  join_ids uuid[];
begin
  join_ids := array(
    select j.id
    from (
      select j.* from public.conversation_joins j
      where j.workspace_id = new.workspace_id and j.loser_id = any (thread_ids) and j.is_active and j.source = 'staff'
      union
      select j.* from public.conversation_joins j
      where j.workspace_id = new.workspace_id and j.survivor_id = any (thread_ids) and j.is_active and j.source = 'staff'
    ) j
    where (
      select count(distinct p.root_id)
      from public.conversations c
      join public.contact_identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
      join public.contacts p on p.workspace_id = i.workspace_id and p.id = i.contact_id
      where c.workspace_id = j.workspace_id and c.id in (j.loser_id, j.survivor_id)
    ) > 1
  );
  if cardinality(join_ids) > 0 then
    perform private.end_conversation_joins(new.workspace_id, join_ids, private.my_user_id());
  end if;
  return null;
end
$$;

create constraint trigger contacts_part_threads after update of root_id on public.contacts
  deferrable initially deferred
  for each row when (old.root_id <> new.root_id) execute function private.contacts_part_threads();

-- The messages of a conversation that a selection means: {"from": message id or null, "to": message id or null} (both
-- included), {"before": time}, {"between": [time, time]} (up to the second), {"session": Kapso's id}. What is only meant
-- to be sent later stays where it is. Errors: 'selection_invalid' (P0001).
create function private.select_split(workspace_id uuid, root_id uuid, selection jsonb) returns table (
  message_id uuid, conversation_id uuid, is_under_way boolean, is_selected boolean
)
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := select_split.workspace_id;
  asked jsonb := select_split.selection;
  from_time timestamptz;
  from_message uuid;
  until_time timestamptz;
  until_message uuid;
  last_time timestamptz;
  last_message uuid;
begin
  if asked ->> 'from' is not null then
    select m.occurred_at, m.id into from_time, from_message
    from public.messages m
    join public.conversations t on t.workspace_id = m.workspace_id and t.id = m.conversation_id
    where m.workspace_id = tenant and m.id::text = asked ->> 'from' and t.root_id = select_split.root_id;
    if not found then
      raise exception 'selection_invalid' using errcode = 'P0001';
    end if;
  end if;
  if asked ->> 'to' is not null then
    select m.occurred_at, m.id into last_time, last_message
    from public.messages m
    join public.conversations t on t.workspace_id = m.workspace_id and t.id = m.conversation_id
    where m.workspace_id = tenant and m.id::text = asked ->> 'to' and t.root_id = select_split.root_id;
    if not found then
      raise exception 'selection_invalid' using errcode = 'P0001';
    end if;
  end if;
  begin
    if asked ? 'before' then
      until_time := (asked ->> 'before')::timestamptz;
    elsif asked ? 'between' then
      from_time := (asked -> 'between' ->> 0)::timestamptz;
      until_time := (asked -> 'between' ->> 1)::timestamptz;
    end if;
  exception when others then
    raise exception 'selection_invalid' using errcode = 'P0001';
  end;
  if num_nulls(from_time, until_time, last_time, asked ->> 'session') = 4
    or asked ? 'between' and num_nulls(from_time, until_time) > 0 then
    raise exception 'selection_invalid' using errcode = 'P0001';
  end if;
  return query
  select m.id, m.conversation_id, coalesce(m.send_state in ('waiting', 'sending', 'checking'), false),
    coalesce(
      (from_message is null or (m.occurred_at, m.id) >= (from_time, from_message))
      and (from_message is not null or from_time is null or m.occurred_at >= from_time)
      and (last_message is null or (m.occurred_at, m.id) <= (last_time, last_message))
      and (until_time is null or m.occurred_at < until_time)
      and (asked ->> 'session' is null or m.kapso_conversation_id = asked ->> 'session'), false)
  from public.conversations t
  join public.messages m on m.workspace_id = t.workspace_id and m.conversation_id = t.id
  where t.workspace_id = tenant and t.root_id = select_split.root_id
    and (m.send_at is null or m.send_state is distinct from 'waiting');
end
$$;

-- What splitting would do, as an owner or admin. Errors: as split_conversation, but for what follows from the counts.
create function private.preview_split(workspace_id uuid, conversation_id uuid, selection jsonb)
returns table (selected integer, kept integer, under_way integer)
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  root uuid;
begin
  perform private.require_thread_rights(preview_split.workspace_id);
  root := private.find_my_conversation(preview_split.workspace_id, preview_split.conversation_id);
  if root is null then
    raise exception 'conversation_not_found' using errcode = 'P0001';
  end if;
  return query
  select count(*) filter (where s.is_selected)::integer, count(*) filter (where not s.is_selected)::integer,
    count(*) filter (where s.is_selected and s.is_under_way)::integer
  from private.select_split(preview_split.workspace_id, root, preview_split.selection) s;
end
$$;

-- Splits messages off a conversation as an owner or admin. They move into a part, a closed thread for each account that
-- they are of; notes stay. Returns the split and the part that shows them. Errors: 'not_allowed' (42501); P0001:
-- 'reason_length', 'conversation_not_found', 'thread_split_off', 'selection_invalid', 'nothing_to_split', 'nothing_left',
-- 'message_under_way'.
create function private.split_conversation(workspace_id uuid, conversation_id uuid, selection jsonb, reason text)
returns table (split_id uuid, part_id uuid)
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := split_conversation.workspace_id;
  said text := btrim(split_conversation.reason, E' \t\r\n');
  root uuid;
  is_part boolean;
  together uuid[];
  chosen uuid[];
  source_ids uuid[];
  new_ids uuid[];
  facts record;
  made uuid := gen_random_uuid();
begin
  perform private.require_thread_rights(tenant);
  if said is null or length(said) not between 1 and 500 then
    raise exception 'reason_length' using errcode = 'P0001';
  end if;
  perform private.lock_people_of_threads(tenant, array[split_conversation.conversation_id]);
  together := private.lock_threads_together(tenant, array[split_conversation.conversation_id]);
  select c.root_id into root from public.conversations c
  where c.workspace_id = tenant and c.id = split_conversation.conversation_id;
  if not found then
    raise exception 'conversation_not_found' using errcode = 'P0001';
  end if;
  select c.split_from_id is not null into is_part from public.conversations c
  where c.workspace_id = tenant and c.id = root;
  if is_part then
    raise exception 'thread_split_off' using errcode = 'P0001';
  end if;
  select array_agg(s.message_id) filter (where s.is_selected) as chosen,
    count(*) filter (where not s.is_selected) as kept,
    coalesce(bool_or(s.is_selected and s.is_under_way), false) as has_under_way,
    array_agg(distinct s.conversation_id) filter (where s.is_selected) as source_ids
  into facts
  from private.select_split(tenant, root, split_conversation.selection) s;
  if facts.chosen is null then
    raise exception 'nothing_to_split' using errcode = 'P0001';
  end if;
  if facts.has_under_way then
    raise exception 'message_under_way' using errcode = 'P0001';
  end if;
  if facts.kept = 0 then
    raise exception 'nothing_left' using errcode = 'P0001';
  end if;
  chosen := facts.chosen;

  -- The part of the root's own messages first: it shows the others.
  select array_agg(s.id order by s.id = root desc, s.id), array_agg(s.new_id order by s.id = root desc, s.id)
  into source_ids, new_ids
  from (select u.id, gen_random_uuid() as new_id from unnest(facts.source_ids) as u (id)) s;
  -- They stand at the root at first, so that nobody has more or less to read while the messages move.
  insert into public.conversations as c (
    id, workspace_id, channel_id, identity_id, root_id, split_from_id, last_activity_at, state, assignee_id,
    assigned_at, assigned_reason, team_id
  )
  select n.new_id, tenant, s.channel_id, s.identity_id, root, s.id, s.last_activity_at, 'closed', r.assignee_id,
    r.assigned_at, r.assigned_reason, r.team_id
  from unnest(source_ids, new_ids) as n (id, new_id)
  join public.conversations s on s.workspace_id = tenant and s.id = n.id
  join public.conversations r on r.workspace_id = tenant and r.id = root;
  insert into public.conversation_splits (
    id, workspace_id, origin_id, part_id, part_ids, selection, message_count, reason, made_by, created_at
  )
  values (made, tenant, root, new_ids[1], new_ids, split_conversation.selection, cardinality(chosen), said,
    private.my_user_id(), clock_timestamp());
  insert into private.conversation_split_messages (workspace_id, split_id, message_id, from_id)
  select tenant, made, m.id, m.conversation_id
  from public.messages m
  where m.workspace_id = tenant and m.id = any (chosen);
  update public.messages m
  set conversation_id = n.new_id
  from unnest(source_ids, new_ids) as n (id, new_id)
  where m.workspace_id = tenant and m.id = any (chosen) and m.conversation_id = n.id;
  insert into public.conversation_joins
    (workspace_id, loser_id, survivor_id, source, reason, evidence, created_at, made_by)
  select tenant, n.id, new_ids[1], 'staff', said, jsonb_build_object('splitId', made), clock_timestamp(),
    private.my_user_id()
  from unnest(new_ids) as n (id)
  where n.id <> new_ids[1];
  perform private.settle_threads(tenant, array(
    select distinct i.root_id
    from public.conversations c
    join public.contact_identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
    where c.workspace_id = tenant and c.id = any (together)
  ));
  perform private.tell_both_threads(tenant, new_ids[1], root, array['thread_split_from', 'thread_split'],
    jsonb_build_object('splitId', made, 'count', cardinality(chosen)), private.my_user_id());
  return query select made, new_ids[1];
end
$$;

-- Undoes a split as an owner or admin: the parts stand under the threads that they were made of. Again without effect.
-- Returns whether it held. Errors: 'not_allowed' (42501), 'split_not_found' (P0001).
create function private.undo_conversation_split(workspace_id uuid, split_id uuid) returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := undo_conversation_split.workspace_id;
  split public.conversation_splits;
  together uuid[];
begin
  perform private.require_thread_rights(tenant);
  select s.* into split from public.conversation_splits s
  where s.workspace_id = tenant and s.id = undo_conversation_split.split_id;
  if not found then
    raise exception 'split_not_found' using errcode = 'P0001';
  end if;
  perform private.lock_people_of_threads(tenant, split.part_ids || split.origin_id);
  together := private.lock_threads_together(tenant, split.part_ids || array(
    select c.split_from_id from public.conversations c where c.workspace_id = tenant and c.id = any (split.part_ids)
  ));
  update public.conversation_splits s
  set undone_at = clock_timestamp(), undone_by = private.my_user_id()
  where s.workspace_id = tenant and s.id = split.id and s.undone_at is null;
  if not found then
    return false;
  end if;
  update public.conversation_joins j
  set is_active = false, undone_at = clock_timestamp(), undone_by = private.my_user_id()
  where j.workspace_id = tenant and j.loser_id = any (split.part_ids) and j.is_active;
  insert into public.conversation_joins
    (workspace_id, loser_id, survivor_id, source, reason, evidence, created_at, made_by)
  select tenant, c.id, c.split_from_id, 'staff', split.reason, jsonb_build_object('splitId', split.id),
    clock_timestamp(), private.my_user_id()
  from public.conversations c
  where c.workspace_id = tenant and c.id = any (split.part_ids);
  perform private.settle_threads(tenant, array(
    select distinct i.root_id
    from public.conversations c
    join public.contact_identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
    where c.workspace_id = tenant and c.id = any (together)
  ));
  perform private.tell_both_threads(tenant, split.part_id, split.origin_id, array['thread_rejoined', 'thread_rejoined'],
    jsonb_build_object('splitId', split.id), private.my_user_id());
  return true;
end
$$;

grant execute on function private.merge_conversations(uuid, uuid[], uuid, text) to my21_member;
grant execute on function private.undo_conversation_merge(uuid, uuid) to my21_member;
grant execute on function private.preview_split(uuid, uuid, jsonb) to my21_member;
grant execute on function private.split_conversation(uuid, uuid, jsonb, text) to my21_member;
grant execute on function private.undo_conversation_split(uuid, uuid) to my21_member;
grant execute on function private.lock_my_conversation(uuid, uuid) to my21_member;
grant execute on function private.find_home(uuid, uuid) to my21_member;
grant execute on function private.find_last_inbound(uuid, uuid) to my21_member;
grant execute on function private.find_address(uuid, uuid, uuid) to my21_member;

-- As before; threads are settled by themselves.
create or replace function private.settle_groups(workspace_id uuid, roots uuid[]) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
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

  perform private.settle_threads(settle_groups.workspace_id, roots);
end
$$;

-- As before, but what staff merges takes nothing but messages and labels into the survivor.
create or replace function private.regroup_conversations(workspace_id uuid, thread_ids uuid[], thread_roots uuid[]) returns void
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
      select m.id, m.occurred_at from public.messages m
      where m.workspace_id = regroup_conversations.workspace_id and m.conversation_id = t.id
        -- What is to leave later was not said yet.
        and (m.send_at is null or m.send_state is distinct from 'waiting')
      order by m.occurred_at desc, m.id desc
      limit 1
    ) m
    order by t.new_root, m.occurred_at desc, m.id desc
  ), inbound as (
    select t.new_root, max(m.occurred_at) as last_inbound_at, count(*) filter (where not m.is_silent) as amount
    from thread t
    join public.messages m on m.workspace_id = regroup_conversations.workspace_id and m.conversation_id = t.id
    where m.direction = 'inbound'
    group by t.new_root
  ), bot as (
    -- Of threads that become one, the later word on the bot counts; of those that staff merges, the survivor's.
    select distinct on (t.new_root) t.new_root, c.bot_state, c.bot_state_reason, c.bot_state_at
    from thread t
    join public.conversations c on c.workspace_id = regroup_conversations.workspace_id and c.id = t.id
    where t.id = t.old_root and not exists (
      select from public.conversation_joins j
      where j.workspace_id = regroup_conversations.workspace_id and j.loser_id = t.id and j.is_active
        and j.source = 'staff'
    )
    order by t.new_root, c.bot_state_at desc nulls last, c.bot_state desc
  ), told as (
    -- Threads without a message stand at the latest time that anything was told of them, each by itself.
    select t.new_root, max(c.last_activity_at) as last_activity_at
    from thread t
    join public.conversations c on c.workspace_id = regroup_conversations.workspace_id and c.id = t.id
    group by t.new_root
  )
  update public.conversations c
  set root_id = t.new_root,
    last_message_id = case when c.id = t.new_root then newest.id else c.last_message_id end,
    last_activity_at = case when c.id = t.new_root then coalesce(newest.occurred_at, told.last_activity_at)
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
  left join told using (new_root)
  where c.workspace_id = regroup_conversations.workspace_id and c.id = t.id;
end
$$;

-- As before for threads that WhatsApp shows to be one. Of those that staff merges the survivor's state goes on; their labels
-- are shown together (settle_threads).
create or replace function private.conversations_join_states() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  home uuid;
begin
  if exists (
    select from public.conversation_joins j
    where j.workspace_id = new.workspace_id and j.loser_id = new.id and j.is_active and j.source = 'staff'
  ) then
    return null;
  end if;
  -- What the one that goes had is its account's: it stays with that one's thread when staff parts threads again.
  home := coalesce(private.find_home(new.workspace_id, new.id), new.root_id);
  update public.conversations r
  set state = least(r.state, old.state),
    state_at = case when least(r.state, old.state) = r.state then r.state_at else old.state_at end,
    snooze_kind = case when least(r.state, old.state) = 'snoozed' then coalesce(r.snooze_kind, old.snooze_kind) end,
    snoozed_until = case
      when least(r.state, old.state) <> 'snoozed' then null
      when r.state = 'snoozed' then r.snoozed_until
      else old.snoozed_until end,
    assignee_id = coalesce(r.assignee_id, old.assignee_id),
    assigned_at = case when r.assignee_id is null then old.assigned_at else r.assigned_at end,
    assigned_reason = case when r.assignee_id is null then old.assigned_reason else r.assigned_reason end,
    team_id = coalesce(r.team_id, old.team_id),
    label_ids = case when r.id <> home then r.label_ids else r.label_ids || array(
      select l.id from unnest(old.label_ids) with ordinality as l (id, place)
      where l.id <> all (r.label_ids) order by l.place
    ) end,
    own_label_ids = case when r.id <> home or r.own_label_ids is null then r.own_label_ids else r.own_label_ids || array(
      select l.id from unnest(old.label_ids) with ordinality as l (id, place)
      where l.id <> all (r.own_label_ids) order by l.place
    ) end,
    queued_at = case when coalesce(r.assignee_id, old.assignee_id) is null then least(r.queued_at, old.queued_at) end
  where r.workspace_id = new.workspace_id and r.id in (home, new.root_id)
    and (
      old.state < r.state or r.assignee_id is null and old.assignee_id is not null
      or r.team_id is null and old.team_id is not null or not old.label_ids <@ r.label_ids
      or r.queued_at is null and old.queued_at is not null
    );
  return null;
end
$$;

-- As before, and without a word the account's own thread, where staff merged it into another: for the day they are parted.
create or replace function private.messages_wake_conversations() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  with written as materialized (
    select distinct e.id, e.is_shown
    from new_messages n
    join public.conversations t on t.id = n.conversation_id
    cross join lateral (values (t.root_id, true), (t.id, false)) as e (id, is_shown)
    where n.direction = 'inbound' and not n.is_silent and (e.is_shown or t.id <> t.root_id)
  ), due as materialized (
    select c.id, written.is_shown, c.state, c.snooze_kind, c.assignee_id, owner.removed_at is not null as has_lost_owner,
      w.assigns_by_turns and (c.state = 'closed' or c.assignee_id is null or owner.removed_at is not null) as wants_turn
    from written
    join public.conversations c on c.id = written.id
    join public.workspaces w on w.id = c.workspace_id
    left join public.workspace_members owner
      on owner.workspace_id = c.workspace_id and owner.user_id = c.assignee_id
    where c.state <> 'open' or owner.removed_at is not null
      or w.assigns_by_turns and c.assignee_id is null and c.queued_at is null
  ), changed as (
    update public.conversations c
    set state = 'open',
      state_at = case when c.state = 'open' then c.state_at else now() end,
      snooze_kind = null,
      snoozed_until = null,
      assignee_id = case when not due.has_lost_owner then c.assignee_id end,
      assigned_at = case when not due.has_lost_owner then c.assigned_at end,
      assigned_reason = case when not due.has_lost_owner then c.assigned_reason end,
      queued_at = case when due.wants_turn then coalesce(c.queued_at, now()) else c.queued_at end
    from due
    where c.id = due.id
    returning c.workspace_id, c.id, due.state as earlier_state, due.assignee_id as earlier_owner, due.has_lost_owner,
      due.is_shown
  )
  insert into public.conversation_events (workspace_id, conversation_id, kind, details)
  select c.workspace_id, c.id, 'opened', jsonb_build_object('from', c.earlier_state, 'reason', 'reply')
  from changed c
  where c.earlier_state <> 'open' and c.is_shown
  union all
  select c.workspace_id, c.id, 'unassigned', jsonb_build_object('fromId', c.earlier_owner, 'reason', 'member_left')
  from changed c
  where c.has_lost_owner and c.is_shown;
  return null;
end
$$;

-- As before, where the labels of several threads are shown together.
create or replace function private.set_conversation_labels(workspace_id uuid, conversation_id uuid, label_ids uuid[])
returns public.conversations
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  before public.conversations;
  thread public.conversations;
  wanted uuid[];
  living uuid[];
begin
  before := private.lock_my_conversation(
    set_conversation_labels.workspace_id, set_conversation_labels.conversation_id);
  select coalesce(array_agg(w.id order by w.place), '{}') into wanted
  from (
    select l.id, min(l.place) as place
    from unnest(set_conversation_labels.label_ids) with ordinality as l (id, place)
    group by l.id
  ) w;
  if cardinality(wanted) > 30 then
    raise exception 'too_many_labels' using errcode = 'P0001';
  end if;
  select coalesce(array_agg(l.id), '{}') into living
  from public.labels l
  where l.workspace_id = before.workspace_id and l.id = any (wanted || before.label_ids);
  -- One that was removed while the page still showed it is left out without a word; anything else is no label.
  if not wanted <@ (living || before.label_ids) then
    raise exception 'no_such_label' using errcode = 'P0001';
  end if;
  wanted := array(
    select w.id from unnest(wanted) with ordinality as w (id, place) where w.id = any (living) order by w.place
  );
  if before.label_ids = wanted then
    return before;
  end if;
  update public.conversations c
  set label_ids = wanted,
    -- Those of threads that staff merged into it stay theirs.
    own_label_ids = case when before.own_label_ids is not null then array(
      select l.id from unnest(before.own_label_ids) with ordinality as l (id, place)
      where l.id = any (wanted) or l.id <> all (before.label_ids) order by l.place
    ) || array(
      select l.id from unnest(wanted) with ordinality as l (id, place) where l.id <> all (before.label_ids) order by l.place
    ) end
  where c.workspace_id = before.workspace_id and c.id = before.id
  returning c.* into thread;
  perform private.add_conversation_event(
    thread, 'labelled', private.my_user_id(), jsonb_build_object('labelId', l.id))
  from unnest(wanted) as l (id) where l.id <> all (before.label_ids);
  perform private.add_conversation_event(
    thread, 'unlabelled', private.my_user_id(), jsonb_build_object('labelId', l.id))
  from unnest(before.label_ids) as l (id) where l.id <> all (wanted) and l.id = any (living);
  return thread;
end
$$;

-- As before, and never a part.
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
    and t.channel_id = open_conversation.channel_id and t.split_from_id is null
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
  on conflict do nothing
  returning c.id into thread;
  if not found then
    -- The customer wrote at this very instant.
    select t.root_id into strict thread
    from public.conversations t
    where t.workspace_id = open_conversation.workspace_id and t.channel_id = open_conversation.channel_id
      and t.identity_id = person and t.split_from_id is null;
    if private.find_my_conversation(open_conversation.workspace_id, thread) is null then
      raise exception 'not_visible' using errcode = 'P0001';
    end if;
  end if;
  return thread;
end
$$;

-- As before, to the account that is asked for (`addressId`: a thread that the conversation shows), else to the one that the
-- customer wrote from last, within that one's own window. Also: 'address_not_found', 'thread_split_off' (P0001).
create or replace function private.queue_message(
  workspace_id uuid, conversation_id uuid, client_reference uuid, message jsonb
) returns public.messages
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  me uuid := private.my_user_id();
  root uuid := private.find_my_conversation(queue_message.workspace_id, queue_message.conversation_id);
  thread public.conversations;
  home uuid;
  last_inbound timestamptz;
  made public.messages;
  quoted_wamid text;
  leaves_at timestamptz := (message ->> 'sendAt')::timestamptz;
  undo_seconds integer := coalesce((message ->> 'undoSeconds')::integer, 0);
  answer record;
  template public.templates;
begin
  if root is null then
    raise exception 'not_found' using errcode = '42501';
  end if;
  -- One at a time for each conversation: whoever comes second sees what the first one wrote. Whoever held the locks may
  -- have merged or parted it.
  perform private.lock_threads_together(queue_message.workspace_id, array[queue_message.conversation_id]);
  root := private.find_my_conversation(queue_message.workspace_id, queue_message.conversation_id);
  if root is null then
    raise exception 'not_found' using errcode = '42501';
  end if;
  select c.* into strict thread
  from public.conversations c
  where c.workspace_id = queue_message.workspace_id and c.id = root;

  -- It may have been sent while threads were merged that are parted now, or stand in a part by now.
  with recursive kin as (
    select t.id from public.conversations t where t.workspace_id = thread.workspace_id and t.root_id = thread.id
    union
    select e.id
    from kin k
    cross join lateral (
      select j.loser_id as id from public.conversation_joins j
      where j.workspace_id = thread.workspace_id and j.survivor_id = k.id
      union all
      select j.survivor_id from public.conversation_joins j
      where j.workspace_id = thread.workspace_id and j.loser_id = k.id
      union all
      select p.id from public.conversations p where p.workspace_id = thread.workspace_id and p.split_from_id = k.id
      union all
      select p.split_from_id from public.conversations p
      where p.workspace_id = thread.workspace_id and p.id = k.id and p.split_from_id is not null
    ) e
  )
  select m.* into made
  from kin
  join public.messages m on m.conversation_id = kin.id and m.client_reference = queue_message.client_reference
  where m.author_id = me;
  if found then
    return made;
  end if;

  if thread.split_from_id is not null then
    raise exception 'thread_split_off' using errcode = 'P0001';
  end if;
  home := private.find_address(thread.workspace_id, thread.id, (message ->> 'addressId')::uuid);
  if home is null then
    raise exception 'address_not_found' using errcode = 'P0001';
  end if;
  last_inbound := private.find_last_inbound(thread.workspace_id, home);
  if message ->> 'type' = 'text' and (
    length(btrim(message ->> 'text', E' \t\r\n')) not between 1 and 4096 or length(message ->> 'text') > 4096
  ) then
    raise exception 'text_length' using errcode = 'P0001';
  end if;
  if length(message ->> 'text') > 4096 then
    raise exception 'caption_length' using errcode = 'P0001';
  end if;
  if leaves_at is not null and (leaves_at < now() + interval '30 seconds' or leaves_at > now() + interval '60 days') then
    raise exception 'send_at_out_of_range' using errcode = 'P0001';
  end if;

  if message ->> 'type' = 'template' then
    select t.* into template
    from public.templates t
    where t.workspace_id = thread.workspace_id and t.id = (message ->> 'templateId')::uuid
      and t.channel_id = thread.channel_id and t.removed_at is null;
    if not found then
      raise exception 'template_not_found' using errcode = 'P0001';
    end if;
    if template.status <> 'approved' then
      raise exception 'template_unavailable' using errcode = 'P0001';
    end if;
    if template.category = 'marketing' and private.has_stopped_marketing(thread.workspace_id, home) then
      raise exception 'marketing_stopped' using errcode = 'P0001';
    end if;
  elsif last_inbound is null or last_inbound + interval '24 hours' <= now() then
    raise exception 'window_closed' using errcode = 'P0001';
  end if;

  if message ->> 'replyToMessageId' is not null then
    select m.wamid into quoted_wamid
    from public.messages m
    join public.conversations t on t.workspace_id = m.workspace_id and t.id = m.conversation_id
    where m.workspace_id = thread.workspace_id and m.id = (message ->> 'replyToMessageId')::uuid
      and t.root_id = thread.id and m.channel_id = thread.channel_id and m.wamid is not null
      -- WhatsApp knows it in the chat of its own account alone.
      and (t.id = home or private.find_home(t.workspace_id, t.id) = home);
    if not found then
      raise exception 'quote_not_found' using errcode = 'P0001';
    end if;
  end if;

  if message ->> 'answeredSince' is not null and not coalesce((message ->> 'evenSo')::boolean, false) then
    select m.author_id, w.display_name into answer
    from public.conversations t
    join public.messages m on m.workspace_id = t.workspace_id and m.conversation_id = t.id
    left join public.workspace_members w on w.workspace_id = m.workspace_id and w.user_id = m.author_id
    where t.workspace_id = thread.workspace_id and t.root_id = thread.id
      and m.occurred_at > (message ->> 'answeredSince')::timestamptz - interval '1 day'
      and m.created_at > (message ->> 'answeredSince')::timestamptz
      and m.direction = 'outbound' and m.origin in ('my21staff', 'business_app') and not m.is_silent
      and m.author_id is distinct from me and (m.author_id is not null or m.origin = 'business_app')
      and (m.send_at is null or m.send_state <> 'waiting')
    order by m.occurred_at desc, m.id desc
    limit 1;
    if found then
      raise exception 'answered' using errcode = 'P0001',
        detail = case when answer.author_id is null then 'null'
          else json_build_object('id', answer.author_id, 'name', coalesce(answer.display_name, ''))::text end;
    end if;
  end if;

  insert into public.messages as m (
    workspace_id, conversation_id, channel_id, direction, origin, type, text, content, reply_to_wamid, occurred_at,
    status, status_at, author_id, client_reference, send_state, send_due_at, send_at, undo_until, send_request
  )
  values (
    thread.workspace_id, home, thread.channel_id, 'outbound', 'my21staff', message ->> 'type', message ->> 'text',
    nullif(message -> 'content', 'null'), quoted_wamid, now(), 'queued', now(), me, queue_message.client_reference,
    'waiting', coalesce(leaves_at, now() + undo_seconds * interval '1 second'), leaves_at,
    case when leaves_at is null and undo_seconds > 0 then now() + undo_seconds * interval '1 second' end,
    nullif(message -> 'request', 'null')
  )
  returning m.* into made;

  if message ->> 'uploadId' is not null then
    insert into public.message_media (workspace_id, message_id, kind, upload_id)
    select u.workspace_id, made.id, (message ->> 'type')::public.media_kind, u.id
    from private.find_upload(thread.workspace_id, (message ->> 'uploadId')::uuid) f
    join private.uploads u on u.workspace_id = thread.workspace_id and u.id = f.id;
    if not found then
      raise exception 'upload_not_found' using errcode = 'P0001';
    end if;
  end if;
  if leaves_at is not null then
    -- Nothing was said yet: the customer's message is still the last one, and still waits for an answer.
    update public.conversations c
    set last_message_id = thread.last_message_id, last_activity_at = thread.last_activity_at
    where c.workspace_id = thread.workspace_id and c.id = thread.id;
  end if;
  delete from public.drafts d
  where d.workspace_id = thread.workspace_id and d.conversation_id = thread.id and d.user_id = me;
  return made;
end
$$;

-- The same.
create or replace function private.queue_reply(
  workspace_id uuid, conversation_id uuid, client_reference uuid, message_text text
) returns public.messages
language plpgsql security definer
set search_path = ''
as $$
declare
  thread public.conversations;
  home uuid;
  last_inbound timestamptz;
  reply public.messages;
begin
  select r.* into thread
  from public.conversations c
  join public.conversations r on r.workspace_id = c.workspace_id and r.id = c.root_id
  where c.workspace_id = queue_reply.workspace_id
    and c.id = queue_reply.conversation_id
    and private.can_see_conversation(c.workspace_id, c.id);
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
  if thread.split_from_id is not null then
    raise exception 'thread_split_off' using errcode = 'P0001';
  end if;
  home := private.find_address(thread.workspace_id, thread.id, null);
  last_inbound := private.find_last_inbound(thread.workspace_id, home);
  if last_inbound is null or last_inbound + interval '24 hours' <= now() then
    raise exception 'window_closed' using errcode = 'P0001';
  end if;
  insert into public.messages as m (
    workspace_id, conversation_id, channel_id, direction, origin, type, text, occurred_at, status, status_at,
    author_id, client_reference, send_state, send_due_at
  )
  values (
    thread.workspace_id, home, thread.channel_id, 'outbound', 'my21staff', 'text', message_text, now(), 'queued',
    now(), private.my_user_id(), queue_reply.client_reference, 'waiting', now()
  )
  on conflict on constraint messages_conversation_id_client_reference_key do nothing
  returning m.* into reply;
  if not found then
    -- The same send came in twice at the same instant, and the other one has committed meanwhile.
    select m.* into strict reply
    from public.messages m
    where m.conversation_id = home and m.client_reference = queue_reply.client_reference;
  end if;
  return reply;
end
$$;

-- To the account whose message it is about. Also: 'thread_split_off' (P0001).
create or replace function private.queue_reaction(workspace_id uuid, conversation_id uuid, message_id uuid, emoji text)
returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  root uuid := private.find_my_conversation(queue_reaction.workspace_id, queue_reaction.conversation_id);
  thread public.conversations;
  home uuid;
  last_inbound timestamptz;
  target public.messages;
  known public.message_reactions;
begin
  if root is not null then
    perform private.lock_threads_together(queue_reaction.workspace_id, array[queue_reaction.conversation_id]);
    root := private.find_my_conversation(queue_reaction.workspace_id, queue_reaction.conversation_id);
  end if;
  select m.* into target
  from public.messages m
  join public.conversations t on t.workspace_id = m.workspace_id and t.id = m.conversation_id
  where m.workspace_id = queue_reaction.workspace_id and m.id = queue_reaction.message_id and t.root_id = root;
  if not found then
    raise exception 'not_found' using errcode = '42501';
  end if;
  select c.* into strict thread from public.conversations c
  where c.workspace_id = queue_reaction.workspace_id and c.id = root;
  if thread.split_from_id is not null then
    raise exception 'thread_split_off' using errcode = 'P0001';
  end if;
  home := private.find_address(thread.workspace_id, thread.id, target.conversation_id);
  if home is null then
    raise exception 'cannot_react' using errcode = 'P0001';
  end if;
  last_inbound := private.find_last_inbound(thread.workspace_id, home);
  -- WhatsApp takes reactions to messages of the last 30 days.
  if target.wamid is null or target.channel_id <> thread.channel_id
    or target.occurred_at < now() - interval '30 days' then
    raise exception 'cannot_react' using errcode = 'P0001';
  end if;
  if last_inbound is null or last_inbound + interval '24 hours' <= now() then
    raise exception 'window_closed' using errcode = 'P0001';
  end if;
  select r.* into known
  from public.message_reactions r
  where r.workspace_id = queue_reaction.workspace_id and r.channel_id = target.channel_id
    and r.target_wamid = target.wamid and r.direction = 'outbound';
  if known.emoji is not distinct from queue_reaction.emoji then
    return coalesce(known.send_state = 'waiting', false);
  end if;
  insert into public.message_reactions as r (
    workspace_id, channel_id, target_wamid, direction, emoji, occurred_at, wamid, conversation_id, author_id,
    send_state, send_due_at
  )
  values (
    queue_reaction.workspace_id, target.channel_id, target.wamid, 'outbound', queue_reaction.emoji, clock_timestamp(),
    '', home, private.my_user_id(), 'waiting', clock_timestamp()
  )
  on conflict on constraint message_reactions_channel_id_target_wamid_direction_key do update
    set emoji = excluded.emoji, occurred_at = excluded.occurred_at, wamid = '',
      conversation_id = excluded.conversation_id, author_id = excluded.author_id,
      -- One that is under way stays so; it is looked at again when its answer is there.
      send_state = case when r.send_state = 'sending' then r.send_state else 'waiting' end,
      send_due_at = case when r.send_state = 'sending' then r.send_due_at else excluded.send_due_at end,
      send_attempts = case when r.send_state = 'sending' then r.send_attempts else 0 end,
      failure_code = null,
      previous_emoji = case when r.send_state in ('waiting', 'sending') then r.previous_emoji else r.emoji end;
  update public.messages m set changed_xid = pg_current_xact_id()
  where m.workspace_id = queue_reaction.workspace_id and m.id = target.id;
  return true;
end
$$;

-- As before, but a part stays closed: 'thread_split_off' (P0001).
create or replace function private.set_conversation_state(
  workspace_id uuid, conversation_id uuid, state public.conversation_state, snooze_kind public.snooze_kind,
  snoozed_until timestamptz
) returns public.conversations
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  before public.conversations;
  thread public.conversations;
  wanted_kind public.snooze_kind :=
    case when set_conversation_state.state = 'snoozed' then coalesce(set_conversation_state.snooze_kind, 'time') end;
  wanted_until timestamptz;
begin
  before := private.lock_my_conversation(set_conversation_state.workspace_id, set_conversation_state.conversation_id);
  if before.split_from_id is not null and set_conversation_state.state <> 'closed' then
    raise exception 'thread_split_off' using errcode = 'P0001';
  end if;
  if wanted_kind = 'window' then
    if before.last_inbound_at is null then
      raise exception 'no_window' using errcode = 'P0001';
    end if;
    wanted_until := before.last_inbound_at + interval '22 hours';
  elsif wanted_kind = 'time' then
    wanted_until := set_conversation_state.snoozed_until;
    if wanted_until > now() + interval '400 days' then
      raise exception 'snooze_too_long' using errcode = 'P0001';
    end if;
  end if;
  if (before.state, before.snooze_kind, before.snoozed_until)
      is not distinct from (set_conversation_state.state, wanted_kind, wanted_until) then
    return before;
  end if;
  if wanted_kind in ('time', 'window') and (wanted_until is null or wanted_until <= now()) then
    raise exception 'snooze_in_past' using errcode = 'P0001';
  end if;
  update public.conversations c
  set state = set_conversation_state.state,
    state_at = now(),
    snooze_kind = wanted_kind,
    snoozed_until = wanted_until,
    -- Only open conversations wait for a turn.
    queued_at = case when set_conversation_state.state = 'open' and c.assignee_id is null and (
        select w.assigns_by_turns from public.workspaces w where w.id = c.workspace_id
      ) then coalesce(c.queued_at, now()) end
  where c.workspace_id = before.workspace_id and c.id = before.id
  returning c.* into thread;
  perform private.add_conversation_event(
    thread, case thread.state when 'open' then 'opened' else thread.state::text end, private.my_user_id(),
    jsonb_build_object('from', before.state, 'snoozeKind', thread.snooze_kind, 'until', thread.snoozed_until));
  return thread;
end
$$;
