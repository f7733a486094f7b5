import { z } from 'zod'

/** Auth stores bcrypt hashes, which see no further than this. */
const mostPasswordBytes = 72
const fewestPasswordCharacters = 10

export const email = z
  .string()
  .trim()
  .toLowerCase()
  .min(1, 'Enter your e-mail.')
  .max(254, 'This does not look like an e-mail address.')
  .pipe(z.email('This does not look like an e-mail address.'))

/** A password that somebody chooses. */
export const newPassword = z
  .string()
  .min(fewestPasswordCharacters, `Use at least ${String(fewestPasswordCharacters)} characters.`)
  .refine((value) => Buffer.byteLength(value) <= mostPasswordBytes, 'Use fewer characters: 72 at most.')

export const displayName = z.string().trim().min(1, 'Enter your name.').max(80, 'Use 80 characters at most.')
