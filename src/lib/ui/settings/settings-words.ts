import { m } from '#lib/i18n/generated/messages.js'
import type { Weekday } from '../../domain/business-hours.ts'
import type { LabelColour, MemberRow } from './team-data.ts'

export const roleWords: Record<MemberRow['role'], () => string> = {
  owner: m.settings_role_owner,
  admin: m.settings_role_admin,
  agent: m.settings_role_agent,
}

export const visibilityWords: Record<MemberRow['visibility'], () => string> = {
  all: m.settings_visibility_all,
  team: m.settings_visibility_team,
  own: m.settings_visibility_own,
}

/** The same in a word or two. */
export const sightWords: Record<MemberRow['visibility'], () => string> = {
  all: m.settings_sees_all,
  team: m.settings_sees_team,
  own: m.settings_sees_own,
}

export const availabilityWords: Record<MemberRow['availability'], () => string> = {
  online: m.settings_availability_online,
  away: m.settings_availability_away,
}

export const dayWords: Record<Weekday, () => string> = {
  mon: m.settings_day_mon,
  tue: m.settings_day_tue,
  wed: m.settings_day_wed,
  thu: m.settings_day_thu,
  fri: m.settings_day_fri,
  sat: m.settings_day_sat,
  sun: m.settings_day_sun,
}

export const colourWords: Record<LabelColour, () => string> = {
  grey: m.settings_colour_grey,
  green: m.settings_colour_green,
  amber: m.settings_colour_amber,
  red: m.settings_colour_red,
  violet: m.settings_colour_violet,
  blue: m.settings_colour_blue,
}

/** The tone of Badge that is a label's colour. */
export const colourTones = {
  grey: 'neutral',
  green: 'accent',
  amber: 'amber',
  red: 'red',
  violet: 'violet',
  blue: 'blue',
} as const

const refusals: Record<string, () => string> = {
  last_owner: m.settings_error_last_owner,
  owner_only: m.settings_error_owner_only,
  not_allowed: m.settings_error_not_allowed,
  not_found: m.settings_error_not_found,
  name_taken: m.settings_error_name_taken,
  too_many: m.settings_error_too_many,
  no_such_member: m.settings_error_no_such_member,
  no_such_number: m.settings_error_no_such_number,
  bad_capacity: m.settings_error_capacity,
  bad_time: m.settings_error_bad_time,
  ends_before_it_begins: m.settings_error_ends_before_it_begins,
  too_many_spans: m.settings_error_too_many_spans,
  spans_overlap: m.settings_error_spans_overlap,
  away_length: m.settings_error_away_length,
  bad_email: m.auth_error_email,
  already_member: m.settings_error_already_member,
  too_many_invitations: m.settings_error_too_many_invitations,
  invitation_not_found: m.settings_error_invitation_gone,
}

/**
 * Why something was not accepted, in words.
 *
 * @param code of a RuleViolation or of a field
 * @param most the longest name, where the name is what is wrong
 */
export function describeRefusal(code: string, most = 0): string {
  if (code === 'name_length') return m.settings_error_name_length({ most })
  return (refusals[code] ?? m.settings_error_choice)()
}
