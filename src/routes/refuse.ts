import { fail, type ActionFailure } from '@sveltejs/kit'

/** What a form shows when it was not accepted. */
export interface Refusal<Values extends Record<string, string>> {
  /** What was typed, to be shown again. Never passwords. */
  values: Values
  /** What is wrong with single fields. */
  errors: Partial<Record<string, string>>
  /** What is wrong with the whole. */
  message: string | null
}

/** Answers a form that was not accepted. */
export function refuse<Values extends Record<string, string>>(
  status: number,
  values: Values,
  reason: { errors: Partial<Record<string, string>> } | { message: string },
): ActionFailure<Refusal<Values>> {
  return fail(status, { values, errors: {}, message: null, ...reason })
}
