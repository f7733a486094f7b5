import { getLocale } from '#lib/i18n/generated/runtime.js'
import { requireMember } from '#lib/server/session/guards.ts'
import { rememberWorkspace } from '#lib/server/session/last-workspace.ts'
import type { LayoutServerLoad } from './$types'

export const load: LayoutServerLoad = (event) => {
  const { claims, workspace, role, displayName, preferences } = requireMember(event)
  event.depends('app:preferences')
  const { services, memberships } = event.locals
  rememberWorkspace(event.cookies, services.environment.ORIGIN, workspace.slug)
  return {
    workspace: {
      id: workspace.id,
      slug: workspace.slug,
      name: workspace.name,
      timeZone: workspace.timeZone,
      defaultCountry: workspace.defaultCountry,
    },
    workspaces: (memberships ?? []).map((membership) => ({
      id: membership.workspace.id,
      slug: membership.workspace.slug,
      name: membership.workspace.name,
      role: membership.role,
    })),
    preferences,
    language: getLocale(),
    member: { id: claims.sub, name: displayName, email: claims.email ?? '', role },
  }
}
