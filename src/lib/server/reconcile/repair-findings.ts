import { randomUUID } from 'node:crypto'
import { storeRepairedEvents } from './store-repaired-events.ts'
import { listReconciledChannels, type ReconciledChannel } from '../database/reconciled-channels.ts'
import {
  findWantedRepairs,
  recordRepairError,
  resolveSettledFindings,
  type RepairableFinding,
} from '../database/sync-findings.ts'
import { applyEvents } from '../ingest/apply-events.ts'
import { readDelivery } from '../ingest/read-delivery.ts'
import type { StorableDelivery } from '../ingest/store-deliveries.ts'
import { createChannelClient } from '../kapso/channel-client.ts'
import { KapsoError } from '../kapso/errors.ts'
import { buildRepairItems } from './build-items.ts'
import type { ReconcileDependencies } from './reconcile-dependencies.ts'

/** So many findings are fetched before they are stored and applied together. */
const batchSize = 50

/**
 * Fetches what an admin wants repaired from Kapso and puts it into the ledger, where it takes the way of every event:
 * known by the same event ids, applied by the same code, marked as a repair so that it raises no unread count and starts
 * nothing. A finding ends when what it speaks of is applied.
 *
 * Rejects when Kapso cannot be reached, so that the job comes again; what it refuses is noted with the finding.
 */
export async function repairFindings(
  dependencies: ReconcileDependencies,
  workspaceId: string,
  signal: AbortSignal,
): Promise<void> {
  const { asSystem } = dependencies
  const channels = await asSystem((database) => listReconciledChannels(database, workspaceId))
  while (!signal.aborted) {
    const findings = await asSystem((database) => findWantedRepairs(database, workspaceId, batchSize))
    if (findings.length === 0) return
    const deliveries: StorableDelivery[] = []
    for (const finding of findings) {
      if (signal.aborted) return
      deliveries.push(...(await fetchFinding(dependencies, channels, workspaceId, finding, signal)))
    }
    const ids = await asSystem((database) => storeRepairedEvents(database, deliveries))
    if (ids.length > 0) await applyEvents(dependencies, workspaceId, ids)
    await asSystem(async (database) => {
      await resolveSettledFindings(database, workspaceId)
      // What is left is in the ledger and waits there, for a person or for its next try.
      await recordRepairError(
        database,
        workspaceId,
        findings.map(({ id }) => id),
        'not_applied',
      )
    })
  }
}

async function fetchFinding(
  dependencies: ReconcileDependencies,
  channels: ReconciledChannel[],
  workspaceId: string,
  finding: RepairableFinding,
  signal: AbortSignal,
): Promise<StorableDelivery[]> {
  const refuse = async (reason: string) => {
    await dependencies.asSystem((database) => recordRepairError(database, workspaceId, [finding.id], reason))
    return []
  }
  const channel = channels.find(({ channelId }) => channelId === finding.channelId)
  if (channel === undefined) return refuse('no_channel')
  const client = createChannelClient(dependencies, channel)
  if (client === null) return refuse('no_key')
  await dependencies.pace(signal)
  try {
    const message = await client.getMessage(channel.phoneNumberId, finding.wamid)
    if (message === null) return await refuse('gone')
    return buildRepairItems(message, channel.phoneNumberId).map(({ eventName, body }) => {
      const bytes = Buffer.from(JSON.stringify(body))
      const headers = {
        eventName,
        payloadVersion: 'v2',
        signature: undefined,
        idempotencyKey: undefined,
      }
      return {
        id: randomUUID(),
        workspaceId,
        endpointId: channel.endpointIds[0] ?? channel.channelId,
        secretId: null,
        read: readDelivery(workspaceId, headers, bytes),
        body: bytes,
      }
    })
  } catch (error) {
    if (!(error instanceof KapsoError) || error.reason !== 'refused') throw error
    return refuse('refused')
  }
}
