import { fail, type ActionFailure } from '@sveltejs/kit'
import { isRuleViolation } from '#lib/domain/rule-violation.ts'

/** What the form of one item shows when it was not accepted. */
export interface RefusedItem {
  /** Which item: its id, or what stands for a new one. */
  of: string
  /** What was typed, to be shown again. */
  values: Partial<Record<string, string>>
  /** Codes by field; `form` for the whole. */
  errors: Partial<Record<string, string>>
}

/** Answers the form of one item among several that was not accepted. */
export function refuseItem(status: number, refused: RefusedItem): ActionFailure<{ refused: RefusedItem }> {
  return fail(status, { refused })
}

/**
 * Answers a rule that was broken with its code, at the field that it is about.
 *
 * @param fields the field of each code; other codes are about the whole
 * @throws whatever is no RuleViolation
 */
export function refuseRule(
  error: unknown,
  refused: Omit<RefusedItem, 'errors'>,
  fields: Partial<Record<string, string>>,
): ActionFailure<{ refused: RefusedItem }> {
  if (!isRuleViolation(error)) throw error
  return refuseItem(422, { ...refused, errors: { [fields[error.code] ?? 'form']: error.code } })
}
