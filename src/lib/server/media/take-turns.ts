/** Runs work when all that was given before it has ended. */
export type TakeTurn = <Result>(work: () => Promise<Result>) => Promise<Result>

/** Makes a queue of one place: what is given to it runs one after the other, and one that fails holds up nothing. */
export function createTurns(): TakeTurn {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }
}
