import { uploadSchema } from '#lib/domain/composer.ts'
import { NotFound } from '#lib/domain/not-found.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { answerComposer } from '#lib/server/composer/answer-composer.ts'
import { signStartedUpload, startUpload } from '#lib/server/composer/start-upload.ts'
import type { Database } from '#lib/server/database/database.ts'
import { findRootConversationId } from '#lib/server/database/inbox-list.ts'
import { findUpload } from '#lib/server/database/uploads.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'
import { readRequest } from '../../read-request.ts'

/** A place in Storage for a file of a message. Answers Upload; 404 where the member does not see the conversation. */
export const POST: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const { conversation } = event.params
  if (!isUuid(conversation)) error(404, 'This conversation does not exist')
  const file = await readRequest(event.request, uploadSchema)
  const { asMember, mediaStore } = event.locals.services
  return answerComposer(async () => {
    const started = await asMember(claims, async (database) => {
      await requireSight(database, workspace.id, conversation)
      return startUpload(database, workspace.id, file)
    })
    return signStartedUpload(mediaStore, workspace.id, started)
  })
}

const mostAsked = 30

/** Which of the uploads named by `id` the member may still send. Answers their ids; 404 as above. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const { conversation } = event.params
  if (!isUuid(conversation)) error(404, 'This conversation does not exist')
  const ids = event.url.searchParams.getAll('id')
  if (ids.length > mostAsked || !ids.every(isUuid)) error(400, 'The request cannot be read')
  return answerJson(() =>
    event.locals.services.asMember(claims, async (database) => {
      await requireSight(database, workspace.id, conversation)
      const there: string[] = []
      for (const id of ids) {
        if ((await findUpload(database, workspace.id, id)) !== undefined) there.push(id)
      }
      return there
    }),
  )
}

async function requireSight(database: Database, workspaceId: string, conversationId: string): Promise<void> {
  if ((await findRootConversationId(database, workspaceId, conversationId)) === undefined)
    throw new NotFound('conversation_not_found', 'This conversation does not exist')
}
