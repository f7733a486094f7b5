import type { BlockLevel, FieldDefinition, FieldSource } from '../contacts.ts'

/** The shapes in which merges travel between server and browser. Moments are ISO 8601 strings in UTC. */

/** 'name', 'email', 'owner', 'lead_status', or 'field:<id>' of a field that the workspace made itself. */
export type MergeField = string

/** A value that one of the contacts shows. */
export interface MergeValue {
  value: string
  /** Null for a lead status that nobody ever said anything of, and for owners. */
  source: FieldSource | null
  asOf: string | null
  /** The contact whose own value it is, which an earlier merge may have put under this one; 'custom' for one typed then. */
  from: string
}

/** All that a plan is made from, of one of the contacts. */
export interface MergeSide {
  id: string
  title: string
  address: string | null
  createdAt: string
  /** Its own id, and those of contacts that were merged into it. */
  partIds: string[]
  values: Partial<Record<MergeField, MergeValue>>
  identities: { id: string; address: string | null; profileName: string | null }[]
  labelIds: string[]
  isOptedOut: boolean
  blockLevel: BlockLevel | null
  counts: MergeCounts
  /** Conversations that are not closed, as far as the reader sees them. */
  open: { conversationId: string; channelId: string; channelName: string; address: string | null }[]
}

export interface MergeCounts {
  conversations: number
  messages: number
  notes: number
}

export interface MergeFacts {
  /** Two to ten, all of them roots. */
  sides: MergeSide[]
  /** The workspace's own fields that are not archived. */
  definitions: FieldDefinition[]
}

/** What to take of a field: the side of one of the contacts, by its id, or a value that was typed. */
export type MergeChoice = string | { custom: string }

export type MergeChoices = Partial<Record<MergeField, MergeChoice>>

/** At most this many contacts are merged at once. */
export const mostMerged = 10
