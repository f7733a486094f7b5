import { blockLevels, type FieldSource } from '#lib/domain/contacts.ts'
import type { MergeField } from '#lib/domain/merges/merge-facts.ts'
import type { DefaultReason, MergePlan } from '#lib/domain/merges/plan-merge.ts'
import { m } from '#lib/i18n/generated/messages.js'
import {
  type FieldNaming,
  nameOfBlock,
  nameOfSource,
  writeFieldValue,
} from '../shared/contact-value-words.ts'
import { isolate } from '../shared/isolate.ts'

/** Everybody of the team by their user id. */
export type Members = readonly { id: string; name: string }[]

/** Also of the blocks and opt-outs among later edits. */
export function nameOfField(field: MergeField, { fields }: FieldNaming): string {
  const names: Partial<Record<MergeField, () => string>> = {
    name: m.contacts_column_name,
    email: m.contacts_column_email,
    owner: m.contacts_column_owner,
    lead_status: m.contacts_column_lead,
    block: m.contacts_blocking,
    opt_out: m.contacts_opt_out,
  }
  return names[field]?.() ?? fields.find(({ id }) => `field:${id}` === field)?.label ?? ''
}

/** What somebody wrote, within a sentence. */
export function writeEdited(field: MergeField, value: string | null, naming: FieldNaming): string {
  if (field === 'opt_out') return value === null ? m.contacts_opt_out_all() : isolate(value)
  if (value === null) return m.merges_nothing()
  const level = field === 'block' ? blockLevels.find((each) => each === value) : undefined
  return isolate(level === undefined ? writeFieldValue(field, value, naming) : nameOfBlock(level))
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

const refusals: Readonly<Record<string, () => string>> = {
  stale_plan: m.merges_error_stale,
  same_contact: m.merges_error_same,
  already_merged: m.merges_error_already,
  contact_not_found: m.merges_error_gone,
  too_many_to_merge: m.merges_error_too_many,
  reason_length: m.merges_error_reason,
  choice_invalid: m.merges_error_choice,
  edits_changed: m.merges_error_edits_changed,
  merge_not_found: m.merges_error_merge_gone,
  proposal_not_found: m.merges_error_proposal_gone,
  not_allowed: m.merges_error_not_allowed,
  note_length: m.merges_error_note,
  name_length: m.contacts_error_name,
  email_invalid: m.contacts_error_email,
  field_value_invalid: m.contacts_error_value,
}

/** Why something was not accepted, in words, by the code of a RuleViolation. */
export function describeMergeRefusal(code: string): string {
  return (refusals[code] ?? m.shared_refused_other)()
}
