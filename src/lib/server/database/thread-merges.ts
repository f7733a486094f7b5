import { sql } from 'kysely'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { SplitPreview, SplitSelection } from '../../domain/threads/thread-merges.ts'
import type { Database } from './database.ts'

/** What the database refuses, by its code. */
const refusals: Readonly<Record<string, string>> = {
  already_merged: 'One of these is part of another conversation already.',
  conversation_not_found: 'This conversation does not exist.',
  merge_not_found: 'There is no such merge.',
  message_under_way: 'A message among these is being sent at this moment.',
  not_allowed: 'Owners and admins merge and split conversations.',
  note_length: 'What is said to a decision has 500 characters at most.',
  nothing_left: 'At least one message must stay.',
  nothing_to_split: 'There is no message to split off.',
  other_channel: 'These conversations are on different channels.',
  other_contact: 'These conversations are of different contacts. Merge the contacts first.',
  proposal_not_found: 'There is no such proposal, or it is decided.',
  reason_length: 'A reason has 1 to 500 characters.',
  same_conversation: 'A merge needs two different conversations.',
  selection_invalid: 'This says nothing about which messages are meant.',
  split_not_found: 'There is no such split.',
  thread_split_off: 'This part was split off: that is undone, nothing else is done to it.',
}

/**
 * Merges threads of one contact on one channel as an owner or admin. Nothing moves; what comes later goes to the thread of
 * its account and shows with the survivor.
 *
 * @returns the ids of the edges
 * @throws RuleViolation `not_allowed`, `reason_length`, `same_conversation`, `conversation_not_found`, `already_merged`,
 *   `other_channel`, `other_contact`, `thread_split_off`
 */
export async function mergeThreads(
  database: Database,
  workspaceId: string,
  merge: { survivorId: string; conversationIds: readonly string[]; reason: string },
): Promise<string[]> {
  const { rows } = await sql<{ ids: string[] }>`
    select private.merge_conversations(
      ${workspaceId}, ${[merge.survivorId, ...merge.conversationIds]}::uuid[], ${merge.survivorId}, ${merge.reason}
    ) as ids
  `
    .execute(database)
    .catch(throwThreadRefusal)
  return rows[0]?.ids ?? []
}

/**
 * Undoes a merge of threads, in any order and however late.
 *
 * @returns whether it held until now
 * @throws RuleViolation `not_allowed`, `merge_not_found`
 */
export async function undoThreadMerge(
  database: Database,
  workspaceId: string,
  joinId: string,
): Promise<boolean> {
  const { rows } = await sql<{ is_done: boolean }>`
    select private.undo_conversation_merge(${workspaceId}, ${joinId}) as is_done
  `
    .execute(database)
    .catch(throwThreadRefusal)
  return rows[0]?.is_done === true
}

/**
 * How many messages a split would take.
 *
 * @throws RuleViolation `not_allowed`, `conversation_not_found`, `selection_invalid`
 */
export async function previewSplit(
  database: Database,
  workspaceId: string,
  conversationId: string,
  selection: SplitSelection,
): Promise<SplitPreview> {
  const { rows } = await sql<{ selected: number; kept: number; under_way: number }>`
    select selected, kept, under_way
    from private.preview_split(${workspaceId}, ${conversationId}, ${JSON.stringify(selection)}::jsonb)
  `
    .execute(database)
    .catch(throwThreadRefusal)
  const [row] = rows
  return { selected: row?.selected ?? 0, kept: row?.kept ?? 0, underWay: row?.under_way ?? 0 }
}

/**
 * Splits messages off a conversation as an owner or admin, into a closed part that receives nothing new. Notes stay.
 *
 * @throws RuleViolation `not_allowed`, `reason_length`, `conversation_not_found`, `thread_split_off`,
 *   `selection_invalid`, `nothing_to_split`, `nothing_left`, `message_under_way`
 */
export async function splitThread(
  database: Database,
  workspaceId: string,
  conversationId: string,
  split: { selection: SplitSelection; reason: string },
): Promise<{ splitId: string; partId: string }> {
  const { rows } = await sql<{ split_id: string; part_id: string }>`
    select split_id, part_id from private.split_conversation(
      ${workspaceId}, ${conversationId}, ${JSON.stringify(split.selection)}::jsonb, ${split.reason}
    )
  `
    .execute(database)
    .catch(throwThreadRefusal)
  const [row] = rows
  if (row === undefined) throw new Error('no split was made')
  return { splitId: row.split_id, partId: row.part_id }
}

/**
 * Undoes a split: the messages show where they came from again.
 *
 * @returns whether it held until now
 * @throws RuleViolation `not_allowed`, `split_not_found`
 */
export async function undoSplit(database: Database, workspaceId: string, splitId: string): Promise<boolean> {
  const { rows } = await sql<{ is_done: boolean }>`
    select private.undo_conversation_split(${workspaceId}, ${splitId}) as is_done
  `
    .execute(database)
    .catch(throwThreadRefusal)
  return rows[0]?.is_done === true
}

/** A refusal of the database as a RuleViolation; everything else is thrown on. */
export function throwThreadRefusal(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (!(error instanceof Error) || (code !== 'P0001' && code !== '42501')) throw error
  const words = refusals[error.message]
  throw words === undefined ? error : new RuleViolation(error.message, words)
}
