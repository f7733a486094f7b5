import { isEmail, readFieldValue } from '../contact-values.ts'
import { RuleViolation } from '../rule-violation.ts'
import type { MergeChoices, MergeFacts, MergeField, MergeValue } from './merge-facts.ts'
import type { MergePlan } from './plan-merge.ts'

/** A value that was typed cannot be kept in a field, or a side that was taken has none; `field` says in which. */
export class RefusedChoice extends RuleViolation {
  readonly field: MergeField

  constructor(code: string, field: MergeField) {
    super(code, 'This cannot be taken for the field.')
    this.field = field
  }
}

/**
 * What each field that differs is to be: what was chosen, else the default of the plan. Choices of fields that do not
 * differ count for nothing.
 *
 * @param at when it is chosen: the time of values that were typed
 * @throws RefusedChoice `choice_invalid`, `name_length`, `email_invalid`, `field_value_invalid`
 */
export function resolveChoices(
  { definitions }: MergeFacts,
  { fields }: MergePlan,
  choices: MergeChoices,
  at: Date,
): Record<MergeField, MergeValue> {
  return Object.fromEntries(
    fields.map(({ field, sides, defaultSide }) => {
      const choice = choices[field] ?? defaultSide
      if (typeof choice !== 'string') {
        const value = readCustom(field, choice.custom.toWellFormed().trim(), definitions)
        return [field, { value, source: 'staff', asOf: at.toISOString(), from: 'custom' }]
      }
      const value = sides.find(({ contactId }) => contactId === choice)?.value
      if (!value) throw new RefusedChoice('choice_invalid', field)
      return [field, value]
    }),
  )
}

/** Whether a value may be typed for a field in place of those of the sides. */
export function takesCustom(field: MergeField): boolean {
  return field !== 'owner' && field !== 'lead_status'
}

function readCustom(field: MergeField, text: string, definitions: MergeFacts['definitions']): string {
  if (!takesCustom(field)) throw new RefusedChoice('choice_invalid', field)
  if (field === 'name') {
    if (text.length < 1 || text.length > 200) throw new RefusedChoice('name_length', field)
    return text
  }
  if (field === 'email') {
    if (!isEmail(text)) throw new RefusedChoice('email_invalid', field)
    return text
  }
  const definition = definitions.find(({ id }) => `field:${id}` === field)
  const value = definition && readFieldValue(definition.kind, definition.choices, text)
  if (typeof value !== 'string') throw new RefusedChoice('field_value_invalid', field)
  return value
}
