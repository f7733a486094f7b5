import type pg from 'pg'
import type { Tenant } from './tenant.ts'

/** Put on every seventh conversation. */
export const commonLabelId = '00000000-0000-4000-8000-00000000c033'
/** Put on every 900th. */
export const rareLabelId = '00000000-0000-4000-8000-0000000003a3'

/**
 * Fills a tenant with conversations, as superuser and past all triggers. Times and cursors are spread as if it had
 * grown row by row: the first conversation is the one with the newest activity. Of ten, six are open, one pending, one
 * snoozed, two closed; a third is the agent's, a third the owner's, a third nobody's; half wait for an answer; few are
 * unread by the agent.
 */
export async function fillTenant(
  admin: pg.ClientBase,
  tenant: Tenant,
  conversations: number,
  messagesEach = 10,
): Promise<void> {
  const { workspaceId, channelId, people } = tenant
  // Ids that count up, unlike random ones, fill their indexes in order, which is much faster.
  const id = (number: string) => `('${workspaceId.slice(0, 24)}' || lpad(to_hex(${number}), 12, '0'))::uuid`
  const message = (place: string) => id(`n * ${messagesEach} + ${place}`)
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
      last_inbound_at, inbound_count, changed_xid, state, snooze_kind, assignee_id, team_id, label_ids, lead_status,
      waiting_since)
    select ${id('n')}, '${workspaceId}', '${channelId}', ${id('n')}, ${id('n')}, ${message('0')}, ${activity}, ${activity}, 5,
      ${changed},
      (array['open', 'open', 'open', 'open', 'open', 'open', 'pending', 'snoozed', 'closed', 'closed']::conversation_state[])[
        1 + n % 10],
      case when n % 10 = 7 then 'reply'::snooze_kind end,
      (array['${people.agent}', null, '${people.owner}']::uuid[])[1 + n % 3],
      case when n % 4 = 0 then '${tenant.teamId}'::uuid end,
      case when n % 900 = 0 then array['${rareLabelId}', '${commonLabelId}']
        when n % 7 = 0 then array['${commonLabelId}'] else '{}' end::uuid[],
      case when n % 700 = 0 then 'spam' when n % 5 = 0 then 'customer' else 'new' end::lead_status,
      case when n % 2 = 0 then ${activity} - (n % 50) * interval '1 minute' else 'infinity' end
    from ${place};

    insert into messages (id, workspace_id, conversation_id, channel_id, wamid, direction, origin, type, text,
      occurred_at, changed_xid)
    select ${message('m')}, '${workspaceId}', ${id('n')}, '${channelId}', 'wamid.' || n * ${messagesEach} + m,
      (array['inbound', 'outbound'])[1 + m % 2]::message_direction, 'cloud_api', 'text', 'Message ' || m,
      ${activity} - m * interval '1 second', ${changed}
    from ${place}, generate_series(0, ${messagesEach - 1}) as m;

    insert into conversation_reads (workspace_id, conversation_id, user_id, read_count, changed_xid)
    select '${workspaceId}', ${id('n')}, '${people.agent}', case when n % 40 = 0 then 3 else 5 end, ${changed}
    from ${place};
    commit`)
}
