import type { ServerResponse } from 'node:http'
import type { SimulatorControl } from '../simulator.ts'

/** Server-sent events: one `changed` for each burst of changes; the page then asks for what it shows. */
export function streamChanges(control: SimulatorControl, response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  response.write('retry: 1000\n\nevent: changed\ndata: {}\n\n')
  let timer: NodeJS.Timeout | null = null
  const stop = control.onChange(() => {
    timer ??= setTimeout(() => {
      timer = null
      response.write('event: changed\ndata: {}\n\n')
    }, 40)
  })
  const beat = setInterval(() => response.write(': alive\n\n'), 20_000)
  response.on('close', () => {
    stop()
    clearInterval(beat)
    if (timer) clearTimeout(timer)
  })
}
