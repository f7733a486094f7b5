import { RequestFailed } from '#lib/realtime/inbox-api.ts'

const timeoutMs = 15_000

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Asks one of the endpoints of a conversation. Rejects with `RequestFailed`. */
export type AskConversation = (
  conversationId: string,
  path: string,
  method: Method,
  body?: unknown,
) => Promise<unknown>

export function askConversations(
  workspaceSlug: string,
  request: typeof fetch = (...args) => fetch(...args),
): AskConversation {
  const base = `/w/${encodeURIComponent(workspaceSlug)}/inbox`
  return async (conversationId, path, method, body) => {
    let response: Response
    try {
      response = await request(`${base}/${conversationId}/${path}`, {
        method,
        cache: 'no-store',
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined
          ? {}
          : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      })
    } catch {
      throw new RequestFailed('unreachable', 0, '')
    }
    // A redirect leads to the sign-in page: its HTML is no answer.
    if (response.status === 401 || response.redirected) throw new RequestFailed('signed-out', 401, '')
    if (response.status === 204) return null
    const answer: unknown = await response.json().catch(() => null)
    if (response.ok) return answer
    throw describeFailure(response.status, answer)
  }
}

function describeFailure(status: number, answer: unknown): RequestFailed {
  const body = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {}
  const code = typeof body['code'] === 'string' ? body['code'] : null
  // What comes with a code is in the reader's language; anything else was written for a log.
  const message = code !== null && typeof body['message'] === 'string' ? body['message'] : ''
  if (status >= 500 || status === 408 || status === 429) return new RequestFailed('broken', status, message)
  return new RequestFailed('refused', status, message, code, body)
}
