import { isNotFound } from '../../domain/not-found.ts'
import { isRuleViolation } from '../../domain/rule-violation.ts'

/**
 * Answers with what `work` gives, never cached, unless that is an answer by itself; a broken rule becomes 422 with its
 * code and words, what is not there or not to see 404.
 */
export async function answerJson(work: () => Promise<unknown>): Promise<Response> {
  try {
    const answer = await work()
    return answer instanceof Response ? answer : json(200, answer)
  } catch (error) {
    if (isRuleViolation(error)) return json(422, { code: error.code, message: error.message })
    if (isNotFound(error)) return json(404, { code: error.code, message: error.message, into: error.into })
    throw error
  }
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'private, no-store' },
  })
}
