/** A rule of the product was broken by what somebody asked for. Routes answer it with 422 and words for its code. */
export class RuleViolation extends Error {
  readonly code: string

  /**
   * @param code stable, for programs: `window_closed`
   * @param message for programmers and operators, in plain English; members read words in their language, by the code
   */
  constructor(code: string, message: string) {
    super(message)
    this.name = 'RuleViolation'
    this.code = code
  }
}

/** True for a RuleViolation, also one thrown by another copy of this module (the web process loads two). */
export function isRuleViolation(error: unknown): error is RuleViolation {
  return error instanceof Error && error.name === 'RuleViolation' && 'code' in error
}
