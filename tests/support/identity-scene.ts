import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { expect } from 'vitest'
import type { TestDatabase } from './database.ts'
import { receivedBody, sign, type MessageFacts } from './kapso-bodies.ts'
import { applyAsJob, startPipeline, type Pipeline } from './pipeline.ts'
import { queryOnce } from './query.ts'
import { makeWorkspace, type TestWorkspace } from './workspace.ts'

/** A workspace of its own with the ingest running over it, and what is known of people there. */
export interface IdentityScene {
  pipeline: Pipeline
  workspace: TestWorkspace
  /** A message from a customer. `on` is the phone number id of the channel, the first one if not given. */
  say(facts: Omit<MessageFacts, 'phoneNumberId'> & { on?: string }): Promise<void>
  tellChange(facts: { from: string; to: string; phone?: string; at?: number }): Promise<void>
  apply(): Promise<void>
  /** Another channel of the workspace; its phone number id. */
  addChannel(scope?: string): Promise<string>
  /** One entry per person: what all of their accounts together are. */
  people(): Promise<Person[]>
  /** One entry per thread that the inbox shows. */
  threads(): Promise<Thread[]>
  findings(): Promise<string[]>
}

export interface Person {
  contact: string | null
  phone: string | null
  ids: string[]
  /** Every number ever seen with them. */
  phones: string[]
  accounts: number
  contacts: number
}

export interface Thread {
  id: string
  phone_number_id: string
  wamids: string[]
  inbound_count: number
  last_wamid: string | null
}

export async function openScene(database: TestDatabase): Promise<IdentityScene> {
  const pipeline = await startPipeline(database)
  const workspace = await makeWorkspace(database.adminUrl)
  const { workspaceId } = workspace
  const deliver = async (event: string, body: object) => {
    expect(await pipeline.deliver(workspace, sign(event, body, workspace.secret))).toBe(200)
  }
  return {
    pipeline,
    workspace,
    say: ({ on, ...facts }) =>
      deliver(
        'whatsapp.message.received',
        receivedBody({ ...facts, phoneNumberId: on ?? workspace.phoneNumberId }),
      ),
    tellChange: ({ from, to, phone, at = 1_760_000_000 }) =>
      deliver('whatsapp.contact.identity_changed', {
        contact: {
          id: randomUUID(),
          wa_id: phone ?? null,
          business_scoped_user_id: to,
          updated_at: new Date(at * 1000).toISOString(),
        },
        previous: { business_scoped_user_id: from },
        phone_number_id: workspace.phoneNumberId,
      }),
    apply: () => pipeline.applyAll(workspace),
    addChannel: async (scope = 'account') => {
      const phoneNumberId = `2${Math.floor(Math.random() * 1e11).toString()}`
      await queryOnce(
        database.adminUrl,
        `insert into channels (workspace_id, name, phone_number_id, identity_scope) values ($1, 'Other', $2, $3)`,
        [workspaceId, phoneNumberId, scope],
      )
      return phoneNumberId
    },
    people: async () => {
      const { rows } = await sql<Person>`
        select p.name as contact, r.phone_normalized as phone,
          array(select b.value from business_scoped_ids b join contact_identities m on m.id = b.identity_id
            where m.root_id = r.id order by b.value) as ids,
          array(select distinct h.phone_normalized from identity_phones h join contact_identities m on m.id = h.identity_id
            where m.root_id = r.id order by 1) as phones,
          (select count(*)::int from contact_identities m where m.root_id = r.id) as accounts,
          (select count(distinct c.root_id)::int from contact_identities m join contacts c on c.id = m.contact_id
            where m.root_id = r.id) as contacts
        from contact_identities r
        join contacts o on o.id = r.contact_id
        join contacts p on p.id = o.root_id
        where r.workspace_id = ${workspaceId} and r.root_id = r.id
        order by (select min(b.value) from business_scoped_ids b where b.identity_id = r.id), r.phone_normalized
      `.execute(pipeline.kysely)
      return rows
    },
    threads: async () => {
      const { rows } = await sql<Thread>`
        select c.id, h.phone_number_id, c.inbound_count, l.wamid as last_wamid,
          array(select m.wamid from messages m join conversations t on t.id = m.conversation_id
            where t.root_id = c.id order by m.occurred_at, m.id) as wamids
        from conversations c
        join channels h on h.id = c.channel_id
        left join messages l on l.id = c.last_message_id
        where c.workspace_id = ${workspaceId} and c.root_id = c.id and c.last_message_id is not null
        order by 5
      `.execute(pipeline.kysely)
      return rows
    },
    findings: async () => {
      const rows = await pipeline.kysely
        .selectFrom('sync_health')
        .select('kind')
        .where('workspace_id', '=', workspaceId)
        .where('resolved_at', 'is', null)
        .execute()
      return rows.map(({ kind }) => kind)
    },
  }
}

/** Applies each row as a job of its own, all at the same time, by several workers. */
export async function applyAtOnce(pipelines: Pipeline[], workspaceId: string): Promise<void> {
  const [first] = pipelines
  if (first === undefined) return
  const rows = await first.kysely
    .selectFrom('webhook_events')
    .select('id')
    .where('workspace_id', '=', workspaceId)
    .where('status', '=', 'pending')
    .execute()
  await Promise.all(
    rows.map(({ id }, index) => applyAsJob(pipelines[index % pipelines.length] ?? first, workspaceId, [id])),
  )
}
