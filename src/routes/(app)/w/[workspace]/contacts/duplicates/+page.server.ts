import { countDuplicates, findDuplicateSearch, listDuplicates } from '#lib/server/database/duplicate-queue.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireMember(event)
  return event.locals.services.asMember(claims, async (database) => ({
    page: await listDuplicates(database, workspace.id, null),
    counts: await countDuplicates(database, workspace.id),
    search: await findDuplicateSearch(database, workspace.id),
  }))
}
