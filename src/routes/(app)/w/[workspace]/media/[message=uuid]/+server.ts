import { findReadableFile, retryMedia } from '#lib/server/database/media.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { signFile } from '#lib/server/media/open-media.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'

/** Shorter than the address lives that it leads to. */
const keptSeconds = 30

/**
 * Leads to the file of a message: `?size=thumbnail` to the small picture where there is one, `?download` to save it.
 * 404 where it is not here, or the message is not the member's to see.
 */
export const GET: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const { services } = event.locals
  const file = await services.asMember(claims, (database) =>
    findReadableFile(database, workspace.id, event.params.message),
  )
  if (file === undefined) error(404, 'Not found')
  const { searchParams } = event.url
  const address = await signFile(services.mediaStore, file, {
    wantsThumbnail: searchParams.get('size') === 'thumbnail',
    wantsDownload: searchParams.has('download'),
  })
  if (address === null) error(404, 'Not found')
  return new Response(null, {
    status: 302,
    headers: { location: address, 'cache-control': `private, max-age=${String(keptSeconds)}` },
  })
}

/** Asks again for a file that could not be had. Answers whether it is to be copied now; not so where it is here, or on its way. */
export const POST: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  return answerJson(() =>
    event.locals.services.asMember(claims, async (database, enqueue) => {
      const job = await retryMedia(database, {
        workspaceId: workspace.id,
        messageId: event.params.message,
      })
      if (job !== null) enqueue(job)
      return { isAsked: job !== null }
    }),
  )
}
