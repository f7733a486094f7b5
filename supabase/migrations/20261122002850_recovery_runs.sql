-- Recovery runs: what is wrong in many rows at once is looked for, shown, put right in batches, and taken back where that is
-- wanted. A plan is written down thing by thing with what stands there and what will.

create type public.recovery_state as enum
  ('planning', 'planned', 'applying', 'applied', 'undoing', 'undone', 'failed');

-- 'skipped' was never changed, 'kept' was and is no longer as the run left it.
create type public.recovery_item_state as enum ('pending', 'applied', 'skipped', 'undone', 'kept');

create table public.recovery_runs (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  -- A name of src/lib/server/recovery/recovery-kinds.ts, and what that kind asks for.
  kind text not null check (kind ~ '^[a-z_]{1,40}$'),
  parameters jsonb not null default '{}' check (jsonb_typeof(parameters) = 'object' and length(parameters::text) <= 20000),
  reason text not null check (length(reason) between 3 and 500),
  state public.recovery_state not null default 'planning',
  -- Of the step that is under way; the total is 0 while that is not known.
  progress_done integer not null default 0,
  progress_total integer not null default 0,
  -- Items by state, and by the code of why they are to change or what came of them.
  counts jsonb not null default '{}' check (jsonb_typeof(counts) = 'object'),
  reasons jsonb not null default '{}' check (jsonb_typeof(reasons) = 'object'),
  -- Where the plan goes on.
  plan_after text,
  -- Places of items drawn at random: those with the smallest hash of the run and of what they are about.
  sample_places integer[] not null default '{}',
  -- What is done once, before the first item, has been done.
  is_begun boolean not null default false,
  -- Something that is shown once waits in private.recovery_answers.
  has_answer boolean not null default false,
  failed_step public.recovery_state check (failed_step in ('planning', 'applying', 'undoing')),
  failure text,
  made_by uuid not null,
  -- Who asked for the step that is under way, or for the last one.
  asked_by uuid not null,
  created_at timestamptz not null default now(),
  planned_at timestamptz,
  applied_at timestamptz,
  undone_at timestamptz,
  -- When a worker last did something for it. One that died does nothing any more.
  worked_at timestamptz not null default now(),
  unique (workspace_id, id),
  foreign key (workspace_id, made_by) references public.workspace_members (workspace_id, user_id),
  foreign key (workspace_id, asked_by) references public.workspace_members (workspace_id, user_id),
  check ((state = 'failed') = (failed_step is not null) and (failed_step is null) = (failure is null))
);

create index recovery_runs_created_at on public.recovery_runs (workspace_id, created_at desc);
create index recovery_runs_made_by on public.recovery_runs (workspace_id, made_by);
create index recovery_runs_asked_by on public.recovery_runs (workspace_id, asked_by);
-- One at a time: two would read what the other is changing.
create unique index recovery_runs_one_under_way on public.recovery_runs (workspace_id)
  where state in ('planning', 'applying', 'undoing');
create index recovery_runs_under_way on public.recovery_runs (worked_at)
  where state in ('planning', 'applying', 'undoing');

create table public.recovery_run_items (
  workspace_id uuid not null references public.workspaces (id),
  run_id uuid not null,
  place integer not null check (place > 0),
  -- What it is about: a uuid or a stable text.
  subject text not null,
  before jsonb not null,
  after jsonb not null,
  -- Why it is to change, or is left as it is; and why it came otherwise.
  why text not null check (why ~ '^[a-z_]{1,60}$'),
  outcome_why text check (outcome_why ~ '^[a-z_]{1,60}$'),
  state public.recovery_item_state not null default 'pending',
  contact_id uuid,
  conversation_id uuid,
  primary key (workspace_id, run_id, place),
  unique (workspace_id, run_id, subject),
  foreign key (workspace_id, run_id) references public.recovery_runs (workspace_id, id),
  foreign key (workspace_id, contact_id) references public.contacts (workspace_id, id),
  foreign key (workspace_id, conversation_id) references public.conversations (workspace_id, id)
) with (fillfactor = 80);

create index recovery_run_items_state on public.recovery_run_items (workspace_id, run_id, state, place);
create index recovery_run_items_contact_id on public.recovery_run_items (workspace_id, contact_id)
  where contact_id is not null;
create index recovery_run_items_conversation_id on public.recovery_run_items (workspace_id, conversation_id)
  where conversation_id is not null;

-- What says that contacts are one person, such as a number, while a plan is made of them: a walk over all accounts notes it
-- once, and the plan goes on along the links.
create table private.recovery_links (
  workspace_id uuid not null references public.workspaces (id),
  run_id uuid not null,
  -- In the order in which the plan goes along them, wherever it is made.
  link text collate "C" not null,
  contact_id uuid not null,
  primary key (workspace_id, run_id, link, contact_id),
  foreign key (workspace_id, run_id) references public.recovery_runs (workspace_id, id)
);

create index recovery_links_contact_id on private.recovery_links (workspace_id, run_id, contact_id);

-- What a run has to show once, such as a new secret, sealed.
create table private.recovery_answers (
  workspace_id uuid not null references public.workspaces (id),
  run_id uuid not null,
  sealed bytea not null,
  primary key (workspace_id, run_id),
  foreign key (workspace_id, run_id) references public.recovery_runs (workspace_id, id)
);

-- Whatever is written while a run works says so by itself.
alter table public.contact_changes add column recovery_run_id uuid;
alter table public.contact_changes
  alter column recovery_run_id set default nullif(current_setting('my21.recovery_run_id', true), '')::uuid,
  add foreign key (workspace_id, recovery_run_id) references public.recovery_runs (workspace_id, id);
alter table public.contact_joins add column recovery_run_id uuid;
alter table public.contact_joins
  alter column recovery_run_id set default nullif(current_setting('my21.recovery_run_id', true), '')::uuid,
  add foreign key (workspace_id, recovery_run_id) references public.recovery_runs (workspace_id, id);
alter table public.conversation_joins add column recovery_run_id uuid;
alter table public.conversation_joins
  alter column recovery_run_id set default nullif(current_setting('my21.recovery_run_id', true), '')::uuid,
  add foreign key (workspace_id, recovery_run_id) references public.recovery_runs (workspace_id, id);
create index contact_changes_recovery_run_id on public.contact_changes (workspace_id, recovery_run_id)
  where recovery_run_id is not null;
create index contact_joins_recovery_run_id on public.contact_joins (workspace_id, recovery_run_id)
  where recovery_run_id is not null;
create index conversation_joins_recovery_run_id on public.conversation_joins (workspace_id, recovery_run_id)
  where recovery_run_id is not null;

alter table public.recovery_runs enable row level security;
alter table public.recovery_run_items enable row level security;
alter table private.recovery_links enable row level security;
alter table private.recovery_answers enable row level security;

grant select on public.recovery_runs, public.recovery_run_items to my21_member;

create policy "Owners and admins read their workspace's recovery runs" on public.recovery_runs
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Owners and admins read what their workspace's recovery runs change" on public.recovery_run_items
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

-- Has a plan made, as an owner or admin. Returns the run's id.
-- Errors: 'not_allowed' (42501); P0001: 'reason_length', 'recovery_under_way' while a run of this workspace works.
create function private.create_recovery_run(workspace_id uuid, kind text, parameters jsonb, reason text) returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  said text := btrim(create_recovery_run.reason, E' \t\r\n');
  made uuid;
begin
  if not create_recovery_run.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    raise exception 'not_allowed' using errcode = '42501';
  end if;
  if said is null or length(said) not between 3 and 500 then
    raise exception 'reason_length' using errcode = 'P0001';
  end if;
  insert into public.recovery_runs as r (workspace_id, kind, parameters, reason, made_by, asked_by)
  values (create_recovery_run.workspace_id, create_recovery_run.kind, create_recovery_run.parameters, said,
    private.my_user_id(), private.my_user_id())
  on conflict (workspace_id) where state in ('planning', 'applying', 'undoing') do nothing
  returning r.id into made;
  if made is null then
    raise exception 'recovery_under_way' using errcode = 'P0001';
  end if;
  return made;
end
$$;

-- Lets a run go its next step, as an owner or admin: 'apply' once it is planned; 'undo' once it was applied, or failed
-- while it was; 'resume' where it failed, or nobody works on it any more. Nothing comes back when it is not there or not
-- at that point.
-- Errors: 'recovery_under_way' (P0001) while another run of this workspace works.
create function private.advance_recovery_run(workspace_id uuid, run_id uuid, step text)
returns setof public.recovery_runs
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  update public.recovery_runs r
  set state = case
      when advance_recovery_run.step = 'apply' then 'applying'
      when advance_recovery_run.step = 'undo' then 'undoing'
      else coalesce(r.failed_step, r.state) end::public.recovery_state,
    progress_done = 0, progress_total = 0, failed_step = null, failure = null,
    asked_by = private.my_user_id(), worked_at = clock_timestamp()
  where r.workspace_id = advance_recovery_run.workspace_id
    and r.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin')))
    and r.id = advance_recovery_run.run_id
    and case advance_recovery_run.step
      when 'apply' then r.state = 'planned'
      when 'undo' then r.state = 'applied' or r.state = 'failed' and r.failed_step in ('applying', 'undoing')
      when 'resume' then r.state in ('failed', 'planning', 'applying', 'undoing')
      else false end
  returning r.*;
exception when unique_violation then
  raise exception 'recovery_under_way' using errcode = 'P0001';
end
$$;

-- What a run has to show once, sealed; gone afterwards. For owners and admins. Null where there is nothing.
create function private.take_recovery_answer(workspace_id uuid, run_id uuid) returns bytea
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  taken bytea;
begin
  if not take_recovery_answer.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    return null;
  end if;
  delete from private.recovery_answers a
  where a.workspace_id = take_recovery_answer.workspace_id and a.run_id = take_recovery_answer.run_id
  returning a.sealed into taken;
  if found then
    update public.recovery_runs r set has_answer = false
    where r.workspace_id = take_recovery_answer.workspace_id and r.id = take_recovery_answer.run_id;
  end if;
  return taken;
end
$$;

grant execute on function private.create_recovery_run(uuid, text, jsonb, text) to my21_member;
grant execute on function private.advance_recovery_run(uuid, uuid, text) to my21_member;
grant execute on function private.take_recovery_answer(uuid, uuid) to my21_member;

-- One at a time in a process: a run reads and writes much.
select pgboss.create_queue('work-recovery', '{
  "policy": "standard", "notify": true, "partition": false, "retryLimit": 5, "retryDelay": 5, "retryBackoff": true,
  "retryDelayMax": 60, "expireInSeconds": 3600, "deleteAfterSeconds": 3600
}');
