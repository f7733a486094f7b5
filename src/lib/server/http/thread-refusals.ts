import { m } from '#lib/i18n/generated/messages.js'
import type { RefusalWords } from './refusal-words.ts'

/** What is told of codes that mean conversations here and contacts elsewhere. */
export const threadRefusals: RefusalWords = {
  already_merged: m.threads_error_already,
  merge_not_found: m.threads_error_merge_gone,
  not_allowed: m.threads_error_not_allowed,
  reason_length: m.threads_error_reason,
}
