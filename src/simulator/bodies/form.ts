import type { Identifiers } from '../identifiers.ts'
import type { Settings } from '../settings.ts'

/**
 * The shape of one body. Real deliveries vary in which optional fields they carry, in the phone's format, in where the
 * contact's name stands and in time formats.
 */
export interface BodyForm {
  style: 'current' | 'classic' | 'recorded'
  hasPlus: boolean
  utcOffsetHours: number
  usernameHasAt: boolean
  /** What stands in `from` and `phone_number` when WhatsApp hides the number. */
  hiddenFrom: 'absent' | 'null' | 'empty'
  /** The same in the conversation. */
  hiddenPhone: 'absent' | 'null' | 'empty'
  /** What stands in `username` when somebody has none. */
  noUsername: 'absent' | 'null' | 'empty'
  /** Kapso's models know the transcript as an object and as a text. */
  transcript: 'object' | 'text'
}

const styles = ['current', 'classic', 'recorded'] as const

/** The form of the body named by `parts`: with the same seed always the same. */
export function chooseForm(
  identifiers: Identifiers,
  bodyForms: Settings['bodyForms'],
  ...parts: unknown[]
): BodyForm {
  const isMixed = bodyForms === 'mixed'
  const style = bodyForms === 'mixed' ? identifiers.pick(styles, 'form', ...parts) : bodyForms
  return {
    style,
    hasPlus: isMixed ? identifiers.pick([true, false], 'plus', ...parts) : style === 'classic',
    utcOffsetHours: isMixed ? identifiers.pick([-3, 0, 7], 'offset', ...parts) : -3,
    usernameHasAt: isMixed ? identifiers.pick([true, false], 'at', ...parts) : true,
    hiddenFrom: isMixed ? identifiers.pick(['absent', 'null', 'empty'], 'hidden', ...parts) : 'absent',
    hiddenPhone: isMixed ? identifiers.pick(['absent', 'null', 'empty'], 'phone', ...parts) : 'null',
    noUsername: isMixed ? identifiers.pick(['absent', 'null', 'empty'], 'username', ...parts) : 'absent',
    transcript: isMixed ? identifiers.pick(['object', 'text'], 'transcript', ...parts) : 'object',
  }
}

/** Unix seconds as a string, as in `message.timestamp`. */
export function toUnixSeconds(at: number): string {
  return String(Math.floor(at / 1000))
}

/** `2025-10-28T14:25:01Z` */
export function toIsoSeconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}

/** `2025-10-28T17:25:01.000000Z` */
export function toIsoMicroseconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 23)}000Z`
}

/** `2025-10-28T14:25:01-03:00` */
export function toIsoWithOffset(at: number, hours: number): string {
  if (hours === 0) return toIsoSeconds(at)
  const local = new Date(at + hours * 3_600_000).toISOString().slice(0, 19)
  return `${local}${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}:00`
}

/** A key whose value is missing: left out, null or empty. */
export function buildMissing(key: string, how: 'absent' | 'null' | 'empty'): Record<string, unknown> {
  return { absent: {}, null: { [key]: null }, empty: { [key]: '' } }[how]
}
