import { objectAt, objectsAt, textAt, type JsonObject } from './json.ts'
import type { StatusEntry } from './kapso-event.ts'
import { readTime } from './read-time.ts'

/** WhatsApp has five statuses; a list with more entries than this is no list of statuses. */
const mostStatuses = 50

/** The raw statuses of WhatsApp that Kapso recorded for a message, oldest first; often there are none. */
export function listRawStatuses(message: JsonObject): JsonObject[] {
  return objectsAt(objectAt(message, 'kapso'), 'statuses', mostStatuses)
}

/**
 * Reads the statuses of a message.
 *
 * @param told the status that the event itself is about, if it is about one
 * @param occurredAt when that was, where the list does not say it
 */
export function readStatuses(
  message: JsonObject,
  raw: JsonObject[],
  told: string | undefined,
  occurredAt: Date,
): StatusEntry[] {
  const entries: StatusEntry[] = []
  for (const entry of raw) {
    const status = textAt(entry, 'status')
    const at = readTime(entry['timestamp'])
    if (status === undefined || at === undefined || !/^[a-z_]{1,40}$/.test(status)) continue
    entries.push({ status, occurredAt: at, ...readError(entry) })
  }
  // The list is only there when Kapso recorded it; the event itself always tells its own status.
  if (told !== undefined && !entries.some((entry) => entry.status === told)) {
    const error = readError(message)
    entries.push({
      status: told,
      occurredAt,
      ...(told === 'failed' && error.errorCode === null ? readError(objectAt(message, 'kapso')) : error),
    })
  }
  return entries
}

/** Our own id of the message, which WhatsApp hands back in its raw statuses. */
export function readCallbackData(message: JsonObject, raw: JsonObject[]): string | null {
  for (const entry of [...raw, message]) {
    const data = textAt(entry, 'biz_opaque_callback_data', 512)
    if (data !== undefined) return data
  }
  return null
}

/** Code and title of the first error of `errors`. */
export function readError(value: JsonObject | undefined): Pick<StatusEntry, 'errorCode' | 'errorTitle'> {
  const error = objectsAt(value, 'errors', 1)[0]
  const code = textAt(error, 'code')
  return {
    errorCode: code !== undefined && /^[\w-]{1,60}$/.test(code) ? code : null,
    errorTitle: textAt(error, 'title', 300) ?? textAt(error, 'message', 300) ?? null,
  }
}
