-- Who works on what: teams, labels, the state and the owner of a conversation, notes, and what was done to it.

create extension if not exists btree_gin with schema extensions;
create extension if not exists pg_trgm with schema extensions;

create type public.conversation_state as enum ('open', 'pending', 'snoozed', 'closed');
-- Which conversations a member sees: all, those of their teams and their own, or their own only.
create type public.member_visibility as enum ('all', 'team', 'own');
create type public.availability as enum ('online', 'away');
-- Until a time, until the customer writes, or until two hours of the reply window are left.
create type public.snooze_kind as enum ('time', 'reply', 'window');

alter table public.workspaces
  -- {"mon": [["09:00", "17:00"]], ...} in the workspace's time zone; null is always open.
  add column business_hours jsonb,
  -- Sent once per reply window to who writes outside of them; null sends nothing.
  add column away_message text check (length(away_message) between 1 and 4096),
  add column assigns_by_turns boolean not null default false,
  -- When a member's reading tells the customer so: never, with a reply, or at once.
  add column read_receipts text not null default 'never' check (read_receipts in ('never', 'on_reply', 'on_open')),
  add column shows_typing boolean not null default true;

alter table public.workspace_members
  add column visibility public.member_visibility not null default 'all',
  add column availability public.availability not null default 'online',
  -- As the workspace's business_hours; null is whenever they are online.
  add column working_hours jsonb,
  -- How many open conversations they are given at most by turns; null is without end.
  add column capacity integer check (capacity between 0 and 1000),
  -- When they were last given one by turns: the longest wait goes first.
  add column last_assigned_at timestamptz,
  -- The language, keys, density, seconds to undo a send and the like, as the member chose them.
  add column preferences jsonb not null default '{}';

create table public.teams (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  name text not null check (length(btrim(name)) between 1 and 60),
  created_at timestamptz not null default now(),
  unique (workspace_id, id)
);

create unique index teams_name on public.teams (workspace_id, lower(btrim(name)));

create table public.team_members (
  workspace_id uuid not null,
  team_id uuid not null,
  user_id uuid not null references auth.users (id),
  primary key (workspace_id, team_id, user_id),
  foreign key (workspace_id, team_id) references public.teams (workspace_id, id) on delete cascade,
  foreign key (workspace_id, user_id) references public.workspace_members (workspace_id, user_id)
);

create index team_members_user_id on public.team_members (workspace_id, user_id);
create index team_members_of_user on public.team_members (user_id);

-- New conversations of a channel belong to its team; a channel has one at most.
create table public.team_channels (
  workspace_id uuid not null,
  team_id uuid not null,
  channel_id uuid not null,
  primary key (workspace_id, channel_id),
  foreign key (workspace_id, team_id) references public.teams (workspace_id, id) on delete cascade,
  foreign key (workspace_id, channel_id) references public.channels (workspace_id, id)
);

create index team_channels_team_id on public.team_channels (workspace_id, team_id);

create table public.labels (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  name text not null check (length(btrim(name)) between 1 and 40),
  -- A name of the palette in src/app.css.
  colour text not null default 'grey' check (colour in ('grey', 'green', 'amber', 'red', 'violet', 'blue')),
  created_at timestamptz not null default now(),
  unique (workspace_id, id)
);

create unique index labels_name on public.labels (workspace_id, lower(btrim(name)));

alter table public.conversations
  add column state public.conversation_state not null default 'open',
  add column state_at timestamptz not null default now(),
  add column assignee_id uuid,
  add column assigned_at timestamptz,
  -- Why they have it: 'claimed', 'assigned', 'by_turns', 'earlier_owner', 'handed_over'.
  add column assigned_reason text,
  add column team_id uuid,
  add column snooze_kind public.snooze_kind,
  -- When it wakes by the clock; null while it waits for the customer alone.
  add column snoozed_until timestamptz,
  -- In the order in which they were put on; labels that are gone are left out when read.
  add column label_ids uuid[] not null default '{}',
  -- The reply window in which the away message was sent, by the customer's message that opened it.
  add column away_sent_at timestamptz,
  add constraint conversations_assignee_id_fkey foreign key (workspace_id, assignee_id)
    references public.workspace_members (workspace_id, user_id),
  -- PostgreSQL 15 and later name the column to empty: the workspace must stay.
  add constraint conversations_team_id_fkey foreign key (workspace_id, team_id)
    references public.teams (workspace_id, id) on delete set null (team_id),
  add constraint conversations_snooze check (
    (state = 'snoozed') = (snooze_kind is not null) and (snoozed_until is null or snooze_kind is not null)
  );

create index conversations_state on public.conversations (workspace_id, state, last_activity_at desc, id desc)
  where is_root and last_message_id is not null;
create index conversations_assignee on public.conversations
  (workspace_id, assignee_id, state, last_activity_at desc, id desc) where is_root and last_message_id is not null;
create index conversations_team on public.conversations (workspace_id, team_id, state, last_activity_at desc, id desc)
  where is_root and last_message_id is not null;
create index conversations_window on public.conversations (workspace_id, last_inbound_at)
  where is_root and state <> 'closed';
create index conversations_snoozed on public.conversations (snoozed_until) where state = 'snoozed';
create index conversations_label_ids on public.conversations using gin (workspace_id, label_ids)
  where label_ids <> '{}';

-- What was done to a conversation, by whom: lines between the messages.
create table public.conversation_events (
  id uuid primary key default private.make_time_ordered_id(),
  workspace_id uuid not null,
  conversation_id uuid not null,
  -- 'assigned', 'unassigned', 'team_changed', 'opened', 'pending', 'snoozed', 'closed', 'labelled', 'unlabelled',
  -- 'bot_taken_over', 'bot_given_back', 'away_message', 'send_later', ...
  kind text not null check (kind ~ '^[a-z_]{1,40}$'),
  -- Null is my21staff itself.
  actor_id uuid references auth.users (id),
  -- Ids and kinds, no words of customers: {"assigneeId", "reason", "until", "labelId", ...}.
  details jsonb not null default '{}',
  occurred_at timestamptz(3) not null default now(),
  changed_xid xid8 not null default pg_current_xact_id(),
  foreign key (workspace_id, conversation_id) references public.conversations (workspace_id, id)
);

create index conversation_events_thread on public.conversation_events
  (workspace_id, conversation_id, occurred_at desc, id desc);
create index conversation_events_changed_xid on public.conversation_events
  (workspace_id, conversation_id, changed_xid);

-- What staff tell each other in a thread. A table of its own: nothing that sends ever reads it.
create table public.conversation_notes (
  id uuid primary key default private.make_time_ordered_id(),
  workspace_id uuid not null,
  conversation_id uuid not null,
  author_id uuid not null references auth.users (id),
  client_reference uuid not null,
  body text not null check (length(btrim(body)) between 1 and 4096 and length(body) <= 4096),
  mentioned_ids uuid[] not null default '{}',
  created_at timestamptz(3) not null default now(),
  edited_at timestamptz,
  -- Emptied, not removed: an open page must learn of it.
  deleted_at timestamptz,
  changed_xid xid8 not null default pg_current_xact_id(),
  unique (workspace_id, id),
  unique (workspace_id, conversation_id, client_reference),
  foreign key (workspace_id, conversation_id) references public.conversations (workspace_id, id)
);

create index conversation_notes_thread on public.conversation_notes
  (workspace_id, conversation_id, created_at desc, id desc);
create index conversation_notes_changed_xid on public.conversation_notes (workspace_id, conversation_id, changed_xid);

create trigger conversation_notes_changed_xid before update on public.conversation_notes
  for each row execute function private.set_changed_xid();

alter table public.contacts
  add column email text check (length(email) between 3 and 254);

alter table public.teams enable row level security;
alter table public.team_members enable row level security;
alter table public.team_channels enable row level security;
alter table public.labels enable row level security;
alter table public.conversation_events enable row level security;
alter table public.conversation_notes enable row level security;

grant select on public.teams, public.team_members, public.team_channels, public.labels, public.conversation_events,
  public.conversation_notes to my21_member;

create policy "Members read their workspace's teams" on public.teams
  for select to my21_member using (workspace_id = any (array(select private.my_workspace_ids())));
create policy "Members read who is in their workspace's teams" on public.team_members
  for select to my21_member using (workspace_id = any (array(select private.my_workspace_ids())));
create policy "Members read which numbers their workspace's teams have" on public.team_channels
  for select to my21_member using (workspace_id = any (array(select private.my_workspace_ids())));
create policy "Members read their workspace's labels" on public.labels
  for select to my21_member using (workspace_id = any (array(select private.my_workspace_ids())));
create policy "Members read what was done to their workspace's conversations" on public.conversation_events
  for select to my21_member using (workspace_id = any (array(select private.my_workspace_ids())));
create policy "Members read their workspace's notes" on public.conversation_notes
  for select to my21_member using (workspace_id = any (array(select private.my_workspace_ids())));
