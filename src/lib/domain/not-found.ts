/** What was asked for is not there, or not the asker's to see. Routes answer it with 404 and its code. */
export class NotFound extends Error {
  readonly code:
    | 'conversation_not_found'
    | 'conversation_joined'
    | 'duplicate_not_found'
    | 'message_not_found'
    | 'note_not_found'
    | 'view_not_found'
    | 'workspace_not_found'
  /** The conversation that shows it now: for `conversation_joined`, and for a message that another one shows. */
  readonly into: string | undefined

  constructor(code: NotFound['code'], message: string, into?: string) {
    super(message)
    this.name = 'NotFound'
    this.code = code
    this.into = into
  }
}

/** True for a NotFound, also one thrown by another copy of this module (the web process loads two). */
export function isNotFound(error: unknown): error is NotFound {
  return error instanceof Error && error.name === 'NotFound' && 'code' in error
}
