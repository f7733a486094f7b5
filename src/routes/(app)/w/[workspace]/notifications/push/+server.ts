import { z } from 'zod'
import { pushSubscriptionSchema } from '#lib/domain/notifications.ts'
import { getLocale } from '#lib/i18n/generated/runtime.js'
import { removePushSubscription, savePushSubscription } from '#lib/server/database/notifications.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { readJson } from '#lib/server/http/read-json.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'

/** Has this browser rung: what its PushSubscription says of itself. The worker checks whose address it is. */
export const PUT: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const posted = pushSubscriptionSchema.safeParse(await readJson(event.request))
  if (!posted.success) error(400, 'This subscription cannot be read')
  await event.locals.services.asMember(claims, (database) =>
    savePushSubscription(database, { workspaceId: workspace.id }, posted.data, getLocale()),
  )
  return new Response(null, { status: 204 })
}

const endpointSchema = z.object({ endpoint: z.url() })

/** Stops ringing this browser. */
export const DELETE: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const posted = endpointSchema.safeParse(await readJson(event.request))
  if (!posted.success) error(400, 'Say which browser')
  await event.locals.services.asMember(claims, (database) =>
    removePushSubscription(database, { workspaceId: workspace.id, userId: claims.sub }, posted.data.endpoint),
  )
  return new Response(null, { status: 204 })
}
