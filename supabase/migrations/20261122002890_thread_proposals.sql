-- Merges of threads that agents propose and owners and admins decide. A proposal rests on its threads as they stood; it
-- ends by itself where something was done to them since.

create table public.thread_proposals (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  -- The thread that would go on, and the one that it would show.
  survivor_id uuid not null,
  other_id uuid not null,
  -- private.hash_thread_plan of when it was proposed.
  plan_hash text not null check (plan_hash ~ '^[0-9a-f]{64}$'),
  reason text not null check (length(reason) between 1 and 500),
  proposer_id uuid not null references auth.users (id),
  created_at timestamptz not null default now(),
  -- 'stale': something had changed when somebody wanted to accept it.
  state text not null default 'open' check (state in ('open', 'accepted', 'rejected', 'stale')),
  decided_by uuid references auth.users (id),
  decided_at timestamptz,
  -- What whoever decided said to who proposed it.
  decision_note text check (length(decision_note) between 1 and 500),
  join_id uuid,
  unique (workspace_id, id),
  foreign key (workspace_id, survivor_id) references public.conversations (workspace_id, id),
  foreign key (workspace_id, other_id) references public.conversations (workspace_id, id),
  check (survivor_id <> other_id),
  check ((state = 'open') = (decided_at is null) and (decided_by is null) = (decided_at is null)),
  check ((state = 'accepted') = (join_id is not null)),
  check (state <> 'open' or decision_note is null)
);

-- Proposed again, the same two threads are the same proposal, whichever of them goes on.
create unique index thread_proposals_open on public.thread_proposals
  (workspace_id, proposer_id, least(survivor_id, other_id), greatest(survivor_id, other_id))
  where state = 'open';
create index thread_proposals_created_at on public.thread_proposals (workspace_id, created_at desc);
create index thread_proposals_survivor_id on public.thread_proposals (workspace_id, survivor_id);
create index thread_proposals_other_id on public.thread_proposals (workspace_id, other_id);
create index thread_proposals_proposer_id on public.thread_proposals (proposer_id);
create index thread_proposals_decided_by on public.thread_proposals (decided_by) where decided_by is not null;

alter table public.thread_proposals enable row level security;

grant select on public.thread_proposals to my21_member;

create policy "Owners and admins read proposed merges of threads, agents their own of threads they see"
  on public.thread_proposals
  for select to my21_member
  using (
    workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin')))
    or (
      workspace_id = any (array(select private.my_workspace_ids()))
      and proposer_id = (select private.my_user_id())
      and (select private.can_see_conversation(workspace_id, survivor_id))
      and (select private.can_see_conversation(workspace_id, other_id))
    )
  );

-- What a merge of two threads rests on: which of them goes on, all that stands at either, whose accounts and contacts these
-- are, and whatever was merged and split of them, also if it was undone. Not what comes in by the minute. Runs with the
-- rights of whoever asks: members find what they see.
create function private.hash_thread_plan(workspace_id uuid, survivor_id uuid, other_id uuid) returns text
language sql stable
set search_path = ''
as $$
  with thread as materialized (
    select c.id, c.root_id, i.root_id as identity_id, r.phone_normalized, p.root_id as contact_id
    from public.conversations c
    -- One after the other, by id: a new workspace has no statistics, and joins of its tables would be by scans.
    cross join lateral (
      select o.root_id, o.contact_id from public.contact_identities o
      where o.workspace_id = c.workspace_id and o.id = c.identity_id limit 1
    ) i
    cross join lateral (
      select o.phone_normalized from public.contact_identities o
      where o.workspace_id = c.workspace_id and o.id = i.root_id limit 1
    ) r
    cross join lateral (
      select k.root_id from public.contacts k where k.workspace_id = c.workspace_id and k.id = i.contact_id limit 1
    ) p
    where c.workspace_id = hash_thread_plan.workspace_id and c.root_id = any (array(
      select asked.root_id from public.conversations asked
      where asked.workspace_id = hash_thread_plan.workspace_id
        and asked.id in (hash_thread_plan.survivor_id, hash_thread_plan.other_id)
    ))
  )
  select encode(sha256(convert_to(jsonb_build_object(
    'survivor', hash_thread_plan.survivor_id,
    'other', hash_thread_plan.other_id,
    'threads', (select jsonb_agg(to_jsonb(t) order by t.id) from thread t),
    'merges', (
      select jsonb_agg(j.id order by j.id) from public.conversation_joins j
      where j.workspace_id = hash_thread_plan.workspace_id and j.source = 'staff'
        and (j.loser_id in (select t.id from thread t) or j.survivor_id in (select t.id from thread t))
    ),
    'splits', (
      select jsonb_agg(s.id order by s.id) from public.conversation_splits s
      where s.workspace_id = hash_thread_plan.workspace_id and s.origin_id in (select t.id from thread t)
    )
  )::text, 'UTF8')), 'hex')
$$;

-- Proposes a merge of two threads as the signed-in member, who sees both. Returns its id: the same for as long as the one
-- before it is open. Errors: 'conversation_not_found' (42501); P0001: 'same_conversation', 'reason_length', and those of
-- require_one_thread.
create function private.propose_thread_merge(workspace_id uuid, survivor_id uuid, other_id uuid, reason text)
returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := propose_thread_merge.workspace_id;
  said text := btrim(propose_thread_merge.reason, E' \t\r\n');
  made uuid;
begin
  if not private.can_see_conversation(tenant, propose_thread_merge.survivor_id)
    or not private.can_see_conversation(tenant, propose_thread_merge.other_id) then
    raise exception 'conversation_not_found' using errcode = '42501';
  end if;
  if propose_thread_merge.survivor_id = propose_thread_merge.other_id then
    raise exception 'same_conversation' using errcode = 'P0001';
  end if;
  if said is null or length(said) not between 1 and 500 then
    raise exception 'reason_length' using errcode = 'P0001';
  end if;
  perform private.require_one_thread(tenant, array[propose_thread_merge.survivor_id, propose_thread_merge.other_id]);
  insert into public.thread_proposals as p (workspace_id, survivor_id, other_id, plan_hash, reason, proposer_id)
  values (
    tenant, propose_thread_merge.survivor_id, propose_thread_merge.other_id,
    private.hash_thread_plan(tenant, propose_thread_merge.survivor_id, propose_thread_merge.other_id), said,
    private.my_user_id()
  )
  on conflict (workspace_id, proposer_id, least(survivor_id, other_id), greatest(survivor_id, other_id))
    where state = 'open'
  do update set survivor_id = excluded.survivor_id, other_id = excluded.other_id, plan_hash = excluded.plan_hash,
    reason = excluded.reason, created_at = excluded.created_at
  returning p.id into made;
  return made;
end
$$;

-- Decides a proposal: owners and admins accept or reject it, and who made it may take it back by rejecting it. Accepted, it
-- is carried out as it was proposed, in the name of whoever accepts; where its threads are not what they were, nothing is
-- merged and it is stale. Returns what became of it. Errors: 'not_allowed' (42501); P0001: 'proposal_not_found' also for one
-- that is decided or not the member's to see, 'note_length'.
create function private.decide_thread_proposal(workspace_id uuid, proposal_id uuid, is_accepted boolean, note text)
returns text
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := decide_thread_proposal.workspace_id;
  is_admin boolean := tenant = any (array(select private.my_workspace_ids_as('owner', 'admin')));
  said text := nullif(btrim(decide_thread_proposal.note, E' \t\r\n'), '');
  proposal public.thread_proposals;
  outcome text := 'rejected';
  made uuid[];
begin
  if not is_admin and (
    decide_thread_proposal.is_accepted or not tenant = any (array(select private.my_workspace_ids()))
  ) then
    raise exception 'not_allowed' using errcode = '42501';
  end if;
  if length(said) > 500 then
    raise exception 'note_length' using errcode = 'P0001';
  end if;
  select p.* into proposal
  from public.thread_proposals p
  where p.workspace_id = tenant and p.id = decide_thread_proposal.proposal_id and p.state = 'open'
    and (is_admin or p.proposer_id = private.my_user_id())
  for no key update;
  if not found then
    raise exception 'proposal_not_found' using errcode = 'P0001';
  end if;
  if decide_thread_proposal.is_accepted then
    perform private.lock_people_of_threads(tenant, array[proposal.survivor_id, proposal.other_id]);
    perform private.lock_threads_together(tenant, array[proposal.survivor_id, proposal.other_id]);
    if private.hash_thread_plan(tenant, proposal.survivor_id, proposal.other_id) is distinct from proposal.plan_hash then
      outcome := 'stale';
    else
      made := private.join_conversations(tenant, array[proposal.survivor_id, proposal.other_id], proposal.survivor_id,
        proposal.reason, private.my_user_id());
      outcome := 'accepted';
    end if;
  end if;
  update public.thread_proposals p
  set state = outcome, decided_by = private.my_user_id(), decided_at = clock_timestamp(), decision_note = said,
    join_id = made[1]
  where p.workspace_id = tenant and p.id = proposal.id;
  return outcome;
end
$$;

grant execute on function private.hash_thread_plan(uuid, uuid, uuid) to my21_member;
grant execute on function private.propose_thread_merge(uuid, uuid, uuid, text) to my21_member;
grant execute on function private.decide_thread_proposal(uuid, uuid, boolean, text) to my21_member;
