import type { ReconciledChannel } from '../database/reconciled-channels.ts'
import { listReconciledChannels } from '../database/reconciled-channels.ts'
import { recordFindings, recordWebhookState, resolveFindings } from '../database/sync-findings.ts'
import type { WebhookState } from '../database/sync-findings.ts'
import { createChannelClient } from '../kapso/channel-client.ts'
import type { KapsoWebhook } from '../kapso/answers.ts'
import { KapsoError } from '../kapso/errors.ts'
import type { ReconcileDependencies } from './reconcile-dependencies.ts'

/**
 * Asks Kapso whether each number's webhook is switched on: Kapso pauses one by itself when deliveries fail (Kapso docs:
 * webhooks), and nothing comes in from then on. A number that Kapso cannot be asked about keeps its findings.
 *
 * @param workspaceId null: all workspaces
 */
export async function pollWebhooks(
  dependencies: ReconcileDependencies,
  signal: AbortSignal,
  workspaceId: string | null = null,
): Promise<void> {
  const { asSystem } = dependencies
  const channels = await asSystem((database) => listReconciledChannels(database, workspaceId))
  // A key that is over its limit stays so for this round.
  const exhausted = new Set<string>()
  for (const channel of channels) {
    if (signal.aborted) return
    const key = keyOf(dependencies, channel)
    const { state, active, inactive } = exhausted.has(key)
      ? unknown('rate_limited')
      : await askKapso(dependencies, channel, signal)
    if (state.reason === 'rate_limited') exhausted.add(key)
    await asSystem(async (database) => {
      await recordWebhookState(database, channel.workspaceId, channel.channelId, state)
      await resolveFindings(database, channel.workspaceId, 'paused_webhook', active)
      await recordFindings(
        database,
        channel.workspaceId,
        inactive.map((endpointId) => ({
          kind: 'paused_webhook',
          subjectId: endpointId,
          details: { channelId: channel.channelId, reason: state.outcome },
        })),
      )
    })
  }
}

interface PollResult {
  state: WebhookState
  /** Endpoints that Kapso delivers to, and those that it does not. */
  active: string[]
  inactive: string[]
}

function unknown(reason: string): PollResult {
  return { state: { outcome: 'unknown', reason }, active: [], inactive: [] }
}

async function askKapso(
  dependencies: ReconcileDependencies,
  channel: ReconciledChannel,
  signal: AbortSignal,
): Promise<PollResult> {
  if (channel.endpointIds.length === 0) return unknown('no_endpoint')
  const client = createChannelClient(dependencies, channel)
  if (client === null) return unknown('no_key')
  await dependencies.pace(signal)
  try {
    return judge(channel.endpointIds, await client.listNumberWebhooks(channel.phoneNumberId, signal))
  } catch (error) {
    if (!(error instanceof KapsoError)) throw error
    return unknown(error.reason)
  }
}

/** A number delivers when one of its endpoints is switched on at Kapso: another may be left from before. */
function judge(endpointIds: string[], webhooks: KapsoWebhook[]): PollResult {
  const found = (endpointId: string) =>
    webhooks.filter((webhook) => webhook.url?.toLowerCase().includes(`/webhooks/kapso/${endpointId}`))
  const active = endpointIds.filter((id) => found(id).some((webhook) => webhook.active !== false))
  if (active.length > 0) {
    return { state: { outcome: 'active', reason: null }, active: endpointIds, inactive: [] }
  }
  const paused = endpointIds.filter((id) => found(id).length > 0)
  return paused.length > 0
    ? { state: { outcome: 'paused', reason: null }, active: [], inactive: paused }
    : { state: { outcome: 'missing', reason: null }, active: [], inactive: endpointIds.slice(0, 1) }
}

function keyOf({ kapsoApiKey }: ReconcileDependencies, channel: ReconciledChannel): string {
  return kapsoApiKey !== undefined ? 'installation' : channel.channelId
}
