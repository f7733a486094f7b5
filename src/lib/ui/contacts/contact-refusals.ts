import { m } from '#lib/i18n/generated/messages.js'

const words: Readonly<Record<string, () => string>> = {
  block_end_in_past: m.contacts_error_block_end,
  block_level_unknown: m.contacts_error_choice,
  contact_empty: m.contacts_error_empty,
  contact_not_found: m.contacts_missing_text,
  contact_without_conversation: m.contacts_error_no_conversation,
  conversation_not_found: m.shared_refused_not_found,
  drop_not_allowed: m.contacts_error_drop,
  email_invalid: m.contacts_error_email,
  field_not_found: m.contacts_error_field_gone,
  field_value_invalid: m.contacts_error_value,
  known_number: m.contacts_error_known,
  lead_status_unknown: m.contacts_error_choice,
  name_length: m.contacts_error_name,
  no_such_label: m.shared_refused_no_such_label,
  not_author: m.shared_refused_not_author,
  note_empty: m.contacts_error_note_empty,
  note_not_found: m.shared_refused_gone,
  owner_not_member: m.contacts_error_owner,
  phone_invalid: m.contacts_phone_invalid,
  reason_length: m.contacts_error_reason,
  sees_own_only: m.contacts_error_sees_own,
  text_length: m.contacts_error_note_length,
  too_many_contacts: m.contacts_error_too_many,
  too_many_labels: m.shared_refused_too_many_labels,
}

/** Why something was not accepted, in words, by the code of a RuleViolation. */
export function describeRefusal(code: string): string {
  return (words[code] ?? m.shared_refused_other)()
}

/** The same for each field of a form. */
export function describeRefusals(errors: Partial<Record<string, string>>): Partial<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(errors).map(([field, code]) => [
      field,
      code === undefined ? undefined : describeRefusal(code),
    ]),
  )
}
