import { redirect } from '@sveltejs/kit'
import { notificationSettingsSchema } from '#lib/domain/notifications.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { findNotificationSettings, saveNotificationSettings } from '#lib/server/database/notifications.ts'
import { readText } from '#lib/server/read-form.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { refuse } from '../../../../../refuse.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireMember(event)
  const { asMember, environment } = event.locals.services
  return {
    settings: await asMember(claims, (database) =>
      findNotificationSettings(database, { workspaceId: workspace.id, userId: claims.sub }),
    ),
    pushKey: environment.VAPID_PUBLIC_KEY ?? null,
    isSaved: event.url.searchParams.has('saved'),
  }
}

export const actions: Actions = {
  default: async (event) => {
    const { claims, workspace } = requireMember(event)
    const posted = await event.request.formData()
    const values = {
      newMessages: readText(posted, 'newMessages'),
      quietFrom: readText(posted, 'quietFrom'),
      quietUntil: readText(posted, 'quietUntil'),
    }
    const isQuietSet = values.quietFrom !== '' || values.quietUntil !== ''
    const read = notificationSettingsSchema.safeParse({
      newMessages: values.newMessages,
      mentions: posted.has('mentions'),
      assignments: posted.has('assignments'),
      showsWords: posted.has('showsWords'),
      quietHours: isQuietSet ? { from: values.quietFrom, until: values.quietUntil } : null,
    })
    if (!read.success) return refuse(400, values, { errors: { quietFrom: m.notifications_quiet_both() } })
    await event.locals.services.asMember(claims, (database) =>
      saveNotificationSettings(database, { workspaceId: workspace.id, userId: claims.sub }, read.data),
    )
    redirect(303, `/w/${workspace.slug}/settings/notifications?saved`)
  },
}
