import { RuleViolation } from '../../domain/rule-violation.ts'
import { defaultWebhookSettings, type WebhookSettings } from '../../domain/webhook-settings.ts'
import type { Database } from './database.ts'

const columns = [
  'duplicates_factor as duplicatesFactor',
  'silence_hours as silenceHours',
  'wrong_signatures_per_hour as wrongSignaturesPerHour',
  'unattended_minutes as unattendedMinutes',
  'body_days as bodyDays',
] as const

/** A workspace's settings, or the defaults. */
export async function findWebhookSettings(database: Database, workspaceId: string): Promise<WebhookSettings> {
  const row = await database
    .selectFrom('webhook_settings')
    .where('workspace_id', '=', workspaceId)
    .select(columns)
    .executeTakeFirst()
  return row ?? defaultWebhookSettings
}

/** The settings of those workspaces that have changed them. */
export async function listWebhookSettings(
  database: Database,
  workspaceIds: string[],
): Promise<Map<string, WebhookSettings>> {
  const rows = await database
    .selectFrom('webhook_settings')
    .where('workspace_id', 'in', workspaceIds)
    .select(['workspace_id as workspaceId', ...columns])
    .execute()
  return new Map(rows.map(({ workspaceId, ...settings }) => [workspaceId, settings]))
}

/** Writes a workspace's settings, as an owner or admin. Row-level security refuses others (42501). */
export async function changeWebhookSettings(
  database: Database,
  workspaceId: string,
  settings: WebhookSettings,
): Promise<void> {
  const values = {
    duplicates_factor: settings.duplicatesFactor,
    silence_hours: settings.silenceHours,
    wrong_signatures_per_hour: settings.wrongSignaturesPerHour,
    unattended_minutes: settings.unattendedMinutes,
    body_days: settings.bodyDays,
  }
  await database
    .insertInto('webhook_settings')
    .values({ workspace_id: workspaceId, ...values })
    .onConflict((conflict) => conflict.column('workspace_id').doUpdateSet(values))
    .execute()
}

/**
 * Switches the nightly comparison of a number's lists with Kapso's on or off.
 *
 * @throws RuleViolation `not_allowed` when the member is neither owner nor admin there, or the number is unknown
 */
export async function changeListComparison(
  database: Database,
  workspaceId: string,
  channelId: string,
  comparison: { comparesLists: boolean; days: number },
): Promise<void> {
  const { numUpdatedRows } = await database
    .updateTable('channels')
    .set({ compares_lists: comparison.comparesLists, compare_days: comparison.days })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', channelId)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) throw new RuleViolation('not_allowed', 'Only owners and admins can change this.')
}
