import { listNotifications, readNotifications } from '#lib/server/database/notifications.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireMember(event)
  return event.locals.services.asMember(claims, (database) =>
    listNotifications(database, { workspaceId: workspace.id, userId: claims.sub }),
  )
}

export const actions: Actions = {
  default: async (event) => {
    const { claims, workspace } = requireMember(event)
    await event.locals.services.asMember(claims, (database) =>
      readNotifications(database, { workspaceId: workspace.id, userId: claims.sub }, null),
    )
  },
}
