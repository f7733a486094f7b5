-- Database roles and the private schema: who may reach what, before there is anything to reach.
--
-- my21_member  no login; owns every grant and policy of tenant tables. The web process becomes it, with the
--              member's claims, for the length of one transaction.
-- my21_web     the web process. By itself it may run the webhook door's functions and insert into the queue.
-- my21_worker  the worker and the command line; bypasses row-level security.
--
-- Roles belong to the whole cluster, so they are made only where they do not exist yet. Their passwords are set by
-- the operator, never here.

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'my21_member') then
    create role my21_member nologin noinherit;
  end if;
  if not exists (select from pg_catalog.pg_roles where rolname = 'my21_web') then
    create role my21_web login noinherit;
  end if;
  if not exists (select from pg_catalog.pg_roles where rolname = 'my21_worker') then
    create role my21_worker login noinherit bypassrls;
  end if;
end
$$;

-- Without "inherit false" the web process would hold the member's rights at all times, without becoming a member.
grant my21_member to my21_web with inherit false, set true;

-- Supabase grants new objects in public to the Data API's roles, and Postgres grants new functions to everybody.
-- Here nothing is reachable until a migration says so.
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;
alter default privileges revoke execute on functions from public;

create schema private;
comment on schema private is 'Functions and secrets of my21staff. Never exposed by the Data API.';

grant usage on schema private to my21_member, my21_web, my21_worker, authenticated;
grant usage on schema public to my21_member, my21_worker;

-- The worker reads and writes every table that a later migration makes.
alter default privileges in schema public grant select, insert, update, delete on tables to my21_worker;
alter default privileges in schema public grant usage, select on sequences to my21_worker;
alter default privileges in schema private grant select, insert, update, delete on tables to my21_worker;
alter default privileges in schema private grant usage, select on sequences to my21_worker;
alter default privileges in schema private grant execute on functions to my21_worker;

-- The signed-in user of the current transaction: from the claims that the server has verified.
create function private.my_user_id() returns uuid
language sql stable
set search_path = ''
as $$
  select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
$$;

grant execute on function private.my_user_id() to my21_member, authenticated;

-- Marks a changed row with the transaction that changed it: the cursor of the inbox's catch-up. A sequence would not
-- do, because a slower transaction commits behind a number that was already handed out.
create function private.set_changed_xid() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.changed_xid := pg_current_xact_id();
  return new;
end
$$;

create function private.set_updated_at() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
