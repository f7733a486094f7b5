import type { ConversationState, LeadStatus, Person } from './inbox.ts'

/** The shapes in which contacts travel between server and browser. Moments are ISO 8601 strings in UTC. */

/** Whose word a value is, the least trusted first: a lower one never overwrites a higher one. */
export const fieldSources = ['whatsapp_profile', 'bot', 'import', 'staff'] as const

export type FieldSource = (typeof fieldSources)[number]

export const fieldKinds = ['text', 'number', 'date', 'choice'] as const

export type FieldKind = (typeof fieldKinds)[number]

/** A field that the workspace made itself. */
export interface FieldDefinition {
  id: string
  label: string
  kind: FieldKind
  /** Of a choice, in their order; empty for the other kinds. */
  choices: string[]
  isArchived: boolean
}

/** What lists and forms of contacts offer to choose from. */
export interface ContactChoices {
  members: (Person & { isMe: boolean })[]
  labels: { id: string; name: string; colour: string }[]
  channels: { id: string; name: string }[]
  /** Those that are not archived. */
  fields: FieldDefinition[]
}

/**
 * What reaches the team of somebody, the strictest last. `mute`: everything, without a sound and unread by nobody; `quarantine`: their
 * messages wait until somebody lets them through; `drop`: nothing is kept.
 */
export const blockLevels = ['mute', 'quarantine', 'drop'] as const

export type BlockLevel = (typeof blockLevels)[number]

export interface ContactBlock {
  level: BlockLevel
  reason: string | null
  /** Null for one without an end. */
  endsAt: string | null
  createdAt: string
  /** Null for who is no member any more. */
  createdBy: Person | null
}

/** One line of the list. */
export interface ContactRow {
  id: string
  /** What to call the person: the name, else the address. */
  name: string
  /** Their number in international form, or their username; null where there is neither. */
  address: string | null
  email: string | null
  leadStatus: LeadStatus
  owner: Person | null
  /** Its own, and those of all their conversations. */
  labelIds: string[]
  /** By which of our numbers there is a conversation. */
  channelIds: string[]
  /** That which was last active; null for somebody without one. */
  conversationId: string | null
  lastActivityAt: string | null
  createdAt: string
  /** Values by the field's id, in the spelling of `FieldValue`. */
  fields: Record<string, string>
  isOptedOut: boolean
  blockLevel: BlockLevel | null
}

export interface ContactList {
  contacts: ContactRow[]
  /** Pass as `before` for the next page; null on the last. */
  nextBefore: string | null
  /** How many the filter fits, counted to at most `mostCounted`. */
  total: number
}

/** Lists are counted to this: "1,000+". */
export const mostCounted = 1000

/** One line of the history of a value. Names of members stand for their ids. */
export interface FieldChange {
  id: string
  oldValue: string | null
  newValue: string | null
  source: FieldSource | null
  changedAt: string
  changedBy: Person | null
  /** The import that wrote it. */
  importId: string | null
  /** Whether a recovery run wrote it, or took it back, for whoever asked. */
  isByRecovery: boolean
}

/** A value with where it comes from. */
export interface FieldValue<Value = string> {
  /** A number as 1234.5, a date as 2026-11-23; null where there is none. */
  value: Value | null
  source: FieldSource | null
  asOf: string | null
  /** Latest first, at most 20. */
  history: FieldChange[]
}

/** A WhatsApp account by which they are known, with those that were joined with it. */
export interface KnownIdentity {
  id: string
  /** As it is shown; null where WhatsApp hides it. */
  phone: string | null
  phoneVerdict: 'valid' | 'possible' | 'invalid' | null
  username: string | null
  profileName: string | null
  /** Whose word it was first that there is such an account; `whatsapp_profile` is WhatsApp's own. */
  source: FieldSource
  firstSeenAt: string
  lastSeenAt: string
  /** WhatsApp's own ids, which last when numbers change. */
  scopedIds: { scope: string; value: string; firstSeenAt: string }[]
}

export interface FormerNumber {
  phone: string
  firstSeenAt: string
  lastSeenAt: string
}

export interface ContactConversation {
  id: string
  channelId: string
  channelName: string
  address: string | null
  state: ConversationState
  assignee: Person | null
  labelIds: string[]
  lastActivityAt: string
}

export interface ContactNote {
  id: string
  /** Null for one that lies on the contact itself. */
  conversationId: string | null
  author: Person
  body: string
  createdAt: string
  editedAt: string | null
}

/** That somebody wants no marketing, by WhatsApp's own stop of one number, or as the team was told. */
export interface OptOut {
  id: string
  source: 'whatsapp' | 'staff'
  /** The number that it holds for; null for all. */
  channelId: string | null
  reason: string | null
  since: string
  /** Who of the team wrote it down. */
  by: Person | null
}

/** What happened with a person, latest first. `details` depends on the kind. */
export interface TimelineEntry {
  id: string
  kind:
    | 'created'
    | 'changed'
    | 'conversation_started'
    | 'note_written'
    | 'labelled'
    | 'unlabelled'
    | 'blocked'
    | 'unblocked'
    | 'opted_out'
    | 'opted_in'
    | 'merged'
    | 'parted'
    | 'imported'
    | 'import_undone'
  at: string
  by: Person | null
  /**
   * `changed`: field, oldValue, newValue, source, and way: `recovery` where a recovery run did it. `conversation_started`,
   * `note_written`: conversationId. `labelled`, `unlabelled`, of the contact itself: name of the label. `merged`,
   * `parted`: name and contactId of the other contact, reason of the merge. `blocked`: level, reason. `imported`,
   * `import_undone`: importId and name of the file, both null for who may not see imports.
   */
  details: Record<string, string | null>
}

/** All that is known of one person. */
export interface ContactPage {
  id: string
  /** What to call the person. */
  title: string
  address: string | null
  name: FieldValue
  email: FieldValue
  leadStatus: FieldValue<LeadStatus>
  /** The value is a user's id; `ownerName` is what to show of it. */
  owner: FieldValue
  ownerName: string | null
  /** Those that are not archived, in their order, each with what stands in it. */
  fields: (FieldDefinition & FieldValue)[]
  identities: KnownIdentity[]
  formerNumbers: FormerNumber[]
  conversations: ContactConversation[]
  /** Latest first, at most 50. */
  notes: ContactNote[]
  /** Its own, and those of all their conversations. */
  labelIds: string[]
  /** Those that lie on the contact itself, as they do where there is no conversation. */
  ownLabelIds: string[]
  optOuts: OptOut[]
  block: ContactBlock | null
  timeline: TimelineEntry[]
  createdAt: string
  editedAt: string | null
}

export const contactSorts = ['activity', 'newest', 'name'] as const

/** By their last activity (who never wrote comes last), by when they were added, or by name. */
export type ContactSort = (typeof contactSorts)[number]

/** What the list is narrowed to. What is left out narrows nothing. */
export interface ContactFilter {
  /** As typed into the search; see SearchQuery. The best match comes first, whatever the sort. */
  text?: string | undefined
  /** Their own, or of any of their conversations. */
  labelId?: string | undefined
  /** A user's id, or `none` for those without one. */
  ownerId?: string | undefined
  leadStatus?: LeadStatus | undefined
  /** With a conversation on this number of ours. */
  channelId?: string | undefined
  hasDuplicates?: boolean | undefined
  isOptedOut?: boolean | undefined
  isBlocked?: boolean | undefined
  /** Days in the workspace's time zone, both included: 2026-11-23. */
  createdFrom?: string | undefined
  createdTo?: string | undefined
}

/** How a typed number would be stored. */
export interface TypedNumber {
  /** E.164; null where it is no number at all. */
  e164: string | null
  /** As it is shown: +62 812-0000-0001. */
  shown: string | null
  verdict: 'valid' | 'possible' | 'invalid'
  /** ISO 3166 code of the number's country, where it can be told. */
  country: string | null
  /** Who has it already; null for nobody, and for somebody whom the reader does not see: it is told only when they add it. */
  knownContact: { id: string; name: string } | null
  /** Somebody has it, also where `knownContact` must not say who. */
  isKnown: boolean
}

/** What `edit` changes; what is not named stays. Null takes a value away. */
export interface ContactChanges {
  name?: string | null | undefined
  email?: string | null | undefined
  ownerId?: string | null | undefined
  leadStatus?: LeadStatus | undefined
  /** By the field's id, in the spelling of its kind. */
  fields?: Record<string, string | null> | undefined
}

/** At most this many contacts are changed at once. */
export const mostContactsAtOnce = 500
