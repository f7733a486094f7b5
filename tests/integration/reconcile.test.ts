import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listReconciledChannels } from '../../src/lib/server/database/reconciled-channels.ts'
import { requestRepair } from '../../src/lib/server/database/webhook-health.ts'
import { createAsMember, createDatabase, type AsMember } from '../../src/lib/server/database/database.ts'
import { resolveSettledFindings } from '../../src/lib/server/database/sync-findings.ts'
import { checkGaps } from '../../src/lib/server/reconcile/check-gaps.ts'
import { compareLists } from '../../src/lib/server/reconcile/compare-lists.ts'
import { pollWebhooks } from '../../src/lib/server/reconcile/poll-webhooks.ts'
import type { ReconcileDependencies } from '../../src/lib/server/reconcile/reconcile-dependencies.ts'
import { repairFindings } from '../../src/lib/server/reconcile/repair-findings.ts'
import { createSealer } from '../../src/lib/server/secrets/sealing.ts'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import type { Customer } from '../../src/simulator/world.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { receivedBody, sign } from '../support/kapso-bodies.ts'
import { silentLog, startPipeline, type Pipeline } from '../support/pipeline.ts'
import { queryOnce } from '../support/query.ts'
import { serveRawDoor } from '../support/raw-door-server.ts'
import { addMember, encryptionKeys, makeWorkspace, type TestWorkspace } from '../support/workspace.ts'
import { call } from '../support/simulator-client.ts'

let database: TestDatabase
let pipeline: Pipeline
let raw: Awaited<ReturnType<typeof serveRawDoor>>
let asMember: AsMember
let simulator: Simulator
let workspace: TestWorkspace

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
  raw = await serveRawDoor(pipeline.door)
  asMember = createAsMember(createDatabase(pipeline.webPool), pipeline.queue.enqueue)
})

beforeEach(async () => {
  await simulator?.close()
  await queryOnce(database.adminUrl, `truncate workspaces, contacts, private.downtimes cascade`)
  workspace = await makeWorkspace(database.adminUrl)
  simulator = await startSimulator({
    port: 0,
    phoneNumbers: [{ id: workspace.phoneNumberId }],
    retryDelaysMs: [1, 1, 1],
    settings: {
      sendLatencyMs: 0,
      sentDelayMs: 1,
      deliveredDelayMs: 1,
      readDelayMs: 600_000,
      rateLimitPerMinute: 1_000_000,
    },
  })
})

afterAll(async () => {
  await simulator.close()
  await raw.close()
  await pipeline.close()
  await database.drop()
})

function dependencies(more: Partial<ReconcileDependencies> = {}): ReconcileDependencies {
  return {
    asSystem: pipeline.asSystem,
    log: silentLog,
    sealer: createSealer(encryptionKeys),
    kapsoApiUrl: simulator.url,
    kapsoApiKey: simulator.apiKey,
    timeoutMs: 10_000,
    pace: () => Promise.resolve(),
    settleSeconds: 0,
    ...more,
  }
}

const running = () => new AbortController().signal

/** Subscribes our endpoint to the number, as an operator does. Returns the webhook's id. */
async function subscribe(): Promise<string> {
  const answer = await call(
    simulator,
    'POST',
    `/platform/v1/whatsapp/phone_numbers/${workspace.phoneNumberId}/webhooks`,
    {
      whatsapp_webhook: {
        url: `${raw.url}/webhooks/kapso/${workspace.endpointId}`,
        kind: 'kapso',
        payload_version: 'v2',
        secret_key: workspace.secret,
        events: ['received', 'sent', 'delivered', 'read', 'failed'].map(
          (event) => `whatsapp.message.${event}`,
        ),
        active: true,
        buffer_enabled: false,
      },
    },
  )
  return (answer.body as { data: { id: string } }).data.id
}

let people = 0
function addCustomer(): Customer {
  people += 1
  return simulator.control.addCustomer({
    name: `Customer ${String(people)}`,
    kind: 'phone',
    phone: `+62812000${String(2000 + people).padStart(5, '0')}`,
  })
}

async function findings() {
  return queryOnce<{
    id: string
    kind: string
    subject_id: string
    details: Record<string, string>
    is_open: boolean
  }>(
    database.adminUrl,
    `select id, kind, subject_id, details, resolved_at is null as is_open from sync_health
     where workspace_id = $1 and kind in ('missing_message', 'status_behind', 'stale_contact', 'paused_webhook')
     order by kind, detected_at, id`,
    [workspace.workspaceId],
  )
}

const compare = async () => {
  const channels = await pipeline.asSystem((handle) => listReconciledChannels(handle, workspace.workspaceId))
  return compareLists(dependencies(), running(), { channels, days: 2 })
}

/** Everything that stands in the database, by table, but for what reconciliation may write. */
async function readEverything(): Promise<Record<string, string>> {
  const tables = await queryOnce<{ name: string }>(
    database.adminUrl,
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname in ('public', 'private', 'pgboss', 'realtime', 'storage')
       and c.oid <> 'public.sync_health'::regclass
       and c.oid not in ('private.downtimes'::regclass) and c.relname not like 'messages_2%'
     order by 1`,
  )
  const found: Record<string, string> = {}
  for (const { name } of tables) {
    const rows = await queryOnce<{ row: string }>(
      database.adminUrl,
      // With the system columns: a row that was written with the same values counts as written.
      `select t.xmin::text || t.ctid::text || to_jsonb(t)::text as row from ${name} t order by 1`,
    )
    found[name] = createHash('sha256')
      .update(rows.map(({ row }) => row).join('\n'))
      .digest('hex')
  }
  return found
}

describe('the webhook at Kapso', () => {
  test('is a finding while it is paused, and none when it is active again', async () => {
    const webhookId = await subscribe()
    await pollWebhooks(dependencies(), running())
    expect(await findings()).toEqual([])
    const set = (active: boolean) =>
      call(simulator, 'PATCH', `/platform/v1/whatsapp/webhooks/${webhookId}`, {
        whatsapp_webhook: { active },
      })
    await set(false)
    await pollWebhooks(dependencies(), running())
    await pollWebhooks(dependencies(), running())
    expect(await findings()).toMatchObject([
      {
        kind: 'paused_webhook',
        subject_id: workspace.endpointId,
        is_open: true,
        details: { reason: 'paused' },
      },
    ])
    await set(true)
    await pollWebhooks(dependencies(), running())
    expect(await findings()).toMatchObject([{ is_open: false }])
  })

  test('that is not there at all is a finding, too', async () => {
    await pollWebhooks(dependencies(), running())
    expect(await findings()).toMatchObject([{ kind: 'paused_webhook', details: { reason: 'missing' } }])
  })

  test('stays as it was last known while Kapso does not answer', async () => {
    await pollWebhooks(dependencies(), running())
    await pollWebhooks(dependencies({ kapsoApiKey: 'wrong' }), running())
    await pollWebhooks(dependencies({ kapsoApiKey: undefined }), running())
    expect(await findings()).toMatchObject([{ is_open: true }])
    const [state] = await queryOnce<{ details: object }>(
      database.adminUrl,
      `select details from sync_health where kind = 'webhook_state' and subject_id = $1`,
      [workspace.channelId],
    )
    expect(state?.details).toEqual({ outcome: 'unknown', reason: 'no_key' })
  })

  test('is not asked again for a key that is over its limit', async () => {
    await makeWorkspace(database.adminUrl)
    await makeWorkspace(database.adminUrl)
    let requests = 0
    const limited = dependencies({
      fetch: () => {
        requests += 1
        return Promise.resolve(Response.json({ error: 'Rate limit exceeded' }, { status: 429 }))
      },
    })
    await pollWebhooks(limited, running())
    expect(requests).toBe(1)
  })
})

describe('after a silence of the web', () => {
  async function fallSilent(): Promise<void> {
    await queryOnce(
      database.adminUrl,
      `insert into private.downtimes (began_at, ended_at) values (now() - interval '1 minute', now());
       update channels set created_at = now() - interval '1 day'`,
    )
  }

  test('what Kapso has of that time and the ledger has not is found, once', async () => {
    await subscribe()
    const customer = addCustomer()
    simulator.control.write(customer.id, { text: 'before' })
    await simulator.control.settle()
    simulator.control.addFault({ on: 'delivery', kind: 'lose' })
    const lost = [1, 2, 3].map((place) =>
      simulator.control.write(customer.id, { text: `lost ${String(place)}` }),
    )
    await simulator.control.settle()
    await fallSilent()
    await checkGaps(dependencies(), running())
    await checkGaps(dependencies(), running())
    const found = await findings()
    expect(found.map(({ kind, is_open }) => ({ kind, is_open }))).toEqual(
      lost.map(() => ({ kind: 'missing_message', is_open: true })),
    )
    expect(new Set(found.map(({ details }) => details['wamid']))).toEqual(new Set(lost.map(({ id }) => id)))
    expect(JSON.stringify(found.map(({ details: { wamid: _wamid, ...rest } }) => rest))).not.toContain(
      customer.phone,
    )
    const [downtime] = await queryOnce<{ is_settled: boolean }>(
      database.adminUrl,
      'select settled_at is not null as is_settled from private.downtimes',
    )
    expect(downtime).toEqual({ is_settled: true })
  })

  test('it is looked into later when Kapso does not answer', async () => {
    const customer = addCustomer()
    simulator.control.write(customer.id, { text: 'lost' })
    await fallSilent()
    await checkGaps(dependencies({ fetch: () => Promise.reject(new Error('no')) }), running())
    expect(await findings()).toEqual([])
    await checkGaps(dependencies(), running())
    expect(await findings()).toHaveLength(1)
  })

  test('nothing is looked for while Kapso may still be trying', async () => {
    const customer = addCustomer()
    simulator.control.write(customer.id, { text: 'under way' })
    await fallSilent()
    await checkGaps(dependencies({ settleSeconds: 300 }), running())
    expect(await findings()).toEqual([])
  })
})

describe('comparing whole lists', () => {
  test('is off until an admin switches it on', async () => {
    simulator.control.write(addCustomer().id, { text: 'lost' })
    expect(await compareLists(dependencies(), running())).toEqual(new Map())
    expect(await findings()).toEqual([])
    // It is always night somewhere.
    const zone = `(select name from pg_timezone_names where extract(hour from now() at time zone name) = 2 limit 1)`
    await queryOnce(
      database.adminUrl,
      `update channels set compares_lists = true; update workspaces set time_zone = ${zone}`,
    )
    expect([...(await compareLists(dependencies(), running())).values()]).toEqual(['compared'])
    expect(await findings()).toHaveLength(1)
    expect(await compareLists(dependencies(), running())).toEqual(new Map())
  })

  test('reads every page, and stops at the empty one', async () => {
    const customer = addCustomer()
    for (let place = 0; place < 230; place += 1) simulator.control.write(customer.id, { text: String(place) })
    await compare()
    expect(await findings()).toHaveLength(230)
  })

  test('finds statuses that are behind, and people who have changed', async () => {
    await subscribe()
    const customer = addCustomer()
    simulator.control.write(customer.id, { text: 'Halo' })
    const reply = simulator.control.sayAsBot(customer.id, { text: 'Baik' })
    await simulator.control.settle()
    await pipeline.applyAll(workspace)
    await compare()
    expect(await findings()).toEqual([])
    simulator.control.addFault({ on: 'delivery', kind: 'lose' })
    simulator.control.read(customer.id)
    await simulator.control.settle()
    const person = simulator.control.world.customers.get(customer.id)
    if (person !== undefined) person.name = 'Somebody else'
    await compare()
    expect(await findings()).toMatchObject([
      { kind: 'stale_contact', details: { reason: 'profile_name' } },
      { kind: 'status_behind', details: { wamid: reply.id, status: 'read', knownStatus: 'delivered' } },
    ])
  })

  test('writes findings, and nothing else anywhere', async () => {
    await subscribe()
    const customer = addCustomer()
    simulator.control.write(customer.id, { text: 'Halo' })
    simulator.control.sayAsBot(customer.id, { text: 'Baik' })
    await simulator.control.settle()
    await pipeline.applyAll(workspace)
    simulator.control.addFault({ on: 'delivery', kind: 'lose' })
    simulator.control.write(addCustomer().id, { text: 'from somebody new' })
    simulator.control.read(customer.id)
    await simulator.control.settle()
    await queryOnce(
      database.adminUrl,
      `insert into private.downtimes (began_at, ended_at) values (now() - interval '1 minute', now())`,
    )
    const before = await readEverything()
    await compare()
    await checkGaps(dependencies(), running())
    await pollWebhooks(dependencies(), running())
    expect(new Set((await findings()).map(({ kind }) => kind))).toEqual(
      new Set(['missing_message', 'status_behind']),
    )
    expect(await readEverything()).toEqual(before)
  })
})

describe('repair', () => {
  const ask = async (claims: { sub: string; exp: number }) => {
    const ids = (await findings()).map(({ id }) => id)
    return asMember(claims, (handle) => requestRepair(handle, workspace.workspaceId, ids))
  }
  const owner = () => ({ sub: workspace.ownerId, exp: 0 })
  const repair = () => repairFindings(dependencies(), workspace.workspaceId, running())
  const messages = () =>
    queryOnce<{ text: string; is_silent: boolean; status: string | null }>(
      database.adminUrl,
      'select text, is_silent, status::text from messages where workspace_id = $1 order by occurred_at, text',
      [workspace.workspaceId],
    )

  test('is for owners and admins', async () => {
    simulator.control.write(addCustomer().id, { text: 'lost' })
    await compare()
    const stranger = await makeWorkspace(database.adminUrl)
    expect(await ask(await addMember(database.adminUrl, workspace.workspaceId, 'agent'))).toBe(0)
    expect(await ask({ sub: stranger.ownerId, exp: 0 })).toBe(0)
    await repair()
    expect(await messages()).toEqual([])
    expect(await ask(await addMember(database.adminUrl, workspace.workspaceId, 'admin'))).toBe(1)
  })

  test('brings what was missing, silently, and ends the finding', async () => {
    const customer = addCustomer()
    simulator.control.write(customer.id, { text: 'lost' })
    simulator.control.sayAsBot(customer.id, { text: 'lost too' })
    await simulator.control.settle()
    await compare()
    await ask(owner())
    await repair()
    expect((await findings()).map(({ is_open }) => is_open)).toEqual([false, false])
    expect(await messages()).toMatchObject([
      { text: 'lost', is_silent: true },
      { text: 'lost too', is_silent: true, status: 'delivered' },
    ])
    const [unread] = await queryOnce<{ inbound_count: number }>(
      database.adminUrl,
      'select inbound_count from conversations where workspace_id = $1',
      [workspace.workspaceId],
    )
    expect(unread).toEqual({ inbound_count: 0 })
    const sources = await queryOnce<{ source: string }>(
      database.adminUrl,
      'select distinct source from webhook_events where workspace_id = $1',
      [workspace.workspaceId],
    )
    expect(sources).toEqual([{ source: 'repair' }])
  })

  test('a delivery that comes after it meets the same row', async () => {
    const customer = addCustomer()
    const message = simulator.control.write(customer.id, { text: 'late' })
    await compare()
    await ask(owner())
    await repair()
    const body = receivedBody({
      wamid: message.id,
      phoneNumberId: workspace.phoneNumberId,
      phone: customer.phone,
      text: 'late',
    })
    expect(await pipeline.deliver(workspace, sign('whatsapp.message.received', body, workspace.secret))).toBe(
      200,
    )
    await pipeline.applyAll(workspace)
    expect(await messages()).toHaveLength(1)
    const [row] = await queryOnce<{ count: number }>(
      database.adminUrl,
      'select count(*)::int as count from webhook_events where workspace_id = $1',
      [workspace.workspaceId],
    )
    expect(row).toEqual({ count: 1 })
  })

  test('a delivery that comes before it ends the finding', async () => {
    const customer = addCustomer()
    const message = simulator.control.write(customer.id, { text: 'late' })
    await compare()
    expect(await findings()).toMatchObject([{ is_open: true }])
    const body = receivedBody({
      wamid: message.id,
      phoneNumberId: workspace.phoneNumberId,
      phone: customer.phone,
    })
    await pipeline.deliver(workspace, sign('whatsapp.message.received', body, workspace.secret))
    await pipeline.applyAll(workspace)
    await pipeline.asSystem((handle) => resolveSettledFindings(handle, null))
    expect(await findings()).toMatchObject([{ is_open: false }])
  })

  test('brings a status up, and ends the finding', async () => {
    await subscribe()
    const customer = addCustomer()
    simulator.control.write(customer.id, { text: 'Halo' })
    simulator.control.sayAsBot(customer.id, { text: 'Baik' })
    await simulator.control.settle()
    await pipeline.applyAll(workspace)
    simulator.control.addFault({ on: 'delivery', kind: 'lose' })
    simulator.control.read(customer.id)
    await simulator.control.settle()
    await compare()
    await ask(owner())
    await repair()
    expect(await findings()).toMatchObject([{ kind: 'status_behind', is_open: false }])
    expect((await messages()).find(({ text }) => text === 'Baik')?.status).toBe('read')
  })

  test('says why it did not work, and does not try again by itself', async () => {
    const message = simulator.control.write(addCustomer().id, { text: 'gone' })
    await compare()
    simulator.control.world.messages.delete(message.id)
    await ask(owner())
    let requests = 0
    const counting = dependencies({
      fetch: (request) => {
        requests += 1
        return fetch(request)
      },
    })
    await repairFindings(counting, workspace.workspaceId, running())
    await repairFindings(counting, workspace.workspaceId, running())
    expect(requests).toBe(1)
    const [row] = await queryOnce<{ repair_error: string }>(
      database.adminUrl,
      `select repair_error from sync_health where kind = 'missing_message' and workspace_id = $1`,
      [workspace.workspaceId],
    )
    expect(row).toEqual({ repair_error: 'gone' })
    expect(await ask(owner())).toBe(1)
  })
})
