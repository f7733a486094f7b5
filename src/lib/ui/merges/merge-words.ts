import type { BlockLevel, FieldDefinition, FieldKind, FieldSource } from '#lib/domain/contacts.ts'
import type { MergeField } from '#lib/domain/merges/merge-facts.ts'
import type { DefaultReason, MergePlan } from '#lib/domain/merges/plan-merge.ts'
import type { LeadStatus } from '#lib/domain/inbox.ts'
import { leadStatuses } from '#lib/domain/inbox-views.ts'
import { dateLocale } from '#lib/i18n/date-locale.ts'
import { m } from '#lib/i18n/generated/messages.js'

/** Everybody of the team by their user id. */
export type Members = readonly { id: string; name: string }[]

/** What values are written with. */
export interface FieldWords {
  definitions: readonly FieldDefinition[]
  members: Members
}

export function nameOfField(field: MergeField, { definitions }: FieldWords): string {
  const names: Partial<Record<MergeField, () => string>> = {
    name: m.contacts_column_name,
    email: m.contacts_column_email,
    owner: m.contacts_column_owner,
    lead_status: m.contacts_column_lead,
  }
  return names[field]?.() ?? definitions.find(({ id }) => `field:${id}` === field)?.label ?? ''
}

export function writeMergeValue(
  field: MergeField,
  value: string,
  { definitions, members }: FieldWords,
): string {
  if (field === 'owner') return members.find(({ id }) => id === value)?.name ?? value
  if (field === 'lead_status') {
    const status = leadStatuses.find((each) => each === value)
    return status === undefined ? value : leads[status]()
  }
  const definition = definitions.find(({ id }) => `field:${id}` === field)
  return definition === undefined ? value : writeValue(definition.kind, value)
}

export function nameOfMergeSource(source: FieldSource | null): string {
  return source === null ? m.merges_source_none() : nameOfSource(source)
}

export function wordsOfReason(reason: DefaultReason): string {
  return {
    source: m.merges_reason_source,
    newer: m.merges_reason_newer,
    only: m.merges_reason_only,
    survivor: m.merges_reason_survivor,
  }[reason]()
}

export function wordsOfSurvivor(reason: MergePlan['survivorReason']): string {
  return {
    chosen: m.merges_survivor_chosen,
    source: m.merges_survivor_source,
    older: m.merges_survivor_older,
  }[reason]()
}

const leads: Record<LeadStatus, () => string> = {
  new: m.list_lead_new,
  unqualified: m.list_lead_unqualified,
  qualified: m.list_lead_qualified,
  customer: m.list_lead_customer,
  archived: m.list_lead_archived,
  spam: m.list_lead_spam,
  duplicate: m.list_lead_duplicate,
}

function nameOfSource(source: FieldSource): string {
  return {
    staff: m.contacts_source_staff,
    import: m.contacts_source_import,
    bot: m.contacts_source_bot,
    whatsapp_profile: m.contacts_source_whatsapp_profile,
  }[source]()
}

export function wordsOfBlock(level: BlockLevel): string {
  return {
    mute: m.contacts_block_mute,
    quarantine: m.contacts_block_quarantine,
    drop: m.contacts_block_drop,
  }[level]()
}

/** A name within a sentence: whatever its direction, it turns nothing around it (Unicode's isolates). */
export function isolate(name: string): string {
  return `${String.fromCodePoint(0x2068)}${name}${String.fromCodePoint(0x2069)}`
}

/** What a custom field holds, as one reads it: 1,234.5 and 23 Nov 2026. */
function writeValue(kind: FieldKind, value: string): string {
  if (kind === 'number')
    return new Intl.NumberFormat(dateLocale(), { maximumFractionDigits: 20 }).format(value as `${number}`)
  if (kind !== 'date') return value
  // A day of the calendar is the same one everywhere.
  return new Intl.DateTimeFormat(dateLocale(), { dateStyle: 'medium', timeZone: 'UTC' }).format(
    new Date(`${value}T00:00:00Z`),
  )
}

const refusals: Readonly<Record<string, () => string>> = {
  stale_plan: m.merges_error_stale,
  same_contact: m.merges_error_same,
  already_merged: m.merges_error_already,
  contact_not_found: m.merges_error_gone,
  too_many_to_merge: m.merges_error_too_many,
  reason_length: m.merges_error_reason,
  choice_invalid: m.merges_error_choice,
  merge_not_found: m.merges_error_merge_gone,
  proposal_not_found: m.merges_error_proposal_gone,
  not_allowed: m.merges_error_not_allowed,
  name_length: m.contacts_error_name,
  email_invalid: m.contacts_error_email,
  field_value_invalid: m.contacts_error_value,
}

/** Why something was not accepted, in words, by the code of a RuleViolation. */
export function describeMergeRefusal(code: string): string {
  return (refusals[code] ?? m.shared_refused_other)()
}
