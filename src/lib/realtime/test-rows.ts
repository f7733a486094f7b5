import type {
  ConversationSummary,
  InboxChanges,
  MessagePage,
  ThreadEvent,
  ThreadMessage,
  ThreadNote,
} from '#lib/domain/inbox.ts'

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
    sendAt: null,
    undoUntil: null,
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
    waitingSince: null,
    state: 'open',
    snoozeKind: null,
    snoozedUntil: null,
    assignee: null,
    assignedReason: null,
    team: null,
    labelIds: [],
    leadStatus: 'new',
    draft: null,
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
    hasSightChanged: false,
    isBehind: false,
    joinedConversations: [],
    mustReloadMessages: false,
    removedMessageIds: [],
    messages: [],
    notes: [],
    events: [],
    ...news,
  }
}

export function makePage(news: Partial<MessagePage> = {}): MessagePage {
  return { messages: [], notes: [], events: [], nextBefore: null, nextAfter: null, ...news }
}

export function makeNote(news: Partial<ThreadNote> = {}): ThreadNote {
  return {
    id: 'n1',
    conversationId: 'c1',
    author: { id: 'u1', name: 'Dewi' },
    body: 'Asks for a discount',
    mentionedIds: [],
    clientReference: '00000000-0000-4000-8000-000000000002',
    createdAt: '2026-03-03T08:00:00.000Z',
    editedAt: null,
    isDeleted: false,
    ...news,
  }
}

export function makeEvent(news: Partial<ThreadEvent> = {}): ThreadEvent {
  return {
    id: 'e1',
    conversationId: 'c1',
    kind: 'closed',
    actor: { id: 'u1', name: 'Dewi' },
    details: {},
    occurredAt: '2026-03-03T08:00:00.000Z',
    ...news,
  }
}
