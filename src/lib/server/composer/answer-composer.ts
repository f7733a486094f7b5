import { isRuleViolation } from '../../domain/rule-violation.ts'
import { AnsweredMeanwhile } from './composer-errors.ts'

/**
 * Answers with what `work` gives, or 204 where it gives nothing. A broken rule becomes 422 with its code and words; what
 * came too late, 409.
 */
export async function answerComposer(work: () => Promise<unknown>): Promise<Response> {
  try {
    const body = await work()
    return body === undefined ? new Response(null, { status: 204 }) : json(200, body)
  } catch (error) {
    if (error instanceof AnsweredMeanwhile) {
      return json(409, { code: 'answered', message: 'A colleague has answered meanwhile.', by: error.by })
    }
    if (!isRuleViolation(error)) throw error
    return json(error.code === 'left' ? 409 : 422, { code: error.code, message: error.message })
  }
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'private, no-store' },
  })
}
