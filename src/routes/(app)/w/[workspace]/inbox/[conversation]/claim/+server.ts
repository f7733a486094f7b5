import { m } from '#lib/i18n/generated/messages.js'
import { claimConversation } from '#lib/server/database/assignment.ts'
import { answerAction } from '#lib/server/http/answer-action.ts'
import { json } from '@sveltejs/kit'
import { readTarget } from '../read-action.ts'
import type { RequestHandler } from './$types'

/** Takes a conversation that nobody has. Answers ConversationCondition, or 409 with who was faster. */
export const POST: RequestHandler = (event) => {
  const { claims, at } = readTarget(event)
  return answerAction(async () => {
    const condition = await event.locals.services.asMember(claims, (database) =>
      claimConversation(database, at),
    )
    const { assignee } = condition
    if (assignee === null || assignee.id === claims.sub) return condition
    return json(
      { code: 'claimed', message: m.thread_claimed_by_other({ name: assignee.name }), assignee },
      { status: 409, headers: { 'cache-control': 'private, no-store' } },
    )
  })
}
