import { randomBytes, randomUUID } from 'node:crypto'
import pg from 'pg'
import { createSealer, webhookSecretContext } from '../../src/lib/server/secrets/sealing.ts'

export const encryptionKeys = `test:${Buffer.alloc(32, 7).toString('base64')}`

export interface TestWorkspace {
  workspaceId: string
  ownerId: string
  channelId: string
  endpointId: string
  phoneNumberId: string
  secret: string
}

/** Makes a workspace with an owner, one channel and one webhook endpoint, past all rules, as the database's owner. */
export async function makeWorkspace(
  adminUrl: string,
  overrides: Partial<TestWorkspace> = {},
): Promise<TestWorkspace> {
  const workspace: TestWorkspace = {
    workspaceId: randomUUID(),
    ownerId: randomUUID(),
    channelId: randomUUID(),
    endpointId: randomUUID(),
    phoneNumberId: `1${randomBytes(6).readUIntBE(0, 6).toString().slice(0, 12)}`,
    secret: randomBytes(16).toString('hex'),
    ...overrides,
  }
  const client = new pg.Client(adminUrl)
  await client.connect()
  try {
    await client.query(`insert into auth.users (id, email) values ($1, $2)`, [
      workspace.ownerId,
      `${workspace.ownerId}@example.com`,
    ])
    await client.query(`insert into workspaces (id, slug, name) values ($1, $2, 'Test')`, [
      workspace.workspaceId,
      `test-${workspace.workspaceId.slice(0, 8)}`,
    ])
    await client.query(
      `insert into workspace_members (workspace_id, user_id, role, display_name) values ($1, $2, 'owner', 'Owner')`,
      [workspace.workspaceId, workspace.ownerId],
    )
    await client.query(
      `insert into channels (id, workspace_id, name, phone_number_id, identity_scope) values ($1, $2, 'Sales', $3, 'account')`,
      [workspace.channelId, workspace.workspaceId, workspace.phoneNumberId],
    )
    await client.query(
      `insert into webhook_endpoints (id, workspace_id, channel_id, name) values ($1, $2, $3, 'Kapso')`,
      [workspace.endpointId, workspace.workspaceId, workspace.channelId],
    )
    await client.query(
      `insert into private.webhook_secrets (workspace_id, endpoint_id, sealed) values ($1, $2, $3)`,
      [
        workspace.workspaceId,
        workspace.endpointId,
        createSealer(encryptionKeys).seal(
          workspace.secret,
          webhookSecretContext(workspace.workspaceId, workspace.endpointId),
        ),
      ],
    )
  } finally {
    await client.end()
  }
  return workspace
}

/** Adds a new user to a workspace and returns the claims with which they sign in. */
export async function addMember(
  adminUrl: string,
  workspaceId: string,
  role: 'owner' | 'admin' | 'agent',
): Promise<{ sub: string; exp: number }> {
  const userId = randomUUID()
  const client = new pg.Client(adminUrl)
  await client.connect()
  try {
    await client.query('insert into auth.users (id, email) values ($1, $2)', [
      userId,
      `${userId}@example.com`,
    ])
    await client.query(
      'insert into workspace_members (workspace_id, user_id, role, display_name) values ($1, $2, $3, $4)',
      [workspaceId, userId, role, `Member ${userId.slice(0, 4)}`],
    )
  } finally {
    await client.end()
  }
  return { sub: userId, exp: 0 }
}
