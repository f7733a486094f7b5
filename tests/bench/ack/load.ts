import { connect, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'

export interface LoadResult {
  /** Answers with status 200. */
  accepted: number
  /** Any other answer. */
  refused: number
  seconds: number
  latenciesMs: number[]
}

/**
 * Sends prepared requests over a fixed number of connections, one at a time on each, for a bounded time. Written on
 * sockets because common load generators count whole milliseconds and cost more than what they measure.
 *
 * @param next gives the bytes of the next request, or undefined when there are none left
 */
export async function runLoad(options: {
  port: number
  connections: number
  seconds: number
  next: () => Buffer | undefined
}): Promise<LoadResult> {
  const result: LoadResult = { accepted: 0, refused: 0, seconds: 0, latenciesMs: [] }
  const startedAt = performance.now()
  const endsAt = startedAt + options.seconds * 1000
  await Promise.all(Array.from({ length: options.connections }, () => drive(options, endsAt, result)))
  result.seconds = (performance.now() - startedAt) / 1000
  return result
}

function drive(
  { port, next }: { port: number; next: () => Buffer | undefined },
  endsAt: number,
  result: LoadResult,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1')
    socket.setNoDelay(true)
    let sentAt = 0
    let received = ''

    function send(): void {
      const request = performance.now() < endsAt ? next() : undefined
      if (request === undefined) {
        socket.end()
        resolve()
        return
      }
      sentAt = performance.now()
      socket.write(request)
    }

    socket.on('connect', send)
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      if (!isComplete(received)) return
      result.latenciesMs.push(performance.now() - sentAt)
      if (received.startsWith('HTTP/1.1 200')) result.accepted++
      else result.refused++
      received = ''
      send()
    })
  })
}

/** Head and body have arrived: by content-length, or by the last chunk. */
function isComplete(response: string): boolean {
  const end = response.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /content-length: (\d+)/i.exec(response.slice(0, end))?.[1]
  return length === undefined ? response.endsWith('0\r\n\r\n') : response.length >= end + 4 + Number(length)
}
