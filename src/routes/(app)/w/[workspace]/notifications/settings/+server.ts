import { notificationSettingsSchema } from '#lib/domain/notifications.ts'
import { findNotificationSettings, saveNotificationSettings } from '#lib/server/database/notifications.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { readJson } from '#lib/server/http/read-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'

/** What the member wants to be told of, and the key with which browsers are asked to be rung; null where none can be. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const { asMember, environment } = event.locals.services
  return answerJson(async () => ({
    settings: await asMember(claims, (database) =>
      findNotificationSettings(database, { workspaceId: workspace.id, userId: claims.sub }),
    ),
    pushKey: environment.VAPID_PUBLIC_KEY ?? null,
  }))
}

export const PUT: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const posted = notificationSettingsSchema.safeParse(await readJson(event.request))
  if (!posted.success) error(400, 'These settings cannot be read')
  return answerJson(() =>
    event.locals.services.asMember(claims, async (database) => {
      await saveNotificationSettings(database, { workspaceId: workspace.id, userId: claims.sub }, posted.data)
      return posted.data
    }),
  )
}
