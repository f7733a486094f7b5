-- Runs after Auth and Storage have made their tables: owners and rights as on hosted Supabase.

do $$
declare
  item record;
begin
  for item in
    select c.oid::regclass as name, n.nspname as schema
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('auth', 'storage') and c.relkind in ('r', 'p', 'v', 'S')
  loop
    execute format('alter table %s owner to %I', item.name, 'supabase_' || item.schema || '_admin');
  end loop;
  for item in
    select p.oid::regprocedure as name, n.nspname as schema
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('auth', 'storage')
  loop
    execute format('alter routine %s owner to %I', item.name, 'supabase_' || item.schema || '_admin');
  end loop;
end
$$;

-- Foreign keys and triggers on auth.users need no more than this; only Auth itself owns the tables.
grant all on all tables in schema auth to postgres, dashboard_user;

-- Row-level security decides; without a policy nobody but the service finds an object.
grant all on all tables in schema storage to postgres, anon, authenticated, service_role;
grant execute on all functions in schema storage to postgres, anon, authenticated, service_role;
