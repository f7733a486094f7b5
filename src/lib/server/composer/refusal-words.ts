import { m } from '#lib/i18n/generated/messages.js'
import type { RuleViolation } from '../../domain/rule-violation.ts'

const words: Record<string, () => string> = {
  not_found: m.shared_refused_gone,
  window_closed: m.shared_refused_window_closed,
  text_length: m.shared_refused_message_length,
  caption_length: m.shared_refused_caption_length,
  send_at_out_of_range: m.shared_refused_send_at,
  quote_not_found: m.shared_refused_quote_not_found,
  upload_not_found: m.shared_refused_upload_not_found,
  too_many_uploads: m.shared_refused_too_many_uploads,
  upload_missing: m.shared_refused_upload_missing,
  empty_file: m.shared_refused_empty_file,
  too_large: m.shared_refused_too_large,
  file_type: m.shared_refused_file_type,
  wrong_type: m.shared_refused_wrong_type,
  no_caption: m.shared_refused_no_caption,
  template_not_found: m.shared_refused_template_not_found,
  template_not_supported: m.shared_refused_template_not_supported,
  template_unavailable: m.shared_refused_template_unavailable,
  parameter_missing: m.shared_refused_parameter_missing,
  parameter_invalid: m.shared_refused_parameter_invalid,
  marketing_stopped: m.shared_refused_marketing_stopped,
  cannot_react: m.shared_refused_cannot_react,
  channel_not_found: m.shared_refused_channel_not_found,
  contact_not_found: m.shared_refused_contact_not_found,
  contact_without_number: m.shared_refused_contact_without_number,
  not_visible: m.shared_refused_not_visible,
  left: m.shared_refused_left,
  phone_invalid: m.shared_refused_phone_invalid,
  shortcut_taken: m.shared_refused_shortcut_taken,
  not_allowed: m.shared_refused_not_allowed,
}

/** What members read of what the composer refused, in their language; of a rule without such words, its own. */
export function describeRefusal({ code, message }: Pick<RuleViolation, 'code' | 'message'>): string {
  return words[code]?.() ?? message
}
