-- What a member is told of when they are not looking: mentions, conversations given to them, new messages.

create table public.notifications (
  id uuid primary key default private.make_time_ordered_id(),
  workspace_id uuid not null references public.workspaces (id),
  user_id uuid not null,
  -- 'mention' or 'assigned'; new messages are told by the unread counts and pushed, and are no rows here.
  kind text not null check (kind in ('mention', 'assigned')),
  conversation_id uuid not null,
  -- The note or the event that caused it: told once, however often it is written.
  cause_id uuid not null,
  actor_id uuid references auth.users (id),
  created_at timestamptz(3) not null default now(),
  read_at timestamptz,
  unique (workspace_id, user_id, kind, cause_id),
  unique (workspace_id, id),
  foreign key (workspace_id, user_id) references public.workspace_members (workspace_id, user_id),
  foreign key (workspace_id, conversation_id) references public.conversations (workspace_id, id)
);

create index notifications_newest on public.notifications (workspace_id, user_id, created_at desc, id desc);
create index notifications_unread on public.notifications (workspace_id, user_id) where read_at is null;
create index notifications_conversation_id on public.notifications (workspace_id, conversation_id);
create index notifications_actor_id on public.notifications (actor_id) where actor_id is not null;

-- What a member wants to be told of. Without a row: the defaults.
create table public.notification_settings (
  workspace_id uuid not null,
  user_id uuid not null,
  new_messages text not null default 'mine_and_unassigned'
    check (new_messages in ('all', 'mine_and_unassigned', 'mine', 'none')),
  mentions boolean not null default true,
  assignments boolean not null default true,
  -- Between these times of the workspace's clock nothing is pushed; null is never quiet.
  quiet_from time,
  quiet_until time,
  -- Whether a push shows the words of a message, or only that there is one.
  shows_words boolean not null default true,
  primary key (workspace_id, user_id),
  foreign key (workspace_id, user_id) references public.workspace_members (workspace_id, user_id),
  check ((quiet_from is null) = (quiet_until is null))
);

-- Browsers that may be woken (Web Push, RFC 8030). The endpoint is a secret: whoever has it can ring there.
create table public.push_subscriptions (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null,
  user_id uuid not null,
  endpoint text not null check (length(endpoint) <= 2000),
  p256dh text not null check (length(p256dh) <= 200),
  auth text not null check (length(auth) <= 100),
  language text not null default 'en',
  created_at timestamptz not null default now(),
  unique (workspace_id, user_id, endpoint),
  foreign key (workspace_id, user_id) references public.workspace_members (workspace_id, user_id)
);

-- What is to be pushed. Written with what caused it, taken out when it was pushed.
create table private.due_pushes (
  id bigint generated always as identity primary key,
  workspace_id uuid not null references public.workspaces (id),
  message_id uuid,
  notification_id uuid,
  created_at timestamptz not null default now(),
  -- When it is looked at next: whoever has taken it moves it on, and takes it out when it is done.
  due_at timestamptz not null default now(),
  foreign key (workspace_id, message_id) references public.messages (workspace_id, id) on delete cascade,
  foreign key (workspace_id, notification_id) references public.notifications (workspace_id, id) on delete cascade,
  check (num_nonnulls(message_id, notification_id) = 1)
);

create index due_pushes_due_at on private.due_pushes (due_at);
create index due_pushes_workspace_id on private.due_pushes (workspace_id, message_id);
create index due_pushes_notification_id on private.due_pushes (workspace_id, notification_id);

alter table public.notifications enable row level security;
alter table public.notification_settings enable row level security;
alter table public.push_subscriptions enable row level security;
alter table private.due_pushes enable row level security;

grant select, update (read_at) on public.notifications to my21_member;
grant select, insert, update on public.notification_settings to my21_member;
grant select, insert, update, delete on public.push_subscriptions to my21_member;

create policy "Members read what they are told" on public.notifications
  for select to my21_member
  using (
    workspace_id = any (array(select private.my_workspace_ids())) and user_id = (select private.my_user_id())
  );
create policy "Members note that they have read it" on public.notifications
  for update to my21_member
  using (
    workspace_id = any (array(select private.my_workspace_ids())) and user_id = (select private.my_user_id())
  )
  with check (
    workspace_id = any (array(select private.my_workspace_ids())) and user_id = (select private.my_user_id())
  );

create policy "Members read what they want to be told of" on public.notification_settings
  for select to my21_member
  using (
    workspace_id = any (array(select private.my_workspace_ids())) and user_id = (select private.my_user_id())
  );
create policy "Members say what they want to be told of" on public.notification_settings
  for insert to my21_member
  with check (
    workspace_id = any (array(select private.my_workspace_ids())) and user_id = (select private.my_user_id())
  );
create policy "Members change what they want to be told of" on public.notification_settings
  for update to my21_member
  using (
    workspace_id = any (array(select private.my_workspace_ids())) and user_id = (select private.my_user_id())
  )
  with check (
    workspace_id = any (array(select private.my_workspace_ids())) and user_id = (select private.my_user_id())
  );

create policy "Members read where they are rung" on public.push_subscriptions
  for select to my21_member
  using (
    workspace_id = any (array(select private.my_workspace_ids())) and user_id = (select private.my_user_id())
  );
create policy "Members have their browsers rung" on public.push_subscriptions
  for insert to my21_member
  with check (
    workspace_id = any (array(select private.my_workspace_ids())) and user_id = (select private.my_user_id())
  );
create policy "Members renew where they are rung" on public.push_subscriptions
  for update to my21_member
  using (
    workspace_id = any (array(select private.my_workspace_ids())) and user_id = (select private.my_user_id())
  )
  with check (
    workspace_id = any (array(select private.my_workspace_ids())) and user_id = (select private.my_user_id())
  );
create policy "Members stop being rung" on public.push_subscriptions
  for delete to my21_member
  using (
    workspace_id = any (array(select private.my_workspace_ids())) and user_id = (select private.my_user_id())
  );

-- A note tells those whom it mentions.
create function private.conversation_notes_notify() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  insert into public.notifications (workspace_id, user_id, kind, conversation_id, cause_id, actor_id)
  select n.workspace_id, m.user_id, 'mention', n.conversation_id, n.id, n.author_id
  from new_notes n
  cross join lateral unnest(n.mentioned_ids) as mentioned (user_id)
  join public.workspace_members m
    on m.workspace_id = n.workspace_id and m.user_id = mentioned.user_id and m.removed_at is null
  where m.user_id <> n.author_id
  on conflict do nothing;
  return null;
end
$$;

create trigger conversation_notes_notify after insert on public.conversation_notes
  referencing new table as new_notes
  for each statement execute function private.conversation_notes_notify();

-- Whoever is given a conversation by somebody else, or by turns, is told.
create function private.conversation_events_notify() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  insert into public.notifications (workspace_id, user_id, kind, conversation_id, cause_id, actor_id)
  select e.workspace_id, m.user_id, 'assigned', e.conversation_id, e.id, e.actor_id
  from new_events e
  join public.workspace_members m
    on m.workspace_id = e.workspace_id and m.user_id::text = e.details ->> 'assigneeId' and m.removed_at is null
  where e.kind = 'assigned' and e.actor_id is distinct from m.user_id
  on conflict do nothing;
  return null;
end
$$;

create trigger conversation_events_notify after insert on public.conversation_events
  referencing new table as new_events
  for each statement execute function private.conversation_events_notify();

create function private.notifications_announce() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  affected record;
begin
  for affected in select distinct n.workspace_id, n.user_id from changed_rows n
  loop
    perform realtime.send(
      '{}'::jsonb, 'notifications_changed',
      'member:' || affected.workspace_id || ':' || affected.user_id, true
    );
  end loop;
  return null;
end
$$;

create trigger notifications_announce_inserted after insert on public.notifications
  referencing new table as changed_rows
  for each statement execute function private.notifications_announce();
create trigger notifications_announce_updated after update on public.notifications
  referencing new table as changed_rows
  for each statement execute function private.notifications_announce();

create function private.notifications_push() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  insert into private.due_pushes (workspace_id, notification_id)
  select n.workspace_id, n.id from new_rows n
  where exists (
    select from public.push_subscriptions s where s.workspace_id = n.workspace_id and s.user_id = n.user_id
  );
  return null;
end
$$;

create trigger notifications_push after insert on public.notifications
  referencing new table as new_rows
  for each statement execute function private.notifications_push();

-- Customers' messages, where anybody of the workspace can be rung at all. Imported history and repairs ring nowhere.
create function private.messages_push() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  insert into private.due_pushes (workspace_id, message_id)
  select n.workspace_id, n.id from new_messages n
  where n.direction = 'inbound' and not n.is_silent
    and exists (select from public.push_subscriptions s where s.workspace_id = n.workspace_id);
  return null;
end
$$;

create trigger messages_push after insert on public.messages
  referencing new table as new_messages
  for each statement execute function private.messages_push();
