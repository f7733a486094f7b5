import { isQuiet } from '../../domain/quiet-hours.ts'
import type { AsSystem } from '../database/database.ts'
import {
  findDuePushes,
  removeDeadSubscriptions,
  removeDuePushes,
  takeDuePushes,
  type DuePush,
} from '../database/due-pushes.ts'
import { errorFields, type Log } from '../log.ts'
import { describePush } from '../push/describe-push.ts'
import { sendPush, type PushDependencies, type PushOutcome } from '../push/send-push.ts'

const mostTogether = 50
const leaseSeconds = 60

/**
 * Rings what is due. Whoever dies with it leaves it to the next round; what fails is tried again until it is old.
 *
 * @returns how many causes were looked at
 */
export async function sendDuePushes(
  { asSystem, push, log }: { asSystem: AsSystem; push: PushDependencies; log: Log },
  now = new Date(),
): Promise<number> {
  const ids = await asSystem((database) => takeDuePushes(database, mostTogether, leaseSeconds))
  if (ids.length === 0) return 0
  const found = await asSystem((database) => findDuePushes(database, ids))
  const audible = keepLatest(found.filter(({ quietHours, timeZone }) => !isQuiet(quietHours, timeZone, now)))
  const outcomes = await Promise.all(
    audible.map(async (due): Promise<PushOutcome> => {
      const keys = { p256dh: due.p256dh, auth: due.auth }
      return sendPush(push, { endpoint: due.endpoint, keys }, describePush(due))
    }),
  )
  const gone = audible.filter((_, index) => outcomes[index] === 'gone')
  const failed = outcomes.filter((outcome) => outcome === 'failed').length
  await asSystem(async (database) => {
    await removeDeadSubscriptions(
      database,
      gone.map(({ subscriptionId }) => subscriptionId),
    )
    // A browser that was reached is not rung twice for the sake of one that was not.
    if (failed < audible.length || audible.length === 0) await removeDuePushes(database, ids)
  })
  log.info({ kind: 'push', count: audible.length, gone: gone.length, failed }, 'browsers rung')
  return ids.length
}

/** Of what one browser would show in one place, only the last. */
function keepLatest(pushes: DuePush[]): DuePush[] {
  const latest = new Map(
    pushes.map((push) => [`${push.subscriptionId} ${describePush(push).tag}`, push] as const),
  )
  return [...latest.values()]
}

/**
 * Looks every second for what is due.
 *
 * @returns ends it, after the round that is under way
 */
export function startPushes(
  dependencies: { asSystem: AsSystem; push: PushDependencies; log: Log },
  intervalMs = 1_000,
): () => Promise<void> {
  let round: Promise<void> | null = null
  const look = async (): Promise<void> => {
    try {
      while ((await sendDuePushes(dependencies)) === mostTogether);
    } catch (error) {
      dependencies.log.warn({ kind: 'push', ...errorFields(error) }, 'pushes could not be sent')
    }
  }
  const timer = setInterval(() => {
    round ??= look().finally(() => {
      round = null
    })
  }, intervalMs)
  return async () => {
    clearInterval(timer)
    await round
  }
}
