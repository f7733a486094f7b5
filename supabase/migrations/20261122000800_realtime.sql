-- What the inbox hears: broadcasts from the database on private topics, ids only, one per workspace and statement.

create function private.conversations_broadcast() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  affected record;
begin
  for affected in
    select n.workspace_id, jsonb_agg(n.id) filter (where n.place <= 50) as ids
    from (
      select c.workspace_id, c.id, row_number() over (partition by c.workspace_id) as place from changed_rows c
    ) n
    group by n.workspace_id
  loop
    perform realtime.send(
      jsonb_build_object('conversationIds', affected.ids),
      'conversations_changed',
      'workspace:' || affected.workspace_id,
      true
    );
  end loop;
  return null;
end
$$;

-- A conversation without a message is not in the inbox yet: only its updates are told.
create trigger conversations_broadcast after update on public.conversations
  referencing new table as changed_rows
  for each statement execute function private.conversations_broadcast();

-- A member reads on one device; the badge on the others follows.
create function private.conversation_reads_broadcast() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  affected record;
begin
  for affected in select distinct r.workspace_id, r.user_id from changed_rows r
  loop
    perform realtime.send(
      jsonb_build_object('userId', affected.user_id), 'reads_changed', 'workspace:' || affected.workspace_id, true
    );
  end loop;
  return null;
end
$$;

create trigger conversation_reads_broadcast_inserted after insert on public.conversation_reads
  referencing new table as changed_rows
  for each statement execute function private.conversation_reads_broadcast();
create trigger conversation_reads_broadcast_updated after update on public.conversation_reads
  referencing new table as changed_rows
  for each statement execute function private.conversation_reads_broadcast();

-- May the caller use this topic? workspace:<id> for its members; conversation:<id> for those who may read it.
create function private.can_use_topic(topic text) returns boolean
language sql stable security definer
set search_path = ''
as $$
  select case
    when topic !~ '^(workspace|conversation):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then false
    when split_part(topic, ':', 1) = 'workspace' then
      split_part(topic, ':', 2)::uuid = any (array(select private.my_workspace_ids()))
    else exists (
      select from public.conversations c
      where c.id = split_part(topic, ':', 2)::uuid
        and c.workspace_id = any (array(select private.my_workspace_ids()))
    )
  end
$$;

grant execute on function private.can_use_topic(text) to authenticated;

create policy "Members hear their workspace and its conversations" on realtime.messages
  for select to authenticated
  using (
    realtime.messages.extension in ('broadcast', 'presence')
    and (select private.can_use_topic((select realtime.topic())))
  );

-- The workspace's topic is spoken by the database alone; on a conversation's members tell that they look or type.
create policy "Members speak on their conversations" on realtime.messages
  for insert to authenticated
  with check (
    realtime.messages.extension in ('broadcast', 'presence')
    and (select realtime.topic()) like 'conversation:%'
    and (select private.can_use_topic((select realtime.topic())))
  );
