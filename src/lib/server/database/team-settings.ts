import { sql } from 'kysely'
import { readBusinessHours, type BusinessHours } from '../../domain/business-hours.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from './database.ts'

export const readReceiptChoices = ['never', 'on_reply', 'on_open'] as const

/** How a workspace works: when, who gets what, and what the customer sees of it. */
export interface TeamSettings {
  /** Null is always open. */
  businessHours: BusinessHours | null
  /** Sent once per reply window to who writes outside of them; null sends nothing. */
  awayMessage: string | null
  assignsByTurns: boolean
  /** When a member's reading tells the customer so. */
  readReceipts: (typeof readReceiptChoices)[number]
  showsTyping: boolean
}

export async function findTeamSettings(database: Database, workspaceId: string): Promise<TeamSettings> {
  const row = await database
    .selectFrom('workspaces')
    .where('id', '=', workspaceId)
    .select(['business_hours', 'away_message', 'assigns_by_turns', 'read_receipts', 'shows_typing'])
    .executeTakeFirstOrThrow()
  return {
    businessHours: readBusinessHours(row.business_hours),
    awayMessage: row.away_message,
    assignsByTurns: row.assigns_by_turns,
    readReceipts: readReceiptChoices.find((choice) => choice === row.read_receipts) ?? 'never',
    showsTyping: row.shows_typing,
  }
}

/**
 * Writes them, as an owner or admin.
 *
 * @throws RuleViolation `not_allowed` for agents
 */
export async function changeTeamSettings(
  database: Database,
  workspaceId: string,
  settings: TeamSettings,
): Promise<void> {
  const { numUpdatedRows } = await database
    .updateTable('workspaces')
    .set({
      business_hours: settings.businessHours === null ? null : JSON.stringify(settings.businessHours),
      away_message: settings.awayMessage,
      assigns_by_turns: settings.assignsByTurns,
      read_receipts: settings.readReceipts,
      shows_typing: settings.showsTyping,
    })
    .where('id', '=', workspaceId)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw new RuleViolation('not_allowed', 'Only owners and admins can change this.')
}

/** How many conversations carry each label. Labels that none carries are left out. */
export async function countLabelled(database: Database, workspaceId: string): Promise<Map<string, number>> {
  const { rows } = await sql<{ id: string; count: number }>`
    select l.id, carried.count
    from public.labels l
    cross join lateral (
      select count(*)::int as count from public.conversations c
      where c.workspace_id = l.workspace_id and c.is_root and c.label_ids <> '{}'
        and c.label_ids @> array[l.id]
    ) carried
    where l.workspace_id = ${workspaceId} and carried.count > 0
  `.execute(database)
  return new Map(rows.map(({ id, count }) => [id, count]))
}
