import { m } from '#lib/i18n/generated/messages.js'

/** What is told of codes, beside or in place of the words that hold everywhere. */
export type RefusalWords = Readonly<Record<string, () => string>>

const words: RefusalWords = {
  answered: m.shared_refused_answered,
  bad_capacity: m.settings_error_capacity,
  bad_cursor: m.shared_refused_bad_cursor,
  cannot_mention: m.shared_refused_cannot_mention,
  cannot_react: m.shared_refused_cannot_react,
  caption_length: m.shared_refused_caption_length,
  channel_not_found: m.shared_refused_channel_not_found,
  contact_not_found: m.shared_refused_contact_not_found,
  contact_without_number: m.shared_refused_contact_without_number,
  conversation_joined: m.shared_refused_not_found,
  conversation_not_found: m.shared_refused_not_found,
  empty_file: m.shared_refused_empty_file,
  file_type: m.shared_refused_file_type,
  last_owner: m.settings_error_last_owner,
  left: m.shared_refused_left,
  marketing_stopped: m.shared_refused_marketing_stopped,
  message_not_found: m.shared_refused_gone,
  name_length: m.shared_refused_name_length,
  name_taken: m.settings_error_name_taken,
  no_caption: m.shared_refused_no_caption,
  no_such_label: m.shared_refused_no_such_label,
  no_such_member: m.shared_refused_no_such_member,
  no_such_number: m.settings_error_no_such_number,
  no_such_team: m.shared_refused_no_such_team,
  no_window: m.shared_refused_no_window,
  not_allowed: m.settings_error_not_allowed,
  not_author: m.shared_refused_not_author,
  not_found: m.shared_refused_gone,
  not_visible: m.shared_refused_not_visible,
  not_yours: m.shared_refused_not_yours,
  note_not_found: m.shared_refused_gone,
  nothing_to_read: m.shared_refused_nothing_to_read,
  owner_only: m.settings_error_owner_only,
  parameter_invalid: m.shared_refused_parameter_invalid,
  parameter_missing: m.shared_refused_parameter_missing,
  phone_invalid: m.shared_refused_phone_invalid,
  quote_not_found: m.shared_refused_quote_not_found,
  search_too_slow: m.search_too_slow,
  send_at_out_of_range: m.shared_refused_send_at,
  shortcut_taken: m.shared_refused_shortcut_taken,
  snooze_in_past: m.shared_refused_snooze_in_past,
  snooze_too_long: m.shared_refused_snooze_too_long,
  template_not_found: m.shared_refused_template_not_found,
  template_not_supported: m.shared_refused_template_not_supported,
  template_unavailable: m.shared_refused_template_unavailable,
  text_length: m.shared_refused_text_length,
  too_large: m.shared_refused_too_large,
  too_many: m.settings_error_too_many,
  too_many_labels: m.shared_refused_too_many_labels,
  too_many_uploads: m.shared_refused_too_many_uploads,
  too_many_views: m.shared_refused_too_many_views,
  upload_missing: m.shared_refused_upload_missing,
  upload_not_found: m.shared_refused_upload_not_found,
  view_not_found: m.shared_refused_gone,
  window_closed: m.shared_refused_window_closed,
  wrong_type: m.shared_refused_wrong_type,
}

/**
 * What members read of what was refused, in their language. The messages of RuleViolation and NotFound are for
 * programmers.
 *
 * @param code of a RuleViolation or NotFound
 * @param own what is told of some codes here, in place of the words that hold everywhere
 */
export function describeRefusal(code: string, own: RefusalWords = {}): string {
  return (own[code] ?? words[code] ?? m.shared_refused_other)()
}
