import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { pipeline } from 'node:stream/promises'
import type { HostRule } from './allowed-hosts.ts'
import { MediaFailure } from './media-failure.ts'
import { isConnectable, makeGuardedLookup } from './public-address.ts'

export interface DownloadOptions {
  hosts: HostRule
  /** More bytes than this are refused. */
  byteLimit: number
  /** How long the other side may be silent. */
  idleMs: number
  signal: AbortSignal
  lookup?: Parameters<typeof makeGuardedLookup>[1]
}

export interface Downloaded {
  /** In hexadecimal. */
  sha256: string
  byteSize: number
}

const mostRedirects = 5

/**
 * Downloads a file into `target`. Every address is checked before it is asked, each redirect too, and no key or cookie
 * is ever sent along.
 *
 * @throws MediaFailure
 */
export async function download(
  address: string,
  target: string,
  options: DownloadOptions,
): Promise<Downloaded> {
  let url = parseAddress(address)
  for (let hops = 0; hops <= mostRedirects; hops += 1) {
    const response = await get(url, options)
    try {
      const next = readRedirect(response, url)
      if (next === null) return await save(response, target, url.hostname, options)
      url = next
    } finally {
      response.destroy()
    }
  }
  throw new MediaFailure('refused', 'too_many_redirects', url.hostname)
}

function parseAddress(address: string): URL {
  const url = URL.parse(address)
  if (url === null) throw new MediaFailure('gone', 'no_source')
  return url
}

async function get(url: URL, options: DownloadOptions): Promise<IncomingMessage> {
  const { hosts, idleMs, signal } = options
  const mayBeLoopback = hosts.mayBeLoopback(url)
  if (!hosts.allows(url)) throw new MediaFailure('refused', 'host_not_allowed', url.hostname)
  if (!isConnectable(url.hostname, mayBeLoopback)) {
    throw new MediaFailure('refused', 'address_not_allowed', url.hostname)
  }
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  const request = send(url, {
    // A connection of its own: one that is kept could have been opened under another rule.
    agent: false,
    lookup: makeGuardedLookup(mayBeLoopback, options.lookup),
    signal,
    headers: { accept: '*/*', 'accept-encoding': 'identity' },
  })
  let response: IncomingMessage | undefined
  request.setTimeout(idleMs, () => {
    const silence = new MediaFailure('try_later', 'timed_out', url.hostname)
    if (response === undefined) request.destroy(silence)
    else response.destroy(silence)
  })
  // Errors after the answer has begun are told by the answer as well; unheard here they would end the process.
  request.on('error', () => undefined)
  request.end()
  try {
    ;[response] = (await once(request, 'response')) as [IncomingMessage]
    return response
  } catch (error) {
    throw toFailure(error, signal, url.hostname)
  }
}

/** Where an answer leads, or null when it is the file itself. Throws what its status means otherwise. */
function readRedirect(response: IncomingMessage, url: URL): URL | null {
  const status = response.statusCode ?? 0
  if (status === 200) return null
  if ([301, 302, 303, 307, 308].includes(status)) {
    const next = URL.parse(response.headers.location ?? '', url)
    if (next === null) throw new MediaFailure('gone', 'gone', url.hostname)
    return next
  }
  if (status === 429) throw new MediaFailure('try_later', 'rate_limited', url.hostname)
  if (status === 408 || status === 425 || status >= 500 || status < 400) {
    throw new MediaFailure('try_later', 'server_error', url.hostname)
  }
  // 404 and 410 say so; 401 and 403 are what an address answers whose time is over.
  throw new MediaFailure('gone', 'gone', url.hostname)
}

async function save(
  response: IncomingMessage,
  target: string,
  host: string,
  { byteLimit, signal }: DownloadOptions,
): Promise<Downloaded> {
  if (Number(response.headers['content-length'] ?? 0) > byteLimit) {
    throw new MediaFailure('refused', 'too_large', host)
  }
  const hash = createHash('sha256')
  let byteSize = 0
  async function* count(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      byteSize += chunk.length
      if (byteSize > byteLimit) throw new MediaFailure('refused', 'too_large', host)
      hash.update(chunk)
      yield chunk
    }
  }
  try {
    await pipeline(response, count, createWriteStream(target, { mode: 0o600 }), { signal })
  } catch (error) {
    throw toFailure(error, signal, host)
  }
  if (byteSize === 0) throw new MediaFailure('refused', 'empty', host)
  return { sha256: hash.digest('hex'), byteSize }
}

function toFailure(error: unknown, signal: AbortSignal, host: string): unknown {
  if (error instanceof MediaFailure) return error
  if (signal.aborted) return new MediaFailure('try_later', 'timed_out', host)
  // Files of our own that cannot be written are our own trouble.
  const isOurs =
    error instanceof Error &&
    'syscall' in error &&
    ['open', 'write'].includes(String(error.syscall)) &&
    'path' in error
  return isOurs ? error : new MediaFailure('try_later', 'unreachable', host)
}
