import { OperatorError } from './operator-error.ts'

/** Rejects with OperatorError when the signal fires: the other side of a race with something that may never settle. */
export function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => {
      reject(new OperatorError('No answer in time.'))
    }
    if (signal.aborted) fail()
    else signal.addEventListener('abort', fail, { once: true })
  })
}
