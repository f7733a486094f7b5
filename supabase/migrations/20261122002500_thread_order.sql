-- Of two messages of one second the later one is the one that came in later, as in the thread. WhatsApp tells seconds,
-- and a wamid says nothing about time: with it as the second key a row could show another message than the last one.

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
    select t.root_id, n.id, n.occurred_at, n.direction, n.is_silent
    from new_messages n
    join public.conversations t on t.id = n.conversation_id
  ), newest as (
    select distinct on (n.root_id) n.root_id, n.id, n.occurred_at
    from placed n
    order by n.root_id, n.occurred_at desc, n.id desc
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
        or (newest.occurred_at, newest.id) > (current_last.occurred_at, current_last.id)
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
    -- Of threads that become one, the later word on the bot counts.
    select distinct on (t.new_root) t.new_root, c.bot_state, c.bot_state_reason, c.bot_state_at
    from thread t
    join public.conversations c on c.workspace_id = regroup_conversations.workspace_id and c.id = t.id
    where t.id = t.old_root
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
