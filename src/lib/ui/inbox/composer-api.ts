import type {
  Draft,
  DraftRequest,
  NewMessage,
  NewMessageRequest,
  SavedReply,
  SavedReplyRequest,
  Template,
  Upload,
  UploadRequest,
} from '#lib/domain/composer.ts'
import type { ContactHit, SearchResults } from '#lib/domain/search-results.ts'
import type { Method } from './thread-requests.ts'
import { RequestFailed } from '#lib/realtime/inbox-api.ts'

const timeoutMs = 15_000

/** What the composer asks of the server besides sending. Every function rejects with `RequestFailed`. */
export interface ComposerApi {
  fetchDraft(conversationId: string): Promise<Draft>
  /** @param isLeaving the page is being left: the request must outlive it */
  putDraft(conversationId: string, draft: DraftRequest, isLeaving?: boolean): Promise<void>
  postTyping(conversationId: string): Promise<void>
  createUpload(conversationId: string, file: UploadRequest): Promise<Upload>
  /** Which of these uploads may still be sent. */
  fetchUploads(conversationId: string, ids: readonly string[]): Promise<string[]>
  /** Takes back what has not left. */
  deleteMessage(conversationId: string, messageId: string): Promise<void>
  fetchTemplates(channelId: string): Promise<Template[]>
  refreshTemplates(): Promise<void>
  /** For the file that a template begins with. */
  createTemplateUpload(file: UploadRequest): Promise<Upload>
  fetchSavedReplies(): Promise<SavedReply[]>
  createSavedReplyUpload(file: UploadRequest): Promise<Upload>
  createSavedReply(reply: SavedReplyRequest): Promise<SavedReply>
  changeSavedReply(id: string, reply: SavedReplyRequest): Promise<SavedReply>
  deleteSavedReply(id: string): Promise<void>
  postNewMessage(message: NewMessageRequest): Promise<NewMessage>
  /** People by a name, a number or an e-mail address, best first. */
  findContacts(query: string): Promise<ContactHit[]>
}

export function createComposerApi(
  workspaceSlug: string,
  request: typeof fetch = (...args) => fetch(...args),
): ComposerApi {
  const workspace = `/w/${encodeURIComponent(workspaceSlug)}`
  const base = `${workspace}/inbox`

  async function ask<Answer>(path: string, method: Method = 'GET', body?: unknown, keepalive = false) {
    let response: Response
    try {
      response = await request(path.startsWith('/') ? path : `${base}/${path}`, {
        method,
        cache: 'no-store',
        keepalive,
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
    const answer: unknown = await response.json().catch(() => null)
    if (!response.ok) throw describeFailure(response.status, answer)
    return answer as Answer
  }

  return {
    fetchDraft: (conversation) => ask(`${conversation}/draft`),
    putDraft: (conversation, draft, isLeaving) => ask(`${conversation}/draft`, 'PUT', draft, isLeaving),
    postTyping: (conversation) => ask(`${conversation}/typing`, 'POST', {}),
    createUpload: (conversation, file) => ask(`${conversation}/uploads`, 'POST', file),
    fetchUploads: (conversation, ids) =>
      ask(`${conversation}/uploads?${new URLSearchParams(ids.map((id) => ['id', id])).toString()}`),
    deleteMessage: (conversation, message) => ask(`${conversation}/messages/${message}`, 'DELETE'),
    fetchTemplates: (channel) => ask(`templates?${new URLSearchParams({ channel }).toString()}`),
    refreshTemplates: () => ask('templates/refresh', 'POST', {}),
    createTemplateUpload: (file) => ask('templates/uploads', 'POST', file),
    fetchSavedReplies: () => ask('saved-replies'),
    createSavedReplyUpload: (file) => ask('saved-replies/uploads', 'POST', file),
    createSavedReply: (reply) => ask('saved-replies', 'POST', reply),
    changeSavedReply: (id, reply) => ask(`saved-replies/${id}`, 'PATCH', reply),
    deleteSavedReply: (id) => ask(`saved-replies/${id}`, 'DELETE'),
    postNewMessage: (message) => ask('new-message', 'POST', message),
    async findContacts(query) {
      const found = await ask<SearchResults>(
        `${workspace}/search?${new URLSearchParams({ q: query, kind: 'contacts' }).toString()}`,
      )
      return found.contacts
    },
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
