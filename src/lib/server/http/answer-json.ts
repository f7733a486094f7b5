import { isRuleViolation } from '../../domain/rule-violation.ts'

/** Answers with what `work` gives, never cached; a broken rule becomes 422 with its code and words. */
export async function answerJson(work: () => Promise<unknown>): Promise<Response> {
  try {
    return json(200, await work())
  } catch (error) {
    if (isRuleViolation(error)) return json(422, { code: error.code, message: error.message })
    throw error
  }
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'private, no-store' },
  })
}
