import type { FieldDefinition } from '#lib/domain/contacts.ts'
import type { ContactImport, ImportState, UndoOutcome } from '#lib/domain/csv/contact-import.ts'
import type { ImportTarget } from '#lib/domain/csv/import-columns.ts'
import type { ImportReason, ImportVerdict } from '#lib/domain/csv/import-plan.ts'
import { dateLocale } from '#lib/i18n/date-locale.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { getLocale, type Locale } from '#lib/i18n/generated/runtime.js'
import { writeCount } from '../shared/write-count.ts'

type Word = () => string
type Tone = 'neutral' | 'accent' | 'amber' | 'red' | 'violet' | 'blue'

export const stateWords: Record<ImportState, Word> = {
  draft: m.imports_state_draft,
  checking: m.imports_state_checking,
  checked: m.imports_state_checked,
  applying: m.imports_state_applying,
  applied: m.imports_state_applied,
  undoing: m.imports_state_undoing,
  undone: m.imports_state_undone,
  failed: m.imports_state_failed,
}

export const stateTones: Record<ImportState, Tone> = {
  draft: 'amber',
  checking: 'blue',
  checked: 'amber',
  applying: 'blue',
  applied: 'accent',
  undoing: 'blue',
  undone: 'neutral',
  failed: 'red',
}

export const verdictWords: Record<ImportVerdict, Word> = {
  new: m.imports_verdict_new,
  update: m.imports_verdict_update,
  unchanged: m.imports_verdict_unchanged,
  duplicate: m.imports_verdict_duplicate,
  invalid: m.imports_verdict_invalid,
}

export const verdictTones: Record<ImportVerdict, Tone> = {
  new: 'accent',
  update: 'blue',
  unchanged: 'neutral',
  duplicate: 'amber',
  invalid: 'red',
}

export const outcomeWords: Record<UndoOutcome, Word> = {
  set_aside: m.imports_outcome_set_aside,
  restored: m.imports_outcome_restored,
  kept: m.imports_outcome_kept,
}

export const outcomeTones: Record<UndoOutcome, Tone> = {
  set_aside: 'neutral',
  restored: 'neutral',
  kept: 'amber',
}

const reasonWords: Record<
  ImportReason,
  (inputs?: Record<string, never>, options?: { locale?: Locale }) => string
> = {
  nothing: m.imports_reason_nothing,
  too_many_cells: m.imports_reason_too_many_cells,
  contact_id: m.imports_reason_contact_id,
  contact_unknown: m.imports_reason_contact_unknown,
  name_length: m.imports_reason_name_length,
  email_invalid: m.imports_reason_email_invalid,
  phone_invalid: m.imports_reason_phone_invalid,
  phone_shortened: m.imports_reason_phone_shortened,
  phone_of_another: m.imports_reason_phone_of_another,
  lead_status_unknown: m.imports_reason_lead_status_unknown,
  owner_unknown: m.imports_reason_owner_unknown,
  field_value_invalid: m.imports_reason_field_value_invalid,
}

/** Why a row cannot be taken over, with the column in which it shows where there is one. */
export function describeReason(
  reason: ImportReason,
  column: string | undefined,
  locale: Locale = getLocale(),
): string {
  const problem = reasonWords[reason]({}, { locale })
  return column === undefined || column === ''
    ? problem
    : m.imports_reason_in({ column, problem }, { locale })
}

/** What a file of such rows says besides them. The language is given: it is written while nobody asks any more. */
export function invalidRowWords(locale: Locale) {
  return {
    line: m.imports_file_line({}, { locale }),
    problem: m.imports_file_problem({}, { locale }),
    describe: (reason: ImportReason, column: string | undefined) => describeReason(reason, column, locale),
  }
}

/** What a column can hold, and what of a person is named: the fields of a contact, those of the workspace among them. */
export function nameOfTarget(target: string, fields: readonly FieldDefinition[]): string {
  const known: Partial<Record<string, Word>> = {
    contact_id: m.imports_target_contact_id,
    name: m.contacts_column_name,
    first_name: m.imports_target_first_name,
    last_name: m.imports_target_last_name,
    email: m.contacts_column_email,
    phone: m.contacts_phone,
    lead_status: m.contacts_column_lead,
    owner: m.contacts_column_owner,
  } satisfies Record<Exclude<ImportTarget, `field:${string}`>, Word>
  const field = fields.find(({ id }) => target === `field:${id}`)
  return field?.label ?? (known[target] ?? m.imports_field_unknown)()
}

const failureWords: Record<NonNullable<ContactImport['failure']>['code'], Word> = {
  empty_file: m.imports_failure_empty_file,
  not_text: m.imports_failure_not_text,
  encoding: m.imports_failure_encoding,
  open_quote: m.imports_failure_open_quote,
  text_after_quote: m.imports_failure_text_after_quote,
  cell_too_large: m.imports_failure_cell_too_large,
  row_too_large: m.imports_failure_row_too_large,
  too_many_columns: m.imports_failure_too_many_columns,
  too_many_rows: m.imports_failure_too_many_rows,
  no_rows: m.imports_failure_no_rows,
  columns: m.imports_failure_columns,
  error: m.imports_failure_error,
}

/** Why a file could not be read, and where. */
export function describeFailure({ code, line }: NonNullable<ContactImport['failure']>): string {
  const problem = failureWords[code]()
  return line === null ? problem : m.imports_failure_at({ line: writeCount(line), problem })
}

/** `45%` */
export function writePercent(part: number): string {
  return new Intl.NumberFormat(dateLocale(), { style: 'percent' }).format(part)
}

/** `Indonesia`, by its ISO 3166 code. */
export function nameOfCountry(code: string): string {
  return new Intl.DisplayNames([dateLocale()], { type: 'region' }).of(code) ?? code
}

/** `Name, E-mail` */
export function listFields(names: readonly string[], fields: readonly FieldDefinition[]): string {
  return new Intl.ListFormat(dateLocale(), { type: 'unit', style: 'long' }).format(
    names.map((name) => nameOfTarget(name, fields)),
  )
}
