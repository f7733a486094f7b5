/** What an operator asked for cannot be done. The message is one line for people and never holds a secret. */
export class OperatorError extends Error {
  override name = 'OperatorError'
}
