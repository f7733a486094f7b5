-- On hosted Supabase a migration may write policies for the platform's tables and nothing else there. Here `postgres`
-- inherits their owners (see roles.sql), so what would fail on hosted is refused by these triggers.

create or replace function extensions.refuse_platform_change() returns event_trigger
language plpgsql
set search_path = ''
as $$
declare
  command record;
begin
  if session_user <> 'postgres' and current_user <> 'postgres' then
    return;
  end if;
  for command in
    select c.command_tag, c.object_identity
    from pg_catalog.pg_event_trigger_ddl_commands() c
    where c.schema_name in ('auth', 'storage', 'realtime')
      and c.command_tag not in ('CREATE POLICY', 'ALTER POLICY', 'CREATE TRIGGER')
  loop
    raise exception 'must be owner of %', command.object_identity
      using errcode = '42501',
        hint = command.command_tag || ' is refused here because it is on hosted Supabase.';
  end loop;
end
$$;

create or replace function extensions.refuse_platform_drop() returns event_trigger
language plpgsql
set search_path = ''
as $$
declare
  dropped record;
begin
  if session_user <> 'postgres' and current_user <> 'postgres' then
    return;
  end if;
  for dropped in
    select d.object_identity
    from pg_catalog.pg_event_trigger_dropped_objects() d
    where d.original
      and coalesce(d.schema_name, d.address_names[1]) in ('auth', 'storage', 'realtime')
      and d.object_type not in ('policy', 'trigger')
  loop
    raise exception 'must be owner of %', dropped.object_identity using errcode = '42501';
  end loop;
end
$$;

revoke execute on function extensions.refuse_platform_change(), extensions.refuse_platform_drop() from public;

drop event trigger if exists refuse_platform_change;
create event trigger refuse_platform_change on ddl_command_end
  execute function extensions.refuse_platform_change();

drop event trigger if exists refuse_platform_drop;
create event trigger refuse_platform_drop on sql_drop
  execute function extensions.refuse_platform_drop();
