import { isUuid } from '#lib/domain/uuid.ts'
import type { ConversationOf } from '#lib/server/database/conversation-states.ts'
import { requireMember, type Member } from '#lib/server/session/guards.ts'
import { readJson } from '#lib/server/http/read-json.ts'
import { error, type RequestEvent } from '@sveltejs/kit'
import type { z } from 'zod'

interface Action<Body> {
  claims: Member['claims']
  at: ConversationOf
  body: Body
}

/** What a member asks to be done to the conversation that the address names. 400 for a body of another shape. */
export async function readAction<Schema extends z.ZodType>(
  event: RequestEvent<{ workspace: string; conversation: string }>,
  schema: Schema,
): Promise<Action<z.infer<Schema>>> {
  const action = readTarget(event)
  const body = schema.safeParse(await readJson(event.request))
  if (!body.success) error(400, 'The request cannot be read')
  return { ...action, body: body.data }
}

/** The conversation that the address names, for what needs to be told nothing else. */
export function readTarget(
  event: RequestEvent<{ workspace: string; conversation: string }>,
): Omit<Action<never>, 'body'> {
  const { claims, workspace } = requireMember(event)
  const conversationId = event.params.conversation
  if (!isUuid(conversationId)) error(404, 'This conversation does not exist')
  return { claims, at: { workspaceId: workspace.id, conversationId } }
}
