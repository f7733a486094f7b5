import { changeContactField, listContactFields } from './contact-fields.ts'
import type { Database } from './database.ts'

/**
 * Moves a field one place up or down among those that are shown, as an owner or admin. At the end it stays.
 *
 * @throws RuleViolation as changeContactField
 */
export async function moveContactField(
  database: Database,
  workspaceId: string,
  fieldId: string,
  direction: 'up' | 'down',
): Promise<void> {
  const ids = (await listContactFields(database, workspaceId)).map(({ id }) => id)
  const place = ids.indexOf(fieldId.toLowerCase())
  // Also where there is nothing to move: whoever may not change fields is told so.
  if (place === -1) return changeContactField(database, workspaceId, fieldId, {})
  const to = Math.min(Math.max(place + (direction === 'up' ? -1 : 1), 0), ids.length - 1)
  const order = ids.toSpliced(place, 1).toSpliced(to, 0, fieldId)
  for (const [position, id] of order.entries())
    await changeContactField(database, workspaceId, id, { position: position + 1 })
}
