import { readSetup } from '#lib/server/database/inbox-setup.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'

/** What the inbox needs besides conversations. Answers InboxSetup. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const inbox = { workspaceId: workspace.id, userId: claims.sub }
  return answerJson(() => event.locals.services.asMember(claims, (database) => readSetup(database, inbox)))
}
