import { BlockList, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mostBodyBytes } from '../../src/lib/server/ingest/door.ts'
import { createSealer, webhookSecretContext } from '../../src/lib/server/secrets/sealing.ts'
import { POST } from '../../src/routes/webhooks/kapso/[endpoint=uuid]/+server.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { receivedBody, sign, type SignedDelivery } from '../support/kapso-bodies.ts'
import { startPipeline, type Pipeline } from '../support/pipeline.ts'
import { serveRawDoor } from '../support/raw-door-server.ts'
import { runAs } from '../support/run-as.ts'
import { encryptionKeys, makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let pipeline: Pipeline
let workspace: TestWorkspace
let raw: Awaited<ReturnType<typeof serveRawDoor>>

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
  workspace = await makeWorkspace(database.adminUrl)
  raw = await serveRawDoor(pipeline.door)
})

afterAll(async () => {
  await raw.close()
  await pipeline.close()
  await database.drop()
})

type Post = (endpointId: string, delivery: SignedDelivery) => Promise<Response>

const forms: [string, Post][] = [
  [
    'raw handler',
    (endpointId, delivery) =>
      fetch(`${raw.url}/webhooks/kapso/${endpointId}`, {
        method: 'POST',
        headers: delivery.headers,
        body: new Uint8Array(delivery.body),
      }),
  ],
  [
    'SvelteKit endpoint',
    async (endpointId, delivery) => {
      const event = {
        params: { endpoint: endpointId },
        request: new Request(`http://localhost/webhooks/kapso/${endpointId}`, {
          method: 'POST',
          headers: delivery.headers,
          body: new Uint8Array(delivery.body),
        }),
        locals: { services: { door: pipeline.door, trustedProxies: new BlockList() } },
        getClientAddress: () => '192.0.2.1',
      }
      return POST(event as unknown as Parameters<typeof POST>[0])
    },
  ],
]

let sequence = 0
function makeDelivery(event = 'whatsapp.message.received'): SignedDelivery {
  sequence++
  const body = receivedBody({
    wamid: `wamid.door${String(sequence)}`,
    phoneNumberId: workspace.phoneNumberId,
    phone: '6281200000100',
  })
  return sign(event, body, workspace.secret)
}

async function countEvents(): Promise<number> {
  const [row] = await runAs<{ count: number }>(
    database.adminUrl,
    'select count(*)::int as count from webhook_events',
  )
  return row?.count ?? -1
}

async function lastEvent() {
  const [row] = await runAs<{ event_id: string; name: string; status: string; reason: string | null }>(
    database.adminUrl,
    'select event_id, name, status, reason from webhook_events order by id desc limit 1',
  )
  return row
}

describe.each(forms)('the door as %s', (_form, post) => {
  test('stores a signed delivery and the job that applies it, and answers 200', async () => {
    const before = await countEvents()
    expect((await post(workspace.endpointId, makeDelivery())).status).toBe(200)
    expect(await countEvents()).toBe(before + 1)
    const [job] = await runAs<{ data: { workspaceId: string; webhookEventIds: number[] } }>(
      database.adminUrl,
      `select data from pgboss.job where name = 'apply-events' order by created_on desc limit 1`,
    )
    expect(job?.data.workspaceId).toBe(workspace.workspaceId)
    expect(job?.data.webhookEventIds).toHaveLength(1)
  })

  test('answers 200 to a duplicate and stores nothing', async () => {
    const delivery = makeDelivery()
    await post(workspace.endpointId, delivery)
    const before = await countEvents()
    expect((await post(workspace.endpointId, delivery)).status).toBe(200)
    expect(await countEvents()).toBe(before)
  })

  test('keeps no phone number in the ledger: a wamid holds one, and goes in hashed', async () => {
    await post(workspace.endpointId, makeDelivery())
    expect((await lastEvent())?.event_id).toMatch(/^whatsapp\.message\.received:[\w-]{43}$/)
  })

  test.each([
    [
      'a wrong signature',
      (delivery: SignedDelivery) => ({ ...delivery, body: Buffer.concat([delivery.body, Buffer.from(' ')]) }),
    ],
    [
      'no signature',
      (delivery: SignedDelivery) => ({
        ...delivery,
        headers: { ...delivery.headers, 'x-webhook-signature': '' },
      }),
    ],
    [
      'a malformed signature',
      (delivery: SignedDelivery) => ({
        ...delivery,
        headers: { ...delivery.headers, 'x-webhook-signature': 'sha256=zz' },
      }),
    ],
  ])('answers 401 to %s and stores nothing', async (_what, spoil) => {
    const before = await countEvents()
    expect((await post(workspace.endpointId, spoil(makeDelivery()))).status).toBe(401)
    expect(await countEvents()).toBe(before)
  })

  test("answers 401 to another tenant's secret", async () => {
    const other = await makeWorkspace(database.adminUrl)
    expect((await post(other.endpointId, makeDelivery())).status).toBe(401)
  })

  test('answers 404 to an unknown endpoint', async () => {
    expect((await post('00000000-0000-4000-8000-000000000000', makeDelivery())).status).toBe(404)
  })

  test('answers 413 to more than 3 MB, and takes 3 MB', async () => {
    const tooLarge = sign('whatsapp.message.received', Buffer.alloc(mostBodyBytes + 1, 32), workspace.secret)
    expect((await post(workspace.endpointId, tooLarge)).status).toBe(413)
    const whole = Buffer.alloc(mostBodyBytes, 32)
    whole.write('{"message":{"id":"wamid.huge"')
    whole.write('}}', mostBodyBytes - 2)
    expect(
      (await post(workspace.endpointId, sign('whatsapp.message.received', whole, workspace.secret))).status,
    ).toBe(200)
  })

  test('quarantines what is signed but no JSON, with 200', async () => {
    expect(
      (
        await post(
          workspace.endpointId,
          sign('whatsapp.message.received', `{"broken ${_form}`, workspace.secret),
        )
      ).status,
    ).toBe(200)
    expect(await lastEvent()).toMatchObject({ status: 'quarantined', reason: 'not_json' })
  })

  test('keeps other payload versions, with 200', async () => {
    const delivery = makeDelivery()
    delivery.headers['x-webhook-payload-version'] = 'v1'
    expect((await post(workspace.endpointId, delivery)).status).toBe(200)
    expect(await lastEvent()).toMatchObject({ status: 'ignored', reason: 'payload_version' })
  })

  test('takes an unknown event and a delivery without headers but the signature', async () => {
    const unknown = sign('whatsapp.message.sung', { message: { id: `wamid.${_form}` } }, workspace.secret)
    expect((await post(workspace.endpointId, unknown)).status).toBe(200)
    const bare = makeDelivery()
    expect(
      (
        await post(workspace.endpointId, {
          body: bare.body,
          headers: { 'x-webhook-signature': bare.headers['x-webhook-signature'] ?? '' },
        })
      ).status,
    ).toBe(200)
    expect(await lastEvent()).toMatchObject({ name: 'unknown', status: 'pending' })
    await pipeline.applyAll(workspace)
    const reasons = await runAs<{ reason: string }>(
      database.adminUrl,
      `select distinct reason from webhook_events where name in ('unknown', 'whatsapp.message.sung') order by 1`,
    )
    expect(reasons.map((row) => row.reason)).toEqual(['event_name_missing', 'event_unknown'])
  })

  test.each([
    ['NUL', '{"message":{"id":"wamid.nul","text":{"body":"a\\u0000b"}}}'],
    ['a lone surrogate', '{"message":{"id":"wamid.sur","text":{"body":"\\ud800"}}}'],
    ['a huge number', '{"message":{"id":"wamid.num"},"n":1e400000}'],
    ['deep nesting', `{"message":{"id":"wamid.deep"},"n":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    [
      'invalid UTF-8',
      Buffer.concat([
        Buffer.from('{"message":{"id":"wamid.utf"},"n":"'),
        Buffer.from([0xff, 0xfe]),
        Buffer.from('"}'),
      ]),
    ],
  ])('takes %s without harm', async (_what, body) => {
    expect(
      (await post(workspace.endpointId, sign('whatsapp.message.received', body, workspace.secret))).status,
    ).toBe(200)
    await pipeline.applyAll(workspace)
    const [pending] = await runAs<{ count: number }>(
      database.adminUrl,
      `select count(*)::int as count from webhook_events where status = 'pending'`,
    )
    expect(pending?.count).toBe(0)
  })
})

test('two secrets are live during a rotation', async () => {
  const rotating = await makeWorkspace(database.adminUrl)
  const sealed = createSealer(encryptionKeys).seal(
    'next-secret',
    webhookSecretContext(rotating.workspaceId, rotating.endpointId),
  )
  await runAs(
    database.adminUrl,
    'insert into private.webhook_secrets (workspace_id, endpoint_id, sealed) values ($1, $2, $3)',
    [rotating.workspaceId, rotating.endpointId, sealed],
  )
  const [, post] = forms[0] ?? []
  for (const secret of [rotating.secret, 'next-secret']) {
    const body = receivedBody({
      wamid: `wamid.${secret}`,
      phoneNumberId: rotating.phoneNumberId,
      phone: '6281200000101',
    })
    expect((await post?.(rotating.endpointId, sign('whatsapp.message.received', body, secret)))?.status).toBe(
      200,
    )
  }
})

test('a batch and its fallback to singles under new keys are the same events', async () => {
  const facts = { phoneNumberId: workspace.phoneNumberId, phone: '6281200000102' }
  const items = [1, 2, 3].map((n) => receivedBody({ ...facts, wamid: `wamid.batch${String(n)}` }))
  const batch = { type: 'whatsapp.message.received', batch: true, data: items, batch_info: { size: 3 } }
  const before = await countEvents()
  expect(await pipeline.deliver(workspace, sign('whatsapp.message.received', batch, workspace.secret))).toBe(
    200,
  )
  for (const item of items) {
    expect(await pipeline.deliver(workspace, sign('whatsapp.message.received', item, workspace.secret))).toBe(
      200,
    )
  }
  expect(await countEvents()).toBe(before + 3)
  await pipeline.applyAll(workspace)
  const messages = await runAs(database.adminUrl, `select from messages where wamid like 'wamid.batch%'`)
  expect(messages).toHaveLength(3)
})

test('duplicates are counted by event and hour', async () => {
  const counting = await makeWorkspace(database.adminUrl)
  const body = receivedBody({
    wamid: 'wamid.count',
    phoneNumberId: counting.phoneNumberId,
    phone: '6281200000103',
  })
  const delivery = sign('whatsapp.message.received', body, counting.secret)
  await Promise.all(Array.from({ length: 5 }, () => pipeline.deliver(counting, delivery)))
  await expect
    .poll(
      () =>
        runAs(
          database.adminUrl,
          'select event_name, duplicates::int from webhook_duplicates where workspace_id = $1',
          [counting.workspaceId],
        ),
      { timeout: 10_000 },
    )
    .toEqual([{ event_name: 'whatsapp.message.received', duplicates: 4 }])
})

test('one poisoned delivery among fifty hurts no other', async () => {
  await runAs(
    database.adminUrl,
    `create function public.refuse_poison() returns trigger language plpgsql as
       $$ begin if new.name = 'whatsapp.poison' then raise 'no' using errcode = '22000'; end if; return new; end $$;
     create trigger refuse_poison before insert on public.webhook_events
       for each row execute function public.refuse_poison()`,
  )
  const deliveries = Array.from({ length: 50 }, (_, index) =>
    index === 25 ? sign('whatsapp.poison', { id: 'poison' }, workspace.secret) : makeDelivery(),
  )
  const before = await countEvents()
  const statuses = await Promise.all(deliveries.map((delivery) => pipeline.deliver(workspace, delivery)))
  expect(statuses.filter((status) => status === 200)).toHaveLength(49)
  expect(statuses[25]).toBe(503)
  expect(await countEvents()).toBe(before + 49)
})

test('twenty copies of forty deliveries at three processes are stored once, without a deadlock', async () => {
  const others = await Promise.all([startPipeline(database), startPipeline(database)])
  const doors = [pipeline, ...others]
  const deliveries = Array.from({ length: 40 }, () => makeDelivery())
  const before = await countEvents()
  const copies = Array.from({ length: 20 }, (_, copy) =>
    // Each copy in another order: unsorted inserts would meet crosswise.
    [...deliveries.slice(copy * 2), ...deliveries.slice(0, copy * 2)].map((delivery, index) =>
      doors[(copy + index) % 3]?.deliver(workspace, delivery),
    ),
  )
  const statuses = await Promise.all(copies.flat())
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect(await countEvents()).toBe(before + 40)
  const [stats] = await runAs<{ deadlocks: number }>(
    database.adminUrl,
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  )
  expect(stats?.deadlocks).toBe(0)
  await Promise.all(others.map((other) => other.close()))
})

test('an address that fails verification too often hears 429, and its verified deliveries still go through', async () => {
  const limited = await startPipeline(database, () => 0)
  const door = await serveRawDoor(limited.door)
  const spoiled = { ...makeDelivery(), body: Buffer.from('{}') }
  const send = (delivery: SignedDelivery) =>
    fetch(`${door.url}/webhooks/kapso/${workspace.endpointId}`, {
      method: 'POST',
      headers: delivery.headers,
      body: new Uint8Array(delivery.body),
    })
  const statuses: number[] = []
  for (let i = 0; i < 102; i++) statuses.push((await send(spoiled)).status)
  expect(statuses).toEqual([...new Array<number>(100).fill(401), 429, 429])
  expect((await send(makeDelivery())).status).toBe(200)
  await door.close()
  await limited.close()
})

describe('when it cannot store', () => {
  test('answers 503 while the queue is gone, and stores no event without its job', async () => {
    const before = await countEvents()
    await runAs(database.adminUrl, 'revoke insert on pgboss.job, pgboss.job_common from my21_web')
    expect(await pipeline.deliver(workspace, makeDelivery())).toBe(503)
    expect(await countEvents()).toBe(before)
    await runAs(database.adminUrl, 'grant insert on pgboss.job, pgboss.job_common to my21_web')
    expect(await pipeline.deliver(workspace, makeDelivery())).toBe(200)
  })

  test('answers 503 while Postgres refuses connections, and 200 again afterwards', async () => {
    await runAs(
      database.adminUrl.replace(/[^/]+$/, 'postgres'),
      `alter database ${database.name} allow_connections false`,
    )
    await runAs(
      database.adminUrl.replace(/[^/]+$/, 'postgres'),
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
      [database.name],
    )
    const delivery = makeDelivery()
    expect(await pipeline.deliver(workspace, delivery)).toBe(503)
    await runAs(
      database.adminUrl.replace(/[^/]+$/, 'postgres'),
      `alter database ${database.name} allow_connections true`,
    )
    await expect.poll(() => pipeline.deliver(workspace, delivery)).toBe(200)
  })

  test('does not acknowledge a delivery whose sender hangs up in the middle', async () => {
    const before = await countEvents()
    const delivery = makeDelivery()
    const { port } = new URL(raw.url)
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        const head = Object.entries(delivery.headers)
          .map(([name, value]) => `${name}: ${value}`)
          .join('\r\n')
        socket.write(
          `POST /webhooks/kapso/${workspace.endpointId} HTTP/1.1\r\nhost: x\r\n${head}\r\ncontent-length: ${String(delivery.body.length)}\r\n\r\n`,
        )
        socket.write(delivery.body.subarray(0, 20), () => {
          socket.destroy()
          resolve()
        })
      })
    })
    expect(await pipeline.deliver(workspace, makeDelivery())).toBe(200)
    expect(await countEvents()).toBe(before + 1)
  })
})
