import { basename } from 'node:path'
import { errorFields } from '../log.ts'

/**
 * What a failure has in common with others of its kind, to group them by. Made of names and codes alone: the message of
 * an error may quote a row, so it is left out.
 *
 * @returns `error 23505 messages_channel_id_wamid_key`, `TypeError in readText (read-message.ts)`
 */
export function describeCause(error: unknown): string {
  const { errorName, errorCode } = errorFields(error)
  if (errorCode === undefined) return [errorName, placeOf(error)].filter((part) => part !== '').join(' in ')
  return [errorName, errorCode, constraintOf(error)].filter((part) => part !== '').join(' ')
}

function constraintOf(error: unknown): string {
  if (!(error instanceof Error) || !('constraint' in error)) return ''
  return typeof error.constraint === 'string' ? error.constraint : ''
}

/** The function that threw and its file, without a line number, which would change with every version. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const frame = /^\s+at (?:(?:async )?(?<name>[\w.<>]+) \()?(?<file>[^\s()]+?):\d+:\d+\)?$/m.exec(
    error.stack ?? '',
  )?.groups
  if (frame?.['file'] === undefined) return ''
  const file = basename(frame['file'])
  return frame['name'] === undefined ? file : `${frame['name']} (${file})`
}
