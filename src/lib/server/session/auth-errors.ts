import { AuthApiError, AuthWeakPasswordError, type AuthError } from '@supabase/supabase-js'
import { m } from '#lib/i18n/generated/messages.js'

/** What the person reads, and the HTTP status that goes with it. */
export interface AuthProblem {
  status: number
  message: string
  /** The field to blame, where it is one. */
  field?: 'email' | 'password'
}

/** By Auth's error codes, in the reader's language. (Supabase docs: Auth error codes.) */
const problems: Record<string, () => AuthProblem> = {
  invalid_credentials: () => ({ status: 400, message: m.auth_error_credentials() }),
  email_not_confirmed: () => ({ status: 400, message: m.auth_error_email_unconfirmed() }),
  user_banned: () => ({ status: 403, message: m.auth_error_blocked() }),
  user_already_exists: takenEmail,
  email_exists: takenEmail,
  email_address_invalid: unreachableEmail,
  email_address_not_authorized: unreachableEmail,
  validation_failed: () => ({ status: 400, message: m.auth_error_email(), field: 'email' }),
  weak_password: weakPassword,
  same_password: () => ({ status: 400, message: m.auth_error_password_same(), field: 'password' }),
  signup_disabled: () => ({ status: 403, message: m.auth_error_invitation() }),
  over_request_rate_limit: tooMany,
  over_email_send_rate_limit: tooMany,
}

/** Puts an error of Auth into words. Whatever is not the person's doing is "try again". */
export function explainAuthError(error: AuthError): AuthProblem {
  if (error instanceof AuthWeakPasswordError) return weakPassword()
  if (error instanceof AuthApiError) return (problems[error.code ?? ''] ?? unavailable)()
  return unavailable()
}

/** In words that a person can do something with. */
export function explainWait(seconds: number): string {
  return m.auth_error_wait({ count: Math.ceil(seconds / 60) })
}

function unavailable(): AuthProblem {
  return { status: 503, message: m.auth_error_unavailable() }
}

function takenEmail(): AuthProblem {
  return { status: 400, message: m.auth_error_email_taken(), field: 'email' }
}

function unreachableEmail(): AuthProblem {
  return { status: 400, message: m.auth_error_email_unreachable(), field: 'email' }
}

function weakPassword(): AuthProblem {
  return { status: 400, message: m.auth_error_password_weak(), field: 'password' }
}

function tooMany(): AuthProblem {
  return { status: 429, message: m.auth_error_too_many() }
}
