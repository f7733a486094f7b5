import { m } from '#lib/i18n/generated/messages.js'
import { isNotFound, NotFound } from '../../domain/not-found.ts'
import { isRuleViolation, RuleViolation } from '../../domain/rule-violation.ts'
import { answerJson } from './answer-json.ts'

/** What readers are told of what was refused, by its code. */
const words: Record<string, () => string> = {
  no_such_member: m.shared_refused_no_such_member,
  no_such_team: m.shared_refused_no_such_team,
  no_such_label: m.shared_refused_no_such_label,
  too_many_labels: m.shared_refused_too_many_labels,
  snooze_in_past: m.shared_refused_snooze_in_past,
  snooze_too_long: m.shared_refused_snooze_too_long,
  no_window: m.shared_refused_no_window,
  cannot_mention: m.shared_refused_cannot_mention,
  not_author: m.shared_refused_not_author,
  text_length: m.shared_refused_text_length,
  nothing_to_read: m.shared_refused_nothing_to_read,
}

/** As answerJson, for what is done to a conversation: what was refused is said in the reader's language. */
export function answerAction(work: () => Promise<unknown>): Promise<Response> {
  return answerJson(async () => {
    try {
      return await work()
    } catch (error) {
      if (isRuleViolation(error)) throw new RuleViolation(error.code, words[error.code]?.() ?? error.message)
      if (isNotFound(error)) throw new NotFound(error.code, m.shared_refused_not_found(), error.into)
      throw error
    }
  })
}
