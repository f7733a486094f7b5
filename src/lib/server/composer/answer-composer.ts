import { m } from '#lib/i18n/generated/messages.js'
import { isNotFound } from '../../domain/not-found.ts'
import { isRuleViolation } from '../../domain/rule-violation.ts'
import { describeRefusal } from '../http/refusal-words.ts'
import { AnsweredMeanwhile } from './composer-errors.ts'

/** What is told of these where something is written. */
const words = {
  text_length: m.shared_refused_message_length,
  not_allowed: m.shared_refused_not_allowed,
}

/**
 * Answers with what `work` gives, or 204 where it gives nothing. A broken rule becomes 422 with its code, and words in
 * the reader's language; what came too late, 409; what is not there or not to see, 404.
 */
export async function answerComposer(work: () => Promise<unknown>): Promise<Response> {
  try {
    const body = await work()
    return body === undefined ? new Response(null, { status: 204 }) : json(200, body)
  } catch (error) {
    if (error instanceof AnsweredMeanwhile) {
      return json(409, { code: 'answered', message: describeRefusal('answered'), by: error.by })
    }
    if (isNotFound(error)) return json(404, { code: error.code, message: m.shared_refused_not_found() })
    if (!isRuleViolation(error)) throw error
    return json(error.code === 'left' ? 409 : 422, {
      code: error.code,
      message: describeRefusal(error.code, words),
    })
  }
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'private, no-store' },
  })
}
