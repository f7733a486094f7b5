import { isUuid } from '#lib/domain/uuid.ts'
import { answerComposer } from '#lib/server/composer/answer-composer.ts'
import { listTemplates } from '#lib/server/database/templates.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'

/** The templates of a number, as WhatsApp last had them. Answers Template[]. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const channelId = event.url.searchParams.get('channel')
  if (channelId !== null && !isUuid(channelId)) error(404, 'This number does not exist')
  return answerComposer(() =>
    event.locals.services.asMember(claims, (database) => listTemplates(database, workspace.id, channelId)),
  )
}
