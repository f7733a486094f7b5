-- A crash of Postgres ends what it has counted of rows and changes, and with that also the rounds of autovacuum: a fresh
-- installation that crashes would be planned for as if its tables were empty until they have been written once more.
-- Where less is counted than was there at the last look, the size of the table is what tells that it has grown; bloat
-- looks like growth then. The queue's tables count too: to complete a job all of its queue were read.
create or replace function private.analyze_grown_tables() returns setof text
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
    where s.schemaname in ('public', 'private', 'pgboss')
      and (
        s.n_live_tup > case when c.reltuples < 0 then 50 else greatest(200, 2 * c.reltuples) end
        or case when c.reltuples < 0 then true else s.n_live_tup < c.reltuples end
          and pg_catalog.pg_relation_size(c.oid)
            > 2 * greatest(8, c.relpages) * pg_catalog.current_setting('block_size')::bigint
      )
    order by s.schemaname, s.relname
  loop
    execute format('analyze %I.%I', grown.schemaname, grown.relname);
    return next grown.schemaname || '.' || grown.relname;
  end loop;
end
$$;
