-- A new installation, or a tenant's first import, fills tables long before autovacuum looks at them for the first time.
-- Until then Postgres takes them for almost empty and plans accordingly. The worker asks for statistics of whatever has
-- doubled since they were last taken; the rest is autovacuum's. Returns the tables that were looked at.
create function private.analyze_grown_tables() returns setof text
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  grown record;
begin
  for grown in
    select s.schemaname, s.relname
    from pg_catalog.pg_stat_user_tables s
    join pg_catalog.pg_class c on c.oid = s.relid
    where s.schemaname in ('public', 'private')
      and s.n_mod_since_analyze > greatest(200, c.reltuples)
    order by s.schemaname, s.relname
  loop
    execute format('analyze %I.%I', grown.schemaname, grown.relname);
    return next grown.schemaname || '.' || grown.relname;
  end loop;
end
$$;

