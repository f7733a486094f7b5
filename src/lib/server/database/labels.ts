import { sql } from 'kysely'
import type { ConversationCondition } from '../../domain/conversation-condition.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import { changeConversation, type ConversationOf } from './conversation-states.ts'
import type { Database } from './database.ts'

/** Names of the palette in src/app.css. */
export const labelColours = ['grey', 'green', 'amber', 'red', 'violet', 'blue'] as const

export type LabelColour = (typeof labelColours)[number]

export interface Label {
  id: string
  name: string
  colour: LabelColour
}

/** At most this many, so that a list of them can be looked through. */
const mostLabels = 200

/** A workspace's labels, by name. */
export async function listLabels(database: Database, workspaceId: string): Promise<Label[]> {
  const rows = await database
    .selectFrom('labels')
    .select(['id', 'name', 'colour'])
    .where('workspace_id', '=', workspaceId)
    .orderBy(sql`lower(btrim(name))`)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({ ...row, colour: toColour(row.colour) }))
}

/**
 * Makes a label, as an owner or admin.
 *
 * @throws RuleViolation `name_length` (1 to 40 characters), `name_taken` (capitals make no difference), `too_many`,
 *   `not_allowed` for agents
 */
export async function createLabel(
  database: Database,
  workspaceId: string,
  { name, colour }: Omit<Label, 'id'>,
): Promise<Label> {
  const { count } = await database
    .selectFrom('labels')
    .select((columns) => columns.fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow()
  if (count >= mostLabels)
    throw new RuleViolation('too_many', `A workspace has ${mostLabels} labels at most.`)
  const row = await database
    .insertInto('labels')
    .values({ workspace_id: workspaceId, name: name.trim(), colour })
    .returning(['id', 'name', 'colour'])
    .executeTakeFirstOrThrow()
    .catch((error: unknown) => {
      throw toLabelViolation(error)
    })
  return { ...row, colour: toColour(row.colour) }
}

/**
 * Gives a label another name or colour, as an owner or admin.
 *
 * @throws RuleViolation as createLabel, and `not_found` where there is none, or for agents
 */
export async function changeLabel(
  database: Database,
  workspaceId: string,
  { id, name, colour }: Label,
): Promise<Label> {
  const row = await database
    .updateTable('labels')
    .set({ name: name.trim(), colour })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .returning(['id', 'name', 'colour'])
    .executeTakeFirst()
    .catch((error: unknown) => {
      throw toLabelViolation(error)
    })
  if (row === undefined) throw new RuleViolation('not_found', 'This label does not exist.')
  return { ...row, colour: toColour(row.colour) }
}

/**
 * Removes a label, as an owner or admin. Conversations that carry it are left alone: a label that is gone is left out
 * when they are read.
 *
 * @throws RuleViolation `not_found` where there is none, or for agents
 */
export async function deleteLabel(database: Database, workspaceId: string, id: string): Promise<void> {
  const { numDeletedRows } = await database
    .deleteFrom('labels')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (numDeletedRows === 0n) throw new RuleViolation('not_found', 'This label does not exist.')
}

/**
 * Labels a conversation with exactly these, in this order. One that was deleted meanwhile is left out without a word
 * where the conversation had it.
 *
 * @throws NotFound `conversation_not_found`; RuleViolation `no_such_label`, `too_many_labels`
 */
export function setConversationLabels(
  database: Database,
  { workspaceId, conversationId }: ConversationOf,
  labelIds: string[],
): Promise<ConversationCondition> {
  return changeConversation(
    database,
    sql`private.set_conversation_labels(${workspaceId}, ${conversationId}, ${labelIds}::uuid[])`,
  )
}

function toColour(stored: string): LabelColour {
  return labelColours.find((colour) => colour === stored) ?? 'grey'
}

function toLabelViolation(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  if (error.code === '23505') return new RuleViolation('name_taken', 'There is a label of this name.')
  if (error.code === '23514') return new RuleViolation('name_length', 'A name has 1 to 40 characters.')
  if (error.code === '42501') return new RuleViolation('not_allowed', 'Only owners and admins change labels.')
  return error
}
