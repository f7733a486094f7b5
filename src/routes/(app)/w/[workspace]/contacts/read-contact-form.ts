import { isNotFound } from '#lib/domain/not-found.ts'
import { isRuleViolation } from '#lib/domain/rule-violation.ts'
import { isEmail, readFieldValue } from '#lib/domain/contact-values.ts'
import {
  blockLevels,
  type BlockLevel,
  type ContactChanges,
  type FieldDefinition,
} from '#lib/domain/contacts.ts'
import { leadStatuses } from '#lib/domain/inbox-views.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { readZonedTime } from '#lib/domain/zoned-time.ts'
import { RefusedField } from '#lib/server/database/contact-edits.ts'
import { readText } from '#lib/server/read-form.ts'

/** Codes by field. */
export type Errors = Partial<Record<string, string>>

/** What was typed, to be shown again; of each field no more than it can hold. */
export function typedValues(posted: FormData): Partial<Record<string, string>> {
  return Object.fromEntries(
    [...posted.keys()]
      .filter((name) => !name.startsWith('was:'))
      .slice(0, 200)
      .map((name) => [name, readText(posted, name).slice(0, 2000)]),
  )
}

/**
 * What a form of a contact changes. Its fields are name, email, owner, lead, and field:<id>; what is not there, or is
 * what it was, stays. What it was is what the page was made with, in was:<name>; where the form does not say, what is
 * shown now: whoever saves a form makes only that their own word which they changed.
 *
 * @param shown what stands there now, by the fields' names; nothing of a contact that is to be made
 */
export function readChanges(
  posted: FormData,
  definitions: readonly FieldDefinition[],
  shown: Readonly<Partial<Record<string, string | null>>> = {},
): { changes: ContactChanges; errors: Errors } {
  const changes: ContactChanges = {}
  const errors: Errors = {}
  const read = (name: string, take: (text: string) => void) => {
    if (!posted.has(name)) return
    const text = readText(posted, name).toWellFormed().trim()
    const before = posted.has(`was:${name}`) ? readText(posted, `was:${name}`) : (shown[name] ?? '')
    if (text !== before.trim()) take(text)
  }
  read('name', (text) => {
    if (text.length > 200) errors['name'] = 'name_length'
    changes.name = text === '' ? null : text
  })
  read('email', (text) => {
    if (text !== '' && !isEmail(text)) errors['email'] = 'email_invalid'
    changes.email = text === '' ? null : text
  })
  read('owner', (text) => {
    if (text !== '' && !isUuid(text)) errors['owner'] = 'owner_not_member'
    changes.ownerId = text === '' ? null : text
  })
  read('lead', (text) => {
    const status = leadStatuses.find((each) => each === text)
    if (status === undefined) errors['lead'] = 'lead_status_unknown'
    else changes.leadStatus = status
  })
  const fields: Record<string, string | null> = {}
  for (const { id, kind, choices } of definitions) {
    const name = `field:${id}`
    read(name, (text) => {
      const value = readFieldValue(kind, choices, text)
      if (value === undefined) errors[name] = 'field_value_invalid'
      else fields[id] = value
    })
  }
  if (Object.keys(fields).length > 0) changes.fields = fields
  return { changes, errors }
}

/** How somebody is to be blocked; the last day of a block is over at midnight in the workspace. */
export function readBlock(
  posted: FormData,
  timeZone: string,
): { block: { level: BlockLevel; reason: string | null; endsAt: Date | null }; errors: Errors } {
  const errors: Errors = {}
  const level = blockLevels.find((each) => each === readText(posted, 'level'))
  if (level === undefined) errors['level'] = 'block_level_unknown'
  const reason = readText(posted, 'reason').toWellFormed().trim()
  if (reason.length > 500) errors['reason'] = 'reason_length'
  const until = readText(posted, 'until').trim()
  const midnight = /^[12]\d{3}-\d{2}-\d{2}$/.test(until) ? readZonedTime(`${until}T00:00`, timeZone) : null
  if (until !== '' && midnight === null) errors['until'] = 'block_end_in_past'
  return {
    block: {
      level: level ?? 'mute',
      reason: reason === '' ? null : reason,
      endsAt: midnight === null ? null : new Date(midnight.getTime() + 24 * 60 * 60 * 1000),
    },
    errors,
  }
}

const fieldOf: Readonly<Record<string, string>> = {
  name_length: 'name',
  email_invalid: 'email',
  owner_not_member: 'owner',
  lead_status_unknown: 'lead',
  phone_invalid: 'phone',
  known_number: 'phone',
  contact_empty: 'name',
  reason_length: 'reason',
  block_level_unknown: 'level',
  drop_not_allowed: 'level',
  block_end_in_past: 'until',
  text_length: 'note',
}

/**
 * The code of a rule that was broken, at the field that it is about; of what is not there, for the whole form.
 *
 * @throws whatever is neither RuleViolation nor NotFound
 */
export function errorsOf(error: unknown): Errors {
  if (isNotFound(error)) return { form: error.code }
  if (!isRuleViolation(error)) throw error
  if (error instanceof RefusedField) return { [`field:${error.fieldId}`]: error.code }
  return { [fieldOf[error.code] ?? 'form']: error.code }
}
