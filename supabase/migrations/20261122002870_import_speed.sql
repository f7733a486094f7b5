-- An import of a hundred thousand rows writes each person once to what waits for the search for duplicates, and checks
-- nothing twice.

-- Each of these rows belongs to one whose workspace is checked, and which has the same one.
alter table public.contact_identities drop constraint contact_identities_workspace_id_fkey;
alter table public.identity_phones drop constraint identity_phones_workspace_id_fkey;
alter table public.contact_field_values drop constraint contact_field_values_workspace_id_fkey;
alter table public.contact_changes drop constraint contact_changes_workspace_id_fkey;
alter table public.contact_import_rows drop constraint contact_import_rows_workspace_id_fkey;
alter table private.duplicate_keys drop constraint duplicate_keys_workspace_id_fkey;
-- Whoever changed something is, or was, a member, whose row stays and names the user.
alter table public.contact_changes drop constraint contact_changes_changed_by_fkey;
drop index public.contact_changes_changed_by;
-- Written by triggers and functions alone, from such rows.
alter table private.changed_contacts drop constraint changed_contacts_workspace_id_fkey;

-- Each row is changed when it is applied: the page on which it lies has room for that.
alter table public.contact_import_rows set (fillfactor = 50);

-- Whoever writes many says by itself whose duplicates are to be looked for.
drop trigger contacts_queue_added on public.contacts;
create trigger contacts_queue_added after insert on public.contacts
  referencing new table as added_rows
  for each statement when (current_setting('my21.queues_changed', true) is distinct from 'by_itself')
  execute function private.contacts_queue_added();
drop trigger contact_identities_queue_added on public.contact_identities;
create trigger contact_identities_queue_added after insert on public.contact_identities
  referencing new table as added_rows
  for each statement when (current_setting('my21.queues_changed', true) is distinct from 'by_itself')
  execute function private.contact_identities_queue_added();
drop trigger identity_phones_queue_added on public.identity_phones;
create trigger identity_phones_queue_added after insert on public.identity_phones
  referencing new table as added_rows
  for each statement when (current_setting('my21.queues_changed', true) is distinct from 'by_itself')
  execute function private.account_facts_queue_added();
drop trigger contact_field_values_queue_added on public.contact_field_values;
create trigger contact_field_values_queue_added after insert on public.contact_field_values
  referencing new table as changed_rows
  for each statement when (current_setting('my21.queues_changed', true) is distinct from 'by_itself')
  execute function private.contact_field_values_queue_changed();
drop trigger contact_field_values_queue_changed on public.contact_field_values;
create trigger contact_field_values_queue_changed after update on public.contact_field_values
  referencing new table as changed_rows
  for each statement when (current_setting('my21.queues_changed', true) is distinct from 'by_itself')
  execute function private.contact_field_values_queue_changed();
