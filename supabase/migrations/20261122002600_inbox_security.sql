-- Who is rung in a browser that several people use, how much a member may put into Storage without sending it, and what
-- may be locked without being seen.

-- Has a browser rung for the signed-in member; the same browser again renews its keys. Whoever used it before is rung
-- there no more, in any workspace: an endpoint is one browser's, and known to who uses it alone. Of a member's browsers
-- in a workspace the twenty that came last are kept, so that nobody makes every message a thousand requests.
-- Errors: 42501 for who does not belong to the workspace.
create function private.save_push_subscription(
  workspace_id uuid, endpoint text, p256dh text, auth text, language text
) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  if save_push_subscription.workspace_id <> all (array(select private.my_workspace_ids())) then
    raise exception 'no such workspace' using errcode = '42501';
  end if;
  delete from public.push_subscriptions s
  where s.endpoint = save_push_subscription.endpoint and s.user_id <> private.my_user_id();
  insert into public.push_subscriptions as s (workspace_id, user_id, endpoint, p256dh, auth, language)
  values (
    save_push_subscription.workspace_id, private.my_user_id(), save_push_subscription.endpoint,
    save_push_subscription.p256dh, save_push_subscription.auth, save_push_subscription.language
  )
  on conflict on constraint push_subscriptions_workspace_id_user_id_endpoint_key do update
    set p256dh = excluded.p256dh, auth = excluded.auth, language = excluded.language, created_at = clock_timestamp();
  delete from public.push_subscriptions s
  where s.workspace_id = save_push_subscription.workspace_id and s.user_id = private.my_user_id()
    and s.id not in (
      select k.id from public.push_subscriptions k
      where k.workspace_id = save_push_subscription.workspace_id and k.user_id = private.my_user_id()
      order by k.created_at desc, k.id
      limit 20
    );
end
$$;

create index push_subscriptions_endpoint on public.push_subscriptions using hash (endpoint);

revoke insert, update on public.push_subscriptions from my21_member;
drop policy "Members have their browsers rung" on public.push_subscriptions;
drop policy "Members renew where they are rung" on public.push_subscriptions;

grant execute on function private.save_push_subscription(uuid, text, text, text, text) to my21_member;

-- As before, but no more than 200 in a day that nothing came of: each may be 100 MB, and stays for a day.
-- Errors: 42501 as before; 'too_many_uploads' (P0001).
create or replace function private.create_upload(
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
  if (
    select count(*) from (
      select from private.uploads u
      where u.author_id = private.my_user_id() and u.file_id is null and u.created_at > now() - interval '1 day'
        and not exists (
          select from public.message_media d where d.workspace_id = u.workspace_id and d.upload_id = u.id
        )
      limit 200
    ) open
  ) >= 200 then
    raise exception 'too_many_uploads' using errcode = 'P0001';
  end if;
  insert into private.uploads as u (workspace_id, author_id, kind, file_name, mime_type, byte_size)
  values (create_upload.workspace_id, private.my_user_id(), create_upload.kind, create_upload.file_name,
    create_upload.mime_type, create_upload.byte_size)
  returning u.id into made;
  return made;
end
$$;

-- As before, but nothing is locked of a conversation that the member does not see.
create or replace function private.take_back_message(workspace_id uuid, conversation_id uuid, message_id uuid)
returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  root uuid := private.find_my_conversation(take_back_message.workspace_id, take_back_message.conversation_id);
  found_message public.messages;
begin
  if root is null then
    raise exception 'not_found' using errcode = '42501';
  end if;
  -- The outbox claims under the same lock: it has taken the message before, or never will.
  perform from public.conversations c
  where c.workspace_id = take_back_message.workspace_id and c.root_id = root
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
