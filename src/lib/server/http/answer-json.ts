import { isNotFound } from '../../domain/not-found.ts'
import { isRuleViolation } from '../../domain/rule-violation.ts'
import { describeRefusal, type RefusalWords } from './refusal-words.ts'

/**
 * Answers with what `work` gives, never cached, unless that is an answer by itself; a broken rule becomes 422 with its
 * code, and words in the reader's language; what is not there or not to see 404, likewise.
 *
 * @param own what is told of some codes here, in place of the words that hold everywhere
 */
export async function answerJson(work: () => Promise<unknown>, own?: RefusalWords): Promise<Response> {
  try {
    const answer = await work()
    return answer instanceof Response ? answer : json(200, answer)
  } catch (error) {
    const tell = (code: string) => ({ code, message: describeRefusal(code, own) })
    if (isRuleViolation(error)) return json(422, tell(error.code))
    if (isNotFound(error)) return json(404, { ...tell(error.code), into: error.into })
    throw error
  }
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'private, no-store' },
  })
}
