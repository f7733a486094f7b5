import { AuthApiError, AuthWeakPasswordError, type AuthError } from '@supabase/supabase-js'

/** What the person reads, and the HTTP status that goes with it. */
export interface AuthProblem {
  status: number
  message: string
  /** The field to blame, where it is one. */
  field?: 'email' | 'password'
}

/** By Auth's error codes. (Supabase docs: Auth error codes.) */
const problems: Record<string, AuthProblem> = {
  invalid_credentials: { status: 400, message: 'The e-mail or the password is not right.' },
  email_not_confirmed: {
    status: 400,
    message: 'Open the link in the mail that we sent you first, then sign in.',
  },
  user_banned: { status: 403, message: 'This account is blocked.' },
  user_already_exists: takenEmail(),
  email_exists: takenEmail(),
  email_address_invalid: { status: 400, message: 'Mail cannot reach this address.', field: 'email' },
  email_address_not_authorized: { status: 400, message: 'Mail cannot reach this address.', field: 'email' },
  validation_failed: { status: 400, message: 'This does not look like an e-mail address.', field: 'email' },
  weak_password: {
    status: 400,
    message: 'This password is too easy to guess. Choose another one.',
    field: 'password',
  },
  same_password: {
    status: 400,
    message: 'This is your present password. Choose another one.',
    field: 'password',
  },
  signup_disabled: { status: 403, message: 'New accounts need an invitation.' },
  over_request_rate_limit: tooMany(),
  over_email_send_rate_limit: tooMany(),
}

/** Puts an error of Auth into words. Whatever is not the person's doing is "try again". */
export function explainAuthError(error: AuthError): AuthProblem {
  if (error instanceof AuthWeakPasswordError) return problems['weak_password'] ?? unavailable()
  if (error instanceof AuthApiError) return problems[error.code ?? ''] ?? unavailable()
  return unavailable()
}

/** In words that a person can do something with. */
export function explainWait(seconds: number): string {
  const minutes = Math.ceil(seconds / 60)
  return `Too many attempts. Try again in ${minutes === 1 ? 'a minute' : `${String(minutes)} minutes`}.`
}

function unavailable(): AuthProblem {
  return { status: 503, message: 'This is not possible right now. Try again in a moment.' }
}

function takenEmail(): AuthProblem {
  return {
    status: 400,
    message: 'There is an account with this e-mail already. Sign in instead.',
    field: 'email',
  }
}

function tooMany(): AuthProblem {
  return { status: 429, message: 'Too many attempts. Try again in a few minutes.' }
}
