-- Conversations: one thread per channel and WhatsApp account. A Kapso conversation is only a session of activity in it.

create table public.conversations (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  channel_id uuid not null,
  identity_id uuid not null,
  -- Kept by the trigger on messages, so that no path that writes a message can forget them.
  last_message_id uuid,
  last_activity_at timestamptz(3) not null,
  -- Provider time of the customer's last message: the anchor of the 24-hour window.
  last_inbound_at timestamptz(3),
  -- Inbound messages that count as unread until a member has read them. Imported history does not.
  inbound_count integer not null default 0,
  created_at timestamptz not null default now(),
  changed_xid xid8 not null default pg_current_xact_id(),
  unique (channel_id, identity_id),
  unique (workspace_id, id),
  foreign key (workspace_id, channel_id) references public.channels (workspace_id, id),
  foreign key (workspace_id, identity_id) references public.contact_identities (workspace_id, id)
);

create index conversations_last_activity on public.conversations (workspace_id, last_activity_at desc, id desc);
create index conversations_changed_xid on public.conversations (workspace_id, changed_xid);
create index conversations_identity_id on public.conversations (workspace_id, identity_id);
create index conversations_channel_id on public.conversations (workspace_id, channel_id);

create table public.kapso_conversations (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  kapso_conversation_id text not null,
  conversation_id uuid not null,
  first_seen_at timestamptz not null,
  unique (workspace_id, kapso_conversation_id),
  foreign key (workspace_id, conversation_id) references public.conversations (workspace_id, id)
);

create index kapso_conversations_conversation_id on public.kapso_conversations (workspace_id, conversation_id);

-- How many of a conversation's inbound messages a member has read.
create table public.conversation_reads (
  workspace_id uuid not null,
  conversation_id uuid not null,
  user_id uuid not null references auth.users (id),
  read_count integer not null check (read_count >= 0),
  read_at timestamptz not null default now(),
  changed_xid xid8 not null default pg_current_xact_id(),
  primary key (workspace_id, user_id, conversation_id),
  foreign key (workspace_id, conversation_id) references public.conversations (workspace_id, id)
);

create index conversation_reads_conversation_id on public.conversation_reads (workspace_id, conversation_id);
create index conversation_reads_user_id on public.conversation_reads (user_id);
create index conversation_reads_changed_xid on public.conversation_reads (workspace_id, user_id, changed_xid);

create trigger conversations_changed_xid before update on public.conversations
  for each row execute function private.set_changed_xid();
create trigger conversation_reads_changed_xid before update on public.conversation_reads
  for each row execute function private.set_changed_xid();

alter table public.conversations enable row level security;
alter table public.kapso_conversations enable row level security;
alter table public.conversation_reads enable row level security;

grant select on public.conversations, public.kapso_conversations to my21_member;
grant select, insert, update on public.conversation_reads to my21_member;

create policy "Members read their workspace's conversations" on public.conversations
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

create policy "Members read their workspace's sessions" on public.kapso_conversations
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

create policy "Members see what they have read" on public.conversation_reads
  for select to my21_member
  using (
    workspace_id = any (array(select private.my_workspace_ids()))
    and user_id = (select private.my_user_id())
  );

create policy "Members mark conversations as read for themselves" on public.conversation_reads
  for insert to my21_member
  with check (
    workspace_id = any (array(select private.my_workspace_ids()))
    and user_id = (select private.my_user_id())
  );

create policy "Members change what they themselves have read" on public.conversation_reads
  for update to my21_member
  using (
    workspace_id = any (array(select private.my_workspace_ids()))
    and user_id = (select private.my_user_id())
  )
  with check (
    workspace_id = any (array(select private.my_workspace_ids()))
    and user_id = (select private.my_user_id())
  );

-- Whoever joins starts with everything read: the backlog is not theirs.
create function private.workspace_members_start_read() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  insert into public.conversation_reads (workspace_id, conversation_id, user_id, read_count)
  select n.workspace_id, c.id, n.user_id, c.inbound_count
  from new_members n
  join public.conversations c on c.workspace_id = n.workspace_id
  on conflict do nothing;
  return null;
end
$$;

create trigger workspace_members_start_read after insert on public.workspace_members
  referencing new table as new_members
  for each statement execute function private.workspace_members_start_read();
