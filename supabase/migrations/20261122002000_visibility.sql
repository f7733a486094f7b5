-- Who sees which conversation, and who hears of it.
--
-- Owners, admins and members with the visibility 'all' see everything of their workspace. An agent with 'team' sees the
-- conversations of their teams and those assigned to them; one with 'own' only those assigned to them. A conversation
-- that nobody has and that belongs to no team is nobody's of theirs: only those who see everything see it. A thread that
-- was joined into another one is seen by whoever sees the one at its root. A person, with all that is known of them, is
-- seen by whoever sees one of their conversations.
--
-- Policies have the form "workspace_id = any (array(select private.my_unrestricted_workspace_ids())) or (workspace_id =
-- any (array(select private.my_restricted_workspace_ids())) and (select private.can_see_...(...)))". The sets are made once
-- per statement. The question for each row is never asked for those who see everything, not even of rows of other
-- workspaces that a plan comes by; it stands in a select of its own so that a plan shows whether it was.

-- A member's sight changed here: their role, visibility, teams, or that they belong to the workspace at all. What they
-- may see is then another set of rows whose own changed_xid is old, so that a catch-up must begin anew.
alter table public.workspace_members add column sight_changed_xid xid8 not null default pg_current_xact_id();

create index workspace_members_restricted on public.workspace_members (workspace_id, user_id)
  where visibility <> 'all' and role = 'agent' and removed_at is null;
-- What is whose, and for the keys that name members and teams.
create index conversations_assignee_id on public.conversations (workspace_id, assignee_id)
  where assignee_id is not null;
create index conversations_team_id on public.conversations (workspace_id, team_id) where team_id is not null;
create index conversation_events_actor_id on public.conversation_events (actor_id) where actor_id is not null;
create index conversation_notes_author_id on public.conversation_notes (author_id);

-- The workspaces of which the signed-in member sees everything.
create function private.my_unrestricted_workspace_ids() returns setof uuid
language sql stable security definer
set search_path = ''
as $$
  select m.workspace_id
  from public.workspace_members m
  where m.user_id = private.my_user_id() and m.removed_at is null and (m.role <> 'agent' or m.visibility = 'all')
$$;

-- Those of which they do not.
create function private.my_restricted_workspace_ids() returns setof uuid
language sql stable security definer
set search_path = ''
as $$
  select m.workspace_id
  from public.workspace_members m
  where m.user_id = private.my_user_id() and m.removed_at is null and m.role = 'agent' and m.visibility <> 'all'
$$;

-- The teams whose conversations the signed-in member sees without seeing everything.
create function private.my_team_ids() returns setof uuid
language sql stable security definer
set search_path = ''
as $$
  select t.team_id
  from public.workspace_members m
  join public.team_members t on t.workspace_id = m.workspace_id and t.user_id = m.user_id
  where m.user_id = private.my_user_id() and m.removed_at is null and m.visibility = 'team' and m.role = 'agent'
$$;

-- May the signed-in member see this conversation? For policies, and for functions that run with their owner's rights:
-- those must ask it before they read or write anything of a conversation.
-- It reads the claims itself, and is written in PL/pgSQL, because it may be asked for many rows of one statement: an SQL
-- function would be parsed and planned for each.
create function private.can_see_conversation(workspace_id uuid, conversation_id uuid) returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  my_id uuid := (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid;
begin
  return exists (
    select from public.workspace_members me
    join public.conversations c
      on c.workspace_id = me.workspace_id and c.id = can_see_conversation.conversation_id
    join public.conversations root on root.workspace_id = c.workspace_id and root.id = c.root_id
    where me.workspace_id = can_see_conversation.workspace_id and me.user_id = my_id and me.removed_at is null
      and (
        me.visibility = 'all' or me.role <> 'agent' or root.assignee_id = my_id
        or me.visibility = 'team' and exists (
          select from public.team_members t
          where t.workspace_id = me.workspace_id and t.team_id = root.team_id and t.user_id = my_id
        )
      )
  );
end
$$;

create function private.can_see_message(workspace_id uuid, message_id uuid) returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  return exists (
    select from public.messages m
    where m.workspace_id = can_see_message.workspace_id and m.id = can_see_message.message_id
      and private.can_see_conversation(m.workspace_id, m.conversation_id)
  );
end
$$;

-- A message by WhatsApp's id. What is told of one that is not there yet is told to those who see everything.
create function private.can_see_wamid(workspace_id uuid, channel_id uuid, wamid text) returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  return exists (
    select from public.messages m
    where m.workspace_id = can_see_wamid.workspace_id and m.channel_id = can_see_wamid.channel_id
      and m.wamid = can_see_wamid.wamid and private.can_see_conversation(m.workspace_id, m.conversation_id)
  );
end
$$;

-- The same bytes may have come in several conversations: one of them is enough.
create function private.can_see_file(workspace_id uuid, file_id uuid) returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  return exists (
    select from public.message_media d
    where d.workspace_id = can_see_file.workspace_id and d.file_id = can_see_file.file_id
      and private.can_see_message(d.workspace_id, d.message_id)
  );
end
$$;

-- A person: by any conversation of any account of any contact that was joined with this one.
create function private.can_see_contact(workspace_id uuid, contact_id uuid) returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  return exists (
    select from public.contacts asked
    join public.contacts k on k.workspace_id = asked.workspace_id and k.root_id = asked.root_id
    join public.contact_identities i on i.workspace_id = k.workspace_id and i.contact_id = k.id
    join public.conversations c on c.workspace_id = i.workspace_id and c.identity_id = i.id
    where asked.workspace_id = can_see_contact.workspace_id and asked.id = can_see_contact.contact_id
      and private.can_see_conversation(c.workspace_id, c.id)
  );
end
$$;

create function private.can_see_identity(workspace_id uuid, identity_id uuid) returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  return exists (
    select from public.contact_identities i
    where i.workspace_id = can_see_identity.workspace_id and i.id = can_see_identity.identity_id
      and private.can_see_contact(i.workspace_id, i.contact_id)
  );
end
$$;

-- A run of a workflow, by the session in which it runs.
create function private.can_see_workflow_run(workspace_id uuid, kapso_execution_id text) returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  return exists (
    select from public.workflow_executions w
    join public.kapso_conversations s
      on s.workspace_id = w.workspace_id and s.kapso_conversation_id = w.kapso_conversation_id
    where w.workspace_id = can_see_workflow_run.workspace_id
      and w.kapso_execution_id = can_see_workflow_run.kapso_execution_id
      and private.can_see_conversation(s.workspace_id, s.conversation_id)
  );
end
$$;

grant execute on function private.my_unrestricted_workspace_ids() to my21_member;
grant execute on function private.my_restricted_workspace_ids() to my21_member;
grant execute on function private.my_team_ids() to my21_member;
grant execute on function private.can_see_conversation(uuid, uuid) to my21_member;
grant execute on function private.can_see_message(uuid, uuid) to my21_member;
grant execute on function private.can_see_wamid(uuid, uuid, text) to my21_member;
grant execute on function private.can_see_file(uuid, uuid) to my21_member;
grant execute on function private.can_see_contact(uuid, uuid) to my21_member;
grant execute on function private.can_see_identity(uuid, uuid) to my21_member;
grant execute on function private.can_see_workflow_run(uuid, text) to my21_member;

-- What a conversation is, by its own columns where they say it: lists and counts look at many rows.
alter policy "Members read their workspace's conversations" on public.conversations
  using (
    workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
    or (
      workspace_id = any (array(select private.my_restricted_workspace_ids()))
      and (
        (is_root and assignee_id = (select private.my_user_id()))
        or (is_root and team_id = any (array(select private.my_team_ids())))
        or (not is_root and (select private.can_see_conversation(workspace_id, id)))
      )
    )
  );

do $$
declare
  told record;
begin
  for told in
    select * from (values
      ('messages', 'Members read their workspace''s messages', 'can_see_conversation(workspace_id, conversation_id)'),
      ('message_removals', 'Members read what was taken out of their workspace''s threads',
        'can_see_conversation(workspace_id, conversation_id)'),
      ('message_statuses', 'Members read their workspace''s message statuses',
        'can_see_wamid(workspace_id, channel_id, wamid)'),
      ('message_reactions', 'Members read their workspace''s reactions',
        'can_see_wamid(workspace_id, channel_id, target_wamid)'),
      ('message_media', 'Members read their workspace''s media', 'can_see_message(workspace_id, message_id)'),
      ('media_files', 'Members read their workspace''s files', 'can_see_file(workspace_id, id)'),
      ('kapso_conversations', 'Members read their workspace''s sessions',
        'can_see_conversation(workspace_id, conversation_id)'),
      ('conversation_events', 'Members read what was done to their workspace''s conversations',
        'can_see_conversation(workspace_id, conversation_id)'),
      ('conversation_notes', 'Members read their workspace''s notes',
        'can_see_conversation(workspace_id, conversation_id)'),
      ('contacts', 'Members read their workspace''s contacts', 'can_see_contact(workspace_id, id)'),
      ('contact_identities', 'Members read their workspace''s contact identities',
        'can_see_contact(workspace_id, contact_id)'),
      ('business_scoped_ids', 'Members read their workspace''s business-scoped ids',
        'can_see_identity(workspace_id, identity_id)'),
      ('identity_phones', 'Members read their workspace''s former numbers',
        'can_see_identity(workspace_id, identity_id)'),
      ('marketing_preferences', 'Members read their workspace''s marketing preferences',
        'can_see_identity(workspace_id, identity_id)'),
      ('workflow_executions', 'Members read their workspace''s workflow executions',
        'can_see_workflow_run(workspace_id, kapso_execution_id)'),
      ('workflow_execution_events', 'Members read their workspace''s workflow execution events',
        'can_see_workflow_run(workspace_id, kapso_execution_id)')
    ) as t (name, policy, question)
  loop
    execute format(
      'alter policy %I on public.%I using (
         workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
         or (workspace_id = any (array(select private.my_restricted_workspace_ids())) and (select private.%s))
       )',
      told.policy, told.name, told.question
    );
  end loop;
end
$$;

-- An edge names two. Whose thread won or lost messages must learn of it, also when the other half is another's now;
-- of people both must be to see.
alter policy "Members read their workspace's joins of conversations" on public.conversation_joins
  using (
    workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
    or (
      workspace_id = any (array(select private.my_restricted_workspace_ids()))
      and (
        (select private.can_see_conversation(workspace_id, survivor_id))
        or (select private.can_see_conversation(workspace_id, loser_id))
      )
    )
  );
alter policy "Members read their workspace's joins of identities" on public.identity_joins
  using (
    workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
    or (
      workspace_id = any (array(select private.my_restricted_workspace_ids()))
      and (select private.can_see_identity(workspace_id, survivor_id))
      and (select private.can_see_identity(workspace_id, loser_id))
    )
  );
alter policy "Members read their workspace's joins of contacts" on public.contact_joins
  using (
    workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
    or (
      workspace_id = any (array(select private.my_restricted_workspace_ids()))
      and (select private.can_see_contact(workspace_id, survivor_id))
      and (select private.can_see_contact(workspace_id, loser_id))
    )
  );

alter policy "Members see what they have read" on public.conversation_reads
  using (
    user_id = (select private.my_user_id())
    and (
      workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
      or (
        workspace_id = any (array(select private.my_restricted_workspace_ids()))
        and (select private.can_see_conversation(workspace_id, conversation_id))
      )
    )
  );
alter policy "Members mark conversations as read for themselves" on public.conversation_reads
  with check (
    user_id = (select private.my_user_id())
    and (
      workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
      or (
        workspace_id = any (array(select private.my_restricted_workspace_ids()))
        and (select private.can_see_conversation(workspace_id, conversation_id))
      )
    )
  );
alter policy "Members change what they themselves have read" on public.conversation_reads
  using (
    user_id = (select private.my_user_id())
    and (
      workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
      or (
        workspace_id = any (array(select private.my_restricted_workspace_ids()))
        and (select private.can_see_conversation(workspace_id, conversation_id))
      )
    )
  )
  with check (
    user_id = (select private.my_user_id())
    and (
      workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
      or (
        workspace_id = any (array(select private.my_restricted_workspace_ids()))
        and (select private.can_see_conversation(workspace_id, conversation_id))
      )
    )
  );

-- As before, for those who see the message.
create or replace function private.retry_media(workspace_id uuid, message_id uuid) returns boolean
language sql volatile security definer
set search_path = ''
as $$
  with asked as (
    update public.message_media d
    set state = 'pending', reason = null, attempts = 0, due_at = now()
    where d.workspace_id = retry_media.workspace_id
      and d.message_id = retry_media.message_id
      and private.can_see_message(d.workspace_id, d.message_id)
      and d.state in ('expired', 'refused', 'failed')
      and d.due_at < now() - interval '30 seconds'
    returning d.message_id
  )
  select exists (select from asked)
$$;

-- As before, for those who see the conversation.
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

-- What left somebody's sight: the conversation, and the member or team that saw it until then. Kept only where somebody
-- does not see everything; one row for each, however often it comes and goes.
create table private.conversation_departures (
  workspace_id uuid not null,
  conversation_id uuid not null,
  -- A user's id or a team's.
  viewer_id uuid not null,
  changed_xid xid8 not null default pg_current_xact_id(),
  primary key (workspace_id, viewer_id, conversation_id),
  foreign key (workspace_id, conversation_id) references public.conversations (workspace_id, id)
);

create index conversation_departures_conversation on private.conversation_departures (workspace_id, conversation_id);
create index conversation_departures_changed_xid
  on private.conversation_departures (workspace_id, viewer_id, changed_xid);

alter table private.conversation_departures enable row level security;

-- Conversations that the signed-in member saw and, since a cursor, does not see any more: assigned to another, moved to
-- another team, joined into a thread of somebody else's. For the answer of the inbox's catch-up (`since` is its cursor, a
-- pg_snapshot_xmin): a row that left one's sight is in no other answer. Ids may come again, and be of threads that are not in
-- the list; taking one out twice changes nothing. Nothing for those who see everything. Ask has_sight_changed as well.
create function private.departed_conversations(workspace_id uuid, since xid8) returns setof uuid
language sql stable security definer
set search_path = ''
as $$
  select distinct d.conversation_id
  from private.conversation_departures d
  where d.workspace_id = departed_conversations.workspace_id
    and d.workspace_id = any (array(select private.my_workspace_ids()))
    and d.viewer_id = any (array(select private.my_user_id() union all select private.my_team_ids()))
    and d.changed_xid >= departed_conversations.since
    and not private.can_see_conversation(d.workspace_id, d.conversation_id)
$$;

-- Whether what the signed-in member may see has changed as a whole since a cursor: their visibility, role or teams. What
-- is shown must then be loaded anew, with the topics; neither changed_xid nor departed_conversations tells it row by row.
create function private.has_sight_changed(workspace_id uuid, since xid8) returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (
    select from public.workspace_members m
    where m.workspace_id = has_sight_changed.workspace_id and m.user_id = private.my_user_id()
      and m.removed_at is null and m.sight_changed_xid >= has_sight_changed.since
  )
$$;

-- The topics on which the signed-in member hears what happens in a workspace.
create function private.my_topics(workspace_id uuid) returns setof text
language sql stable security definer
set search_path = ''
as $$
  select 'workspace:' || w.id
  from private.my_unrestricted_workspace_ids() as w (id)
  where w.id = my_topics.workspace_id
  union all
  select 'team:' || t.id
  from public.teams t
  where t.workspace_id = my_topics.workspace_id and t.id = any (array(select private.my_team_ids()))
  union all
  select 'member:' || w.id || ':' || private.my_user_id()
  from private.my_workspace_ids() as w (id)
  where w.id = my_topics.workspace_id
$$;

grant execute on function private.departed_conversations(uuid, xid8) to my21_member;
grant execute on function private.has_sight_changed(uuid, xid8) to my21_member;
grant execute on function private.my_topics(uuid) to my21_member;

-- A broadcast names its transaction: it may be heard a moment before other snapshots see what was committed, and whoever
-- asks then knows that there is more to come.
--
-- One broadcast for a workspace as ever. Where somebody does not see everything, one more for each team and member whose
-- sight the changed rows are in or have left.
create or replace function private.conversations_broadcast() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  affected record;
  restricted_ids uuid[];
begin
  for affected in
    select n.workspace_id, jsonb_agg(n.id) filter (where n.place <= 50) as ids
    from (
      select c.workspace_id, c.id, row_number() over (partition by c.workspace_id) as place from changed_rows c
    ) n
    group by n.workspace_id
  loop
    perform realtime.send(
      jsonb_build_object('conversationIds', affected.ids, 'xid', pg_current_xact_id()::text),
      'conversations_changed',
      'workspace:' || affected.workspace_id,
      true
    );
  end loop;

  select array_agg(w.id) into restricted_ids
  from (select distinct c.workspace_id as id from changed_rows c) w
  where exists (
    select from public.workspace_members m
    where m.workspace_id = w.id and m.visibility <> 'all' and m.role = 'agent' and m.removed_at is null
  );
  if restricted_ids is null then
    return null;
  end if;

  for affected in
    with place as (
      select n.workspace_id, n.id, root.assignee_id, root.team_id, true as is_present
      from changed_rows n
      join public.conversations root on root.workspace_id = n.workspace_id and root.id = n.root_id
      where n.workspace_id = any (restricted_ids)
      union
      -- Whose it was: a thread at a root says so itself.
      select o.workspace_id, o.id, case when o.is_root then o.assignee_id else root.assignee_id end,
        case when o.is_root then o.team_id else root.team_id end, false
      from old_rows o
      left join public.conversations root
        on root.workspace_id = o.workspace_id and root.id = o.root_id and not o.is_root
      where o.workspace_id = any (restricted_ids)
    ), viewer as (
      select p.workspace_id, p.id, p.is_present, p.assignee_id as viewer_id,
        'member:' || p.workspace_id || ':' || p.assignee_id as topic
      from place p
      join public.workspace_members m on m.workspace_id = p.workspace_id and m.user_id = p.assignee_id
      where m.visibility <> 'all' and m.role = 'agent' and m.removed_at is null
      union all
      select p.workspace_id, p.id, p.is_present, p.team_id, 'team:' || p.team_id
      from place p
      where exists (
        select from public.team_members t
        join public.workspace_members m on m.workspace_id = t.workspace_id and m.user_id = t.user_id
        where t.workspace_id = p.workspace_id and t.team_id = p.team_id
          and m.visibility = 'team' and m.role = 'agent' and m.removed_at is null
      )
    ), told as (
      select v.workspace_id, v.topic, v.viewer_id, v.id, bool_or(v.is_present) as is_present
      from viewer v
      group by v.workspace_id, v.topic, v.viewer_id, v.id
    )
    select t.workspace_id, t.topic, t.viewer_id, to_jsonb((array_agg(t.id))[1:50]) as ids,
      array_agg(t.id order by t.id) filter (where not t.is_present) as departed_ids
    from told t
    group by t.workspace_id, t.topic, t.viewer_id
    order by t.workspace_id, t.viewer_id
  loop
    insert into private.conversation_departures (workspace_id, viewer_id, conversation_id)
    select affected.workspace_id, affected.viewer_id, gone.id
    from unnest(affected.departed_ids) as gone (id)
    on conflict (workspace_id, viewer_id, conversation_id) do update set changed_xid = pg_current_xact_id();
    perform realtime.send(
      jsonb_build_object('conversationIds', affected.ids, 'xid', pg_current_xact_id()::text),
      'conversations_changed',
      affected.topic,
      true
    );
  end loop;
  return null;
end
$$;

drop trigger conversations_broadcast on public.conversations;
create trigger conversations_broadcast after update on public.conversations
  referencing old table as old_rows new table as changed_rows
  for each statement execute function private.conversations_broadcast();

-- A member reads on one device; the badge on the others follows. Nobody else needs to hear it.
create or replace function private.conversation_reads_broadcast() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  affected record;
begin
  for affected in select distinct r.workspace_id, r.user_id from changed_rows r
  loop
    perform realtime.send(
      jsonb_build_object('userId', affected.user_id, 'xid', pg_current_xact_id()::text),
      'reads_changed',
      'member:' || affected.workspace_id || ':' || affected.user_id,
      true
    );
  end loop;
  return null;
end
$$;

create function private.workspace_members_mark_sight() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.sight_changed_xid := pg_current_xact_id();
  return new;
end
$$;

create trigger workspace_members_mark_sight before update on public.workspace_members
  for each row when (
    (old.role, old.visibility, old.removed_at) is distinct from (new.role, new.visibility, new.removed_at)
  )
  execute function private.workspace_members_mark_sight();

-- Tells a member on their own topic that they may see other conversations now, or none any more.
create function private.workspace_members_broadcast_sight() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  affected record;
begin
  for affected in
    select n.workspace_id, n.user_id
    from changed_rows n
    join old_rows o on o.id = n.id
    where n.sight_changed_xid <> o.sight_changed_xid
  loop
    perform realtime.send(
      jsonb_build_object('userId', affected.user_id, 'xid', pg_current_xact_id()::text),
      'sight_changed',
      'member:' || affected.workspace_id || ':' || affected.user_id,
      true
    );
  end loop;
  return null;
end
$$;

create trigger workspace_members_broadcast_sight after update on public.workspace_members
  referencing old table as old_rows new table as changed_rows
  for each statement execute function private.workspace_members_broadcast_sight();

-- Who comes into a team or leaves it sees other conversations, if their teams decide what they see.
create function private.team_members_change_sight() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  update public.workspace_members m
  set sight_changed_xid = pg_current_xact_id()
  where m.visibility = 'team' and (m.workspace_id, m.user_id) in (
    select c.workspace_id, c.user_id from changed_rows c
  );
  return null;
end
$$;

create trigger team_members_change_sight_inserted after insert on public.team_members
  referencing new table as changed_rows
  for each statement execute function private.team_members_change_sight();
create trigger team_members_change_sight_deleted after delete on public.team_members
  referencing old table as changed_rows
  for each statement execute function private.team_members_change_sight();

-- May the caller use this topic? workspace:<id> those who see everything of it; team:<id> who sees the team's conversations;
-- member:<workspace>:<user> that member alone; conversation:<id> whoever sees it.
create or replace function private.can_use_topic(topic text) returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
declare
  topic_id uuid;
begin
  if topic ~ '^(member):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    return split_part(topic, ':', 3)::uuid = private.my_user_id()
      and split_part(topic, ':', 2)::uuid = any (array(select private.my_workspace_ids()));
  end if;
  if topic !~ '^(workspace|team|conversation):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    return false;
  end if;
  topic_id := split_part(topic, ':', 2)::uuid;
  return case split_part(topic, ':', 1)
    when 'workspace' then topic_id = any (array(select private.my_unrestricted_workspace_ids()))
    when 'team' then topic_id = any (array(select private.my_team_ids())) or exists (
      select from public.teams t
      where t.id = topic_id and t.workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
    )
    else exists (
      select from public.conversations c
      where c.id = topic_id and private.can_see_conversation(c.workspace_id, c.id)
    )
  end;
end
$$;

-- Settings of the workspace, its teams and labels: for owners and admins.
grant update (business_hours, away_message, assigns_by_turns, read_receipts, shows_typing) on public.workspaces
  to my21_member;

grant insert (workspace_id, name), update (name), delete on public.teams to my21_member;
grant insert (workspace_id, team_id, user_id), delete on public.team_members to my21_member;
grant insert (workspace_id, team_id, channel_id), delete on public.team_channels to my21_member;
grant insert (workspace_id, name, colour), update (name, colour), delete on public.labels to my21_member;

create policy "Owners and admins make teams" on public.teams
  for insert to my21_member
  with check (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));
create policy "Owners and admins rename teams" on public.teams
  for update to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))))
  with check (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));
create policy "Owners and admins delete teams" on public.teams
  for delete to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Owners and admins put members into teams" on public.team_members
  for insert to my21_member
  with check (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));
create policy "Owners and admins take members out of teams" on public.team_members
  for delete to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Owners and admins give numbers to teams" on public.team_channels
  for insert to my21_member
  with check (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));
create policy "Owners and admins take numbers from teams" on public.team_channels
  for delete to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Owners and admins make labels" on public.labels
  for insert to my21_member
  with check (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));
create policy "Owners and admins change labels" on public.labels
  for update to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))))
  with check (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));
create policy "Owners and admins delete labels" on public.labels
  for delete to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

-- The member that an owner or admin asks about, locked; with the asker's own role. Owners are locked first, so that two who
-- step down at the same time cannot leave a workspace without one.
-- Errors: 42501 when the asker is neither owner nor admin there, or the member is none; 'owner_only' (P0001) when an admin
-- asks to change an owner.
create function private.lock_member_to_change(workspace_id uuid, user_id uuid) returns public.workspace_members
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  member public.workspace_members;
begin
  if not lock_member_to_change.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    raise exception 'not an owner or admin' using errcode = '42501';
  end if;
  perform from public.workspace_members m
  where m.workspace_id = lock_member_to_change.workspace_id and m.role = 'owner' and m.removed_at is null
  order by m.id
  for no key update;
  select m.* into member
  from public.workspace_members m
  where m.workspace_id = lock_member_to_change.workspace_id and m.user_id = lock_member_to_change.user_id
    and m.removed_at is null
  for no key update;
  if not found then
    raise exception 'no such member' using errcode = '42501';
  end if;
  if member.role = 'owner'
    and not lock_member_to_change.workspace_id = any (array(select private.my_workspace_ids_as('owner'))) then
    raise exception 'owner_only' using errcode = 'P0001';
  end if;
  return member;
end
$$;

create function private.is_last_owner(workspace_id uuid, user_id uuid) returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (
    select from public.workspace_members m
    where m.workspace_id = is_last_owner.workspace_id and m.user_id = is_last_owner.user_id and m.role = 'owner'
  ) and not exists (
    select from public.workspace_members m
    where m.workspace_id = is_last_owner.workspace_id and m.user_id <> is_last_owner.user_id and m.role = 'owner'
      and m.removed_at is null
  )
$$;

-- Changes what a member is and may see, as an owner or admin.
-- Errors: those of lock_member_to_change; 'owner_only' (P0001) when an admin makes somebody an owner; 'last_owner' (P0001)
-- when nobody would own the workspace any more; 23514 for a capacity out of range.
create function private.change_member(
  workspace_id uuid, user_id uuid, role public.workspace_role, visibility public.member_visibility,
  availability public.availability, capacity integer, working_hours jsonb
) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  member public.workspace_members := private.lock_member_to_change(change_member.workspace_id, change_member.user_id);
begin
  if change_member.role = 'owner' and member.role <> 'owner'
    and not change_member.workspace_id = any (array(select private.my_workspace_ids_as('owner'))) then
    raise exception 'owner_only' using errcode = 'P0001';
  end if;
  if change_member.role <> 'owner'
    and private.is_last_owner(change_member.workspace_id, change_member.user_id) then
    raise exception 'last_owner' using errcode = 'P0001';
  end if;
  update public.workspace_members m
  set role = change_member.role, visibility = change_member.visibility, availability = change_member.availability,
    capacity = change_member.capacity, working_hours = change_member.working_hours
  where m.id = member.id;
end
$$;

-- Takes a member out of a workspace, as an owner or admin. What they wrote stays theirs; what they were to see to is
-- nobody's then.
-- Errors: those of lock_member_to_change; 'last_owner' (P0001).
create function private.remove_member(workspace_id uuid, user_id uuid) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  member public.workspace_members := private.lock_member_to_change(remove_member.workspace_id, remove_member.user_id);
begin
  if private.is_last_owner(remove_member.workspace_id, remove_member.user_id) then
    raise exception 'last_owner' using errcode = 'P0001';
  end if;
  delete from public.team_members t
  where t.workspace_id = remove_member.workspace_id and t.user_id = remove_member.user_id;
  update public.workspace_members m set removed_at = now() where m.id = member.id;
end
$$;

grant execute on function private.change_member(
  uuid, uuid, public.workspace_role, public.member_visibility, public.availability, integer, jsonb
) to my21_member;
grant execute on function private.remove_member(uuid, uuid) to my21_member;
