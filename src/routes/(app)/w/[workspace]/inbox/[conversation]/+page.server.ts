import { isNotFound } from '#lib/domain/not-found.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { openThread } from '#lib/server/database/inbox-thread.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error, redirect } from '@sveltejs/kit'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireMember(event)
  const conversationId = event.params.conversation
  if (!isUuid(conversationId)) error(404, 'This conversation does not exist')
  const inbox = { workspaceId: workspace.id, userId: claims.sub }
  try {
    const { cursor, conversation, page } = await event.locals.services.asMember(
      claims,
      (database) => openThread(database, inbox, conversationId),
      { plans: 'kept' },
    )
    return { threadCursor: cursor, conversation, messages: page }
  } catch (failure) {
    if (!isNotFound(failure)) throw failure
    const query = event.untrack(() => event.url.search)
    if (failure.into !== undefined)
      redirect(307, `/w/${encodeURIComponent(workspace.slug)}/inbox/${failure.into}${query}`)
    error(404, 'This conversation does not exist')
  }
}
