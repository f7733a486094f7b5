import { randomUUID } from 'node:crypto'
import type { Database } from '../database/database.ts'
import { channelApiKeyContext, webhookSecretContext, type Sealer } from '../secrets/sealing.ts'
import { requeueEvents } from '../database/sync-failures.ts'
import { findWorkspace } from './find-workspace.ts'
import { OperatorError } from './operator-error.ts'

export interface NewChannel {
  /** Id or slug. */
  workspace: string
  /** Default: the number that is shown. */
  name?: string | undefined
  phoneNumberId: string
  displayPhone: string
  webhookSecret: string
  apiKey?: string | undefined
  apiUrl?: string | undefined
  businessAccountId?: string | undefined
}

export interface AddedChannel {
  channelId: string
  endpointId: string
}

/**
 * Adds a WhatsApp number to a workspace: the channel, the webhook endpoint that delivers for it, and its sealed secrets.
 *
 * @throws OperatorError when there is no such workspace, or it has the number already
 */
export async function addChannel(
  database: Database,
  sealer: Sealer,
  channel: NewChannel,
): Promise<AddedChannel> {
  const workspaceId = await findWorkspace(database, channel.workspace)
  const channelId = randomUUID()
  const endpointId = randomUUID()
  const name = channel.name ?? channel.displayPhone
  const { numInsertedOrUpdatedRows } = await database
    .insertInto('channels')
    .values({
      id: channelId,
      workspace_id: workspaceId,
      name,
      phone_number_id: channel.phoneNumberId,
      display_phone: channel.displayPhone,
      identity_scope: identityScope(channel),
      kapso_api_url: channel.apiUrl ?? null,
    })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'phone_number_id']).doNothing())
    .executeTakeFirstOrThrow()
  if (numInsertedOrUpdatedRows === 0n) {
    throw new OperatorError(
      `The workspace has a channel with the phone number id ${channel.phoneNumberId} already.`,
    )
  }
  await database
    .insertInto('webhook_endpoints')
    .values({ id: endpointId, workspace_id: workspaceId, channel_id: channelId, name })
    .execute()
  await database
    .insertInto('private.webhook_secrets')
    .values({
      workspace_id: workspaceId,
      endpoint_id: endpointId,
      sealed: sealer.seal(channel.webhookSecret, webhookSecretContext(workspaceId, endpointId)),
    })
    .execute()
  if (channel.apiKey !== undefined) {
    await database
      .insertInto('private.channel_api_keys')
      .values({
        workspace_id: workspaceId,
        channel_id: channelId,
        sealed: sealer.seal(channel.apiKey, channelApiKeyContext(workspaceId, channelId)),
      })
      .execute()
  }
  // What came for the number before it was added has waited for this; the worker's sweep takes it up.
  await requeueEvents(database, workspaceId, {
    eventIds: null,
    status: 'quarantined',
    reason: 'unknown_phone_number',
  })
  return { channelId, endpointId }
}

/** Meta keeps business-scoped user ids unique per portfolio, which nothing here tells; the account lies within it. */
function identityScope(channel: NewChannel): string {
  return channel.businessAccountId === undefined
    ? `channel:${channel.phoneNumberId}`
    : `account:${channel.businessAccountId}`
}
