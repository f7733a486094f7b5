import { AuthorizationFailed } from './authorization.ts'
import type { AuthorizationFault } from './authorization.ts'
import { TokenRefused } from './token.ts'
import type { TokenFault } from './token.ts'

/**
 * Why a client may not join, or not stay. Codes and messages are the protocol's (supabase/realtime ERROR_CODES.md):
 * a refused join reads `code: message`, a channel that is closed later reads the message.
 */
export class Refusal extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

const tokenCodes: Record<TokenFault, string> = {
  malformed: 'MalformedJWT',
  unsupported: 'JwtSignerError',
  signature: 'JwtSignatureError',
  expired: 'InvalidJWTToken',
  claims: 'InvalidJWTToken',
}

const authorizationRefusals: Record<
  Exclude<AuthorizationFault, 'policy'>,
  [code: string, message: string]
> = {
  canceled: ['QueryCanceled', 'Query was cancelled, please try again'],
  partition: ['MissingPartition', 'Realtime was unable to find the expected messages partition'],
  unreachable: ['UnableToConnectToProject', 'Realtime was unable to connect to the project database'],
}

export function refuseUnauthorized(topic: string): Refusal {
  return new Refusal('Unauthorized', `You do not have permissions to read from this Channel topic: ${topic}`)
}

/** What the client is told about an error. Errors that are none of its business become an unknown one. */
export function explainRefusal(error: unknown, topic: string): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof TokenRefused) return new Refusal(tokenCodes[error.fault], error.message)
  if (error instanceof AuthorizationFailed) {
    return error.fault === 'policy'
      ? refuseUnauthorized(topic)
      : new Refusal(...authorizationRefusals[error.fault])
  }
  return new Refusal('UnknownErrorOnChannel', 'Unknown Error on Channel')
}
