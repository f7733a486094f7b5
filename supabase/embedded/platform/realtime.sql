-- What Supabase Realtime puts into a project's database: realtime.messages with its partitions by day, the functions
-- that send from the database, and the publication the Realtime server reads. Names, signatures, owners and effects
-- are those of supabase/realtime 2.129; left out is what only postgres_changes needs.
--
-- Run by supabase_admin after roles.sql and schemas.sql, any number of times.

grant anon, authenticated, service_role to supabase_realtime_admin with inherit false;

grant usage on schema realtime to anon, authenticated, service_role;
grant usage on schema realtime to postgres with grant option;
grant create, usage on schema realtime to supabase_realtime_admin;

create table if not exists realtime.messages (
  topic text not null,
  extension text not null,
  payload jsonb,
  event text,
  private boolean default false,
  updated_at timestamp not null default now(),
  inserted_at timestamp not null default now(),
  id uuid not null default gen_random_uuid(),
  binary_payload bytea,
  primary key (id, inserted_at),
  constraint messages_payload_exclusive check (payload is null or binary_payload is null)
) partition by range (inserted_at);

create index if not exists messages_inserted_at_topic_index
  on only realtime.messages (inserted_at desc, topic)
  where extension = 'broadcast' and private is true;

alter table realtime.messages enable row level security;
alter table realtime.messages owner to supabase_realtime_admin;
grant all on realtime.messages to postgres;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;

-- The topic a policy on realtime.messages decides about; null outside of Realtime.
create or replace function realtime.topic() returns text
  language sql stable
as $$
  select nullif(current_setting('realtime.topic', true), '')
$$;

-- Sends one broadcast when the transaction commits. A message without an `id` gets one. Whatever fails becomes a
-- warning, never an error: sending must not undo the change it tells about.
create or replace function realtime.send(payload jsonb, event text, topic text, private boolean default true)
  returns void
  language plpgsql
as $$
declare
  message_id uuid := gen_random_uuid();
begin
  perform set_config('realtime.topic', topic, true);
  insert into realtime.messages (id, topic, extension, event, payload, private)
  values (
    message_id,
    topic,
    'broadcast',
    event,
    case when payload ? 'id' then payload else jsonb_set(payload, '{id}', to_jsonb(message_id)) end,
    private
  );
exception
  when others then
    raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end
$$;

-- The same for bytes; clients of protocol version 1.0.0 cannot receive them.
create or replace function realtime.send_binary(payload bytea, event text, topic text, private boolean default true)
  returns void
  language plpgsql
as $$
begin
  perform set_config('realtime.topic', topic, true);
  insert into realtime.messages (topic, extension, event, binary_payload, private)
  values (topic, 'broadcast', event, payload, private);
exception
  when others then
    raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end
$$;

-- For row triggers: tells a topic about an inserted, updated or deleted row. Unlike realtime.send it raises when it
-- is called wrongly.
create or replace function realtime.broadcast_changes(
  topic_name text,
  event_name text,
  operation text,
  table_name text,
  table_schema text,
  new record,
  old record,
  level text default 'ROW'
)
  returns void
  language plpgsql
as $$
begin
  if level = 'STATEMENT' then
    raise exception 'realtime.broadcast_changes works in row triggers only';
  end if;
  if operation not in ('INSERT', 'UPDATE', 'DELETE') then
    raise exception 'realtime.broadcast_changes knows no operation %', operation;
  end if;
  perform realtime.send(
    jsonb_build_object(
      'schema', table_schema,
      'table', table_name,
      'operation', operation,
      'record', new,
      'old_record', old
    ),
    event_name,
    topic_name
  );
end
$$;

alter function realtime.topic() owner to supabase_realtime_admin;
alter function realtime.send(jsonb, text, text, boolean) owner to supabase_realtime_admin;
alter function realtime.send_binary(bytea, text, text, boolean) owner to supabase_realtime_admin;
alter function realtime.broadcast_changes(text, text, text, text, text, record, record, text)
  owner to supabase_realtime_admin;

-- Makes the partitions from yesterday to three days ahead and drops those older than 72 hours, as hosted does. The
-- Realtime server calls it when it starts and every few minutes; sending fails in a day that has no partition. Existing
-- partitions are looked up first, because `create table ... partition of` locks the parent against every sender.
create schema if not exists _realtime;
create or replace function _realtime.maintain_partitions() returns void
  language plpgsql set search_path = ''
as $$
declare
  today constant date := (now() at time zone 'utc')::date;
  day date;
  partition_name text;
begin
  for day in select today + n from generate_series(-1, 3) as n loop
    partition_name := to_char(day, '"messages_"YYYY_MM_DD');
    continue when to_regclass(format('realtime.%I', partition_name)) is not null;
    execute format(
      'create table realtime.%I partition of realtime.messages for values from (%L) to (%L)',
      partition_name, day, day + 1
    );
    execute format('alter table realtime.%I owner to supabase_realtime_admin', partition_name);
  end loop;

  for partition_name in
    select child.relname
    from pg_catalog.pg_inherits
    join pg_catalog.pg_class as child on child.oid = inhrelid
    where inhparent = 'realtime.messages'::regclass
      and case
        when child.relname ~ '^messages_\d{4}_\d{2}_\d{2}$'
        then to_date(child.relname, '"messages_"YYYY_MM_DD') < today - 3
        else false
      end
  loop
    execute format('drop table realtime.%I', partition_name);
  end loop;
end
$$;
revoke all on function _realtime.maintain_partitions() from public;
select _realtime.maintain_partitions();

do $$
begin
  if not exists (select from pg_publication where pubname = 'supabase_realtime_messages_publication') then
    create publication supabase_realtime_messages_publication for table realtime.messages
      with (publish = 'insert', publish_via_partition_root = true);
  end if;
  -- Empty, and read by nobody here: migrations may add their tables to it, as they may on hosted.
  if not exists (select from pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
    alter publication supabase_realtime owner to postgres;
  end if;
end
$$;
