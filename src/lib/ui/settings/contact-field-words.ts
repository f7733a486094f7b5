import type { FieldKind } from '#lib/domain/contacts.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { describeRefusal } from './settings-words.ts'

export const kindWords: Record<FieldKind, () => string> = {
  text: m.contacts_kind_text,
  number: m.contacts_kind_number,
  date: m.contacts_kind_date,
  choice: m.contacts_kind_choice,
}

const refusals: Record<string, () => string> = {
  choices_invalid: m.contacts_field_error_choices,
  field_choices: m.contacts_field_error_choices,
  field_label_length: m.contacts_field_error_label,
  field_not_found: m.settings_error_not_found,
  too_many_fields: m.contacts_field_error_too_many,
}

/** Why a field was not accepted, in words. */
export function describeFieldRefusal(code: string): string {
  return refusals[code]?.() ?? describeRefusal(code, 60)
}
