import type { IncomingMessage, ServerResponse } from 'node:http'
import { drawRequestFault } from '../faults.ts'
import { bytesOf } from '../media/library.ts'
import type { Simulation } from '../simulation.ts'
import type { MediaItem } from '../world.ts'
import type { ApiResponse } from './exchange.ts'
import { answerOf } from './request-faults.ts'

const tooBig = 300 * 1024 * 1024
const redirectPath = /^\/rails\/active_storage\/(blobs\/redirect|disk)\/([\w-]+)--([0-9a-f]+)\/[^/]+$/
const downloadPath = /^\/media\/download\/([\w-]+)--([0-9a-f]+)$/

type Write = (response: ServerResponse, answer: ApiResponse) => void

function findItem(simulation: Simulation, id: string, token: string): MediaItem | undefined {
  const item = simulation.world.media.get(Buffer.from(id, 'base64url').toString('utf8'))
  return item?.token === token ? item : undefined
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location, 'cache-control': 'no-store' }).end()
}

/** Sends what never ends or is far too much, as fast as it is taken, until the caller hangs up. */
function pour(response: ServerResponse, length: number | null): void {
  response.writeHead(200, {
    'content-type': 'image/jpeg',
    ...(length === null ? {} : { 'content-length': String(length) }),
  })
  const chunk = Buffer.alloc(64 * 1024, 0x20)
  let left = length ?? Infinity
  function more() {
    while (left > 0 && !response.destroyed) {
      const part = chunk.subarray(0, Math.min(chunk.length, left))
      left -= part.length
      if (!response.write(part)) {
        response.once('drain', more)
        return
      }
    }
    response.end()
  }
  more()
}

function sendBytes(simulation: Simulation, item: MediaItem, response: ServerResponse): void {
  const { behaviour } = item
  if (behaviour === 'too_big' || behaviour === 'endless') {
    pour(response, behaviour === 'too_big' ? tooBig : null)
    return
  }
  const isLying = behaviour === 'lying'
  const page = Buffer.from('<!doctype html><title>Not an image</title><script>alert(1)</script>')
  const bytes = behaviour === 'empty' ? Buffer.alloc(0) : isLying ? page : bytesOf(simulation, item)
  const half = bytes.subarray(0, bytes.length >> 1)
  response.writeHead(200, {
    'content-type': item.mimeType,
    'content-length': String(bytes.length),
    'content-disposition': `attachment; filename="${item.fileName.replace(/["\r\n]/g, '')}"`,
  })
  if (behaviour === 'stalled' || behaviour === 'cut_off') {
    response.write(half, () => {
      if (behaviour === 'cut_off') response.destroy()
    })
  } else if (behaviour === 'slow') {
    response.write(half)
    simulation.clock.after(20_000, () => response.end(bytes.subarray(half.length)))
  } else {
    response.end(bytes)
  }
}

function refusalOf(item: MediaItem): number | null {
  switch (item.behaviour) {
    case 'missing':
      return 404
    case 'gone':
      return 410
    case 'forbidden':
      return 403
    case 'server_error':
      return 500
    case 'flaky':
      return item.downloads <= 2 ? 500 : null
    default:
      return null
  }
}

function redirectTarget(simulation: Simulation, item: MediaItem, path: string): string | null {
  const stored = path.replace('/blobs/redirect/', '/disk/')
  if (item.behaviour === 'redirect_loop') return `${simulation.baseUrl}${path}`
  if (item.behaviour === 'redirect_internal') return 'http://169.254.169.254/latest/meta-data/'
  if (item.behaviour === 'redirect_elsewhere') {
    return `${simulation.baseUrl.replace('127.0.0.1', 'localhost')}${stored}`
  }
  return path === stored || item.behaviour === 'direct' ? null : `${simulation.baseUrl}${stored}`
}

/**
 * Serves the files of messages, as Kapso's storage, Meta's and the proxy's short-lived addresses do. The handler answers
 * false for every other path.
 */
export function createMediaFiles(
  simulation: Simulation,
  apiKey: string,
  write: Write,
): (url: URL, request: IncomingMessage, response: ServerResponse) => boolean {
  function serve(item: MediaItem | undefined, path: string, response: ServerResponse) {
    const fault = drawRequestFault(simulation.world, simulation.identifiers, 'media', null)
    if (fault && fault.kind !== 'slow') {
      write(response, answerOf(fault))
      return
    }
    if (!item) {
      write(response, { status: 404, body: { error: 'Not found' } })
      return
    }
    if (!path.includes('/disk/')) item.downloads += 1
    const refusal = refusalOf(item)
    const target = redirectTarget(simulation, item, path)
    const answer = () => {
      if (refusal !== null) write(response, { status: refusal, body: { error: 'Not available' } })
      else if (target !== null) redirect(response, target)
      else sendBytes(simulation, item, response)
    }
    if (fault) simulation.clock.after(fault.delayMs, answer)
    else answer()
  }

  return (url, request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    const path = url.pathname
    const [, , id, token] = redirectPath.exec(path) ?? []
    if (id !== undefined && token !== undefined) {
      serve(findItem(simulation, id, token), path, response)
      return true
    }
    const [, downloadId, downloadToken] = downloadPath.exec(path) ?? []
    if (downloadId !== undefined && downloadToken !== undefined) {
      const isOver = Number(url.searchParams.get('expires')) < simulation.clock.now() / 1000
      const item = isOver ? undefined : findItem(simulation, downloadId, downloadToken)
      serve(item, '/media/disk/', response)
      return true
    }
    if (path !== '/whatsapp_business/attachments/') return false
    // Meta wants its own token, which only the API key's owner stands for here.
    if (request.headers.authorization !== `Bearer ${apiKey}`) {
      write(response, { status: 401, body: { error: 'Authentication Error' } })
      return true
    }
    serve(simulation.world.media.get(url.searchParams.get('mid') ?? ''), '/attachments/disk/', response)
    return true
  }
}
