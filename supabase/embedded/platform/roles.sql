-- The roles of a Supabase project. They belong to the whole cluster and are made once. None has a password: those who
-- sign in get theirs from whoever starts them.

do $$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      -- What a request to the Data API, Storage or Realtime runs as.
      ('anon', 'nologin noinherit'),
      ('authenticated', 'nologin noinherit'),
      ('service_role', 'nologin noinherit bypassrls'),
      ('authenticator', 'login noinherit'),
      -- Owners of the platform's schemas.
      ('supabase_auth_admin', 'login noinherit createrole'),
      ('supabase_storage_admin', 'login noinherit createrole'),
      ('supabase_realtime_admin', 'nologin noinherit'),
      ('supabase_replication_admin', 'login replication'),
      ('dashboard_user', 'nologin createrole createdb replication'),
      -- Not on hosted Supabase: what Auth, Storage and the Data API of the embedded gateway sign in as. No superuser,
      -- so that a request whose role was not set finds nothing.
      ('embedded_gateway', 'login inherit')
    ) as role (name, options)
  loop
    if not exists (select from pg_catalog.pg_roles where rolname = wanted.name) then
      execute format('create role %I %s', wanted.name, wanted.options);
    end if;
  end loop;
end
$$;

grant anon, authenticated, service_role to authenticator with inherit false, set true;
grant anon, authenticated, service_role to postgres with admin option;
grant authenticator to supabase_storage_admin;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;

-- Hosted Supabase lets `postgres` write policies for tables that it does not own. In plain Postgres only an owner may,
-- so here it inherits the owners; guard.sql takes back what this gives beyond policies.
grant supabase_storage_admin, supabase_realtime_admin to postgres with inherit true, set false;

grant supabase_auth_admin, supabase_storage_admin, anon, authenticated, service_role
  to embedded_gateway with inherit true, set true;

alter role postgres set search_path = "$user", public, extensions;
alter role supabase_admin set search_path = "$user", public, auth, extensions;
alter role supabase_auth_admin set search_path = auth;
alter role supabase_storage_admin set search_path = storage;
