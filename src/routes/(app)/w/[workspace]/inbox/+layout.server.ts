import { readCursor } from '#lib/server/database/inbox-changes.ts'
import { countUnread, listConversations } from '#lib/server/database/inbox-list.ts'
import { countChannels } from '#lib/server/database/settings.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { LayoutServerLoad } from './$types'

/** The list beside every thread. The cursor is taken first: what changes while the rows are read is told again. */
export const load: LayoutServerLoad = async (event) => {
  const { claims, workspace } = requireMember(event)
  const inbox = { workspaceId: workspace.id, userId: claims.sub }
  return event.locals.services.asMember(claims, async (database) => {
    const cursor = await readCursor(database)
    const page = await listConversations(database, inbox)
    return {
      cursor,
      page,
      unreadTotal: await countUnread(database, inbox),
      channelCount: await countChannels(database, workspace.id),
    }
  })
}
