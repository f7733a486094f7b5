import { listImports } from '#lib/server/database/imports.ts'
import { requireAdmin } from '#lib/server/session/guards.ts'
import type { PageServerLoad } from './$types'

const mostListed = 30

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireAdmin(event)
  const imports = await event.locals.services.asMember(claims, (database) =>
    listImports(database, workspace.id, mostListed),
  )
  return { imports }
}
