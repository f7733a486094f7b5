-- Files of messages: copied into Storage when they arrive, because their addresses at Kapso and WhatsApp do not last.

create type public.media_kind as enum ('image', 'video', 'audio', 'document', 'sticker');
-- Pending: to be copied. Expired: gone at Kapso and WhatsApp. Refused: too large, of another type than it says, or at an
-- address that is not asked. Failed: tried often enough. A person may ask again in all of the last three.
create type public.media_state as enum ('pending', 'stored', 'expired', 'refused', 'failed');

-- Bytes in Storage, once per workspace however many messages carry them.
create table public.media_files (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  -- Of the bytes, in hexadecimal.
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  byte_size bigint not null check (byte_size > 0),
  -- As the bytes tell, whatever the sender's side declares.
  mime_type text not null,
  -- In the bucket "media".
  storage_path text not null,
  thumbnail_path text,
  width integer check (width > 0),
  height integer check (height > 0),
  duration_seconds real check (duration_seconds >= 0),
  created_at timestamptz not null default now(),
  unique (workspace_id, sha256),
  unique (workspace_id, id)
);

-- The file of a message, and how far its copy is.
create table public.message_media (
  workspace_id uuid not null,
  message_id uuid not null,
  kind public.media_kind not null,
  state public.media_state not null default 'pending',
  -- Why it is not stored, as a code of ours.
  reason text,
  attempts integer not null default 0,
  -- While pending: when it may be tried next. A worker that copies moves it ahead as long as it lives.
  due_at timestamptz not null default now(),
  -- Whose body says where the file is. The addresses open it for anybody and are kept nowhere else.
  webhook_event_id bigint not null references public.webhook_events (id),
  file_id uuid,
  created_at timestamptz not null default now(),
  changed_xid xid8 not null default pg_current_xact_id(),
  primary key (workspace_id, message_id),
  -- The bubble of an echo that turns out to be another one's goes with its media.
  foreign key (workspace_id, message_id) references public.messages (workspace_id, id) on delete cascade,
  foreign key (workspace_id, file_id) references public.media_files (workspace_id, id),
  check ((state = 'stored') = (file_id is not null))
);

create index message_media_changed_xid on public.message_media (workspace_id, changed_xid);
create index message_media_file_id on public.message_media (workspace_id, file_id);
create index message_media_webhook_event_id on public.message_media (webhook_event_id);
create index message_media_due on public.message_media (due_at) where state = 'pending';

-- Not for `attempts` and `due_at`: nobody sees them.
create trigger message_media_changed_xid before update of state, reason, file_id on public.message_media
  for each row execute function private.set_changed_xid();

-- The open thread shows the picture once it is there. The message's own row is left alone: whoever updates messages
-- locks them before their conversation, and this would be the other way round.
create function private.message_media_touch_conversations() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  conversation_ids uuid[];
begin
  select array_agg(m.conversation_id) into conversation_ids
  from new_media n
  join old_media o using (workspace_id, message_id)
  join public.messages m on m.workspace_id = n.workspace_id and m.id = n.message_id
  where n.changed_xid is distinct from o.changed_xid;

  perform from public.conversations c where c.id = any (conversation_ids) order by c.id for no key update;
  update public.conversations c set changed_xid = pg_current_xact_id() where c.id = any (conversation_ids);
  return null;
end
$$;

create trigger message_media_touch_conversations after update on public.message_media
  referencing old table as old_media new table as new_media
  for each statement execute function private.message_media_touch_conversations();

-- A member asks for a file again that could not be had. True when it is to be copied now; the caller enqueues the job.
-- False also right after a try, whose claim `due_at` still shows: whoever presses on and on must not make us ask Kapso
-- and WhatsApp each time.
create function private.retry_media(workspace_id uuid, message_id uuid) returns boolean
language sql volatile security definer
set search_path = ''
as $$
  with asked as (
    update public.message_media d
    set state = 'pending', reason = null, attempts = 0, due_at = now()
    where d.workspace_id = retry_media.workspace_id
      and d.message_id = retry_media.message_id
      and d.workspace_id = any (array(select private.my_workspace_ids()))
      and d.state in ('expired', 'refused', 'failed')
      and d.due_at < now() - interval '30 seconds'
    returning d.message_id
  )
  select exists (select from asked)
$$;

grant execute on function private.retry_media(uuid, uuid) to my21_member;

alter table public.media_files enable row level security;
alter table public.message_media enable row level security;

grant select on public.media_files, public.message_media to my21_member;

create policy "Members read their workspace's files" on public.media_files
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

create policy "Members read their workspace's media" on public.message_media
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));
