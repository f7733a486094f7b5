import { randomBytes, randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { retractDeliveries } from '../../src/lib/server/recovery/retract-deliveries.ts'
import { createSealer, webhookSecretContext } from '../../src/lib/server/secrets/sealing.ts'
import type { TestDatabase } from './database.ts'
import { openScene, type IdentityScene } from './identity-scene.ts'
import { outboundBody, reactionBody, receivedBody, sign, type MessageFacts } from './kapso-bodies.ts'
import { queryOnce } from './query.ts'
import { encryptionKeys, type TestWorkspace } from './workspace.ts'
import { planRun, type TestRun } from './wrecked-runs.ts'

const began = 1_760_000_000
export const budi = '+6281200000201'
export const stranger = '+6281200000299'

type Rows = Record<string, unknown>[]

/** A workspace with an endpoint whose secret somebody else knows. */
export interface RetractionScene {
  scene: IdentityScene
  leaky: TestWorkspace
  /** The workspace's id is the first parameter. */
  query(statement: string, values?: unknown[]): Promise<Rows>
  deliver(workspace: TestWorkspace, event: string, body: object): Promise<void>
  /** `at` counts seconds from the beginning of the test's time. */
  facts(wamid: string, phone: string, at: number, more?: Partial<MessageFacts>): MessageFacts
  receive(workspace: TestWorkspace, message: MessageFacts): Promise<void>
  /** Budi writes and is answered; somebody forges more of him, and a stranger. */
  forge(): Promise<void>
  /** Everything that came in by an endpoint, the leaky one where none is named, or by one of its secrets. */
  span(
    endpoint?: TestWorkspace,
    secretId?: string | null,
  ): { endpointId: string; secretId: string | null; from: string; to: string }
  plan(endpoint?: TestWorkspace, secretId?: string | null): Promise<TestRun>
  wamids(): Promise<unknown[]>
}

export async function openRetraction(database: TestDatabase): Promise<RetractionScene> {
  const scene = await openScene(database)
  const { workspace } = scene
  const leaky = await addEndpoint(database, workspace)
  const query = (statement: string, values: unknown[] = []) =>
    queryOnce<Record<string, unknown>>(database.adminUrl, statement, [workspace.workspaceId, ...values])
  const deliver = async (by: TestWorkspace, event: string, body: object) => {
    expect(await scene.pipeline.deliver(by, sign(event, body, by.secret))).toBe(200)
  }
  const facts: RetractionScene['facts'] = (wamid, phone, at, more = {}) => ({
    ...{ wamid, phone, at: began + at, phoneNumberId: workspace.phoneNumberId },
    ...more,
  })
  const receive = (by: TestWorkspace, message: MessageFacts) =>
    deliver(by, 'whatsapp.message.received', receivedBody(message))
  const span = (endpoint = leaky, secretId: string | null = null) => ({
    endpointId: endpoint.endpointId,
    secretId,
    from: new Date(Date.now() - 3_600_000).toISOString(),
    to: new Date(Date.now() + 3_600_000).toISOString(),
  })

  async function forge() {
    await receive(workspace, facts('g1', budi, 0, { contactName: 'Budi' }))
    await deliver(workspace, 'whatsapp.message.sent', outboundBody('sent', facts('g2', budi, 10)))
    await deliver(
      workspace,
      'whatsapp.message.received',
      reactionBody({ ...facts('g3', budi, 15), about: 'g2' }),
    )
    await scene.apply()
    await query(
      `update conversation_reads r set read_count = 1 from conversations c
       where r.workspace_id = $1 and c.id = r.conversation_id`,
    )
    await query(
      `insert into conversation_reads (workspace_id, conversation_id, user_id, read_count)
       select c.workspace_id, c.id, $2, 1 from conversations c where c.workspace_id = $1
       on conflict do nothing`,
      [workspace.ownerId],
    )
    await receive(
      leaky,
      facts('f1', budi, 20, { text: 'Pay here', contactName: 'Bank', businessScopedId: 'ID.forged' }),
    )
    await deliver(leaky, 'whatsapp.message.read', outboundBody('read', facts('g2', budi, 21)))
    await deliver(leaky, 'whatsapp.message.received', reactionBody({ ...facts('f3', budi, 22), about: 'g2' }))
    await receive(leaky, facts('f4', stranger, 23, { contactName: 'Stranger' }))
    await scene.apply()
    await receive(workspace, facts('g4', budi, 30, { contactName: 'Budi' }))
    await scene.apply()
  }

  return {
    ...{ scene, leaky, query, deliver, facts, receive, forge, span },
    plan: (endpoint = leaky, secretId = null) =>
      planRun(
        database,
        scene.pipeline,
        workspace,
        ['retract_deliveries', retractDeliveries],
        span(endpoint, secretId),
      ),
    wamids: async () =>
      (await query('select wamid from messages where workspace_id = $1 order by wamid')).map(
        (row) => row['wamid'],
      ),
  }
}

/** Another webhook endpoint of the workspace, with a secret of its own. */
export async function addEndpoint(database: TestDatabase, workspace: TestWorkspace): Promise<TestWorkspace> {
  const endpoint = { ...workspace, endpointId: randomUUID(), secret: randomBytes(16).toString('hex') }
  const { workspaceId, endpointId, channelId, secret } = endpoint
  await queryOnce(
    database.adminUrl,
    `insert into webhook_endpoints (id, workspace_id, channel_id, name) values ($1, $2, $3, 'Leaky')`,
    [endpointId, workspaceId, channelId],
  )
  await addSecret(database, endpoint, secret)
  return endpoint
}

/** Another secret of an endpoint: the endpoint as who knows that one sees it, and the secret's id. */
export async function addSecret(
  database: TestDatabase,
  endpoint: TestWorkspace,
  secret = randomBytes(16).toString('hex'),
): Promise<TestWorkspace & { secretId: string }> {
  const { workspaceId, endpointId } = endpoint
  const sealed = createSealer(encryptionKeys).seal(secret, webhookSecretContext(workspaceId, endpointId))
  const [row] = await queryOnce<{ id: string }>(
    database.adminUrl,
    `insert into private.webhook_secrets (workspace_id, endpoint_id, sealed, created_at)
     values ($1, $2, $3, clock_timestamp()) returning id`,
    [workspaceId, endpointId, sealed],
  )
  if (row === undefined) throw new Error('the secret was not kept')
  return { ...endpoint, secret, secretId: row.id }
}
