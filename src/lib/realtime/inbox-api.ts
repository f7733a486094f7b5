import { mediaPath } from '#lib/domain/media.ts'
import type { SendRequest } from '#lib/domain/composer.ts'
import type {
  ConversationPage,
  InboxChanges,
  InboxCounts,
  InboxSetup,
  ListFilter,
  ListSort,
  MessagePage,
  SavedView,
  ThreadMessage,
} from '#lib/domain/inbox.ts'
import { writeListFilter } from '#lib/domain/inbox-views.ts'
import type { MemberPreferences } from '#lib/domain/member-preferences.ts'
import type { ContactDetails } from '#lib/domain/contact-details.ts'

const timeoutMs = 15_000

/**
 * Why the server did not do it.
 * `unreachable`: no answer (offline, time-out); whether it was done is not known. `broken`: 5xx, the same.
 * `refused`: 4xx, surely not done; `message` says why in the reader's words. `signed-out`: the session has ended.
 */
export class RequestFailed extends Error {
  readonly kind: 'unreachable' | 'broken' | 'refused' | 'signed-out'
  readonly status: number
  /** What the server called it, and whatever else it told: `answered` and by whom. */
  readonly code: string | null
  readonly body: Readonly<Record<string, unknown>>

  constructor(
    kind: RequestFailed['kind'],
    status: number,
    message: string,
    code: string | null = null,
    body: Readonly<Record<string, unknown>> = {},
  ) {
    super(message)
    this.name = 'RequestFailed'
    this.kind = kind
    this.status = status
    this.code = code
    this.body = body
  }
}

/** Which messages of a thread: the newest, those before a page, those after it, or those around one of them. */
export type MessagesAt = { before: string } | { after: string } | { around: string } | 'newest'

/** A saved view as it is made or changed. */
export type SavedViewDraft = Pick<SavedView, 'name' | 'filter' | 'sort' | 'isShared'>

export interface InboxApi {
  /** @param heard the transactions that broadcasts told of */
  fetchChanges(cursor: string, conversationId: string | null, heard: readonly string[]): Promise<InboxChanges>
  /** @param before `nextBefore` of the page above it; null is the first page */
  fetchConversations(filter: ListFilter, sort: ListSort, before: string | null): Promise<ConversationPage>
  fetchCounts(): Promise<InboxCounts>
  fetchSetup(): Promise<InboxSetup>
  fetchMessages(conversationId: string, at: MessagesAt, signal?: AbortSignal): Promise<MessagePage>
  fetchContact(conversationId: string): Promise<ContactDetails>
  postView(draft: SavedViewDraft): Promise<SavedView>
  patchView(id: string, news: Partial<SavedViewDraft>): Promise<SavedView>
  deleteView(id: string): Promise<void>
  putPreferences(news: Partial<MemberPreferences>): Promise<void>
  /** Sending the same reference again never makes a second message; the answer is the message as it stands. */
  postMessage(conversationId: string, request: SendRequest): Promise<ThreadMessage>
  postRead(conversationId: string): Promise<void>
  /** Asks for a message's file once more. */
  postMediaRetry(messageId: string): Promise<void>
  /** Where the browser gets a message's file. */
  mediaHref(messageId: string, options?: MediaOptions): string
}

/** `size` for the small picture, where there is one; `download` for saving instead of showing. */
export type MediaOptions = Parameters<typeof mediaPath>[2]

/**
 * The JSON endpoints of one workspace's inbox. Every function rejects with `RequestFailed`.
 * @param onServerTime told by answers that never come from a cache, in milliseconds
 */
export function createInboxApi(
  workspaceSlug: string,
  request: typeof fetch = (...args) => fetch(...args),
  onServerTime: (now: number) => void = () => undefined,
): InboxApi {
  const workspace = `/w/${encodeURIComponent(workspaceSlug)}`
  const base = `${workspace}/inbox`

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
    return ask(path, withBody('POST', body))
  }

  return {
    async fetchChanges(cursor, conversationId, heard) {
      const query = new URLSearchParams({ cursor })
      if (conversationId) query.set('conversation', conversationId)
      for (const xid of heard) query.append('heard', xid)
      const response = await ask(`/changes?${query.toString()}`)
      onServerTime(Date.parse(response.headers.get('date') ?? ''))
      return readJson(response)
    },
    async fetchConversations(filter, sort, before) {
      const query = writeListFilter(filter, sort)
      if (before !== null) query.set('before', before)
      return readJson(await ask(`/conversations?${query.toString()}`))
    },
    async fetchCounts() {
      return readJson(await ask('/counts'))
    },
    async fetchSetup() {
      return readJson(await ask('/setup'))
    },
    async fetchMessages(conversationId, at, signal) {
      const query = at === 'newest' ? '' : `?${new URLSearchParams(at).toString()}`
      return readJson(await ask(`/${conversationId}/messages${query}`, signal ? { signal } : {}))
    },
    async fetchContact(conversationId) {
      return readJson(await ask(`/${conversationId}/contact`))
    },
    async postView(draft) {
      return readJson(await post('/views', draft))
    },
    async patchView(id, news) {
      return readJson(await ask(`/views/${id}`, withBody('PATCH', news)))
    },
    async deleteView(id) {
      await ask(`/views/${id}`, { method: 'DELETE' })
    },
    async putPreferences(news) {
      await askFor(`${workspace}/preferences`, withBody('PUT', news))
    },
    async postMessage(conversationId, request) {
      return readJson(await post(`/${conversationId}/messages`, request))
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

function withBody(method: string, body: unknown): RequestInit {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
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
  const answer: unknown = await response.json().catch(() => null)
  const body = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {}
  const code = typeof body['code'] === 'string' ? body['code'] : null
  // What comes with a code is in the reader's language; anything else was written for a log.
  const message = code !== null && typeof body['message'] === 'string' ? body['message'] : ''
  if (response.status >= 500 || response.status === 408 || response.status === 429) {
    return new RequestFailed('broken', response.status, message)
  }
  return new RequestFailed('refused', response.status, message, code, body)
}
