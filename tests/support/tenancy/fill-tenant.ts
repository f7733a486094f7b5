import type pg from 'pg'
import type { Tenant } from './tenant.ts'

/**
 * Fills a tenant with conversations of ten messages each, as superuser and past all triggers. Times and cursors are
 * spread as if it had grown row by row: the first conversation is the one with the newest activity.
 */
export async function fillTenant(admin: pg.ClientBase, tenant: Tenant, conversations: number): Promise<void> {
  const { workspaceId, channelId, people } = tenant
  // Ids that count up, unlike random ones, fill their indexes in order, which is much faster.
  const id = (number: string) => `('${workspaceId.slice(0, 24)}' || lpad(to_hex(${number}), 12, '0'))::uuid`
  const place = `generate_series(1, ${conversations}) as n`
  const activity = `now() - n * interval '1 minute'`
  const changed = `(1000000 - n)::text::xid8`
  await admin.query(`
    begin;
    set local session_replication_role = replica;

    insert into contacts (id, workspace_id, root_id, name, name_source, changed_xid)
    select ${id('n')}, '${workspaceId}', ${id('n')}, 'Customer ' || n, 'staff', ${changed} from ${place};

    insert into contact_identities (id, workspace_id, contact_id, root_id, phone, phone_normalized)
    select ${id('n')}, '${workspaceId}', ${id('n')}, ${id('n')}, '62812' || 10000000 + n, '+62812' || 10000000 + n
    from ${place};

    insert into conversations (id, workspace_id, channel_id, identity_id, root_id, last_message_id, last_activity_at,
      last_inbound_at, inbound_count, changed_xid)
    select ${id('n')}, '${workspaceId}', '${channelId}', ${id('n')}, ${id('n')}, ${id('n * 10')}, ${activity}, ${activity}, 5,
      ${changed}
    from ${place};

    insert into messages (id, workspace_id, conversation_id, channel_id, wamid, direction, origin, type, text,
      occurred_at, changed_xid)
    select ${id('n * 10 + m')}, '${workspaceId}', ${id('n')}, '${channelId}', 'wamid.' || n * 10 + m,
      (array['inbound', 'outbound'])[1 + m % 2]::message_direction, 'cloud_api', 'text', 'Message ' || m,
      ${activity} - m * interval '1 second', ${changed}
    from ${place}, generate_series(0, 9) as m;

    insert into conversation_reads (workspace_id, conversation_id, user_id, read_count, changed_xid)
    select '${workspaceId}', ${id('n')}, '${people.agent}', 3, ${changed} from ${place} where n % 2 = 0;
    commit`)
}
