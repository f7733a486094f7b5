import type { ConversationSummary } from '#lib/domain/inbox.ts'
import type { InboxStore } from '#lib/ui/inbox/inbox-store.svelte.ts'
import { lastLineOf } from '#lib/ui/inbox/message-words.ts'
import { type PageTeller, tellFromPage } from '#lib/ui/notifications/page-notifications.ts'

/** Lets the browser tell of conversations in which customers have written, while the page is in the background. */
export async function tellNews(
  rows: readonly ConversationSummary[],
  inbox: InboxStore,
  teller: PageTeller,
): Promise<void> {
  const isOnline = inbox.setup.members.find(({ isMe }) => isMe)?.availability !== 'away'
  const news = rows.map(({ id, contactName, assignee, lastMessage }) => {
    const line = lastMessage && lastLineOf(lastMessage)
    const owner = assignee?.id === inbox.me.id ? 'mine' : assignee === null ? 'nobody' : 'colleague'
    return {
      kind: 'message',
      tag: id,
      contactName,
      words: [line?.kind, line?.text].filter(Boolean).join(': '),
      path: `/w/${encodeURIComponent(teller.workspace.slug)}/inbox/${id}`,
      owner,
      isOnline,
    } as const
  })
  await tellFromPage(news, teller)
}
