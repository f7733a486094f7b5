import { z } from 'zod'

/**
 * Merging threads of one person on one channel, and splitting one: what pages and server say to each other, below
 * `/w/{workspace}/inbox/{conversation}`. For owners and admins, but for proposals; errors are `{code, message}`.
 */

export const longestThreadReason = 500

const reason = z.string().max(2000)

/**
 * `POST {conversation}/merges`: merges other conversations into this one; 204. 422 `reason_length`, `same_conversation`,
 * `conversation_not_found`, `already_merged`, `other_channel`, `other_contact`, `thread_split_off`, `not_allowed`.
 * `DELETE {conversation}/merges/{join}` undoes one; 204. 422 `merge_not_found`, `not_allowed`.
 */
export const mergeThreadsSchema = z.object({
  conversationIds: z.array(z.uuid()).min(1).max(9),
  reason,
})
export type MergeThreadsRequest = z.input<typeof mergeThreadsSchema>

/**
 * `POST {conversation}/proposals`: proposes to merge another conversation into this one, for owners and admins to decide.
 * Answers {proposalId}. 422 as of merges.
 */
export const proposeThreadsSchema = z.object({ conversationId: z.uuid(), reason })
export type ProposeThreadsRequest = z.input<typeof proposeThreadsSchema>

const moment = z.iso.datetime({ offset: true })

/** Which messages are split off; both ends of a span of messages are part of it, the end of a span of time is not. */
export const splitSelectionSchema = z.union([
  z.strictObject({ from: z.uuid().nullable(), to: z.uuid().nullable() }),
  z.strictObject({ before: moment }),
  z.strictObject({ between: z.tuple([moment, moment]) }),
  z.strictObject({ session: z.string().min(1).max(200) }),
])
export type SplitSelection = z.output<typeof splitSelectionSchema>

/**
 * `POST {conversation}/splits`: splits messages off; answers {partId}. With `isPreview` nothing is done, and it answers
 * SplitPreview. 422 `reason_length`, `conversation_not_found`, `thread_split_off`, `selection_invalid`,
 * `nothing_to_split`, `nothing_left`, `message_under_way`, `not_allowed`.
 * `DELETE {conversation}/splits/{split}` undoes one; 204. 422 `split_not_found`, `not_allowed`.
 */
export const splitThreadSchema = z.object({
  selection: splitSelectionSchema,
  reason: reason.default(''),
  isPreview: z.boolean().default(false),
})
export type SplitThreadRequest = z.input<typeof splitThreadSchema>

/** How many messages would go, stay, and cannot go because they are being sent. */
export interface SplitPreview {
  selected: number
  kept: number
  underWay: number
}

/** An account that a conversation can be answered at, by its own thread. */
export interface ThreadAddress {
  id: string
  /** As it is shown; null where WhatsApp tells none. */
  address: string | null
  windowClosesAt: string | null
  /** The threads of the conversation whose messages are this account's. */
  threadIds: string[]
}

/** Another conversation of the same contact on the same channel. */
export interface ThreadMate {
  id: string
  address: string | null
  lastActivityAt: string
}

export interface ThreadMerge {
  joinId: string
  threadId: string
  reason: string
  isActive: boolean
}

export interface ThreadSplit {
  splitId: string
  originId: string
  partId: string
  reason: string
  messageCount: number
  isActive: boolean
}

/** `GET {conversation}/ties`: what a conversation was merged of and split into, and what could be done to it. */
export interface ThreadTies {
  /** Whether it is a part that was split off: nothing can be sent in it. */
  isPart: boolean
  addresses: ThreadAddress[]
  /** The account of the customer's last message. */
  defaultAddressId: string | null
  mates: ThreadMate[]
  merges: ThreadMerge[]
  splits: ThreadSplit[]
  /** Sessions of activity, newest first. */
  sessions: { id: string; startedAt: string }[]
}
