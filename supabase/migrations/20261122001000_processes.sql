-- Signs of life of the worker processes, so that the web process' health answer can name the part that is dead.

create table private.worker_heartbeats (
  worker_id uuid primary key,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);

alter table private.worker_heartbeats enable row level security;

-- Seconds since any worker was last seen; null when none ever was.
create function private.seconds_since_worker_heartbeat() returns double precision
language sql stable security definer
set search_path = ''
as $$
  select extract(epoch from now() - max(h.seen_at))::double precision from private.worker_heartbeats h
$$;

grant execute on function private.seconds_since_worker_heartbeat() to my21_web;

-- Versions of the migrations that this database has, for the command line's health check.
create function private.list_migrations() returns setof text
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return query select m.version from supabase_migrations.schema_migrations m order by m.version;
end
$$;

-- Sends one broadcast on a topic of its own. realtime.send swallows every error, so that the only proof of its working
-- is a broadcast that arrives.
create function private.send_health_broadcast(probe_id uuid) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform realtime.send(jsonb_build_object('probeId', probe_id), 'health', 'health:' || probe_id, true);
end
$$;
