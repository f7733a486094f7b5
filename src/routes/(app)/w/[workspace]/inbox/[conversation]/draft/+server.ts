import { draftSchema } from '#lib/domain/composer.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { answerComposer } from '#lib/server/composer/answer-composer.ts'
import { correctClock } from '#lib/server/composer/correct-clock.ts'
import { readDraft, saveDraft } from '#lib/server/database/drafts.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'
import { readRequest } from '../../read-request.ts'

/** What the member was about to write. Answers Draft. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const { conversation } = event.params
  if (!isUuid(conversation)) error(404, 'This conversation does not exist')
  return answerComposer(() =>
    event.locals.services.asMember(claims, (database) => readDraft(database, workspace.id, conversation)),
  )
}

/** Keeps it; of two the one that was typed later stays. 204. */
export const PUT: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const { conversation } = event.params
  if (!isUuid(conversation)) error(404, 'This conversation does not exist')
  const { text, replyToMessageId = null, writtenAt, askedAt } = await readRequest(event.request, draftSchema)
  return answerComposer(() =>
    event.locals.services.asMember(claims, (database) =>
      saveDraft(database, workspace.id, conversation, {
        text,
        replyToMessageId,
        writtenAt: correctClock(writtenAt, askedAt) ?? new Date(),
      }),
    ),
  )
}
