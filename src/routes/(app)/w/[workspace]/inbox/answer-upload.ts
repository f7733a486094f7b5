import { uploadSchema } from '#lib/domain/composer.ts'
import { answerComposer } from '#lib/server/composer/answer-composer.ts'
import { signStartedUpload, startUpload } from '#lib/server/composer/start-upload.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { RequestEvent } from '@sveltejs/kit'
import { readRequest } from './read-request.ts'

/** Answers Upload: a place in Storage for a file of the member's own, whatever it will be sent with. */
export async function answerUpload(event: RequestEvent<{ workspace: string }>): Promise<Response> {
  const { claims, workspace } = requireMember(event)
  const file = await readRequest(event.request, uploadSchema)
  const { asMember, mediaStore } = event.locals.services
  return answerComposer(async () => {
    const started = await asMember(claims, (database) => startUpload(database, workspace.id, file))
    return signStartedUpload(mediaStore, workspace.id, started)
  })
}
