import { isUuid } from '../../domain/uuid.ts'
import { badCursor } from './page-cursor.ts'

/**
 * The place of a contact in a list: by last activity, among those without any, by when it was added, or by name. The
 * key is a moment with microseconds, or the name as it is ordered.
 */
export interface ContactPlace {
  kind: 'activity' | 'silent' | 'newest' | 'name'
  key: string
  id: string
}

export function toContactCursor({ kind, key, id }: ContactPlace): string {
  return `${kind}_${Buffer.from(key).toString('base64url')}_${id}`
}

/** @throws RuleViolation `bad_cursor` for one that is none of ours, or of a list with another order */
export function readContactCursor(cursor: string, kinds: readonly ContactPlace['kind'][]): ContactPlace {
  const match = /^([a-z]+)_([\w-]*)_([0-9a-f-]{36})$/.exec(cursor)
  const kind = kinds.find((each) => each === match?.[1])
  const id = match?.[3]
  if (kind === undefined || id === undefined || !isUuid(id)) throw badCursor()
  const key = Buffer.from(match?.[2] ?? '', 'base64url').toString('utf8')
  if (key.includes('\0') || (kind !== 'name' && !isMoment(key))) throw badCursor()
  return { kind, key, id }
}

/** As Postgres writes it; it answers a thirteenth month with an error. */
function isMoment(key: string): boolean {
  const match = /^([12]\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3})\d{3}Z$/.exec(key)
  if (match === null) return false
  const moment = new Date(`${match[1] ?? ''}Z`)
  return !Number.isNaN(moment.getTime()) && moment.toISOString() === `${match[1] ?? ''}Z`
}
