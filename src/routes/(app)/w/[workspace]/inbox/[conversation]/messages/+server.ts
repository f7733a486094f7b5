import { isUuid } from '#lib/domain/uuid.ts'
import { listMessages, queueReply } from '#lib/server/database/inbox-thread.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { sendMessageJob } from '#lib/server/database/outbox.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import { z } from 'zod'
import type { RequestHandler } from './$types'

const replySchema = z.object({ clientReference: z.uuid(), text: z.string() })

/** Older messages. Answers MessagePage; empty for a conversation that is not the member's to see. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const conversationId = event.params.conversation
  if (!isUuid(conversationId)) error(404, 'This conversation does not exist')
  return answerJson(() =>
    event.locals.services.asMember(claims, (database) =>
      listMessages(database, workspace.id, conversationId, event.url.searchParams.get('before')),
    ),
  )
}

/** A reply: into the outbox, with the job that sends it, in one transaction. Answers ThreadMessage. */
export const POST: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const conversationId = event.params.conversation
  const reply = replySchema.safeParse(await event.request.json().catch(() => undefined))
  if (!isUuid(conversationId)) error(404, 'This conversation does not exist')
  if (!reply.success) error(400, 'A reply is {clientReference, text}')
  return answerJson(() =>
    event.locals.services.asMember(claims, async (database, enqueue) => {
      const message = await queueReply(database, workspace.id, { conversationId, ...reply.data })
      if (message.sendState === 'waiting')
        enqueue(sendMessageJob({ workspaceId: workspace.id, conversationId }))
      return message
    }),
  )
}
