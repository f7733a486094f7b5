import type { ConversationSummary, InboxChanges, ThreadMessage } from '#lib/domain/inbox.ts'

/** Rows for tests: plain ones, of which a test names only what it is about. */
export function makeMessage(news: Partial<ThreadMessage> = {}): ThreadMessage {
  return {
    id: '00000000-0000-4000-8000-000000000001',
    conversationId: 'c1',
    direction: 'inbound',
    type: 'text',
    text: 'Halo',
    content: null,
    media: null,
    isForwarded: false,
    referral: null,
    reactions: [],
    quote: null,
    kapsoConversationId: null,
    status: null,
    sendState: null,
    failure: null,
    origin: 'cloud_api',
    authorName: null,
    clientReference: null,
    occurredAt: '2026-03-03T08:00:00.000Z',
    ...news,
  }
}

export function makeConversation(news: Partial<ConversationSummary> = {}): ConversationSummary {
  return {
    id: 'c1',
    contactId: 'p1',
    contactName: 'Siti Rahmawati',
    address: '+62 812 0000 0001',
    channelId: 'w1',
    channelName: 'Sales',
    lastMessage: null,
    lastActivityAt: '2026-03-03T08:00:00.000Z',
    unreadCount: 0,
    windowClosesAt: null,
    bot: { state: 'active', reason: null, since: null },
    ...news,
  }
}

export function makeChanges(news: Partial<InboxChanges> = {}): InboxChanges {
  return {
    cursor: '100',
    conversations: [],
    removedConversationIds: [],
    joinedConversations: [],
    mustReloadMessages: false,
    removedMessageIds: [],
    messages: [],
    unreadTotal: 0,
    ...news,
  }
}
