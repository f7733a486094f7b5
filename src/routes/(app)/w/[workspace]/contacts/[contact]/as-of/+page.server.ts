import { error } from '@sveltejs/kit'
import { dayOf } from '#lib/domain/day-of.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { readZonedTime } from '#lib/domain/zoned-time.ts'
import { findContactAsOf } from '#lib/server/database/contact-as-of.ts'
import { readContactChoices } from '#lib/server/database/contact-choices.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { PageServerLoad } from './$types'

/**
 * A contact as it was at the end of a day, in the workspace's time zone. Query: at (2026-11-23; today where there is none).
 * The address means this contact itself, also where another one shows it today.
 */
export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireMember(event)
  const contactId = event.params.contact
  if (!isUuid(contactId)) error(404, 'This contact does not exist')
  const asked = event.url.searchParams.get('at')
  const now = new Date()
  const today = dayOf(now, workspace.timeZone)
  const end = asked === null ? null : readZonedTime(`${asked}T23:59:59`, workspace.timeZone)
  const isPast = end !== null && asked !== null && asked < today
  const found = await event.locals.services.asMember(claims, async (database) => ({
    contact: await findContactAsOf(
      database,
      workspace.id,
      contactId,
      isPast ? new Date(end.getTime() + 999) : now,
    ),
    choices: await readContactChoices(database, { workspaceId: workspace.id, userId: claims.sub }),
  }))
  if (found.contact === undefined) error(404, 'This contact does not exist')
  return {
    contact: found.contact,
    members: found.choices.members,
    labels: found.choices.labels,
    fields: found.choices.fields,
    day: isPast ? asked : today,
    today,
    refused: asked === null || isPast || asked === today ? null : end === null ? 'invalid' : 'future',
  } as const
}
