import { mediaPath } from '#lib/domain/media.ts'
import type { ConversationPage, InboxChanges, MessagePage, ThreadMessage } from '#lib/domain/inbox.ts'

const timeoutMs = 15_000

/**
 * Why the server did not do it.
 * `unreachable`: no answer (offline, time-out); whether it was done is not known. `broken`: 5xx, the same.
 * `refused`: 4xx, surely not done; `message` says why in the reader's words. `signed-out`: the session has ended.
 */
export class RequestFailed extends Error {
  readonly kind: 'unreachable' | 'broken' | 'refused' | 'signed-out'
  readonly status: number

  constructor(kind: RequestFailed['kind'], status: number, message: string) {
    super(message)
    this.name = 'RequestFailed'
    this.kind = kind
    this.status = status
  }
}

export interface InboxApi {
  fetchChanges(cursor: string, conversationId: string | null, signal?: AbortSignal): Promise<InboxChanges>
  fetchConversations(before: string): Promise<ConversationPage>
  fetchOlderMessages(conversationId: string, before: string): Promise<MessagePage>
  /** Sending the same reference again never makes a second message; the answer is the message as it stands. */
  postMessage(conversationId: string, clientReference: string, text: string): Promise<ThreadMessage>
  postRead(conversationId: string): Promise<void>
  /** Asks for a message's file once more. */
  postMediaRetry(messageId: string): Promise<void>
  /** Where the browser gets a message's file. */
  mediaHref(messageId: string, options?: MediaOptions): string
}

/** `size` for the small picture, where there is one; `download` for saving instead of showing. */
export type MediaOptions = Parameters<typeof mediaPath>[2]

/** The JSON endpoints of one workspace's inbox. Every function rejects with `RequestFailed`. */
export function createInboxApi(
  workspaceSlug: string,
  request: typeof fetch = (...args) => fetch(...args),
): InboxApi {
  const base = `/w/${encodeURIComponent(workspaceSlug)}/inbox`

  function ask(path: string, init?: RequestInit): Promise<Response> {
    return askFor(base + path, init)
  }

  async function askFor(address: string, init: RequestInit = {}): Promise<Response> {
    const signals = [AbortSignal.timeout(timeoutMs), ...(init.signal ? [init.signal] : [])]
    let response: Response
    try {
      response = await request(address, { ...init, signal: AbortSignal.any(signals), cache: 'no-store' })
    } catch {
      throw new RequestFailed('unreachable', 0, 'The server cannot be reached.')
    }
    if (response.ok && !response.redirected) return response
    throw await readFailure(response)
  }

  function post(path: string, body: unknown): Promise<Response> {
    return ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }

  return {
    async fetchChanges(cursor, conversationId, signal) {
      const query = new URLSearchParams({ cursor })
      if (conversationId) query.set('conversation', conversationId)
      return readJson(await ask(`/changes?${query.toString()}`, signal ? { signal } : {}))
    },
    async fetchConversations(before) {
      return readJson(await ask(`/conversations?${new URLSearchParams({ before }).toString()}`))
    },
    async fetchOlderMessages(conversationId, before) {
      const query = new URLSearchParams({ before })
      return readJson(await ask(`/${conversationId}/messages?${query.toString()}`))
    },
    async postMessage(conversationId, clientReference, text) {
      return readJson(await post(`/${conversationId}/messages`, { clientReference, text }))
    },
    async postRead(conversationId) {
      await post(`/${conversationId}/read`, {})
    },
    async postMediaRetry(messageId) {
      await askFor(mediaPath(workspaceSlug, messageId), { method: 'POST' })
    },
    mediaHref: (messageId, options) => mediaPath(workspaceSlug, messageId, options),
  }
}

/** A body that breaks off is an answer that did not arrive. */
async function readJson<Answer>(response: Response): Promise<Answer> {
  try {
    return (await response.json()) as Answer
  } catch {
    throw new RequestFailed('unreachable', response.status, 'The answer did not arrive.')
  }
}

async function readFailure(response: Response): Promise<RequestFailed> {
  // A redirect leads to the sign-in page: its HTML is no answer.
  if (response.status === 401 || response.redirected) {
    return new RequestFailed('signed-out', 401, 'You are signed out.')
  }
  const body = (await response.json().catch(() => null)) as { message?: unknown } | null
  const message = typeof body?.message === 'string' ? body.message : ''
  if (response.status >= 500 || response.status === 408 || response.status === 429) {
    return new RequestFailed('broken', response.status, message || 'The server could not answer.')
  }
  return new RequestFailed('refused', response.status, message || 'The server refused this.')
}
