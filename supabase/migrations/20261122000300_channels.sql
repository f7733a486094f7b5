-- Channels (WhatsApp numbers at Kapso), the webhook endpoints that deliver for them, and their secrets.

create table public.channels (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  name text not null check (length(btrim(name)) between 1 and 80),
  -- Unique per workspace only: a tenant signs with its own secret and must not be able to squat another's number.
  phone_number_id text not null check (phone_number_id ~ '^[A-Za-z0-9_-]{1,64}$'),
  display_phone text,
  -- Where business-scoped user ids are unique: the portfolio, or the business account where only that is known.
  identity_scope text not null,
  kapso_api_url text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, phone_number_id),
  unique (workspace_id, id)
);

create table public.webhook_endpoints (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  channel_id uuid,
  name text not null check (length(btrim(name)) between 1 and 80),
  created_at timestamptz not null default now(),
  disabled_at timestamptz,
  unique (workspace_id, id),
  foreign key (workspace_id, channel_id) references public.channels (workspace_id, id)
);

create index webhook_endpoints_channel_id on public.webhook_endpoints (workspace_id, channel_id);

-- Sealed with AES-256-GCM by the application; the workspace and the owner of the secret are the associated data.
create table private.webhook_secrets (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null,
  endpoint_id uuid not null,
  sealed bytea not null,
  created_at timestamptz not null default now(),
  -- The previous secret lives on for the time of a rotation.
  expires_at timestamptz,
  foreign key (workspace_id, endpoint_id) references public.webhook_endpoints (workspace_id, id)
);

create index webhook_secrets_endpoint_id on private.webhook_secrets (workspace_id, endpoint_id);

create table private.channel_api_keys (
  channel_id uuid primary key,
  workspace_id uuid not null,
  sealed bytea not null,
  created_at timestamptz not null default now(),
  foreign key (workspace_id, channel_id) references public.channels (workspace_id, id)
);

create index channel_api_keys_channel_id on private.channel_api_keys (workspace_id, channel_id);

create trigger channels_updated_at before update on public.channels
  for each row execute function private.set_updated_at();

-- What the webhook door must know of an endpoint: its workspace and the live secrets, newest first.
create function private.find_webhook_endpoint(endpoint_id uuid)
returns table (workspace_id uuid, sealed_secrets bytea[])
language sql stable security definer
set search_path = ''
as $$
  select e.workspace_id, array_agg(s.sealed order by s.created_at desc, s.id)
  from public.webhook_endpoints e
  join private.webhook_secrets s on s.workspace_id = e.workspace_id and s.endpoint_id = e.id
  where e.id = find_webhook_endpoint.endpoint_id
    and e.disabled_at is null
    and (s.expires_at is null or s.expires_at > now())
  group by e.workspace_id
$$;

grant execute on function private.find_webhook_endpoint(uuid) to my21_web;

alter table public.channels enable row level security;
alter table public.webhook_endpoints enable row level security;
alter table private.webhook_secrets enable row level security;
alter table private.channel_api_keys enable row level security;

grant select on public.channels to my21_member;
grant update (name) on public.channels to my21_member;
grant select on public.webhook_endpoints to my21_member;

create policy "Members read their workspace's channels" on public.channels
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

create policy "Owners and admins rename their workspace's channels" on public.channels
  for update to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))))
  with check (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));

create policy "Owners and admins read their workspace's webhook endpoints" on public.webhook_endpoints
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin'))));
