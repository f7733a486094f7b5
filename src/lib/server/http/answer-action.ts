import { m } from '#lib/i18n/generated/messages.js'
import { answerJson } from './answer-json.ts'
import type { RefusalWords } from './refusal-words.ts'

/** Whatever is not there: to the reader it is the conversation that they no longer see. */
const words = {
  message_not_found: m.shared_refused_not_found,
  note_not_found: m.shared_refused_not_found,
}

/** As answerJson, for what is done to a conversation. */
export function answerAction(work: () => Promise<unknown>, own: RefusalWords = {}): Promise<Response> {
  return answerJson(work, { ...words, ...own })
}
