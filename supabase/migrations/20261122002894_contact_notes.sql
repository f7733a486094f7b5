-- Labels and notes of contacts themselves: somebody who was imported or typed in is labelled and annotated before the first
-- message. Where there is a conversation, they lie on that.

-- A row keeps the contact that it was put on; those of people who were merged are read through the root.
create table public.contact_labels (
  id uuid primary key default private.make_time_ordered_id(),
  workspace_id uuid not null references public.workspaces (id),
  contact_id uuid not null,
  label_id uuid not null,
  created_at timestamptz not null default now(),
  created_by uuid references auth.users (id),
  -- Taken off, not removed: a contact is told as it was on any day.
  ended_at timestamptz,
  ended_by uuid references auth.users (id),
  foreign key (workspace_id, contact_id) references public.contacts (workspace_id, id),
  foreign key (workspace_id, label_id) references public.labels (workspace_id, id) on delete cascade,
  check (ended_at is not null or ended_by is null)
);

create unique index contact_labels_one_active on public.contact_labels (workspace_id, contact_id, label_id)
  where ended_at is null;
create index contact_labels_contact_id on public.contact_labels (workspace_id, contact_id, created_at desc);
create index contact_labels_label_id on public.contact_labels (workspace_id, label_id);
create index contact_labels_created_by on public.contact_labels (created_by) where created_by is not null;
create index contact_labels_ended_by on public.contact_labels (ended_by) where ended_by is not null;

-- What staff tell each other of a person who has no conversation. Nothing that sends ever reads it.
create table public.contact_notes (
  id uuid primary key default private.make_time_ordered_id(),
  workspace_id uuid not null references public.workspaces (id),
  contact_id uuid not null,
  author_id uuid not null references auth.users (id),
  client_reference uuid not null,
  body text not null,
  created_at timestamptz(3) not null default now(),
  -- Emptied, not removed: the same reference never writes it again.
  deleted_at timestamptz,
  unique (workspace_id, contact_id, client_reference),
  foreign key (workspace_id, contact_id) references public.contacts (workspace_id, id),
  check (length(body) <= 4096 and (deleted_at is not null or length(btrim(body, E' \t\r\n')) > 0))
);

create index contact_notes_contact_id on public.contact_notes (workspace_id, contact_id, created_at desc, id desc);
create index contact_notes_author_id on public.contact_notes (author_id);

alter table public.contact_labels enable row level security;
alter table public.contact_notes enable row level security;

grant select on public.contact_labels, public.contact_notes to my21_member;

create policy "Members read the labels of their workspace's contacts" on public.contact_labels
  for select to my21_member
  using (
    workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
    or (
      workspace_id = any (array(select private.my_restricted_workspace_ids()))
      and (select private.can_see_contact(workspace_id, contact_id))
    )
  );

create policy "Members read the notes on their workspace's contacts" on public.contact_notes
  for select to my21_member
  using (
    workspace_id = any (array(select private.my_unrestricted_workspace_ids()))
    or (
      workspace_id = any (array(select private.my_restricted_workspace_ids()))
      and (select private.can_see_contact(workspace_id, contact_id))
    )
  );

-- Tells open pages that something of these contacts has changed, which are roots and locked. Somebody whom an undo had
-- set aside is there again once something was written.
create function private.tell_of_contacts(workspace_id uuid, root_ids uuid[], is_written boolean) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := tell_of_contacts.workspace_id;
begin
  if tell_of_contacts.is_written then
    update public.contacts c
    set set_aside_at = null
    where c.workspace_id = tenant and c.id = any (tell_of_contacts.root_ids) and c.set_aside_at is not null;
  end if;
  perform private.touch_conversations_of(tenant, array(
    select k.id from public.contacts k where k.workspace_id = tenant and k.root_id = any (tell_of_contacts.root_ids)
  ));
end
$$;

-- Puts a label on contacts, as the signed-in member, or takes it off: whichever of those that were merged has it. Those
-- that the member does not see are left out, those that have it, or have it not, stay as they are. Returns how many
-- people it was put on or taken off.
-- Errors (P0001): 'no_such_label', 'too_many_labels' where one has 30 already.
create function private.label_contacts(workspace_id uuid, contact_ids uuid[], label_id uuid, is_added boolean)
returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := label_contacts.workspace_id;
  roots uuid[] := array(select private.lock_my_contacts(tenant, label_contacts.contact_ids, null));
  changed uuid[];
begin
  if not label_contacts.is_added then
    with ended as (
      update public.contact_labels l
      set ended_at = clock_timestamp(), ended_by = private.my_user_id()
      from public.contacts k
      where k.workspace_id = tenant and k.root_id = any (roots) and l.workspace_id = tenant and l.contact_id = k.id
        and l.label_id = label_contacts.label_id and l.ended_at is null
      returning k.root_id
    )
    select coalesce(array_agg(distinct e.root_id), '{}') into changed from ended e;
    perform private.tell_of_contacts(tenant, changed, false);
    return cardinality(changed);
  end if;
  if roots = '{}' then
    return 0;
  end if;
  if not exists (
    select from public.labels l where l.workspace_id = tenant and l.id = label_contacts.label_id
  ) then
    raise exception 'no_such_label' using errcode = 'P0001';
  end if;
  changed := array(
    select r.id from unnest(roots) as r (id)
    where not exists (
      select from public.contacts k
      join public.contact_labels l on l.workspace_id = tenant and l.contact_id = k.id
      where k.workspace_id = tenant and k.root_id = r.id and l.label_id = label_contacts.label_id
        and l.ended_at is null
    )
  );
  if exists (
    select from public.contacts k
    join public.contact_labels l on l.workspace_id = tenant and l.contact_id = k.id
    where k.workspace_id = tenant and k.root_id = any (changed) and l.ended_at is null
    group by k.root_id
    having count(distinct l.label_id) >= 30
  ) then
    raise exception 'too_many_labels' using errcode = 'P0001';
  end if;
  insert into public.contact_labels (workspace_id, contact_id, label_id, created_at, created_by)
  select tenant, c.id, label_contacts.label_id, clock_timestamp(), private.my_user_id()
  from unnest(changed) as c (id);
  perform private.tell_of_contacts(tenant, changed, true);
  return cardinality(changed);
end
$$;

-- Writes a note on a contact, as the signed-in member, once per client reference.
-- Errors: 'contact_not_found' (42501); 23514 for an empty or overlong one.
create function private.write_contact_note(workspace_id uuid, contact_id uuid, client_reference uuid, body text)
returns public.contact_notes
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := write_contact_note.workspace_id;
  root uuid := private.lock_my_contact(tenant, write_contact_note.contact_id);
  note public.contact_notes;
begin
  select n.* into note
  from public.contacts k
  join public.contact_notes n on n.workspace_id = tenant and n.contact_id = k.id
  where k.workspace_id = tenant and k.root_id = root and n.client_reference = write_contact_note.client_reference
    and n.author_id = private.my_user_id();
  if found then
    return note;
  end if;
  insert into public.contact_notes as n (workspace_id, contact_id, author_id, client_reference, body)
  values (tenant, root, private.my_user_id(), write_contact_note.client_reference, write_contact_note.body)
  returning n.* into note;
  perform private.tell_of_contacts(tenant, array[root], true);
  return note;
end
$$;

-- Empties a note on a contact for good: one's own, or, as an owner or admin, anybody's. Returns whether there was
-- something to empty.
-- Errors: 'contact_not_found', 'note_not_found' (42501); 'not_author' (P0001).
create function private.delete_contact_note(workspace_id uuid, contact_id uuid, note_id uuid) returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := delete_contact_note.workspace_id;
  root uuid := private.lock_my_contact(tenant, delete_contact_note.contact_id);
  before public.contact_notes;
begin
  select n.* into before
  from public.contacts k
  join public.contact_notes n on n.workspace_id = tenant and n.contact_id = k.id
  where k.workspace_id = tenant and k.root_id = root and n.id = delete_contact_note.note_id
  for update of n;
  if not found then
    raise exception 'note_not_found' using errcode = '42501';
  end if;
  if before.author_id <> private.my_user_id()
    and not tenant = any (array(select private.my_workspace_ids_as('owner', 'admin'))) then
    raise exception 'not_author' using errcode = 'P0001';
  end if;
  if before.deleted_at is not null then
    return false;
  end if;
  update public.contact_notes n
  set body = '', deleted_at = clock_timestamp()
  where n.workspace_id = tenant and n.id = before.id;
  perform private.tell_of_contacts(tenant, array[root], false);
  return true;
end
$$;

-- As before; a label or a note of their own is something done as well.
create or replace function private.list_untouched_contacts(workspace_id uuid, contact_ids uuid[]) returns setof uuid
language sql stable
set search_path = ''
as $$
  select c.id from public.contacts c
  where c.workspace_id = list_untouched_contacts.workspace_id and c.id = any (list_untouched_contacts.contact_ids)
    and c.root_id = c.id and c.edited_at is null and c.owner_id is null and c.email is null
    and (c.name_source is null or c.name_source = 'whatsapp_profile')
    and not exists (
      select from public.contact_joins j
      where j.workspace_id = c.workspace_id and (j.loser_id = c.id or j.survivor_id = c.id)
    )
    and not exists (
      select from public.contact_field_values v where v.workspace_id = c.workspace_id and v.contact_id = c.id
    )
    and not exists (
      select from public.contact_changes h
      where h.workspace_id = c.workspace_id and h.contact_id = c.id and h.recovery_run_id is null
        and (h.changed_by is not null or h.import_id is not null)
    )
    and not exists (
      select from public.contact_labels l where l.workspace_id = c.workspace_id and l.contact_id = c.id
    )
    and not exists (
      select from public.contact_notes n where n.workspace_id = c.workspace_id and n.contact_id = c.id
    )
    and not exists (
      select from public.contact_identities i
      where i.workspace_id = c.workspace_id and i.contact_id = c.id
        and (i.root_id <> i.id or i.source <> 'whatsapp_profile')
    )
    and not exists (
      select from public.contact_identities i
      join public.conversations t on t.workspace_id = i.workspace_id and t.identity_id = i.id
      where i.workspace_id = c.workspace_id and i.contact_id = c.id and (
        t.label_ids <> '{}' or t.root_id <> t.id
        or exists (
          select from public.conversation_notes n where n.workspace_id = t.workspace_id and n.conversation_id = t.id
        )
        or exists (
          select from public.messages m
          where m.workspace_id = t.workspace_id and m.conversation_id = t.id
            and (m.author_id is not null or m.origin = 'business_app' and m.client_reference is null)
        )
        or exists (
          select from public.conversation_events e
          where e.workspace_id = t.workspace_id and e.conversation_id = t.id and e.actor_id is not null
        )
      )
    )
$$;

grant execute on function private.label_contacts(uuid, uuid[], uuid, boolean) to my21_member;
grant execute on function private.write_contact_note(uuid, uuid, uuid, text) to my21_member;
grant execute on function private.delete_contact_note(uuid, uuid, uuid) to my21_member;
