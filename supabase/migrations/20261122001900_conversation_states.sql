-- What is done to conversations: who has them, where they stand, labels, notes, the bot; and what happens by itself:
-- waking, reopening, giving out by turns.

alter table public.conversations
  -- Since when it waits to be given to somebody by turns.
  add column queued_at timestamptz;

create index conversations_queued on public.conversations (workspace_id, queued_at) where queued_at is not null;

-- A deleted note keeps its row and loses its words.
alter table public.conversation_notes
  drop constraint conversation_notes_body_check,
  add constraint conversation_notes_body_check check (
    length(body) <= 4096 and (deleted_at is not null or length(btrim(body, E' \t\r\n')) > 0)
  );

-- The members of a workspace, of those given, who are there and see this conversation.
create function private.members_who_see(workspace_id uuid, conversation_id uuid, user_ids uuid[]) returns setof uuid
language sql stable security definer
set search_path = ''
as $$
  select m.user_id
  from public.conversations c
  join public.workspace_members m on m.workspace_id = c.workspace_id
  where c.workspace_id = members_who_see.workspace_id and c.id = members_who_see.conversation_id
    and m.user_id = any (members_who_see.user_ids) and m.removed_at is null
    and (
      m.visibility = 'all'
      or m.role <> 'agent'
      or c.assignee_id = m.user_id
      or m.visibility = 'team' and c.team_id in (
        select t.team_id from public.team_members t
        where t.workspace_id = c.workspace_id and t.user_id = m.user_id
      )
    )
$$;

-- The thread at the root of a conversation that the signed-in member sees, locked: whoever comes second waits, and then
-- sees what the first has done. Errors: 42501 when it is not the member's to see.
create function private.lock_my_conversation(workspace_id uuid, conversation_id uuid) returns public.conversations
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  root uuid;
  thread public.conversations;
begin
  loop
    select c.root_id into root
    from public.conversations c
    where c.workspace_id = lock_my_conversation.workspace_id and c.id = lock_my_conversation.conversation_id
      and c.workspace_id = any (array(select private.my_workspace_ids()));
    if not found then
      raise exception 'no such conversation' using errcode = '42501';
    end if;
    select c.* into thread
    from public.conversations c
    where c.workspace_id = lock_my_conversation.workspace_id and c.id = root
    for no key update;
    -- Whoever held the lock may have joined it with another one.
    exit when thread.root_id = thread.id;
  end loop;
  if not private.can_see_conversation(thread.workspace_id, thread.id) then
    raise exception 'no such conversation' using errcode = '42501';
  end if;
  return thread;
end
$$;

create function private.add_conversation_event(thread public.conversations, kind text, actor_id uuid, details jsonb)
returns void
language sql volatile security definer
set search_path = ''
as $$
  insert into public.conversation_events (workspace_id, conversation_id, kind, actor_id, details)
  values (
    (add_conversation_event.thread).workspace_id, (add_conversation_event.thread).id, add_conversation_event.kind,
    add_conversation_event.actor_id, jsonb_strip_nulls(add_conversation_event.details)
  )
$$;

-- An open page asks for what changed about a conversation that was touched.
create function private.touch_conversation(workspace_id uuid, conversation_id uuid) returns void
language sql volatile security definer
set search_path = ''
as $$
  update public.conversations c
  set changed_xid = pg_current_xact_id()
  where c.workspace_id = touch_conversation.workspace_id and c.id = touch_conversation.conversation_id
$$;

-- Gives a conversation to a member, or to nobody; to a team, or to none, where changes_team says so. Returns it.
-- Errors: 42501 as above; P0001 'no_such_member', 'no_such_team'.
create function private.assign_conversation(
  workspace_id uuid, conversation_id uuid, assignee_id uuid, changes_team boolean, team_id uuid
) returns public.conversations
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  before public.conversations;
  thread public.conversations;
  wanted_team uuid;
begin
  -- The member first, then the conversation: in this order, whoever leaves at this moment loses it again.
  if assign_conversation.assignee_id is not null then
    perform from public.workspace_members m
    where m.workspace_id = assign_conversation.workspace_id and m.user_id = assign_conversation.assignee_id
      and m.removed_at is null
      and m.workspace_id = any (array(select private.my_workspace_ids()))
    for share;
    if not found then
      before := private.lock_my_conversation(assign_conversation.workspace_id, assign_conversation.conversation_id);
      raise exception 'no_such_member' using errcode = 'P0001';
    end if;
  end if;
  before := private.lock_my_conversation(assign_conversation.workspace_id, assign_conversation.conversation_id);
  wanted_team := case when changes_team then assign_conversation.team_id else before.team_id end;
  if wanted_team is not null and not exists (
    select from public.teams t where t.workspace_id = before.workspace_id and t.id = wanted_team
  ) then
    raise exception 'no_such_team' using errcode = 'P0001';
  end if;
  if (before.assignee_id, before.team_id) is not distinct from (assign_conversation.assignee_id, wanted_team) then
    return before;
  end if;
  update public.conversations c
  set team_id = wanted_team,
    assignee_id = assign_conversation.assignee_id,
    assigned_at = case when c.assignee_id is not distinct from assign_conversation.assignee_id then c.assigned_at
      when assign_conversation.assignee_id is not null then now() end,
    assigned_reason = case when c.assignee_id is not distinct from assign_conversation.assignee_id then c.assigned_reason
      when assign_conversation.assignee_id is not null then 'assigned' end,
    queued_at = case when assign_conversation.assignee_id is null then c.queued_at end
  where c.workspace_id = before.workspace_id and c.id = before.id
  returning c.* into thread;
  if before.team_id is distinct from thread.team_id then
    perform private.add_conversation_event(thread, 'team_changed', private.my_user_id(),
      jsonb_build_object('teamId', thread.team_id, 'fromTeamId', before.team_id));
  end if;
  if before.assignee_id is distinct from thread.assignee_id then
    perform private.add_conversation_event(
      thread, case when thread.assignee_id is null then 'unassigned' else 'assigned' end, private.my_user_id(),
      jsonb_build_object(
        'assigneeId', thread.assignee_id, 'reason', thread.assigned_reason, 'fromId', before.assignee_id
      ));
  end if;
  return thread;
end
$$;

-- Takes a conversation that nobody has. Returns it as it is afterwards: with a colleague, when they were faster.
create function private.claim_conversation(workspace_id uuid, conversation_id uuid) returns public.conversations
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  thread public.conversations;
begin
  -- As in assign_conversation.
  perform from public.workspace_members m
  where m.workspace_id = claim_conversation.workspace_id and m.user_id = private.my_user_id()
  for share;
  thread := private.lock_my_conversation(claim_conversation.workspace_id, claim_conversation.conversation_id);
  update public.conversations c
  set assignee_id = private.my_user_id(), assigned_at = now(), assigned_reason = 'claimed', queued_at = null
  where c.workspace_id = thread.workspace_id and c.id = thread.id and c.assignee_id is null
  returning c.* into thread;
  if found then
    perform private.add_conversation_event(thread, 'assigned', private.my_user_id(),
      jsonb_build_object('assigneeId', thread.assignee_id, 'reason', thread.assigned_reason));
    return thread;
  end if;
  return private.lock_my_conversation(claim_conversation.workspace_id, claim_conversation.conversation_id);
end
$$;

-- Opens, parks, snoozes or closes a conversation. snoozed_until counts for the kind 'time' alone: that of 'window' is
-- two hours before the reply window closes. Returns it.
-- Errors: 42501 as above; P0001 'snooze_in_past', 'snooze_too_long', 'no_window'.
create function private.set_conversation_state(
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

-- Wakes conversations whose time has come, those that wait longest first, and returns how many. Any number of workers
-- may do so at once.
create function private.wake_conversations(most integer) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  woken integer;
begin
  with due as materialized (
    select c.id, c.snooze_kind
    from public.conversations c
    where c.state = 'snoozed' and c.snoozed_until <= now() and c.is_root
    order by c.snoozed_until
    limit most
    for no key update skip locked
  ), changed as (
    update public.conversations c
    set state = 'open', state_at = now(), snooze_kind = null, snoozed_until = null,
      queued_at = case when c.assignee_id is null and w.assigns_by_turns then now() end
    from due
    join public.conversations held on held.id = due.id
    join public.workspaces w on w.id = held.workspace_id
    where c.id = due.id
    returning c.workspace_id, c.id, due.snooze_kind
  )
  insert into public.conversation_events (workspace_id, conversation_id, kind, details)
  select c.workspace_id, c.id, 'opened', jsonb_build_object('from', 'snoozed', 'reason', c.snooze_kind)
  from changed c;
  get diagnostics woken = row_count;
  return woken;
end
$$;

-- A customer who writes opens their conversation again; one that nobody has, and one that comes back from being closed,
-- waits for a turn where turns are taken. Imported history and repairs open nothing. Runs after the trigger that locks the
-- threads and keeps their summary.
create function private.messages_wake_conversations() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  with written as materialized (
    select distinct t.root_id
    from new_messages n
    join public.conversations t on t.id = n.conversation_id
    where n.direction = 'inbound' and not n.is_silent
  ), due as materialized (
    select c.id, c.state, c.snooze_kind, c.assignee_id, owner.removed_at is not null as has_lost_owner,
      w.assigns_by_turns and (c.state = 'closed' or c.assignee_id is null or owner.removed_at is not null) as wants_turn
    from written
    join public.conversations c on c.id = written.root_id
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
    returning c.workspace_id, c.id, due.state as earlier_state, due.assignee_id as earlier_owner, due.has_lost_owner
  )
  insert into public.conversation_events (workspace_id, conversation_id, kind, details)
  select c.workspace_id, c.id, 'opened', jsonb_build_object('from', c.earlier_state, 'reason', 'reply')
  from changed c
  where c.earlier_state <> 'open'
  union all
  select c.workspace_id, c.id, 'unassigned', jsonb_build_object('fromId', c.earlier_owner, 'reason', 'member_left')
  from changed c
  where c.has_lost_owner;
  return null;
end
$$;

create trigger messages_wake_conversations after insert on public.messages
  referencing new table as new_messages
  for each statement execute function private.messages_wake_conversations();

-- A new thread belongs to the team of its channel.
create function private.conversations_take_team() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  new.team_id := (
    select t.team_id from public.team_channels t
    where t.workspace_id = new.workspace_id and t.channel_id = new.channel_id
  );
  return new;
end
$$;

create trigger conversations_take_team before insert on public.conversations
  for each row when (new.team_id is null) execute function private.conversations_take_team();

-- Of threads that become one, nothing of the one that goes is lost to sight: it stays as open as either was, with its
-- owner, team and labels where the other had none. The row of the one that goes keeps its own for the day it is parted.
create function private.conversations_join_states() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
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
    label_ids = r.label_ids || array(
      select l.id from unnest(old.label_ids) with ordinality as l (id, place)
      where l.id <> all (r.label_ids) order by l.place
    ),
    queued_at = case when coalesce(r.assignee_id, old.assignee_id) is null then least(r.queued_at, old.queued_at) end
  where r.workspace_id = new.workspace_id and r.id = new.root_id
    and (
      old.state < r.state or r.assignee_id is null and old.assignee_id is not null
      or r.team_id is null and old.team_id is not null or not old.label_ids <@ r.label_ids
      or r.queued_at is null and old.queued_at is not null
    );
  return null;
end
$$;

create trigger conversations_join_states after update of root_id on public.conversations
  for each row when (old.root_id = old.id and new.root_id <> new.id)
  execute function private.conversations_join_states();

-- Labels a conversation with exactly these, in this order. Returns it.
-- Errors: 42501 as above; P0001 'no_such_label', 'too_many_labels'.
create function private.set_conversation_labels(workspace_id uuid, conversation_id uuid, label_ids uuid[])
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
  set label_ids = wanted
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

-- Writes a note, once per client reference. Errors: 42501 as above; P0001 'cannot_mention', when somebody who is called
-- is no member or does not see the conversation; 23514 for an empty or overlong one.
create function private.write_note(
  workspace_id uuid, conversation_id uuid, client_reference uuid, body text, mentioned_ids uuid[]
) returns public.conversation_notes
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  thread public.conversations;
  note public.conversation_notes;
  wanted uuid[];
begin
  thread := private.lock_my_conversation(write_note.workspace_id, write_note.conversation_id);
  select n.* into note
  from public.conversations t
  join public.conversation_notes n
    on n.workspace_id = t.workspace_id and n.conversation_id = t.id and n.client_reference = write_note.client_reference
  where t.workspace_id = thread.workspace_id and t.root_id = thread.id and n.author_id = private.my_user_id();
  if found then
    return note;
  end if;
  wanted := array(select distinct w.id from unnest(write_note.mentioned_ids) as w (id));
  if (
    select count(*) from private.members_who_see(thread.workspace_id, thread.id, wanted)
  ) < cardinality(wanted) then
    raise exception 'cannot_mention' using errcode = 'P0001';
  end if;
  insert into public.conversation_notes as n (
    workspace_id, conversation_id, author_id, client_reference, body, mentioned_ids
  )
  values (
    thread.workspace_id, thread.id, private.my_user_id(), write_note.client_reference, write_note.body, wanted
  )
  returning n.* into note;
  perform private.touch_conversation(thread.workspace_id, thread.id);
  return note;
end
$$;

-- Changes the words of one's own note, or empties a note for good: one's own, or, as an owner or admin, anybody's. A null
-- body empties it. Errors: 42501 when it is not the member's to see; P0001 'not_author'; 23514 as above.
create function private.change_note(workspace_id uuid, conversation_id uuid, note_id uuid, body text)
returns public.conversation_notes
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  thread public.conversations;
  before public.conversation_notes;
  note public.conversation_notes;
  may_empty boolean;
begin
  thread := private.lock_my_conversation(change_note.workspace_id, change_note.conversation_id);
  select n.* into before
  from public.conversations t
  join public.conversation_notes n on n.workspace_id = t.workspace_id and n.conversation_id = t.id
  where t.workspace_id = thread.workspace_id and t.root_id = thread.id and n.id = change_note.note_id
  for update of n;
  if not found or (before.deleted_at is not null and change_note.body is not null) then
    raise exception 'no such note' using errcode = '42501';
  end if;
  if before.deleted_at is not null or before.body = change_note.body then
    return before;
  end if;
  may_empty := before.author_id = private.my_user_id()
    or thread.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin')));
  if not (may_empty and (change_note.body is null or before.author_id = private.my_user_id())) then
    raise exception 'not_author' using errcode = 'P0001';
  end if;
  update public.conversation_notes n
  set body = coalesce(change_note.body, ''),
    mentioned_ids = case when change_note.body is null then '{}' else n.mentioned_ids end,
    edited_at = case when change_note.body is null then n.edited_at else now() end,
    deleted_at = case when change_note.body is null then now() end
  where n.workspace_id = before.workspace_id and n.id = before.id
  returning n.* into note;
  perform private.touch_conversation(thread.workspace_id, thread.id);
  return note;
end
$$;

-- Takes a conversation out of the bot's hands, or gives it back. Returns it. What Kapso must be told is a job's.
create function private.change_bot(workspace_id uuid, conversation_id uuid, takes_over boolean)
returns public.conversations
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  thread public.conversations;
begin
  thread := private.lock_my_conversation(change_bot.workspace_id, change_bot.conversation_id);
  if takes_over = (thread.bot_state <> 'active') then
    return thread;
  end if;
  update public.conversations c
  set bot_state = case when takes_over then 'paused' else 'active' end::public.bot_state,
    bot_state_reason = case when takes_over then 'taken_over' else 'given_back' end,
    -- Later than whatever was told so far, also where Kapso's clock goes before ours.
    bot_state_at = greatest(now(), c.bot_state_at + interval '1 millisecond')
  where c.workspace_id = thread.workspace_id and c.id = thread.id
  returning c.* into thread;
  perform private.add_conversation_event(
    thread, case when takes_over then 'bot_taken_over' else 'bot_given_back' end, private.my_user_id(), '{}');
  return thread;
end
$$;

-- Whether the signed-in member takes conversations by turns. Returns whether that changed anything.
create function private.set_my_availability(workspace_id uuid, availability public.availability) returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  if not set_my_availability.workspace_id = any (array(select private.my_workspace_ids())) then
    raise exception 'no such workspace' using errcode = '42501';
  end if;
  update public.workspace_members m
  set availability = set_my_availability.availability
  where m.workspace_id = set_my_availability.workspace_id and m.user_id = private.my_user_id()
    and m.availability <> set_my_availability.availability;
  return found;
end
$$;

-- Gives conversations that wait to the members among those given (who are within their hours), one after the other: to
-- the owner it had before, else to whoever has waited longest. Returns how many were given. One at a time per workspace.
create function private.give_out_turns(workspace_id uuid, user_ids uuid[]) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  ready uuid[];
  waiting uuid[];
  thread_id uuid;
  before public.conversations;
  thread public.conversations;
  earlier_owner uuid;
  has_left boolean;
  chosen uuid;
  given integer := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('turns ' || give_out_turns.workspace_id, 0));
  -- Members before conversations, as everywhere. One that is being changed at this moment is passed over.
  select array_agg(m.user_id) into ready
  from (
    select m.user_id
    from public.workspace_members m
    where m.workspace_id = give_out_turns.workspace_id and m.user_id = any (give_out_turns.user_ids)
      and m.removed_at is null and m.availability = 'online'
    for no key update skip locked
  ) m;
  if ready is null then
    return 0;
  end if;
  -- Whoever holds one of them right now looks after it, or it comes next time.
  select array_agg(q.id order by q.queued_at, q.id) into waiting
  from (
    select c.id, c.queued_at
    from public.conversations c
    join public.workspaces w on w.id = c.workspace_id and w.assigns_by_turns
    where c.workspace_id = give_out_turns.workspace_id and c.queued_at is not null and c.is_root
    order by c.queued_at, c.id
    limit 200
    for no key update of c skip locked
  ) q;
  foreach thread_id in array coalesce(waiting, '{}') loop
    select c.* into before from public.conversations c where c.id = thread_id;
    select (e.details ->> 'assigneeId')::uuid into earlier_owner
    from public.conversation_events e
    where e.workspace_id = before.workspace_id and e.conversation_id = before.id and e.kind = 'assigned'
    order by e.occurred_at desc, e.id desc
    limit 1;
    earlier_owner := coalesce(before.assignee_id, earlier_owner);
    select m.user_id into chosen
    from public.workspace_members m
    where m.workspace_id = before.workspace_id and m.user_id = any (ready)
      and (before.team_id is null or exists (
        select from public.team_members t
        where t.workspace_id = m.workspace_id and t.team_id = before.team_id and t.user_id = m.user_id
      ))
      and (m.capacity is null or m.capacity > (
        select count(*) from public.conversations c
        where c.workspace_id = m.workspace_id and c.assignee_id = m.user_id and c.state = 'open'
          and c.is_root and c.last_message_id is not null and c.id <> before.id
      ))
    order by m.user_id is not distinct from earlier_owner desc, m.last_assigned_at nulls first, m.joined_at, m.user_id
    limit 1;
    continue when chosen is null;
    select exists (
      select from public.workspace_members m
      where m.workspace_id = before.workspace_id and m.user_id = earlier_owner and m.removed_at is not null
    ) into has_left;
    update public.conversations c
    set queued_at = null,
      assignee_id = chosen,
      assigned_at = case when c.assignee_id is not distinct from chosen then c.assigned_at else clock_timestamp() end,
      assigned_reason = case
        when c.assignee_id is not distinct from chosen then c.assigned_reason
        when chosen = earlier_owner then 'earlier_owner'
        when has_left then 'handed_over'
        else 'by_turns' end
    where c.id = before.id
    returning c.* into thread;
    if before.assignee_id is not distinct from chosen then
      continue;
    end if;
    perform private.add_conversation_event(thread, 'assigned', null, jsonb_build_object(
      'assigneeId', chosen, 'reason', thread.assigned_reason, 'fromId', before.assignee_id));
    update public.workspace_members m
    set last_assigned_at = clock_timestamp()
    where m.workspace_id = before.workspace_id and m.user_id = chosen;
    given := given + 1;
  end loop;
  return given;
end
$$;

-- What somebody had who leaves is nobody's at once, and waits for a turn where turns are taken. Closed conversations keep
-- their last owner until the customer writes again.
create function private.workspace_members_release() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  perform from public.conversations c
  join left_members m on m.workspace_id = c.workspace_id and m.user_id = c.assignee_id
  where m.removed_at is not null and c.state <> 'closed'
  order by c.id
  for no key update of c;

  with released as (
    update public.conversations c
    set assignee_id = null, assigned_at = null, assigned_reason = null,
      queued_at = case when c.state = 'open' and w.assigns_by_turns then coalesce(c.queued_at, now()) end
    from left_members m
    join public.workspaces w on w.id = m.workspace_id
    where m.removed_at is not null
      and c.workspace_id = m.workspace_id and c.assignee_id = m.user_id and c.state <> 'closed'
    returning c.workspace_id, c.id, m.user_id
  )
  insert into public.conversation_events (workspace_id, conversation_id, kind, details)
  select r.workspace_id, r.id, 'unassigned', jsonb_build_object('fromId', r.user_id, 'reason', 'member_left')
  from released r;
  return null;
end
$$;

-- A transition table goes with no list of columns; nothing is found for whoever stays.
create trigger workspace_members_release after update on public.workspace_members
  referencing new table as left_members
  for each statement execute function private.workspace_members_release();

grant execute on function private.assign_conversation(uuid, uuid, uuid, boolean, uuid) to my21_member;
grant execute on function private.claim_conversation(uuid, uuid) to my21_member;
grant execute on function
  private.set_conversation_state(uuid, uuid, public.conversation_state, public.snooze_kind, timestamptz) to my21_member;
grant execute on function private.set_conversation_labels(uuid, uuid, uuid[]) to my21_member;
grant execute on function private.write_note(uuid, uuid, uuid, text, uuid[]) to my21_member;
grant execute on function private.change_note(uuid, uuid, uuid, text) to my21_member;
grant execute on function private.change_bot(uuid, uuid, boolean) to my21_member;
grant execute on function private.set_my_availability(uuid, public.availability) to my21_member;

select pgboss.create_queue('resume-bot', '{
  "policy": "standard", "notify": true, "partition": false, "retryLimit": 8, "retryDelay": 2, "retryBackoff": true,
  "retryDelayMax": 300, "expireInSeconds": 60, "deleteAfterSeconds": 3600
}');
select pgboss.create_queue('give-out-turns', '{
  "policy": "standard", "notify": true, "partition": false, "retryLimit": 3, "retryDelay": 1, "retryBackoff": true,
  "retryDelayMax": 30, "expireInSeconds": 60, "deleteAfterSeconds": 3600
}');
select pgboss.create_queue('send-away-message', '{
  "policy": "standard", "notify": true, "partition": false, "retryLimit": 8, "retryDelay": 2, "retryBackoff": true,
  "retryDelayMax": 300, "expireInSeconds": 60, "deleteAfterSeconds": 3600
}');
