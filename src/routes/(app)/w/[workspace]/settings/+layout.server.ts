import { countOpenAlarms } from '#lib/server/database/webhook-health.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { LayoutServerLoad } from './$types'

export const load: LayoutServerLoad = async (event) => {
  const { claims, workspace, role } = requireMember(event)
  if (role === 'agent') return { isAdmin: false, openAlarms: 0 }
  const openAlarms = await event.locals.services.asMember(claims, (database) =>
    countOpenAlarms(database, workspace.id),
  )
  return { isAdmin: true, openAlarms }
}
