import {
  listReconciledChannels,
  listUnsettledDowntimes,
  markChannelChecked,
  settleDowntime,
  type Downtime,
  type ReconciledChannel,
} from '../database/reconciled-channels.ts'
import { KapsoError } from '../kapso/errors.ts'
import { errorFields } from '../log.ts'
import { compareMessageList } from './compare-lists.ts'
import type { ReconcileDependencies } from './reconcile-dependencies.ts'

/** How far around the silence is looked: clocks differ, and the first try of a delivery may have come before it. */
const marginMs = 3 * 60_000
/** A silence that could not be looked into for so long, because Kapso does not answer, is given up. */
const longestTryMs = 7 * 86_400_000

/**
 * After a time in which no web process was alive, compares the messages of that time with Kapso's list: a delivery that
 * nobody takes is lost after about a minute or two. Writes findings, and nothing else of any workspace.
 */
export async function checkGaps(dependencies: ReconcileDependencies, signal: AbortSignal): Promise<void> {
  const { asSystem, settleSeconds } = dependencies
  const downtimes = await asSystem((database) => listUnsettledDowntimes(database, settleSeconds))
  if (downtimes.length === 0) return
  const channels = await asSystem((database) => listReconciledChannels(database, null))
  for (const downtime of downtimes) {
    const due = channels.filter(
      ({ channelId, createdAt }) =>
        !downtime.checkedChannelIds.includes(channelId) && createdAt < downtime.endedAt,
    )
    let failures = 0
    for (const channel of due) {
      if (signal.aborted) return
      if (!(await checkChannel(dependencies, downtime, channel, signal))) failures += 1
    }
    const isGivenUp = Date.now() - downtime.endedAt.getTime() > longestTryMs
    if (failures === 0 || isGivenUp) await asSystem((database) => settleDowntime(database, downtime.id))
  }
}

async function checkChannel(
  dependencies: ReconcileDependencies,
  downtime: Downtime,
  channel: ReconciledChannel,
  signal: AbortSignal,
): Promise<boolean> {
  const { asSystem, log } = dependencies
  const { workspaceId, channelId } = channel
  const since = new Date(downtime.beganAt.getTime() - marginMs)
  const until = new Date(downtime.endedAt.getTime() + marginMs)
  try {
    const outcome = await compareMessageList(dependencies, channel, since, until, signal)
    if (outcome === 'stopped') return false
    if (outcome !== 'compared') {
      log.warn({ kind: 'check-gaps', workspaceId, channelId, reason: outcome }, 'gap not compared')
    }
  } catch (error) {
    if (!(error instanceof KapsoError)) throw error
    log.warn({ kind: 'check-gaps', workspaceId, channelId, ...errorFields(error) }, 'no list')
    return false
  }
  await asSystem((database) => markChannelChecked(database, downtime.id, channelId))
  return true
}
