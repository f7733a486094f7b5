-- As before, and a template, too, may bring a file along: the one that it begins with. What comes along is of the kind that
-- the upload is.
create or replace function private.queue_message(
  workspace_id uuid, conversation_id uuid, client_reference uuid, message jsonb
) returns public.messages
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  me uuid := private.my_user_id();
  root uuid := private.find_my_conversation(queue_message.workspace_id, queue_message.conversation_id);
  thread public.conversations;
  home uuid;
  last_inbound timestamptz;
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
  -- One at a time for each conversation: whoever comes second sees what the first one wrote. Whoever held the locks may
  -- have merged or parted it.
  perform private.lock_threads_together(queue_message.workspace_id, array[queue_message.conversation_id]);
  root := private.find_my_conversation(queue_message.workspace_id, queue_message.conversation_id);
  if root is null then
    raise exception 'not_found' using errcode = '42501';
  end if;
  select c.* into strict thread
  from public.conversations c
  where c.workspace_id = queue_message.workspace_id and c.id = root;

  -- It may have been sent while threads were merged that are parted now, or stand in a part by now.
  with recursive kin as (
    select t.id from public.conversations t where t.workspace_id = thread.workspace_id and t.root_id = thread.id
    union
    select e.id
    from kin k
    cross join lateral (
      select j.loser_id as id from public.conversation_joins j
      where j.workspace_id = thread.workspace_id and j.survivor_id = k.id
      union all
      select j.survivor_id from public.conversation_joins j
      where j.workspace_id = thread.workspace_id and j.loser_id = k.id
      union all
      select p.id from public.conversations p where p.workspace_id = thread.workspace_id and p.split_from_id = k.id
      union all
      select p.split_from_id from public.conversations p
      where p.workspace_id = thread.workspace_id and p.id = k.id and p.split_from_id is not null
    ) e
  )
  select m.* into made
  from kin
  join public.messages m on m.conversation_id = kin.id and m.client_reference = queue_message.client_reference
  where m.author_id = me;
  if found then
    return made;
  end if;

  if thread.split_from_id is not null then
    raise exception 'thread_split_off' using errcode = 'P0001';
  end if;
  home := private.find_address(thread.workspace_id, thread.id, (message ->> 'addressId')::uuid);
  if home is null then
    raise exception 'address_not_found' using errcode = 'P0001';
  end if;
  last_inbound := private.find_last_inbound(thread.workspace_id, home);
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
    if template.category = 'marketing' and private.has_stopped_marketing(thread.workspace_id, home) then
      raise exception 'marketing_stopped' using errcode = 'P0001';
    end if;
  elsif last_inbound is null or last_inbound + interval '24 hours' <= now() then
    raise exception 'window_closed' using errcode = 'P0001';
  end if;

  if message ->> 'replyToMessageId' is not null then
    select m.wamid into quoted_wamid
    from public.messages m
    join public.conversations t on t.workspace_id = m.workspace_id and t.id = m.conversation_id
    where m.workspace_id = thread.workspace_id and m.id = (message ->> 'replyToMessageId')::uuid
      and t.root_id = thread.id and m.channel_id = thread.channel_id and m.wamid is not null
      -- WhatsApp knows it in the chat of its own account alone.
      and (t.id = home or private.find_home(t.workspace_id, t.id) = home);
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
    thread.workspace_id, home, thread.channel_id, 'outbound', 'my21staff', message ->> 'type', message ->> 'text',
    nullif(message -> 'content', 'null'), quoted_wamid, now(), 'queued', now(), me, queue_message.client_reference,
    'waiting', coalesce(leaves_at, now() + undo_seconds * interval '1 second'), leaves_at,
    case when leaves_at is null and undo_seconds > 0 then now() + undo_seconds * interval '1 second' end,
    nullif(message -> 'request', 'null')
  )
  returning m.* into made;

  if message ->> 'uploadId' is not null then
    insert into public.message_media (workspace_id, message_id, kind, upload_id)
    select u.workspace_id, made.id, u.kind, u.id
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
