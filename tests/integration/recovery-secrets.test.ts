import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { actForMember } from '../../src/lib/server/database/recovery-work.ts'
import { retractDeliveries } from '../../src/lib/server/recovery/retract-deliveries.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { receivedBody, sign } from '../support/kapso-bodies.ts'
import { addEndpoint, addSecret, budi, openRetraction, stranger } from '../support/retraction-scene.ts'
import type { RetractionScene } from '../support/retraction-scene.ts'
import type { TestWorkspace } from '../support/workspace.ts'
import { readEveryColumn } from '../support/wrecked-runs.ts'

type Signer = TestWorkspace & { secretId: string }

let database: TestDatabase
let at: RetractionScene
/** One endpoint as who knows its newer secret sees it, and as who knows the one that leaked does. */
let own: Signer
let leaked: Signer

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

beforeEach(async () => {
  at = await openRetraction(database)
  const [row] = await at.query(
    'select id from private.webhook_secrets where workspace_id = $1 and endpoint_id = $2',
    [at.leaky.endpointId],
  )
  leaked = { ...at.leaky, secretId: String(row?.['id']) }
  own = await addSecret(database, at.leaky)
})
afterEach(() => at.scene.pipeline.close())

const everything = () => readEveryColumn(database.adminUrl, at.scene.workspace.workspaceId)

const bodyOf = (wamid: string, phone: string, second: number) => receivedBody(at.facts(wamid, phone, second))

const receive = (by: Signer, wamid: string, phone: string, second: number) =>
  at.deliver(by, 'whatsapp.message.received', bodyOf(wamid, phone, second))

/** Which secret let each message in. */
async function signers(...wamids: string[]): Promise<string[]> {
  const names = new Map<unknown, string>([
    [own.secretId, 'own'],
    [leaked.secretId, 'leaked'],
    [null, 'nobody knows'],
  ])
  const rows = await at.query(
    `select e.event_id, d.secret_id from webhook_events e join webhook_deliveries d on d.id = e.delivery_id
     where e.workspace_id = $1`,
  )
  const signerOf = new Map(rows.map((row) => [row['event_id'], names.get(row['secret_id'])]))
  return wamids.map((wamid) => {
    const hash = createHash('sha256').update(wamid).digest('base64url')
    return signerOf.get(`whatsapp.message.received:${hash}`) ?? 'somebody else'
  })
}

const endings = async () =>
  (
    await at.query(
      `select s.id, s.expires_at <= now() as is_over from private.webhook_secrets s
       where s.workspace_id = $1 and s.endpoint_id = $2 order by s.created_at`,
      [at.leaky.endpointId],
    )
  ).map((row) => {
    const name = row['id'] === own.secretId ? 'own' : row['id'] === leaked.secretId ? 'leaked' : 'new'
    return `${name} ${row['is_over'] === true ? 'ended' : 'counts'}`
  })

describe('with each delivery is kept', () => {
  test('which of the live secrets it was signed with', async () => {
    await receive(leaked, 'm1', budi, 1)
    await receive(own, 'm2', budi, 2)
    await at.scene.apply()
    expect(await signers('m1', 'm2')).toEqual(['leaked', 'own'])
  })

  test('the one that let a thing in first, whoever tells it again', async () => {
    await receive(leaked, 'm1', budi, 1)
    await receive(own, 'm1', budi, 1)
    await receive(own, 'm2', budi, 2)
    await receive(leaked, 'm2', budi, 2)
    await at.scene.apply()
    expect(await signers('m1', 'm2')).toEqual(['leaked', 'own'])
  })

  test('the first one also where several are written at once', async () => {
    const { door } = at.scene.pipeline
    const knock = (by: Signer, wamid: string) => {
      const { headers, body } = sign('whatsapp.message.received', bodyOf(wamid, budi, 1), by.secret)
      return door.receive({
        endpointId: by.endpointId,
        headers: {
          eventName: headers['x-webhook-event'],
          signature: headers['x-webhook-signature'],
          idempotencyKey: headers['x-idempotency-key'],
          payloadVersion: headers['x-webhook-payload-version'],
        },
        address: '127.0.0.1',
        readBody: () => Promise.resolve(body),
      })
    }
    await knock(own, 'before')
    const told = [knock(leaked, 'm1'), knock(own, 'm1'), knock(own, 'm2'), knock(leaked, 'm2')]
    expect(await Promise.all(told)).toEqual([200, 200, 200, 200])
    await at.scene.apply()
    expect(await signers('before', 'm1', 'm2')).toEqual(['own', 'leaked', 'own'])
  })

  test('its own where it brings old things and new ones', async () => {
    await receive(leaked, 'm1', budi, 1)
    await at.deliver(own, 'whatsapp.message.received', {
      type: 'whatsapp.message.received',
      batch: true,
      data: [bodyOf('m1', budi, 1), bodyOf('m2', budi, 2)],
      batch_info: { size: 2 },
    })
    await at.scene.apply()
    expect(await signers('m1', 'm2')).toEqual(['leaked', 'own'])
  })
})

describe('taking back what one secret let in', () => {
  /** Budi and a stranger write; both are forged, and somebody who is nobody. */
  async function forge() {
    await receive(own, 'g1', budi, 1)
    await receive(leaked, 'f1', budi, 2)
    await receive(leaked, 'f2', stranger, 3)
    await receive(own, 'g2', '+6281200000298', 4)
    await receive(leaked, 'f3', '+6281200000298', 5)
    await at.scene.apply()
  }

  const events = async (run: Awaited<ReturnType<RetractionScene['plan']>>) =>
    (await run.items()).map(({ why, state }) => `${why} ${state}`).sort()

  test('leaves what came in with another, whoever it is about, and gives everything back as it was', async () => {
    await forge()
    const before = await everything()
    const run = await at.plan(at.leaky, leaked.secretId)
    expect(await events(run)).toEqual([
      'forged_contact pending',
      'forged_message pending',
      'forged_message pending',
      'forged_message pending',
    ])
    await run.apply()
    expect(await run.report()).toEqual({ state: 'applied', items: { applied: 4 } })
    expect(await at.wamids()).toEqual(['g1', 'g2'])
    expect(
      await at.query(
        'select count(*)::int from contacts where workspace_id = $1 and set_aside_at is not null',
      ),
    ).toEqual([{ count: 1 }])
    await run.undo()
    expect(await everything()).toEqual(before)
  })

  test('keeps what another secret told of somebody between what was forged of them', async () => {
    await receive(leaked, 'f1', budi, 0)
    await receive(own, 'g1', budi, 10)
    await receive(leaked, 'f2', budi, 20)
    await at.scene.apply()
    await (await at.plan(at.leaky, leaked.secretId)).apply()
    expect(
      await at.query(
        `select phone_normalized, extract(epoch from first_seen_at)::int as first, extract(epoch from last_seen_at)::int as last
         from identity_phones where workspace_id = $1`,
      ),
    ).toEqual([{ phone_normalized: budi, first: 1_760_000_010, last: 1_760_000_010 }])
  })

  test('ends that secret and no other, and makes none where one is left that lasts', async () => {
    await forge()
    await (await at.plan(at.leaky, leaked.secretId)).apply()
    expect(await endings()).toEqual(['leaked ended', 'own counts'])
    expect(
      await at.query('select count(*)::int from private.recovery_answers where workspace_id = $1'),
    ).toEqual([{ count: 0 }])
  })

  test('makes a new one, shown once, where only one is left that a rotation still lets live', async () => {
    await forge()
    await at.query(
      `update private.webhook_secrets set expires_at = now() + interval '1 hour' where workspace_id = $1 and id = $2`,
      [own.secretId],
    )
    await (await at.plan(at.leaky, leaked.secretId)).apply()
    expect(await endings()).toEqual(['leaked ended', 'own counts', 'new counts'])
    expect(
      await at.query('select count(*)::int from private.recovery_answers where workspace_id = $1'),
    ).toEqual([{ count: 1 }])
  })

  test('ends nothing where the plan found nothing', async () => {
    await receive(own, 'g1', budi, 1)
    await at.scene.apply()
    await (await at.plan(at.leaky, leaked.secretId)).apply()
    expect(await endings()).toEqual(['leaked counts', 'own counts'])
  })

  test('reports what came in before anybody wrote down which, and takes it back only with every secret', async () => {
    await forge()
    await at.query(
      `update webhook_deliveries d set secret_id = null
       where d.workspace_id = $1 and position(convert_to('"f2"', 'UTF8') in d.body) > 0`,
    )
    const run = await at.plan(at.leaky, leaked.secretId)
    expect(await events(run)).toEqual([
      'forged_message pending',
      'forged_message pending',
      'secret_unknown skipped',
    ])
    await run.apply()
    expect(await at.wamids()).toEqual(['f2', 'g1', 'g2'])
    const every = await at.plan()
    await every.apply()
    expect(await at.wamids()).toEqual([])
    await every.undo()
    expect(await at.wamids()).toEqual(['f2', 'g1', 'g2'])
  })

  test('takes out what was forged before it was told in truth, and nothing that was told in truth first', async () => {
    await receive(leaked, 'm1', budi, 1)
    await receive(own, 'm1', budi, 1)
    await receive(own, 'm2', budi, 2)
    await receive(leaked, 'm2', budi, 2)
    await at.scene.apply()
    const run = await at.plan(at.leaky, leaked.secretId)
    await run.apply()
    expect(await at.wamids()).toEqual(['m2'])
    // The ledger knows it, and lets nobody tell it again while the run stands.
    await receive(own, 'm1', budi, 1)
    await at.scene.apply()
    expect(await at.wamids()).toEqual(['m2'])
    await run.undo()
    expect(await at.wamids()).toEqual(['m1', 'm2'])
  })

  test('leaves what was fetched from Kapso, which came in by no secret', async () => {
    await forge()
    await at.query(
      `update webhook_events e set source = 'repair' from webhook_deliveries d
       where e.workspace_id = $1 and d.id = e.delivery_id and position(convert_to('"g1"', 'UTF8') in d.body) > 0`,
    )
    await (await at.plan()).apply()
    expect(await at.wamids()).toEqual(['g1'])
  })

  test("refuses another endpoint's secret, and one that there is not", async () => {
    const other = await addSecret(database, await addEndpoint(database, at.scene.workspace))
    const check = (secretId: string) =>
      at.scene.pipeline.asSystem(async (transaction) => {
        await actForMember(transaction, at.scene.workspace.ownerId)
        const { workspaceId } = at.scene.workspace
        await retractDeliveries.checkParameters?.(transaction, workspaceId, at.span(at.leaky, secretId))
      })
    await check(leaked.secretId)
    await expect(check(other.secretId)).rejects.toMatchObject({ code: 'recovery_secret_unknown' })
    await expect(check(at.leaky.endpointId)).rejects.toMatchObject({ code: 'recovery_secret_unknown' })
  })
})
