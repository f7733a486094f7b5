import type { ConversationPage, InboxChanges, InboxSetup, MessagePage } from '#lib/domain/inbox.ts'
import { mostChanges } from '#lib/domain/most-changes.ts'
import { type InboxApi, RequestFailed } from '#lib/realtime/inbox-api.ts'
import type { ListState } from './list-state.svelte.ts'

/** What was loaded anew, because an answer about changes does not tell it piece by piece. */
export interface FreshParts {
  inbox: { list: ListState; page: ConversationPage; setup: InboxSetup } | null
  /** The newest page of the thread that was asked for; `gone` when it is out of the member's sight. */
  thread: MessagePage | 'gone' | null
}

/**
 * Loads what an answer about changes leaves out: the list when more has changed than it holds or the member sees others
 * than before, the thread when it gained or lost more than it tells. To be called after that answer, whose cursor then
 * stands for what is loaded too. Rejects with `RequestFailed`; then the answer must not be used either.
 */
export async function fetchFreshParts(
  api: Pick<InboxApi, 'fetchConversations' | 'fetchSetup' | 'fetchMessages'>,
  changes: InboxChanges,
  list: ListState,
  conversationId: string | null,
): Promise<FreshParts> {
  const isInboxNew = changes.hasSightChanged || changes.conversations.length >= mostChanges
  const isThreadNew =
    changes.hasSightChanged || changes.mustReloadMessages || changes.messages.length >= mostChanges
  const [inbox, thread] = await Promise.all([
    isInboxNew ? fetchInbox(api, list) : null,
    isThreadNew && conversationId !== null ? fetchThread(api, conversationId) : null,
  ])
  return { inbox, thread }
}

async function fetchInbox(
  api: Pick<InboxApi, 'fetchConversations' | 'fetchSetup'>,
  list: ListState,
): Promise<FreshParts['inbox']> {
  const [page, setup] = await Promise.all([
    api.fetchConversations(list.filter, list.sort, null),
    api.fetchSetup(),
  ])
  return { list, page, setup }
}

async function fetchThread(
  api: Pick<InboxApi, 'fetchMessages'>,
  conversationId: string,
): Promise<FreshParts['thread']> {
  try {
    return await api.fetchMessages(conversationId, 'newest')
  } catch (failure) {
    if (failure instanceof RequestFailed && failure.status === 404) return 'gone'
    throw failure
  }
}
