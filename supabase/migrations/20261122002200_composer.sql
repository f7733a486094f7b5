-- What members send besides plain replies: files, templates, reactions, messages for later and such that can still be
-- taken back; their drafts, their saved replies, and the mirror of WhatsApp's templates.

-- Files that browsers have put into Storage, or are about to, for messages that are not written yet. Reached through the
-- functions below alone.
create table private.uploads (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  author_id uuid not null references auth.users (id),
  -- What it is to be sent as.
  kind public.media_kind not null,
  -- All three as the browser says: not to be trusted.
  file_name text not null check (length(file_name) between 1 and 300),
  mime_type text not null check (length(mime_type) <= 200),
  byte_size bigint not null check (byte_size > 0),
  -- The file that was made of it; its bytes are then under their hash, and what the browser put there is gone.
  file_id uuid,
  created_at timestamptz not null default now(),
  unique (workspace_id, id),
  foreign key (workspace_id, file_id) references public.media_files (workspace_id, id)
);

create index uploads_author_id on private.uploads (author_id);
create index uploads_file_id on private.uploads (workspace_id, file_id);
create index uploads_open on private.uploads (created_at) where file_id is null;

alter table private.uploads enable row level security;

alter table public.message_media
  alter column webhook_event_id drop not null,
  -- Of a message from here, instead: the upload that it is made of.
  add column upload_id uuid,
  -- WhatsApp's id of the copy that was handed to it, and since when: it lives for 30 days.
  add column kapso_media_id text,
  add column kapso_media_at timestamptz,
  add constraint message_media_source check ((webhook_event_id is null) <> (upload_id is null)),
  add constraint message_media_upload_id_fkey foreign key (workspace_id, upload_id)
    references private.uploads (workspace_id, id);

create index message_media_upload_id on public.message_media (workspace_id, upload_id) where upload_id is not null;

-- As before, but not for files that were never to be fetched.
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
      and d.webhook_event_id is not null
      and d.due_at < now() - interval '30 seconds'
    returning d.message_id
  )
  select exists (select from asked)
$$;

-- Kapso's list of a number's templates. What WhatsApp no longer has stays, marked, because messages name it.
create table public.templates (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  channel_id uuid not null,
  name text not null check (length(name) between 1 and 512),
  language text not null check (length(language) between 2 and 20),
  category text not null check (category in ('marketing', 'utility', 'authentication')),
  -- WhatsApp's own word, in lower case.
  status text not null check (length(status) <= 40),
  quality text check (quality in ('green', 'yellow', 'red')),
  is_named boolean not null default false,
  -- As WhatsApp has them: [{"type": "BODY", "text": ..., "example": ...}, ...]
  components jsonb not null,
  synced_at timestamptz not null default now(),
  removed_at timestamptz,
  unique (workspace_id, id),
  unique (workspace_id, channel_id, name, language),
  foreign key (workspace_id, channel_id) references public.channels (workspace_id, id)
);

alter table public.templates enable row level security;
grant select on public.templates to my21_member;
create policy "Members read their workspace's templates" on public.templates
  for select to my21_member using (workspace_id = any (array(select private.my_workspace_ids())));

alter table public.channels
  -- WhatsApp's business account, which has the templates; learned from Kapso.
  add column business_account_id text check (business_account_id ~ '^[A-Za-z0-9_-]{1,64}$'),
  add column templates_synced_at timestamptz;

alter table public.messages
  -- Asked to leave at that time, not at once.
  add column send_at timestamptz,
  -- May be taken back until then.
  add column undo_until timestamptz,
  -- What WhatsApp gets instead of a text: {"templateId", "template"}, or {"isVoice"}.
  add column send_request jsonb;

-- A reaction from here is on its way like a message: one at a time, and never twice.
alter table public.message_reactions
  add column conversation_id uuid,
  add column author_id uuid references auth.users (id),
  add column send_state public.send_state,
  add column send_attempts integer not null default 0,
  add column send_due_at timestamptz,
  add column failure_code text,
  -- What stood there before: it stands again when WhatsApp does not take the new one.
  add column previous_emoji text,
  add constraint message_reactions_conversation_id_fkey foreign key (workspace_id, conversation_id)
    references public.conversations (workspace_id, id),
  add constraint message_reactions_sent check (send_state is null or (direction = 'outbound' and conversation_id is not null));

create index message_reactions_conversation on public.message_reactions (workspace_id, conversation_id)
  where conversation_id is not null;
create index message_reactions_author_id on public.message_reactions (author_id) where author_id is not null;
create index message_reactions_outbox on public.message_reactions (send_due_at)
  where send_state in ('waiting', 'sending');
create unique index message_reactions_one_in_flight on public.message_reactions (conversation_id)
  where send_state = 'sending';

-- What a member was about to write, the same on all their devices.
create table public.drafts (
  workspace_id uuid not null,
  conversation_id uuid not null,
  user_id uuid not null references auth.users (id),
  text text not null check (length(text) between 1 and 20000),
  reply_to_message_id uuid,
  -- When it was typed: of two the later one stays, whichever arrives last.
  written_at timestamptz(3) not null,
  primary key (workspace_id, user_id, conversation_id),
  foreign key (workspace_id, conversation_id) references public.conversations (workspace_id, id)
);

create index drafts_conversation_id on public.drafts (workspace_id, conversation_id);
create index drafts_user_id on public.drafts (user_id);

alter table public.drafts enable row level security;
grant select, delete on public.drafts to my21_member;
create policy "Members read their own drafts" on public.drafts
  for select to my21_member using (
    workspace_id = any (array(select private.my_workspace_ids())) and user_id = (select private.my_user_id())
  );
create policy "Members throw their own drafts away" on public.drafts
  for delete to my21_member using (
    workspace_id = any (array(select private.my_workspace_ids())) and user_id = (select private.my_user_id())
  );

create table public.saved_replies (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  -- Null is the team's.
  owner_id uuid references auth.users (id),
  shortcut text not null check (shortcut ~ '^[a-z0-9_-]{1,40}$'),
  title text not null check (length(btrim(title)) between 1 and 80),
  -- [{"language", "text"}, ...], the first one for who speaks none of the languages.
  versions jsonb not null check (jsonb_typeof(versions) = 'array' and jsonb_array_length(versions) between 1 and 10),
  upload_id uuid,
  file_name text,
  file_mime_type text,
  file_byte_size bigint,
  created_at timestamptz not null default now(),
  unique (workspace_id, id),
  unique nulls not distinct (workspace_id, owner_id, shortcut),
  foreign key (workspace_id, upload_id) references private.uploads (workspace_id, id),
  check ((upload_id is null) = (file_name is null))
);

create index saved_replies_owner_id on public.saved_replies (owner_id) where owner_id is not null;
create index saved_replies_upload_id on public.saved_replies (workspace_id, upload_id) where upload_id is not null;

alter table public.saved_replies enable row level security;
grant select, delete,
  insert (workspace_id, owner_id, shortcut, title, versions, upload_id, file_name, file_mime_type, file_byte_size),
  update (owner_id, shortcut, title, versions, upload_id, file_name, file_mime_type, file_byte_size)
  on public.saved_replies to my21_member;
create policy "Members read the team's saved replies and their own" on public.saved_replies
  for select to my21_member using (
    workspace_id = any (array(select private.my_workspace_ids()))
    and (owner_id is null or owner_id = (select private.my_user_id()))
  );
create policy "Members make their own saved replies, owners and admins the team's" on public.saved_replies
  for insert to my21_member with check (
    (workspace_id = any (array(select private.my_workspace_ids())) and owner_id = (select private.my_user_id()))
    or (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))) and owner_id is null)
  );
create policy "Members change their own saved replies, owners and admins the team's" on public.saved_replies
  for update to my21_member using (
    (workspace_id = any (array(select private.my_workspace_ids())) and owner_id = (select private.my_user_id()))
    or (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))) and owner_id is null)
  ) with check (
    (workspace_id = any (array(select private.my_workspace_ids())) and owner_id = (select private.my_user_id()))
    or (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))) and owner_id is null)
  );
create policy "Members remove their own saved replies, owners and admins the team's" on public.saved_replies
  for delete to my21_member using (
    (workspace_id = any (array(select private.my_workspace_ids())) and owner_id = (select private.my_user_id()))
    or (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))) and owner_id is null)
  );

-- What the customer was shown of us: that we type, and up to where we have read.
create table private.customer_signals (
  workspace_id uuid not null,
  conversation_id uuid not null,
  typing_at timestamptz,
  read_wamid text,
  primary key (workspace_id, conversation_id),
  foreign key (workspace_id, conversation_id) references public.conversations (workspace_id, id)
);

alter table private.customer_signals enable row level security;

-- The conversation that shows this one's messages, or null when it is none that the member may see.
create function private.find_my_conversation(workspace_id uuid, conversation_id uuid) returns uuid
language sql stable security definer
set search_path = ''
as $$
  select c.root_id
  from public.conversations c
  where c.workspace_id = find_my_conversation.workspace_id
    and c.id = find_my_conversation.conversation_id
    and c.workspace_id = any (array(select private.my_workspace_ids()))
    and private.can_see_conversation(c.workspace_id, c.id)
$$;

-- Keeps a file that the member is about to put into Storage, and returns its id.
create function private.create_upload(
  workspace_id uuid, kind public.media_kind, file_name text, mime_type text, byte_size bigint
) returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  made uuid;
begin
  if create_upload.workspace_id <> all (array(select private.my_workspace_ids())) then
    raise exception 'no such workspace' using errcode = '42501';
  end if;
  insert into private.uploads as u (workspace_id, author_id, kind, file_name, mime_type, byte_size)
  values (create_upload.workspace_id, private.my_user_id(), create_upload.kind, create_upload.file_name,
    create_upload.mime_type, create_upload.byte_size)
  returning u.id into made;
  return made;
end
$$;

-- An upload that the member may send: their own, or that of a saved reply which they may use.
create function private.find_upload(workspace_id uuid, upload_id uuid)
returns table (id uuid, kind public.media_kind, file_name text, mime_type text, byte_size bigint, is_checked boolean)
language sql stable security definer
set search_path = ''
as $$
  select u.id, u.kind, u.file_name, u.mime_type, u.byte_size, u.file_id is not null
  from private.uploads u
  where u.workspace_id = find_upload.workspace_id and u.id = find_upload.upload_id
    and u.workspace_id = any (array(select private.my_workspace_ids()))
    and (u.author_id = private.my_user_id() or exists (
      select from public.saved_replies s
      where s.workspace_id = u.workspace_id and s.upload_id = u.id
        and (s.owner_id is null or s.owner_id = private.my_user_id())
    ))
$$;

-- Keeps a draft unless a later one is kept. An empty text removes it.
create function private.save_draft(
  workspace_id uuid, conversation_id uuid, draft_text text, reply_to_message_id uuid, written_at timestamptz
) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  thread_id uuid := private.find_my_conversation(save_draft.workspace_id, save_draft.conversation_id);
begin
  if thread_id is null then
    raise exception 'not_found' using errcode = '42501';
  end if;
  if draft_text = '' then
    delete from public.drafts d
    where d.workspace_id = save_draft.workspace_id and d.conversation_id = thread_id
      and d.user_id = private.my_user_id() and d.written_at <= save_draft.written_at;
    return;
  end if;
  insert into public.drafts as d (workspace_id, conversation_id, user_id, text, reply_to_message_id, written_at)
  values (save_draft.workspace_id, thread_id, private.my_user_id(), draft_text, save_draft.reply_to_message_id,
    least(save_draft.written_at, clock_timestamp()))
  on conflict on constraint drafts_pkey do update
    set text = excluded.text, reply_to_message_id = excluded.reply_to_message_id, written_at = excluded.written_at
    where d.written_at <= excluded.written_at;
end
$$;

-- Puts what a member sends into the outbox and returns its row; the same client reference again returns the same row.
-- `message`: {type, text, content, request, replyToMessageId, uploadId, templateId, sendAt, undoSeconds, answeredSince,
-- evenSo}. Errors are the codes of src/lib/domain/composer.ts (P0001; 42501 for what is not the member's to see); `answered` has {"id", "name"} as its detail.
create function private.queue_message(
  workspace_id uuid, conversation_id uuid, client_reference uuid, message jsonb
) returns public.messages
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  me uuid := private.my_user_id();
  root uuid := private.find_my_conversation(queue_message.workspace_id, queue_message.conversation_id);
  thread public.conversations;
  made public.messages;
  quoted_wamid text;
  leaves_at timestamptz := (message ->> 'sendAt')::timestamptz;
  undo_seconds integer := coalesce((message ->> 'undoSeconds')::integer, 0);
  answer record;
  template public.templates;
begin
  if root is null then
    raise exception 'not_found' using errcode = '42501';
  end if;
  -- One at a time for each conversation: whoever comes second sees what the first one wrote.
  perform from public.conversations c
  where c.workspace_id = queue_message.workspace_id and c.id = root
  for no key update;
  select c.* into strict thread
  from public.conversations c
  where c.workspace_id = queue_message.workspace_id and c.id = root;

  select m.* into made
  from public.conversations t
  join public.messages m on m.conversation_id = t.id and m.client_reference = queue_message.client_reference
  where t.workspace_id = thread.workspace_id and t.root_id = thread.id;
  if found then
    return made;
  end if;

  if message ->> 'type' = 'text' and (
    length(btrim(message ->> 'text', E' \t\r\n')) not between 1 and 4096 or length(message ->> 'text') > 4096
  ) then
    raise exception 'text_length' using errcode = 'P0001';
  end if;
  if length(message ->> 'text') > 4096 then
    raise exception 'caption_length' using errcode = 'P0001';
  end if;
  if leaves_at is not null and (leaves_at < now() + interval '30 seconds' or leaves_at > now() + interval '60 days') then
    raise exception 'send_at_out_of_range' using errcode = 'P0001';
  end if;

  if message ->> 'type' = 'template' then
    select t.* into template
    from public.templates t
    where t.workspace_id = thread.workspace_id and t.id = (message ->> 'templateId')::uuid
      and t.channel_id = thread.channel_id and t.removed_at is null;
    if not found then
      raise exception 'template_not_found' using errcode = 'P0001';
    end if;
    if template.status <> 'approved' then
      raise exception 'template_unavailable' using errcode = 'P0001';
    end if;
    if template.category = 'marketing' and private.has_stopped_marketing(thread.workspace_id, thread.id) then
      raise exception 'marketing_stopped' using errcode = 'P0001';
    end if;
  elsif thread.last_inbound_at is null or thread.last_inbound_at + interval '24 hours' <= now() then
    raise exception 'window_closed' using errcode = 'P0001';
  end if;

  if message ->> 'replyToMessageId' is not null then
    select m.wamid into quoted_wamid
    from public.messages m
    join public.conversations t on t.workspace_id = m.workspace_id and t.id = m.conversation_id
    where m.workspace_id = thread.workspace_id and m.id = (message ->> 'replyToMessageId')::uuid
      and t.root_id = thread.id and m.channel_id = thread.channel_id and m.wamid is not null;
    if not found then
      raise exception 'quote_not_found' using errcode = 'P0001';
    end if;
  end if;

  if message ->> 'answeredSince' is not null and not coalesce((message ->> 'evenSo')::boolean, false) then
    select m.author_id, w.display_name into answer
    from public.conversations t
    join public.messages m on m.workspace_id = t.workspace_id and m.conversation_id = t.id
    left join public.workspace_members w on w.workspace_id = m.workspace_id and w.user_id = m.author_id
    where t.workspace_id = thread.workspace_id and t.root_id = thread.id
      and m.occurred_at > (message ->> 'answeredSince')::timestamptz - interval '1 day'
      and m.created_at > (message ->> 'answeredSince')::timestamptz
      and m.direction = 'outbound' and m.origin in ('my21staff', 'business_app') and not m.is_silent
      and m.author_id is distinct from me and (m.author_id is not null or m.origin = 'business_app')
      and (m.send_at is null or m.send_state <> 'waiting')
    order by m.occurred_at desc, m.id desc
    limit 1;
    if found then
      raise exception 'answered' using errcode = 'P0001',
        detail = case when answer.author_id is null then 'null'
          else json_build_object('id', answer.author_id, 'name', coalesce(answer.display_name, ''))::text end;
    end if;
  end if;

  insert into public.messages as m (
    workspace_id, conversation_id, channel_id, direction, origin, type, text, content, reply_to_wamid, occurred_at,
    status, status_at, author_id, client_reference, send_state, send_due_at, send_at, undo_until, send_request
  )
  values (
    thread.workspace_id, thread.id, thread.channel_id, 'outbound', 'my21staff', message ->> 'type', message ->> 'text',
    nullif(message -> 'content', 'null'), quoted_wamid, now(), 'queued', now(), me, queue_message.client_reference,
    'waiting', coalesce(leaves_at, now() + undo_seconds * interval '1 second'), leaves_at,
    case when leaves_at is null and undo_seconds > 0 then now() + undo_seconds * interval '1 second' end,
    nullif(message -> 'request', 'null')
  )
  returning m.* into made;

  if message ->> 'uploadId' is not null then
    insert into public.message_media (workspace_id, message_id, kind, upload_id)
    select u.workspace_id, made.id, (message ->> 'type')::public.media_kind, u.id
    from private.find_upload(thread.workspace_id, (message ->> 'uploadId')::uuid) f
    join private.uploads u on u.workspace_id = thread.workspace_id and u.id = f.id;
    if not found then
      raise exception 'upload_not_found' using errcode = 'P0001';
    end if;
  end if;
  if leaves_at is not null then
    -- Nothing was said yet: the customer's message is still the last one, and still waits for an answer.
    update public.conversations c
    set last_message_id = thread.last_message_id, last_activity_at = thread.last_activity_at
    where c.workspace_id = thread.workspace_id and c.id = thread.id;
  end if;
  delete from public.drafts d
  where d.workspace_id = thread.workspace_id and d.conversation_id = thread.id and d.user_id = me;
  return made;
end
$$;

-- Whether the customer asked WhatsApp for no more marketing on this thread's number.
create function private.has_stopped_marketing(workspace_id uuid, conversation_id uuid) returns boolean
language sql stable security definer
set search_path = ''
as $$
  select coalesce((
    select p.status = 'stopped'
    from public.conversations c
    join public.contact_identities own on own.workspace_id = c.workspace_id and own.id = c.identity_id
    join public.contact_identities i on i.workspace_id = own.workspace_id and i.root_id = own.root_id
    join public.marketing_preferences p
      on p.workspace_id = i.workspace_id and p.identity_id = i.id and p.channel_id = c.channel_id
    where c.workspace_id = has_stopped_marketing.workspace_id and c.id = has_stopped_marketing.conversation_id
    order by p.occurred_at desc, p.sequence desc
    limit 1
  ), false)
$$;

-- Takes a message out of a thread, whose last message is then the newest that is left. Its threads must be locked.
create function private.remove_message(workspace_id uuid, message_id uuid) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  thread_id uuid;
begin
  delete from public.messages m
  where m.workspace_id = remove_message.workspace_id and m.id = remove_message.message_id
  returning m.conversation_id into thread_id;
  insert into public.message_removals (workspace_id, conversation_id, message_id)
  values (remove_message.workspace_id, thread_id, remove_message.message_id);

  -- The thread may have been merged away: the summary is its root's, over all threads of the group.
  with root as (
    select c.root_id as id from public.conversations c
    where c.workspace_id = remove_message.workspace_id and c.id = thread_id
  ), newest as (
    select m.id, m.occurred_at
    from root
    join public.conversations t on t.workspace_id = remove_message.workspace_id and t.root_id = root.id
    join public.messages m on m.workspace_id = t.workspace_id and m.conversation_id = t.id
    where m.send_at is null or m.send_state <> 'waiting'
    order by m.occurred_at desc, m.id desc
    limit 1
  )
  update public.conversations c
  set last_message_id = newest.id, last_activity_at = coalesce(newest.occurred_at, c.last_activity_at)
  from root left join newest on true
  where c.workspace_id = remove_message.workspace_id and c.last_message_id = remove_message.message_id
    and c.id in (root.id, thread_id);
  -- An open page asks for what changed, also where it was not the last message.
  update public.conversations c set changed_xid = pg_current_xact_id()
  where c.workspace_id = remove_message.workspace_id
    and c.id = (select t.root_id from public.conversations t
      where t.workspace_id = remove_message.workspace_id and t.id = thread_id);
end
$$;

-- Takes back what a member sent and what has not left. Errors: 'not_found' (42501), 'left' (P0001). What is meant for later may
-- be taken back by whoever sees the conversation, the rest by its author.
create function private.take_back_message(workspace_id uuid, conversation_id uuid, message_id uuid) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  root uuid := private.find_my_conversation(take_back_message.workspace_id, take_back_message.conversation_id);
  found_message public.messages;
begin
  -- The outbox claims under the same lock: it has taken the message before, or never will.
  perform from public.conversations c
  where c.workspace_id = take_back_message.workspace_id
    and (c.id = root or c.id = (select m.conversation_id from public.messages m
      where m.workspace_id = take_back_message.workspace_id and m.id = take_back_message.message_id))
  order by c.id
  for no key update;
  select m.* into found_message
  from public.messages m
  join public.conversations t on t.workspace_id = m.workspace_id and t.id = m.conversation_id
  where m.workspace_id = take_back_message.workspace_id and m.id = take_back_message.message_id
    and t.root_id = root and m.send_state is not null;
  if not found or (found_message.send_at is null and found_message.author_id is distinct from private.my_user_id()) then
    raise exception 'not_found' using errcode = '42501';
  end if;
  if found_message.send_state <> 'waiting' or found_message.send_attempts > 0 then
    raise exception 'left' using errcode = 'P0001';
  end if;
  perform private.remove_message(take_back_message.workspace_id, take_back_message.message_id);
end
$$;

-- Puts a member's reaction into the outbox, null to take it off. Errors: 'not_found' (42501),
-- 'window_closed', 'cannot_react' (P0001). True when there is something to send.
create function private.queue_reaction(workspace_id uuid, conversation_id uuid, message_id uuid, emoji text)
returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  root uuid := private.find_my_conversation(queue_reaction.workspace_id, queue_reaction.conversation_id);
  thread public.conversations;
  target public.messages;
  known public.message_reactions;
begin
  perform from public.conversations c
  where c.workspace_id = queue_reaction.workspace_id and c.id = root
  for no key update;
  select m.* into target
  from public.messages m
  join public.conversations t on t.workspace_id = m.workspace_id and t.id = m.conversation_id
  where m.workspace_id = queue_reaction.workspace_id and m.id = queue_reaction.message_id and t.root_id = root;
  if not found then
    raise exception 'not_found' using errcode = '42501';
  end if;
  select c.* into strict thread from public.conversations c
  where c.workspace_id = queue_reaction.workspace_id and c.id = root;
  -- WhatsApp takes reactions to messages of the last 30 days.
  if target.wamid is null or target.channel_id <> thread.channel_id
    or target.occurred_at < now() - interval '30 days' then
    raise exception 'cannot_react' using errcode = 'P0001';
  end if;
  if thread.last_inbound_at is null or thread.last_inbound_at + interval '24 hours' <= now() then
    raise exception 'window_closed' using errcode = 'P0001';
  end if;
  select r.* into known
  from public.message_reactions r
  where r.workspace_id = queue_reaction.workspace_id and r.channel_id = target.channel_id
    and r.target_wamid = target.wamid and r.direction = 'outbound';
  if known.emoji is not distinct from queue_reaction.emoji then
    return coalesce(known.send_state = 'waiting', false);
  end if;
  insert into public.message_reactions as r (
    workspace_id, channel_id, target_wamid, direction, emoji, occurred_at, wamid, conversation_id, author_id,
    send_state, send_due_at
  )
  values (
    queue_reaction.workspace_id, target.channel_id, target.wamid, 'outbound', queue_reaction.emoji, clock_timestamp(),
    '', thread.id, private.my_user_id(), 'waiting', clock_timestamp()
  )
  on conflict on constraint message_reactions_channel_id_target_wamid_direction_key do update
    set emoji = excluded.emoji, occurred_at = excluded.occurred_at, wamid = '',
      conversation_id = excluded.conversation_id, author_id = excluded.author_id,
      -- One that is under way stays so; it is looked at again when its answer is there.
      send_state = case when r.send_state = 'sending' then r.send_state else 'waiting' end,
      send_due_at = case when r.send_state = 'sending' then r.send_due_at else excluded.send_due_at end,
      send_attempts = case when r.send_state = 'sending' then r.send_attempts else 0 end,
      failure_code = null,
      previous_emoji = case when r.send_state in ('waiting', 'sending') then r.previous_emoji else r.emoji end;
  update public.messages m set changed_xid = pg_current_xact_id()
  where m.workspace_id = queue_reaction.workspace_id and m.id = target.id;
  return true;
end
$$;

-- The conversation with somebody on a channel, made where there is none; who writes first has it. Exactly one of
-- contact_id and phone (E.164, as shown, and what is to be thought of it) is given. The lock of the number must be held.
-- Errors: 'channel_not_found' (42501), P0001: 'contact_not_found', 'contact_without_number', 'not_visible'.
create function private.open_conversation(
  workspace_id uuid, channel_id uuid, contact_id uuid, phone text, shown_phone text, verdict text
) returns uuid
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  me uuid := private.my_user_id();
  person uuid;
  found_contact uuid;
  thread uuid;
begin
  if not exists (
    select from public.channels h
    where h.workspace_id = open_conversation.workspace_id and h.id = open_conversation.channel_id
      and h.workspace_id = any (array(select private.my_workspace_ids()))
  ) then
    raise exception 'channel_not_found' using errcode = '42501';
  end if;
  if open_conversation.phone is not null then
    select i.root_id into person
    from public.contact_identities i
    where i.workspace_id = open_conversation.workspace_id and i.phone_normalized = open_conversation.phone;
  else
    select i.root_id into person
    from public.contacts c
    join public.contacts r on r.workspace_id = c.workspace_id and r.root_id = c.root_id
    join public.contact_identities i on i.workspace_id = r.workspace_id and i.contact_id = r.id
    join public.contact_identities n on n.workspace_id = i.workspace_id and n.id = i.root_id
    where c.workspace_id = open_conversation.workspace_id and c.id = open_conversation.contact_id
      and (
        c.workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
        or private.can_see_contact(c.workspace_id, c.id)
      )
    order by exists (
        select from public.conversations t
        where t.workspace_id = i.workspace_id and t.identity_id = i.id and t.channel_id = open_conversation.channel_id
      ) desc, n.phone_normalized is null, n.first_seen_at desc, n.id
    limit 1;
    if not found then
      raise exception 'contact_not_found' using errcode = 'P0001';
    end if;
    if not exists (
      select from public.contact_identities i
      where i.workspace_id = open_conversation.workspace_id and i.id = person and i.phone_normalized is not null
    ) and not exists (
      select from public.contact_identities i
      join public.business_scoped_ids b on b.workspace_id = i.workspace_id and b.identity_id = i.id
      join public.channels h on h.workspace_id = i.workspace_id and h.identity_scope = b.scope
      where i.workspace_id = open_conversation.workspace_id and i.root_id = person
        and h.id = open_conversation.channel_id
    ) then
      raise exception 'contact_without_number' using errcode = 'P0001';
    end if;
  end if;

  if person is null then
    insert into public.contacts as c (workspace_id) values (open_conversation.workspace_id)
    returning c.id into found_contact;
    insert into public.contact_identities as i (workspace_id, contact_id)
    values (open_conversation.workspace_id, found_contact)
    returning i.id into person;
    insert into public.identity_phones
      (workspace_id, identity_id, phone_normalized, phone, phone_verdict, first_seen_at, last_seen_at)
    values (open_conversation.workspace_id, person, open_conversation.phone, open_conversation.shown_phone,
      open_conversation.verdict, now(), now());
    perform private.settle_identities(open_conversation.workspace_id, array[person]);
  end if;

  select t.root_id into thread
  from public.contact_identities i
  join public.conversations t on t.workspace_id = i.workspace_id and t.identity_id = i.id
  where i.workspace_id = open_conversation.workspace_id and i.root_id = person
    and t.channel_id = open_conversation.channel_id
  order by t.is_root desc, t.created_at, t.id
  limit 1;
  if found then
    if private.find_my_conversation(open_conversation.workspace_id, thread) is null then
      raise exception 'not_visible' using errcode = 'P0001';
    end if;
    return thread;
  end if;
  insert into public.conversations as c
    (workspace_id, channel_id, identity_id, last_activity_at, assignee_id, assigned_at, assigned_reason)
  values (open_conversation.workspace_id, open_conversation.channel_id, person, now(), me, now(), 'claimed')
  on conflict on constraint conversations_channel_id_identity_id_key do nothing
  returning c.id into thread;
  if not found then
    -- The customer wrote at this very instant.
    select t.root_id into strict thread
    from public.conversations t
    where t.workspace_id = open_conversation.workspace_id and t.channel_id = open_conversation.channel_id
      and t.identity_id = person;
    if private.find_my_conversation(open_conversation.workspace_id, thread) is null then
      raise exception 'not_visible' using errcode = 'P0001';
    end if;
  end if;
  return thread;
end
$$;

-- Whether the customer is to be told now that somebody types ('typing'), or that their messages were read ('on_open',
-- 'on_reply'). WhatsApp shows typing only together with having read, so a workspace that tells nobody what was read does
-- not show typing either. At most once in 20 seconds, and once for each message.
create function private.claim_customer_signal(workspace_id uuid, conversation_id uuid, occasion text) returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  root uuid := private.find_my_conversation(claim_customer_signal.workspace_id, claim_customer_signal.conversation_id);
  newest text;
  settings record;
begin
  if root is null then
    return false;
  end if;
  select w.read_receipts, w.shows_typing into strict settings
  from public.workspaces w where w.id = claim_customer_signal.workspace_id;
  if settings.read_receipts = 'never'
    or (occasion = 'typing' and not settings.shows_typing)
    or (occasion = 'on_open' and settings.read_receipts <> 'on_open') then
    return false;
  end if;
  select m.wamid into newest
  from public.conversations t
  cross join lateral (
    select m.wamid, m.occurred_at from public.messages m
    where m.workspace_id = t.workspace_id and m.conversation_id = t.id and m.direction = 'inbound'
      and m.wamid is not null
    order by m.occurred_at desc, m.id desc
    limit 1
  ) m
  where t.workspace_id = claim_customer_signal.workspace_id and t.root_id = root
    and m.occurred_at > now() - interval '24 hours'
  order by m.occurred_at desc
  limit 1;
  if not found then
    return false;
  end if;
  insert into private.customer_signals as s (workspace_id, conversation_id, typing_at, read_wamid)
  values (claim_customer_signal.workspace_id, root, case when occasion = 'typing' then now() end, newest)
  on conflict on constraint customer_signals_pkey do update
    set typing_at = coalesce(excluded.typing_at, s.typing_at), read_wamid = excluded.read_wamid
    where case when occasion = 'typing' then s.typing_at is null or s.typing_at < now() - interval '20 seconds'
      else s.read_wamid is distinct from excluded.read_wamid end;
  return found;
end
$$;

grant execute on function private.find_my_conversation(uuid, uuid),
  private.create_upload(uuid, public.media_kind, text, text, bigint), private.find_upload(uuid, uuid),
  private.save_draft(uuid, uuid, text, uuid, timestamptz), private.queue_message(uuid, uuid, uuid, jsonb),
  private.take_back_message(uuid, uuid, uuid), private.queue_reaction(uuid, uuid, uuid, text),
  private.open_conversation(uuid, uuid, uuid, text, text, text),
  private.claim_customer_signal(uuid, uuid, text) to my21_member;

select pgboss.create_queue('signal-customer', '{
  "policy": "standard", "notify": true, "partition": false, "retryLimit": 1, "retryDelay": 1, "retryBackoff": false,
  "expireInSeconds": 30, "retentionSeconds": 60, "deleteAfterSeconds": 600
}');
select pgboss.create_queue('sync-templates', '{
  "policy": "standard", "notify": true, "partition": false, "retryLimit": 3, "retryDelay": 5, "retryBackoff": true,
  "retryDelayMax": 60, "expireInSeconds": 120, "deleteAfterSeconds": 3600
}');
