import { EnvironmentError } from '../environment.ts'
import { errorFields } from '../log.ts'
import { OperatorError } from './operator-error.ts'

/** SQLSTATEs and Node's codes that an operator can do something about. */
const explanations: Record<string, string> = {
  ECONNREFUSED: 'The database cannot be reached: check that it runs, and DATABASE_URL_WORKER.',
  ENOTFOUND: 'The host of DATABASE_URL_WORKER is not known.',
  '23514': 'The database refuses a value: it is too long, empty or malformed.',
  '28P01': 'The database refuses the password in DATABASE_URL_WORKER.',
  '28000': 'The database refuses the user in DATABASE_URL_WORKER.',
  '3D000': 'There is no such database: check DATABASE_URL_WORKER.',
  '3F000': 'The database lacks migrations: run npm run migrate.',
  '42P01': 'The database lacks migrations: run npm run migrate.',
  '42883': 'The database lacks migrations: run npm run migrate.',
  '42501': 'The user in DATABASE_URL_WORKER may not do this: it must be my21_worker.',
}

/** One line on what went wrong. Of errors that are not ours only class and code are told: a message may hold a secret. */
export function describeFailure(error: unknown): string {
  if (error instanceof OperatorError) return error.message
  if (error instanceof EnvironmentError) return error.message.replace(/:?\n/g, '; ')
  const { errorName, errorCode } = errorFields(error)
  if (errorCode === undefined) return `Failed: ${errorName}.`
  return explanations[errorCode] ?? `Failed: ${errorName} (${errorCode}).`
}
