import { z } from 'zod'
import { m } from '#lib/i18n/generated/messages.js'

/** Auth stores bcrypt hashes, which see no further than this. */
const mostPasswordBytes = 72
const fewestPasswordCharacters = 10
const longestName = 80

export const email = z
  .string()
  .trim()
  .toLowerCase()
  .min(1, { error: () => m.auth_error_email_missing() })
  .max(254, { error: () => m.auth_error_email() })
  .pipe(z.email({ error: () => m.auth_error_email() }))

/** A password that somebody chooses. */
export const newPassword = z
  .string()
  .min(fewestPasswordCharacters, {
    error: () => m.auth_error_password_short({ fewest: fewestPasswordCharacters }),
  })
  .refine((value) => Buffer.byteLength(value) <= mostPasswordBytes, {
    error: () => m.auth_error_password_long({ most: mostPasswordBytes }),
  })

export const displayName = z
  .string()
  .trim()
  .min(1, { error: () => m.auth_error_name_missing() })
  .max(longestName, { error: () => m.auth_error_name_long({ most: longestName }) })
