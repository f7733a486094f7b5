import { sql, type Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAsSystem, createDatabase, type AsSystem } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import { invariants } from '../../src/lib/server/operator/invariant-queries.ts'
import { findInvariantViolations, type InvariantViolation } from '../../src/lib/server/operator/invariants.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { outboundBody, receivedBody, sign } from '../support/kapso-bodies.ts'
import { startPipeline, type Pipeline } from '../support/pipeline.ts'
import { makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let pipeline: Pipeline
let workspace: TestWorkspace
let other: TestWorkspace
/** As superuser, who may break what the schema forbids. */
let admin: Kysely<DB>
let asAdmin: AsSystem

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
  admin = createDatabase(createPool({ connectionString: database.adminUrl, applicationName: 'test', max: 1 }))
  asAdmin = createAsSystem(admin, () => Promise.resolve())
  workspace = await makeWorkspace(database.adminUrl)
  other = await makeWorkspace(database.adminUrl)
  for (const { phoneNumberId, workspaceId } of [workspace, other]) {
    const isOther = workspaceId === other.workspaceId
    const [anna, budi] = ['6281200000041', '6281200000042'].map((phone, index) => ({
      phoneNumberId,
      phone,
      conversationId: `kc-${String(index)}`,
    }))
    const bodies: [string, object][] = [
      ['received', receivedBody({ ...anna, phoneNumberId, wamid: 'wamid.1', at: 1_760_000_000 })],
      ['received', receivedBody({ ...anna, phoneNumberId, wamid: 'wamid.2', at: 1_760_000_010 })],
      ['received', receivedBody({ ...budi, phoneNumberId, wamid: 'wamid.3', at: 1_760_000_020 })],
      ['sent', outboundBody('sent', { ...anna, phoneNumberId, wamid: 'wamid.4', at: 1_760_000_030 })],
      ['read', outboundBody('read', { ...anna, phoneNumberId, wamid: 'wamid.4', at: 1_760_000_031 })],
    ]
    for (const [event, body] of bodies) {
      const owner = isOther ? other : workspace
      await pipeline.deliver(owner, sign(`whatsapp.message.${event}`, body, owner.secret))
    }
  }
  await pipeline.applyAll(workspace)
  await pipeline.applyAll(other)
})

afterAll(async () => {
  await admin.destroy()
  await pipeline.close()
  await database.drop()
})

class RolledBack extends Error {}

/** What is found after statements that break something, which are undone. `$ws` stands for the workspace's id. */
async function findAfter(breaking: string, workspaceId?: string): Promise<InvariantViolation[]> {
  let found: InvariantViolation[] = []
  await asAdmin(async (db) => {
    await sql.raw(`set local session_replication_role = replica`).execute(db)
    for (const statement of breaking.replaceAll('$ws', `'${workspace.workspaceId}'`).split(';')) {
      if (statement.trim() !== '') await sql.raw(statement).execute(db)
    }
    found = await findInvariantViolations(db, workspaceId)
    throw new RolledBack()
  }).catch((error: unknown) => {
    if (!(error instanceof RolledBack)) throw error
  })
  return found
}

const ofAnna = `(select c.id from public.conversations c
  join public.contact_identities i on i.id = c.identity_id
  where c.workspace_id = $ws and i.phone_normalized = '+6281200000041')`
const ofBudi = ofAnna.replace('0041', '0042')

/** For each warning sign what makes it show, past all rules of the schema. */
const breakings: Record<string, string> = {
  contact_without_identity: `
    insert into public.contacts (workspace_id, root_id, id)
      select $ws, n.id, n.id from (select gen_random_uuid() as id) n`,
  phone_of_two_identities: `
    alter table public.contact_identities drop constraint contact_identities_workspace_id_phone_normalized_key;
    update public.contact_identities set phone_normalized = '+6281200000041' where workspace_id = $ws`,
  phone_in_two_spellings: `
    insert into public.contact_identities (workspace_id, contact_id, phone, id, root_id)
      select $ws, c.id, '62 812-0000-0041', n.id, n.id
      from public.contacts c, (select gen_random_uuid() as id) n where c.workspace_id = $ws limit 1`,
  two_threads_of_one_person: `
    drop index public.conversations_channel_id_identity_id_key;
    insert into public.conversations (workspace_id, channel_id, identity_id, last_activity_at, id, root_id)
      select c.workspace_id, c.channel_id, c.identity_id, now(), n.id, n.id
      from public.conversations c, (select gen_random_uuid() as id) n where c.id = ${ofAnna}`,
  session_in_two_threads: `
    update public.messages set kapso_conversation_id = 'kc-0' where workspace_id = $ws`,
  message_in_foreign_thread: `
    update public.messages set conversation_id = gen_random_uuid() where workspace_id = $ws and wamid = 'wamid.3'`,
  wamid_twice: `
    alter table public.messages drop constraint messages_channel_id_wamid_key;
    update public.messages set wamid = 'wamid.1' where workspace_id = $ws and wamid = 'wamid.2'`,
  event_twice: `
    alter table public.webhook_events drop constraint webhook_events_workspace_id_event_id_key;
    update public.webhook_events set event_id = 'same' where workspace_id = $ws`,
  inbound_count_wrong: `update public.conversations set inbound_count = 3 where id = ${ofAnna}`,
  last_message_wrong: `
    update public.conversations c set last_message_id = m.id from public.messages m
    where c.id = ${ofAnna} and m.workspace_id = $ws and m.wamid = 'wamid.1'`,
  last_inbound_wrong: `
    update public.conversations set last_inbound_at = last_inbound_at + interval '1 hour' where id = ${ofAnna}`,
  read_more_than_there_is: `
    insert into public.conversation_reads (workspace_id, conversation_id, user_id, read_count)
      select $ws, id, gen_random_uuid(), 9 from public.conversations where id = ${ofAnna}`,
  status_behind_its_history: `
    update public.messages set status = 'delivered' where workspace_id = $ws and wamid = 'wamid.4'`,
  event_forgotten: `
    delete from pgboss.job;
    update public.webhook_events set status = 'pending', received_at = now() - interval '11 minutes'
    where workspace_id = $ws`,
  message_lost: `delete from public.messages where workspace_id = $ws and wamid = 'wamid.3'`,
  dead_letter_untold: `update public.webhook_events set status = 'failed' where workspace_id = $ws`,
  send_without_worker: `
    update public.messages set send_state = 'sending', client_reference = gen_random_uuid(),
      send_due_at = now() - interval '11 minutes'
    where workspace_id = $ws and wamid = 'wamid.4'`,
  root_that_is_none: `
    update public.conversations set root_id = ${ofAnna} where id = ${ofBudi};
    update public.conversations set root_id = ${ofBudi} where id = ${ofAnna}`,
  joined_without_a_join: `update public.contacts set root_id = gen_random_uuid() where workspace_id = $ws`,
  media_without_file: `
    alter table public.message_media drop constraint message_media_check;
    insert into public.message_media (workspace_id, message_id, kind, state, webhook_event_id)
      select $ws, id, 'image', 'stored', 1 from public.messages where workspace_id = $ws limit 1`,
  media_forgotten: `
    insert into public.message_media (workspace_id, message_id, kind, state, webhook_event_id, due_at)
      select $ws, id, 'image', 'pending', 1, now() - interval '2 hours'
      from public.messages where workspace_id = $ws limit 1`,
}

describe('the warning signs', () => {
  test('are none in a database that has only lived', async () => {
    expect(await pipeline.asSystem((db) => findInvariantViolations(db))).toEqual([])
  })

  test('each have a way to break them here', () => {
    expect(Object.keys(breakings)).toEqual(invariants.map(({ name }) => name))
  })

  test.each(Object.entries(breakings))('show it: %s', async (name, breaking) => {
    const found = await findAfter(breaking)
    const sign = found.find((violation) => violation.name === name)
    expect(sign?.count).toBeGreaterThan(0)
    expect(sign?.examples[0]).toEqual({
      workspaceId: workspace.workspaceId,
      id: expect.stringMatching(/./) as string,
    })
    expect(await findAfter(breaking, other.workspaceId)).toEqual([])
  })

  test('name twenty examples at most, and the count of all', async () => {
    const many = `insert into public.contacts (workspace_id, root_id, id)
      select $ws, n.id, n.id from (select gen_random_uuid() as id from generate_series(1, 30)) n`
    const [sign] = await findAfter(many)
    expect(sign).toMatchObject({ name: 'contact_without_identity', count: 30 })
    expect(sign?.examples).toHaveLength(20)
  })
})
