import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { lookup } from 'node:dns'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fail, lead, serve, startFileServer, type FileServer } from './test-file-server.ts'
import { createHostRule } from './allowed-hosts.ts'
import { download, type DownloadOptions } from './download.ts'
import { MediaFailure } from './media-failure.ts'

let server: FileServer
let directory: string
const bytes = Buffer.alloc(200_000, 'picture')

beforeEach(async () => {
  server = await startFileServer()
  directory = await mkdtemp(join(tmpdir(), 'download-test-'))
})

afterEach(async () => {
  await server.close()
  await rm(directory, { recursive: true })
})

function target() {
  return join(directory, 'file')
}

function get(path: string, options: Partial<DownloadOptions> = {}) {
  return download(path.startsWith('http') ? path : server.url + path, target(), {
    hosts: createHostRule(server.url, []),
    byteLimit: 1_000_000,
    idleMs: 5_000,
    signal: AbortSignal.timeout(20_000),
    ...options,
  })
}

async function failureOf(work: Promise<unknown>): Promise<MediaFailure> {
  const error: unknown = await work.catch((caught: unknown) => caught)
  if (error instanceof MediaFailure) return error
  throw new Error('it did not fail as expected', { cause: error })
}

describe('download', () => {
  it('writes what it gets and tells its hash', async () => {
    server.answer('/photo', serve(bytes))
    expect(await get('/photo')).toEqual({
      byteSize: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })
    expect(await readFile(target())).toEqual(bytes)
  })

  it('follows redirects within what is allowed, with nothing of ours in any request', async () => {
    server.answer('/a', lead('/b', 301))
    server.answer('/b', lead(`${server.url}/c`, 307))
    server.answer('/c', serve(bytes))
    expect((await get('/a')).byteSize).toBe(bytes.length)
    expect(server.requests.map(({ path }) => path)).toEqual(['/a', '/b', '/c'])
    for (const { headers } of server.requests) {
      expect(Object.keys(headers).sort()).toEqual(['accept', 'accept-encoding', 'connection', 'host'])
    }
  })

  it.each([
    ['a foreign host', 'https://evil.example/x', 'host_not_allowed'],
    ['another protocol', 'file:///etc/passwd', 'host_not_allowed'],
    ['the cloud’s own address', 'http://169.254.169.254/latest', 'host_not_allowed'],
    ['this machine by another name', 'http://localhost:1/x', 'host_not_allowed'],
    ['another port of this machine', 'http://127.0.0.1:1/x', 'host_not_allowed'],
  ])('does not follow a redirect to %s', async (_, to, reason) => {
    server.answer('/a', lead(to))
    expect(await failureOf(get('/a'))).toMatchObject({ kind: 'refused', reason })
  })

  it('goes no further than five redirects', async () => {
    for (let hop = 0; hop < 5; hop += 1) server.answer(`/${String(hop)}`, lead(`/${String(hop + 1)}`))
    server.answer('/5', serve(bytes))
    expect((await get('/0')).byteSize).toBe(bytes.length)
    server.answer('/5', lead('/6'))
    server.answer('/6', serve(bytes))
    expect(await failureOf(get('/0'))).toMatchObject({ kind: 'refused', reason: 'too_many_redirects' })
  })

  it('connects to no address that a name must not lead to', async () => {
    server.answer('/x', serve(bytes))
    const port = new URL(server.url).port
    const resolve = ((_name: string, _options: object, callback: (error: null, found: object) => void) => {
      callback(null, [{ address: '127.0.0.1', family: 4 }])
    }) as unknown as typeof lookup
    const rebound = get(`https://rebound.example:${port}/x`, {
      hosts: createHostRule(server.url, [`rebound.example:${port}`]),
      lookup: resolve,
    })
    expect(await failureOf(rebound)).toMatchObject({ kind: 'refused', reason: 'address_not_allowed' })
    expect(server.requests).toEqual([])

    const literal = get('https://10.0.0.1/x', { hosts: createHostRule(server.url, ['10.0.0.1']) })
    expect(await failureOf(literal)).toMatchObject({ kind: 'refused', reason: 'address_not_allowed' })
  })

  it('stops at the limit, whether the length is told or not', async () => {
    server.answer('/told', serve(bytes))
    expect(await failureOf(get('/told', { byteLimit: bytes.length - 1 }))).toMatchObject({
      kind: 'refused',
      reason: 'too_large',
    })
    let written = 0
    server.answer('/endless', (_request, response) => {
      response.writeHead(200)
      const more = () => {
        while (!response.destroyed && response.write(bytes)) written += bytes.length
      }
      response.on('drain', more)
      more()
    })
    expect(await failureOf(get('/endless'))).toMatchObject({ kind: 'refused', reason: 'too_large' })
    expect(written).toBeLessThan(50_000_000)
    server.answer('/exact', serve(bytes))
    expect((await get('/exact', { byteLimit: bytes.length })).byteSize).toBe(bytes.length)
  })

  it.each([
    [404, 'gone', 'gone'],
    [410, 'gone', 'gone'],
    [401, 'gone', 'gone'],
    [403, 'gone', 'gone'],
    [429, 'try_later', 'rate_limited'],
    [500, 'try_later', 'server_error'],
    [503, 'try_later', 'server_error'],
    [408, 'try_later', 'server_error'],
    [204, 'try_later', 'server_error'],
  ])('takes %d for "%s"', async (status, kind, reason) => {
    server.answer('/x', fail(status))
    expect(await failureOf(get('/x'))).toMatchObject({ kind, reason })
  })

  it('tries later what breaks off, is silent, takes too long or cannot be reached', async () => {
    server.answer('/broken', (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('half')
      setImmediate(() => response.destroy())
    })
    expect(await failureOf(get('/broken'))).toMatchObject({ kind: 'try_later', reason: 'unreachable' })
    server.answer('/silent', () => undefined)
    expect(await failureOf(get('/silent', { idleMs: 50 }))).toMatchObject({
      kind: 'try_later',
      reason: 'timed_out',
    })
    server.answer('/stalled', (_request, response) => void response.writeHead(200).write('half'))
    expect(await failureOf(get('/stalled', { idleMs: 50 }))).toMatchObject({
      kind: 'try_later',
      reason: 'timed_out',
    })
    const over = get('/stalled', { signal: AbortSignal.timeout(50) })
    expect(await failureOf(over)).toMatchObject({ kind: 'try_later', reason: 'timed_out' })

    await server.close()
    expect(await failureOf(get('/x'))).toMatchObject({ kind: 'try_later', reason: 'unreachable' })
  })

  it('takes nothing for a file', async () => {
    server.answer('/x', serve(''))
    expect(await failureOf(get('/x'))).toMatchObject({ kind: 'refused', reason: 'empty' })
    expect(await failureOf(get('no address'))).toMatchObject({ kind: 'gone' })
  })

  it('says in no failure where the file was', async () => {
    server.answer('/secret-token', fail(500))
    const failure = await failureOf(get('/secret-token'))
    expect(JSON.stringify({ ...failure, message: failure.message, stack: failure.stack })).not.toContain(
      'secret',
    )
    expect(failure.host).toBe('127.0.0.1')
  })
})
