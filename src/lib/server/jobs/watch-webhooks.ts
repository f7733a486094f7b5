import { findAlarms } from '../../domain/webhook-alarms.ts'
import { defaultWebhookSettings } from '../../domain/webhook-settings.ts'
import type { AsSystem } from '../database/database.ts'
import { listWebhookSettings } from '../database/webhook-settings.ts'
import {
  findWebhookHistories,
  listWatchedWorkspaces,
  rollUpWebhookHours,
  settleAlarms,
} from '../database/webhook-watch.ts'

/** So many workspaces are looked at in one transaction. */
const pageSize = 50

/**
 * Counts the hours anew and then looks what rings, for all workspaces.
 *
 * @param now milliseconds since 1970
 */
export async function watchWebhooks(
  asSystem: AsSystem,
  signal: AbortSignal,
  now: () => number = Date.now,
): Promise<void> {
  await asSystem(rollUpWebhookHours)
  let last: string | null = null
  while (!signal.aborted) {
    last = await asSystem(async (database) => {
      const workspaceIds = await listWatchedWorkspaces(database, last, pageSize)
      if (workspaceIds.length === 0) return null
      const settings = await listWebhookSettings(database, workspaceIds)
      for (const history of await findWebhookHistories(database, workspaceIds)) {
        const { workspaceId } = history
        const alarms = findAlarms(history, settings.get(workspaceId) ?? defaultWebhookSettings, now())
        await settleAlarms(database, workspaceId, alarms)
      }
      return workspaceIds.at(-1) ?? null
    })
    if (last === null) return
  }
}
