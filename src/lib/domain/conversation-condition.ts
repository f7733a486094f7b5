import type { BotState, ConversationState, Person, SnoozeKind } from './inbox.ts'

/** What staff can change about a conversation, as it stands after a change. Moments are ISO 8601 strings in UTC. */
export interface ConversationCondition {
  /** The conversation at the root: the one that the list shows. */
  id: string
  state: ConversationState
  snoozeKind: SnoozeKind | null
  snoozedUntil: string | null
  assignee: Person | null
  assignedReason: string | null
  team: { id: string; name: string } | null
  labelIds: string[]
  bot: { state: BotState; reason: string | null; since: string | null }
}
