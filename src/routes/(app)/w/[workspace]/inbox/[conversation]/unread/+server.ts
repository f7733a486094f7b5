import { isUuid } from '#lib/domain/uuid.ts'
import { markUnread } from '#lib/server/database/inbox-reads.ts'
import { answerAction } from '#lib/server/http/answer-action.ts'
import { readJson } from '#lib/server/http/read-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import { z } from 'zod'
import type { RequestHandler } from './$types'

const unreadSchema = z.object({ messageId: z.uuid() })

/** Unread for this member from a message on. Answers {unreadCount}. */
export const POST: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const inbox = { workspaceId: workspace.id, userId: claims.sub }
  const conversationId = event.params.conversation
  const asked = unreadSchema.safeParse(await readJson(event.request))
  if (!isUuid(conversationId)) error(404, 'This conversation does not exist')
  if (!asked.success) error(400, 'What is asked for is {messageId}')
  return answerAction(() =>
    event.locals.services.asMember(claims, async (database) => ({
      unreadCount: await markUnread(database, inbox, conversationId, asked.data.messageId),
    })),
  )
}
