import { readCursor } from '#lib/server/database/inbox-changes.ts'
import { findConversation, findRootConversationId } from '#lib/server/database/inbox-list.ts'
import { listMessages } from '#lib/server/database/inbox-thread.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error, redirect } from '@sveltejs/kit'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireMember(event)
  event.depends('inbox:thread')
  const conversationId = event.params.conversation
  if (!isUuid(conversationId)) error(404, 'This conversation does not exist')
  const inbox = { workspaceId: workspace.id, userId: claims.sub }
  return event.locals.services.asMember(claims, async (database) => {
    const threadCursor = await readCursor(database)
    const conversation = await findConversation(database, inbox, conversationId)
    if (conversation === undefined) {
      const rootId = await findRootConversationId(database, workspace.id, conversationId)
      if (rootId === undefined || rootId === conversationId) error(404, 'This conversation does not exist')
      redirect(307, `/w/${encodeURIComponent(workspace.slug)}/inbox/${rootId}`)
    }
    return {
      threadCursor,
      conversation,
      messages: await listMessages(database, workspace.id, conversationId),
    }
  })
}
