import { z } from 'zod'
import { listNotifications, readNotifications } from '#lib/server/database/notifications.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { readJson } from '#lib/server/http/read-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'

/** What the member was told lately. Answers NotificationPage. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  return answerJson(() =>
    event.locals.services.asMember(claims, (database) =>
      listNotifications(database, { workspaceId: workspace.id, userId: claims.sub }),
    ),
  )
}

const readSchema = z.object({ conversationId: z.uuid().nullable() })

/** Notes that all of it was read, or what is about one conversation. Answers NotificationPage. */
export const POST: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const posted = readSchema.safeParse(await readJson(event.request))
  if (!posted.success) error(400, 'Say which conversation, or null for all')
  const inbox = { workspaceId: workspace.id, userId: claims.sub }
  return answerJson(() =>
    event.locals.services.asMember(claims, async (database) => {
      await readNotifications(database, inbox, posted.data.conversationId)
      return listNotifications(database, inbox)
    }),
  )
}
