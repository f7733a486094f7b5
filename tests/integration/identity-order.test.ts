import fc from 'fast-check'
import { sql } from 'kysely'
import { v4 as makeId } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  arrivals,
  identityHistories,
  type HistorySighting,
} from '../../src/lib/domain/test-identity-histories.ts'
import { resolveIdentities } from '../../src/lib/domain/identity-resolution.ts'
import type { Database } from '../../src/lib/server/database/database.ts'
import { findKnownIdentities, writeIdentityPlan } from '../../src/lib/server/database/identities.ts'
import { recordSessions } from '../../src/lib/server/database/sessions.ts'
import { ensureConversations } from '../../src/lib/server/database/threads.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startPipeline, type Pipeline } from '../support/pipeline.ts'
import { queryOnce } from '../support/query.ts'
import { makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let pipeline: Pipeline

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
})

afterAll(async () => {
  await pipeline.close()
  await database.drop()
})

type Channels = Record<string, string>

async function open(): Promise<{ workspace: TestWorkspace; channels: Channels }> {
  const workspace = await makeWorkspace(database.adminUrl)
  const channels: Channels = {}
  for (const name of ['sales', 'support', 'abroad']) {
    const [row] = await queryOnce<{ id: string }>(
      database.adminUrl,
      `insert into channels (workspace_id, name, phone_number_id, identity_scope) values ($1, $2, $2, 'any') returning id`,
      [workspace.workspaceId, name],
    )
    channels[name] = row?.id ?? ''
  }
  return { workspace, channels }
}

/** As applyBatch does it: person, thread, session, message. */
async function write(
  system: Database,
  workspaceId: string,
  channels: Channels,
  batch: HistorySighting[],
): Promise<void> {
  const plan = resolveIdentities(await findKnownIdentities(system, workspaceId, batch), batch, makeId)
  await writeIdentityPlan(system, workspaceId, plan)
  const placed = batch.flatMap((sighting) => {
    const identity = plan.identityOf.get(sighting.key)
    const needsThread = sighting.mayCreate || sighting.kapsoConversationId !== null
    return identity === undefined || !needsThread
      ? []
      : [
          {
            sighting,
            identityId: identity.id,
            channelId: channels[sighting.channel] ?? '',
            seenAt: sighting.seenAt,
          },
        ]
  })
  if (placed.length === 0) return
  const threads = await ensureConversations(system, workspaceId, placed)
  const threadOf = (one: (typeof placed)[number]) => threads.get(`${one.channelId} ${one.identityId}`) ?? ''
  await recordSessions(
    system,
    workspaceId,
    placed.flatMap((one) => {
      const { kapsoConversationId } = one.sighting
      return kapsoConversationId === null
        ? []
        : [{ kapsoConversationId, conversationId: threadOf(one), seenAt: one.seenAt }]
    }),
  )
  for (const one of placed) {
    if (!one.sighting.mayCreate) continue
    await sql`
      insert into messages (workspace_id, conversation_id, channel_id, wamid, direction, origin, type, occurred_at)
      values (${workspaceId}, ${threadOf(one)}, ${one.channelId}, ${one.sighting.key}, 'inbound', 'cloud_api', 'text',
        ${one.seenAt})
      on conflict (channel_id, wamid) do nothing
    `.execute(system)
  }
}

async function writeAll(batches: HistorySighting[][]): Promise<string> {
  const { workspace, channels } = await open()
  for (const batch of batches) {
    await pipeline.asSystem((system) => write(system, workspace.workspaceId, channels, batch))
  }
  return workspace.workspaceId
}

/** What is known of each person, seen through the joins, without ids of our own. */
async function project(workspaceId: string): Promise<unknown[]> {
  const { rows } = await sql<{ person: string }>`
    select jsonb_build_object(
      'phone', r.phone_normalized, 'phoneAsOf', r.phone_as_of, 'shown', r.phone, 'contact', p.name,
      'source', p.name_source,
      'firstSeenAt', (select min(m.first_seen_at) from contact_identities m where m.root_id = r.id),
      'ids', array(select b.scope || ' ' || b.value || ' ' || b.first_seen_at from business_scoped_ids b
        join contact_identities m on m.id = b.identity_id where m.root_id = r.id order by 1),
      'phones', array(select h.phone_normalized || ' ' || min(h.first_seen_at) || ' ' || max(h.last_seen_at)
        from identity_phones h join contact_identities m on m.id = h.identity_id where m.root_id = r.id
        group by h.phone_normalized order by 1),
      'findings', array(select coalesce((
          select string_agg(b.value, ' ' order by b.value) from business_scoped_ids b
          join contact_identities m on m.id = b.identity_id
          where m.root_id = (s.details ->> 'otherIdentityId')::uuid
        ), '') from sync_health s where s.workspace_id = r.workspace_id and s.subject_id = r.id::text),
      'threads', array(
        select jsonb_build_object('channel', h.name, 'unread', c.inbound_count, 'last', l.occurred_at,
          'activity', c.last_activity_at, 'inbound', c.last_inbound_at, 'messages', array(
            select x.wamid from messages x join conversations t on t.id = x.conversation_id
            where t.root_id = c.id order by x.wamid))
        from conversations c
        join channels h on h.id = c.channel_id
        join contact_identities m on m.id = c.identity_id
        join messages l on l.id = c.last_message_id
        where m.root_id = r.id and c.root_id = c.id order by h.name)
    )::text as person
    from contact_identities r
    join contacts own on own.id = r.contact_id
    join contacts p on p.id = own.root_id
    where r.workspace_id = ${workspaceId} and r.root_id = r.id
  `.execute(pipeline.kysely)
  return rows.map(({ person }) => person).sort()
}

/** Things that are never so. */
async function findBroken(workspaceId: string): Promise<string[]> {
  const { rows } = await sql<{ broken: string }>`
    select 'cache on a merged account' as broken from contact_identities i
    where i.workspace_id = ${workspaceId} and i.root_id <> i.id and i.phone_normalized is not null
    union all
    select 'root of a root' from contact_identities i join contact_identities r on r.id = i.root_id
    where i.workspace_id = ${workspaceId} and r.root_id <> r.id
    union all
    select 'one person, two contacts' from contact_identities i join contacts c on c.id = i.contact_id
    where i.workspace_id = ${workspaceId} group by i.root_id having count(distinct c.root_id) > 1
    union all
    select 'one person, two threads on a channel' from conversations c join contact_identities i on i.id = c.identity_id
    where c.workspace_id = ${workspaceId} and c.root_id = c.id group by i.root_id, c.channel_id having count(*) > 1
    union all
    select 'thread of somebody else' from conversations c join conversations t on t.id = c.root_id
    join contact_identities i on i.id = c.identity_id join contact_identities o on o.id = t.identity_id
    where c.workspace_id = ${workspaceId} and i.root_id <> o.root_id
  `.execute(pipeline.kysely)
  return rows.map(({ broken }) => broken)
}

test('a history ends in the same people and threads, in whatever order, however often and in whatever batches it arrives', async () => {
  await fc.assert(
    fc.asyncProperty(
      identityHistories().chain((history) =>
        fc.record({ history: fc.constant(history), batches: arrivals(history) }),
      ),
      async ({ history, batches }) => {
        const sorted = [...history].sort((a, b) => a.seenAt.getTime() - b.seenAt.getTime())
        const [one, other] = [await writeAll(sorted.map((event) => [event])), await writeAll(batches)]
        expect(await project(other)).toEqual(await project(one))
        expect([...(await findBroken(one)), ...(await findBroken(other))]).toEqual([])
      },
    ),
    { numRuns: Number(process.env['IDENTITY_RUNS'] ?? 12) },
  )
}, 120_000)
