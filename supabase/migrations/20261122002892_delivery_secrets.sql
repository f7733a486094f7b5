-- Which secret a delivery was signed with, so that what one that leaked let in can be told from all the rest.

-- The secret of the delivery that let the row in first: one that tells the same again leaves no row. Null for what was
-- fetched from Kapso, and for what came before this was written down. No foreign key: the door would look each one up.
alter table public.webhook_deliveries add column secret_id uuid;

grant select (secret_id) on public.webhook_deliveries to my21_member;

-- As before, with the ids of the secrets in the same order.
drop function private.find_webhook_endpoint(uuid);
create function private.find_webhook_endpoint(endpoint_id uuid)
returns table (workspace_id uuid, sealed_secrets bytea[], secret_ids uuid[])
language sql stable security definer
set search_path = ''
as $$
  select e.workspace_id, array_agg(s.sealed order by s.created_at desc, s.id),
    array_agg(s.id order by s.created_at desc, s.id)
  from public.webhook_endpoints e
  join private.webhook_secrets s on s.workspace_id = e.workspace_id and s.endpoint_id = e.id
  where e.id = find_webhook_endpoint.endpoint_id
    and e.disabled_at is null
    and (s.expires_at is null or s.expires_at > now())
  group by e.workspace_id
$$;

grant execute on function private.find_webhook_endpoint(uuid) to my21_web;

-- As before, with the secret of each delivery.
create or replace function private.store_webhook_events(items json, bodies bytea)
returns table (id bigint, workspace_id uuid, delivery_id uuid, item_index integer, status public.webhook_event_status)
language plpgsql volatile security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  with item as materialized (
    select * from json_to_recordset(items) as i (
      "workspaceId" uuid, "eventId" text, "name" text, "subjectKey" bigint, "status" public.webhook_event_status,
      "reason" text, "index" integer, "deliveryId" uuid, "endpointId" uuid, "secretId" uuid, "eventName" text,
      "payloadVersion" text, "bodyStart" integer, "bodyLength" integer
    )
  ), stored as (
    insert into public.webhook_events as e
      (workspace_id, event_id, name, subject_key, status, reason, item_index, delivery_id, processed_at)
    select i."workspaceId", i."eventId", i."name", i."subjectKey", i."status", i."reason", i."index", i."deliveryId",
      case when i."status" <> 'pending' then now() end
    from item i
    on conflict (workspace_id, event_id) do nothing
    returning e.id, e.workspace_id, e.delivery_id, e.item_index, e.status
  ), kept as (
    insert into public.webhook_deliveries
      (id, workspace_id, endpoint_id, secret_id, event_name, payload_version, body)
    select i."deliveryId", i."workspaceId", i."endpointId", i."secretId", i."eventName", i."payloadVersion",
      substring(bodies from i."bodyStart" for i."bodyLength")
    from item i
    where i."bodyLength" is not null and i."deliveryId" in (select s.delivery_id from stored s)
  )
  select s.id, s.workspace_id, s.delivery_id, s.item_index, s.status from stored s;
end
$$;

-- All secrets that the endpoints of a workspace have, or had, newest first, for owners and admins. What they are stays
-- sealed.
create function private.list_endpoint_secrets(workspace_id uuid)
returns table (id uuid, endpoint_id uuid, created_at timestamptz, expires_at timestamptz, is_live boolean)
language sql stable security definer
set search_path = ''
as $$
  select s.id, s.endpoint_id, s.created_at, s.expires_at, s.expires_at is null or s.expires_at > now()
  from private.webhook_secrets s
  where s.workspace_id = list_endpoint_secrets.workspace_id
    and s.workspace_id = any (array(select private.my_workspace_ids_as('owner', 'admin')))
  order by s.created_at desc, s.id
$$;

grant execute on function private.list_endpoint_secrets(uuid) to my21_member;
