import { sql } from 'kysely'
import { queueNames, type SignalCustomerJob } from '../queue/queue.ts'
import type { Database, JobRequest } from './database.ts'

/** Why the customer is to be shown something of us: somebody types, has opened the thread, or has answered in it. */
export type SignalOccasion = 'typing' | 'on_open' | 'on_reply'

/**
 * The job that shows the customer that we type or have read, where the workspace wants that shown and it was not shown
 * just now. To be enqueued in the same transaction.
 */
export async function claimSignal(
  database: Database,
  { workspaceId, conversationId }: { workspaceId: string; conversationId: string },
  occasion: SignalOccasion,
): Promise<JobRequest[]> {
  const { rows } = await sql<{ is_due: boolean }>`
    select private.claim_customer_signal(${workspaceId}, ${conversationId}, ${occasion}) as is_due
  `.execute(database)
  if (rows[0]?.is_due !== true) return []
  const data: SignalCustomerJob = {
    workspaceId,
    conversationId,
    isTyping: occasion === 'typing',
    // Of what is opened the customer's last message was read, wherever it came from.
    isForAccount: occasion !== 'on_open',
    askedAt: Date.now(),
  }
  return [{ queue: queueNames.signalCustomer, data, group: workspaceId }]
}

/** The customer's newest message in a thread, and the way to the number that it came to. */
export interface SignalTarget {
  wamid: string
  channelId: string
  phoneNumberId: string
  apiUrl: string | null
  sealedApiKey: Buffer | null
}

/** What a signal is about; undefined where the customer has not written. */
export async function findSignalTarget(
  database: Database,
  { workspaceId, conversationId, isForAccount = false }: SignalCustomerJob,
): Promise<SignalTarget | undefined> {
  const { rows } = await sql<SignalTarget>`
    select m.wamid, h.id as "channelId", h.phone_number_id as "phoneNumberId", h.kapso_api_url as "apiUrl",
      k.sealed as "sealedApiKey"
    from public.conversations c
    join public.conversations t on t.workspace_id = c.workspace_id and t.root_id = c.root_id
    cross join lateral (
      select m.wamid, m.channel_id, m.occurred_at from public.messages m
      where m.workspace_id = t.workspace_id and m.conversation_id = t.id and m.direction = 'inbound'
        and m.wamid is not null
      order by m.occurred_at desc, m.id desc
      limit 1
    ) m
    join public.channels h on h.workspace_id = c.workspace_id and h.id = m.channel_id
    left join private.channel_api_keys k on k.workspace_id = h.workspace_id and k.channel_id = h.id
    where c.workspace_id = ${workspaceId} and c.id = ${conversationId}
      and (not ${isForAccount}::boolean
        or private.find_home(t.workspace_id, t.id) = private.find_home(c.workspace_id, c.id))
    order by m.occurred_at desc
    limit 1
  `.execute(database)
  return rows[0]
}
