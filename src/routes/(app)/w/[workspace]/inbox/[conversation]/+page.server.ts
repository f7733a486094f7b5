import { findConversation, listMessages, readCursor } from '#lib/server/database/inbox.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireMember(event)
  const conversationId = event.params.conversation
  if (!isUuid(conversationId)) error(404, 'This conversation does not exist')
  const inbox = { workspaceId: workspace.id, userId: claims.sub }
  return event.locals.services.asMember(claims, async (database) => {
    const threadCursor = await readCursor(database)
    const conversation = await findConversation(database, inbox, conversationId)
    if (conversation === undefined) error(404, 'This conversation does not exist')
    return {
      threadCursor,
      conversation,
      messages: await listMessages(database, workspace.id, conversationId),
    }
  })
}
