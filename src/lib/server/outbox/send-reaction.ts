import { decideAfterAnswer } from '../../domain/send-outcome.ts'
import type { SendRoute } from '../database/outbox.ts'
import { recordReaction, type ClaimedReaction, type ReactionResult } from '../database/outbox-reactions.ts'
import { sendMessageJob } from '../database/outbox.ts'
import { lockConversations } from '../database/threads.ts'
import type { SendMessageJob } from '../queue/queue.ts'
import { connectToKapso, findAddress } from './reach-kapso.ts'
import type { SendDependencies } from './send-dependencies.ts'

/**
 * Sends a reaction that was claimed, once. What has no answer is not sent again by itself: the echo tells.
 *
 * @returns after how many milliseconds to look at the outbox again
 */
export async function sendReaction(
  dependencies: SendDependencies,
  thread: SendMessageJob,
  reaction: ClaimedReaction,
  route: SendRoute,
): Promise<number> {
  const result = await attempt(dependencies, thread, reaction, route)
  const delayMs = result.state === 'waiting' ? result.delayMs : 0
  await dependencies.asSystem(async (database, enqueue) => {
    await lockConversations(
      database,
      thread.workspaceId,
      [thread.conversationId],
      [{ channelId: route.channelId, wamid: reaction.targetWamid }],
    )
    await recordReaction(database, thread.workspaceId, reaction, result)
    if (delayMs > 0) enqueue(sendMessageJob(thread, delayMs))
  })
  dependencies.log.debug({ kind: 'send-reaction', ...thread, reason: result.state }, 'reaction')
  return 0
}

async function attempt(
  dependencies: SendDependencies,
  thread: SendMessageJob,
  reaction: ClaimedReaction,
  route: SendRoute,
): Promise<ReactionResult> {
  const client = connectToKapso(dependencies, thread, route)
  const address = findAddress(route)
  if (client === null || address === null) {
    return { state: 'failed', code: client ? 'no_address' : 'no_api_key' }
  }
  const answer = await client.send({
    phoneNumberId: route.phoneNumberId,
    address,
    // An empty emoji takes it off.
    content: {
      type: 'reaction',
      reaction: { message_id: reaction.targetWamid, emoji: reaction.emoji ?? '' },
    },
    reference: reaction.id,
  })
  const { retries, random = Math.random } = dependencies
  const step = decideAfterAnswer(answer, reaction.attempt, retries, random())
  switch (step.kind) {
    case 'accept':
      return { state: 'accepted', wamid: step.wamid }
    case 'fail':
      return { state: 'failed', code: step.code }
    case 'retry':
      return { state: 'waiting', delayMs: step.delayMs }
    case 'look_up':
      return { state: 'unknown' }
  }
}
