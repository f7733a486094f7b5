export interface Gate {
  /** Runs the task when one of the places is free, in the order of the calls. */
  run(task: () => Promise<void>): void
}

/** Lets at most so many tasks run at once. */
export function createGate(readPlaces: () => number): Gate {
  const queue: (() => Promise<void>)[] = []
  let running = 0

  function next() {
    while (running < readPlaces()) {
      const task = queue.shift()
      if (!task) return
      running += 1
      void task().finally(() => {
        running -= 1
        next()
      })
    }
  }

  return {
    run(task) {
      queue.push(task)
      next()
    },
  }
}
