import { findAttempt, type SentMessage } from '../../domain/send-match.ts'
import type { LookupFinding } from '../../domain/send-outcome.ts'
import type { ClaimedMessage, SendRoute } from '../database/outbox.ts'
import { findOwnWamids } from '../database/send-results.ts'
import { toSentMessage } from '../kapso/answers.ts'
import { createChannelClient } from '../kapso/channel-client.ts'
import type { KapsoClient, SendAddress } from '../kapso/client.ts'
import { KapsoError } from '../kapso/errors.ts'
import { errorFields } from '../log.ts'
import type { SendMessageJob } from '../queue/queue.ts'
import type { SendDependencies } from './send-dependencies.ts'

/** The client of a channel, or null when there is no key that opens. */
export function connectToKapso(
  dependencies: SendDependencies,
  thread: SendMessageJob,
  route: SendRoute,
): KapsoClient | null {
  return createChannelClient(
    { ...dependencies, timeoutMs: dependencies.times.requestMs },
    { ...route, workspaceId: thread.workspaceId },
  )
}

/** Where to write: the number, else the newest business-scoped id; null when neither is known. */
export function findAddress({ phone, userIds }: SendRoute): SendAddress | null {
  if (phone !== null) return { phone: phone.replaceAll(/\D/g, '') }
  const [userId] = userIds
  return userId === undefined ? null : { userId }
}

/** The most pages of 100 that one lookup reads; a list that is longer counts as not read to its end. */
const mostPages = 20
/** How much of the list before the attempt is read, in case the clocks differ. */
const listMarginMs = 10 * 60_000

/** Looks for an attempt in Kapso's list of sent messages. Never rejects because of Kapso. */
export async function findAtKapso(
  dependencies: SendDependencies,
  thread: SendMessageJob,
  message: ClaimedMessage,
  route: SendRoute,
): Promise<LookupFinding> {
  const client = connectToKapso(dependencies, thread, route)
  if (client === null) return { kind: 'unclear' }
  try {
    const since = new Date(message.startedAt.getTime() - listMarginMs)
    const { listed, isComplete } = await listSince(
      client,
      route.phoneNumberId,
      since,
      dependencies.times.lookupMs,
    )
    const own = await dependencies.asSystem((database) =>
      findOwnWamids(
        database,
        thread.workspaceId,
        route.channelId,
        listed.flatMap(({ wamid }) => wamid ?? []),
      ),
    )
    const attempt = { ...message, messageId: message.id, phone: route.phone, userIds: route.userIds }
    return findAttempt(attempt, listed, isComplete, own)
  } catch (error) {
    if (!(error instanceof KapsoError)) throw error
    dependencies.log.warn(
      { kind: 'send-lookup', ...thread, messageId: message.id, ...errorFields(error) },
      'no list',
    )
    return { kind: 'unclear' }
  }
}

async function listSince(
  client: KapsoClient,
  phoneNumberId: string,
  since: Date,
  timeLimitMs: number,
): Promise<{ listed: SentMessage[]; isComplete: boolean }> {
  const signal = AbortSignal.timeout(timeLimitMs)
  const listed: SentMessage[] = []
  const cursors = new Set<string>()
  let after: string | undefined
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await client.listMessages({
      phoneNumberId,
      direction: 'outbound',
      since,
      limit: 100,
      signal,
      ...(after === undefined ? {} : { after }),
    })
    listed.push(...answer.messages.map(toSentMessage))
    // The cursor may be there on the last page too: only an empty page is the end.
    if (answer.messages.length === 0 || answer.after === null) return { listed, isComplete: true }
    if (cursors.has(answer.after)) break
    cursors.add(answer.after)
    after = answer.after
  }
  return { listed, isComplete: false }
}
