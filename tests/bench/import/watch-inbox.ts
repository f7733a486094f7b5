import { setTimeout as pause } from 'node:timers/promises'
import type { Visitor } from '../../support/visitor.ts'

/** As a dozen members with open inboxes ask. */
const perSecond = 20

/**
 * Asks for addresses in turn at a steady rate, whether earlier ones are answered or not, until `work` is done.
 *
 * @returns milliseconds that each answer took from when it was due
 * @throws Error where one was no answer
 */
export async function watchInbox(
  visitor: Visitor,
  paths: readonly string[],
  work: Promise<unknown>,
): Promise<number[]> {
  const times: number[] = []
  const asked: Promise<void>[] = []
  let failure: Error | undefined
  let isOver = false
  const end = () => {
    isOver = true
  }
  work.then(end, end)
  const startedAt = performance.now()
  for (let place = 0; !isOver; place++) {
    const dueAt = startedAt + (place * 1000) / perSecond
    await pause(Math.max(0, dueAt - performance.now()))
    asked.push(
      visitor.get(paths[place % paths.length] ?? '/', { accept: 'application/json' }).then(
        ({ status }) => {
          if (status === 200) times.push(performance.now() - dueAt)
          else failure = new Error(`the inbox answered ${String(status)}`)
        },
        (error: unknown) => {
          failure = new Error('the inbox did not answer', { cause: error })
        },
      ),
    )
  }
  await Promise.all(asked)
  await work
  if (failure !== undefined) throw failure
  return times
}
