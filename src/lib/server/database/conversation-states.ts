import { sql, type RawBuilder } from 'kysely'
import type { ConversationCondition } from '../../domain/conversation-condition.ts'
import type { BotState, ConversationState, SnoozeKind } from '../../domain/inbox.ts'
import { NotFound } from '../../domain/not-found.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from './database.ts'

/** A conversation as a member names it; one that was joined into another one means that one. */
export interface ConversationOf {
  workspaceId: string
  conversationId: string
}

export type WantedState =
  | { state: 'open' | 'pending' | 'closed' }
  | { state: 'snoozed'; snoozeKind: 'time'; snoozedUntil: Date }
  | { state: 'snoozed'; snoozeKind: 'reply' | 'window' }

/**
 * Opens, parks, snoozes or closes a conversation. What is so already stays as it is, without a line in the thread.
 *
 * @throws NotFound `conversation_not_found`
 * @throws RuleViolation `snooze_in_past`, also where two hours of the reply window are left no more; `snooze_too_long`;
 *   `no_window` where the customer never wrote
 */
export function setConversationState(
  database: Database,
  { workspaceId, conversationId }: ConversationOf,
  wanted: WantedState,
): Promise<ConversationCondition> {
  const kind = wanted.state === 'snoozed' ? wanted.snoozeKind : null
  const until = wanted.state === 'snoozed' && wanted.snoozeKind === 'time' ? wanted.snoozedUntil : null
  return changeConversation(
    database,
    sql`private.set_conversation_state(
      ${workspaceId}, ${conversationId}, ${wanted.state}::public.conversation_state,
      ${kind}::public.snooze_kind, ${until}::timestamptz
    )`,
  )
}

/**
 * Takes a conversation out of the bot's hands, or gives it back. The job that tells Kapso is to be enqueued with it,
 * also where nothing changed: an earlier one may have given up.
 *
 * @throws NotFound `conversation_not_found`
 */
export function changeBot(
  database: Database,
  { workspaceId, conversationId }: ConversationOf,
  action: 'take_over' | 'give_back',
): Promise<ConversationCondition> {
  return changeConversation(
    database,
    sql`private.change_bot(${workspaceId}, ${conversationId}, ${action === 'take_over'})`,
  )
}

/** Wakes snoozed conversations of all workspaces whose time has come. @returns how many, at most `most` */
export async function wakeConversations(database: Database, most: number): Promise<number> {
  const { rows } = await sql<{ woken: number }>`
    select private.wake_conversations(${most}) as woken
  `.execute(database)
  return rows[0]?.woken ?? 0
}

interface ConditionRow {
  id: string
  state: ConversationState
  snooze_kind: SnoozeKind | null
  snoozed_until: Date | null
  assignee_id: string | null
  assignee_name: string | null
  assigned_reason: string | null
  team_id: string | null
  team_name: string | null
  label_ids: string[]
  bot_state: BotState
  bot_state_reason: string | null
  bot_state_at: Date | null
}

/**
 * Runs one of the functions that change a conversation and answers what it returned, which the member may not be able to
 * read by themselves any more: they may just have given it away.
 *
 * @param call gives a row of `conversations`
 * @throws NotFound `conversation_not_found`, also where it is not the member's to see; RuleViolation for what else the
 *   function refuses
 */
export async function changeConversation(
  database: Database,
  call: RawBuilder<unknown>,
): Promise<ConversationCondition> {
  const { rows } = await sql<ConditionRow>`
    select c.id, c.state, c.snooze_kind, c.snoozed_until, c.assignee_id, m.display_name as assignee_name,
      c.assigned_reason, c.team_id, t.name as team_name, c.label_ids, c.bot_state, c.bot_state_reason, c.bot_state_at
    from ${call} c
    left join public.workspace_members m on m.workspace_id = c.workspace_id and m.user_id = c.assignee_id
    left join public.teams t on t.workspace_id = c.workspace_id and t.id = c.team_id
  `
    .execute(database)
    .catch((error: unknown) => {
      throw toRefusal(error)
    })
  const [row] = rows
  if (row === undefined) throw new Error('the conversation was not returned')
  return toCondition(row)
}

function toCondition(row: ConditionRow): ConversationCondition {
  return {
    id: row.id,
    state: row.state,
    snoozeKind: row.snooze_kind,
    snoozedUntil: row.snoozed_until?.toISOString() ?? null,
    assignee: row.assignee_id === null ? null : { id: row.assignee_id, name: row.assignee_name ?? '' },
    assignedReason: row.assigned_reason,
    team: row.team_id === null ? null : { id: row.team_id, name: row.team_name ?? '' },
    labelIds: row.label_ids,
    bot: {
      state: row.bot_state,
      reason: row.bot_state_reason,
      since: row.bot_state_at?.toISOString() ?? null,
    },
  }
}

/** What the functions refuse, by the code that they raise. The words are for programmers: readers get their own. */
const refusals: Record<string, string> = {
  no_such_member: 'The assignee is no member of this workspace.',
  no_such_team: 'There is no such team in this workspace.',
  no_such_label: 'There is no such label in this workspace.',
  too_many_labels: 'A conversation has 30 labels at most.',
  snooze_in_past: 'The time to wake is over already.',
  snooze_too_long: 'A conversation can be snoozed for 400 days at most.',
  no_window: 'The customer never wrote: there is no reply window.',
  cannot_mention: 'Somebody who is mentioned is no member, or does not see this conversation.',
  not_author: 'Only who wrote a note may change it.',
  thread_split_off: 'A part that was split off stays closed.',
}

/** Turns what a function of ours raised into what was not found or the rule that was broken; anything else stays what it is. */
export function toRefusal(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  if (error.code === '42501' && error.message === 'no such note') {
    return new NotFound('note_not_found', 'This note does not exist.')
  }
  if (error.code === '42501')
    return new NotFound('conversation_not_found', 'This conversation does not exist.')
  const refusal = error.code === 'P0001' ? refusals[error.message] : undefined
  return refusal === undefined ? error : new RuleViolation(error.message, refusal)
}
