import { setTimeout as sleep } from 'node:timers/promises'
import { decideAfterAnswer, decideAfterLookup } from '../../domain/send-outcome.ts'
import {
  claimOutboxWork,
  claimResend,
  sendMessageJob,
  type ClaimedMessage,
  type ClaimTimes,
  type OutboxWork,
  type SendRoute,
} from '../database/outbox.ts'
import type { SendMessageJob } from '../queue/queue.ts'
import { connectToKapso, findAddress, findAtKapso } from './reach-kapso.ts'
import { fileAttemptMs, prepareFile } from './prepare-file.ts'
import { accept, record } from './record-outcome.ts'
import type { SendDependencies, SendTimes } from './send-dependencies.ts'
import { sendReaction } from './send-reaction.ts'
import { writeContent } from './write-content.ts'

/**
 * Sends what waits in a thread's outbox, one message after the other, and looks up what has no answer. Returns when
 * nothing is due; what becomes due later has a job of its own. Each message is claimed in a committed transaction
 * before its request and settled in another after it; none is open in between. To be called any number of times, at
 * the same time too.
 *
 * Rejects only when the database is to blame: the job then comes again.
 */
export async function sendDueMessages(
  dependencies: SendDependencies,
  thread: SendMessageJob,
  signal?: AbortSignal,
): Promise<void> {
  const { asSystem, times } = dependencies
  const turnEndsAt = Date.now() + times.turnMs
  for (;;) {
    const claimBegan = Date.now()
    if (signal?.aborted || claimBegan > turnEndsAt) {
      await asSystem((_database, enqueue) => Promise.resolve(enqueue(sendMessageJob(thread))))
      return
    }
    const work = await asSystem((database) => claimOutboxWork(database, thread, claimTimes(times)))
    const wait = await carryOut(dependencies, thread, work, claimBegan)
    if (wait !== null && wait > times.patienceMs) dependencies.wakeLater?.(thread, wait)
    if (wait === null || wait > times.patienceMs) return
    if (wait > 0) await sleep(wait, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
  }
}

/** Returns after how many milliseconds to look at the outbox again, or null when somebody else will. */
async function carryOut(
  dependencies: SendDependencies,
  thread: SendMessageJob,
  work: OutboxWork,
  claimBegan: number,
): Promise<number | null> {
  switch (work.kind) {
    case 'empty':
      return null
    case 'not_yet':
      return work.dueInMs
    case 'settled':
      dependencies.log.info(
        { kind: 'send', ...thread, messageId: work.messageId, reason: work.reason },
        'settled without a request',
      )
      return 0
    case 'look_up':
      return lookUp(dependencies, thread, work.message, work.route)
    case 'react':
      return sendReaction(dependencies, thread, work.reaction, work.route)
    case 'prepare':
      return prepareFile(dependencies, thread, work)
    case 'send':
      return send(dependencies, thread, work.message, work.route, claimBegan)
  }
}

async function send(
  dependencies: SendDependencies,
  thread: SendMessageJob,
  message: ClaimedMessage,
  route: SendRoute,
  claimBegan: number,
): Promise<number | null> {
  const { times, retries, random = Math.random } = dependencies
  const client = connectToKapso(dependencies, thread, route)
  const address = findAddress(route)
  if (client === null || address === null) {
    return record(dependencies, thread, message, {
      state: 'failed',
      code: client ? 'no_address' : 'no_api_key',
    })
  }
  // A process that was suspended here must not send what others have meanwhile found to be unsent.
  if (Date.now() - claimBegan > times.leaseMarginMs / 2) {
    return record(dependencies, thread, message, { state: 'waiting', delayMs: 0 })
  }

  const content = writeContent(message)
  if (content === null) {
    return record(dependencies, thread, message, { state: 'failed', code: 'invalid_request' })
  }
  const answer = await client.send({
    phoneNumberId: route.phoneNumberId,
    address,
    content,
    reference: message.id,
    replyToWamid: message.replyToWamid,
  })
  const step = decideAfterAnswer(answer, message.attempt, retries, random())
  switch (step.kind) {
    case 'accept':
      return accept(dependencies, thread, message, route, step.wamid)
    case 'fail':
      return record(dependencies, thread, message, { state: 'failed', code: step.code })
    case 'retry':
      return record(dependencies, thread, message, { state: 'waiting', delayMs: step.delayMs })
    case 'look_up':
      return record(dependencies, thread, message, { state: 'checking', delayMs: 0 })
  }
}

async function lookUp(
  dependencies: SendDependencies,
  thread: SendMessageJob,
  message: ClaimedMessage,
  route: SendRoute,
): Promise<number | null> {
  const { times, asSystem } = dependencies
  const step = decideAfterLookup(await findAtKapso(dependencies, thread, message, route), {
    elapsedMs: message.elapsedMs,
    settlesAfterMs: times.requestMs + times.settleMs,
    firstDelayMs: times.firstLookupMs,
    wasResent: message.wasResent,
  })
  switch (step.kind) {
    case 'accept':
      return accept(dependencies, thread, message, route, step.wamid)
    case 'look_again':
      return record(dependencies, thread, message, { state: 'checking', delayMs: step.delayMs })
    case 'fail':
      return record(dependencies, thread, message, { state: 'failed', code: step.code })
    case 'give_up':
      return record(dependencies, thread, message, { state: 'unknown' })
    case 'resend': {
      const claimBegan = Date.now()
      const work = await asSystem((database) => claimResend(database, thread, message, claimTimes(times)))
      return carryOut(dependencies, thread, work, claimBegan)
    }
  }
}

function claimTimes(times: SendTimes): ClaimTimes {
  return {
    sendLeaseMs: times.requestMs + times.leaseMarginMs,
    lookupLeaseMs: times.lookupMs + times.leaseMarginMs,
    fileLeaseMs: fileAttemptMs + times.leaseMarginMs,
  }
}
