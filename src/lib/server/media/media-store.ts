import { openAsBlob } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { MediaFailure } from './media-failure.ts'

/** The private bucket of all workspaces' files. */
const bucket = 'media'

/** Supabase Storage, with the project's secret key: for the worker, which puts files there, and the server, which signs. */
export interface MediaStore {
  /** Makes the private bucket where there is none yet. Rejects when Storage does not answer or refuses the key. */
  ensureBucket(): Promise<void>
  /**
   * Puts an object at a path, in place of what is there. Paths are made of the content: while one upload to a path is
   * under way, another one waits for it instead (the embedded Storage fails the second of two at once).
   *
   * @param content a file's path, or bytes
   * @throws MediaFailure `storage_failed`, or `too_large` for Storage's own limit
   */
  upload(path: string, content: string | Buffer, contentType: string, signal: AbortSignal): Promise<void>
  /**
   * An address that opens the object for whoever has it, for a short time.
   *
   * @param download the name under which it is saved; null to show it
   * @returns null when there is no such object
   */
  sign(path: string, expiresInSeconds: number, download: string | null): Promise<string | null>
  /**
   * An address at which a browser may put an object there, once, within two hours.
   *
   * @throws MediaFailure `storage_failed`
   */
  signUpload(path: string): Promise<string>
  /**
   * The first bytes of an object, and how large the whole is; null when there is none.
   *
   * @throws MediaFailure `storage_failed`
   */
  peek(path: string, bytes: number): Promise<{ beginning: Buffer; byteSize: number } | null>
  /**
   * Writes an object into a file.
   *
   * @returns false when there is none
   * @throws MediaFailure `too_large` beyond the limit, `storage_failed`
   */
  read(path: string, toFile: string, byteLimit: number, signal: AbortSignal): Promise<boolean>
  /** Removes objects; those that are not there are no problem. @throws MediaFailure `storage_failed` */
  remove(paths: string[]): Promise<void>
}

export interface MediaStoreOptions {
  /** As this process reaches it. */
  supabaseUrl: string
  /** As browsers reach it: signed addresses begin with it. */
  publicSupabaseUrl: string
  secretKey: string
  timeoutMs?: number
}

/**
 * Requests of Storage's API (Supabase docs: Storage). Written out because the client library wraps a file into a
 * form, which cannot be streamed with its length, and brings Realtime along.
 */
export function createMediaStore(options: MediaStoreOptions): MediaStore {
  const api = `${options.supabaseUrl.replace(/\/+$/, '')}/storage/v1`
  const publicApi = `${options.publicSupabaseUrl.replace(/\/+$/, '')}/storage/v1`
  const timeoutMs = options.timeoutMs ?? 15_000
  const uploads = new Map<string, Promise<void>>()
  const key = { apikey: options.secretKey, authorization: `Bearer ${options.secretKey}` }

  function postJson(path: string, body: object): Promise<Response> {
    return fetch(`${api}${path}`, {
      method: 'POST',
      headers: { ...key, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    })
  }

  async function ensureBucket(): Promise<void> {
    const response = await postJson('/bucket', { id: bucket, name: bucket, public: false })
    if (response.ok) return
    const { status, word } = await readProblem(response)
    const isThere = status === 409 || /duplicate|exists/i.test(word)
    if (!isThere) throw new MediaFailure('try_later', 'storage_failed')
  }

  async function put(
    path: string,
    content: Blob,
    contentType: string,
    signal: AbortSignal,
  ): Promise<Response> {
    const send = () =>
      fetch(`${api}/object/${bucket}/${encodePath(path)}`, {
        method: 'POST',
        headers: {
          ...key,
          'content-type': contentType,
          'cache-control': 'private, max-age=3600',
          'x-upsert': 'true',
        },
        body: content,
        signal,
      })
    try {
      return await send()
    } catch (error) {
      // The kept connection may have been closed by the other side in this very moment. To put it twice does no harm.
      if (signal.aborted) throw error
      return send()
    }
  }

  async function upload(
    path: string,
    content: string | Buffer,
    contentType: string,
    signal: AbortSignal,
  ): Promise<void> {
    const blob = typeof content === 'string' ? await openAsBlob(content) : new Blob([new Uint8Array(content)])
    try {
      const response = await put(path, blob, contentType, signal)
      if (response.ok) return await drop(response)
      const problem = await readProblem(response)
      if (problem.status === 413) throw new MediaFailure('refused', 'too_large')
      if (!/bucket not found/i.test(problem.word)) throw new MediaFailure('try_later', 'storage_failed')
      await ensureBucket()
      const again = await put(path, blob, contentType, signal)
      if (!again.ok) throw new MediaFailure('try_later', 'storage_failed')
      return await drop(again)
    } catch (error) {
      throw error instanceof MediaFailure ? error : new MediaFailure('try_later', 'storage_failed')
    }
  }

  function get(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    return fetch(`${api}/object/${bucket}/${encodePath(path)}`, {
      headers: { ...key, ...headers },
      signal,
    }).catch((error: unknown) => {
      throw signal.aborted ? error : new MediaFailure('try_later', 'storage_failed')
    })
  }

  /** Storage says 400 for what is not there, and 404 in the body. */
  async function expectAbsence(response: Response): Promise<void> {
    const { status, word } = await readProblem(response)
    if (status !== 404 && !/not.?found/i.test(word)) throw new MediaFailure('try_later', 'storage_failed')
  }

  return {
    ensureBucket,

    async signUpload(path) {
      const ask = () => postJson(`/object/upload/sign/${bucket}/${encodePath(path)}`, {})
      let response = await ask()
      if (!response.ok) {
        await drop(response)
        await ensureBucket()
        response = await ask()
      }
      const answer: unknown = await response.json().catch(() => null)
      const url = typeof answer === 'object' && answer !== null && 'url' in answer ? answer.url : null
      if (!response.ok || typeof url !== 'string') throw new MediaFailure('try_later', 'storage_failed')
      return `${publicApi}${url}`
    },

    async peek(path, bytes) {
      const response = await get(path, { range: `bytes=0-${bytes - 1}` }, AbortSignal.timeout(timeoutMs))
      // There is no range in nothing.
      if (response.status === 416) return { beginning: Buffer.alloc(0), byteSize: 0 }
      if (!response.ok) {
        await expectAbsence(response)
        return null
      }
      const whole = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
      const byteSize = Number(whole ?? response.headers.get('content-length') ?? Number.NaN)
      const beginning = await readBeginning(response, bytes)
      return { beginning, byteSize: Number.isFinite(byteSize) ? byteSize : beginning.length }
    },

    async read(path, toFile, byteLimit, signal) {
      const response = await get(path, {}, signal)
      if (!response.ok || response.body === null) {
        await expectAbsence(response)
        return false
      }
      let size = 0
      const counted = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          size += chunk.length
          if (size > byteLimit) controller.error(new MediaFailure('refused', 'too_large'))
          else controller.enqueue(chunk)
        },
      })
      await writeFile(toFile, response.body.pipeThrough(counted), { signal })
      return true
    },

    async remove(paths) {
      const response = await fetch(`${api}/object/${bucket}`, {
        method: 'DELETE',
        headers: { ...key, 'content-type': 'application/json' },
        body: JSON.stringify({ prefixes: paths }),
        signal: AbortSignal.timeout(timeoutMs),
      }).catch(() => undefined)
      if (response?.ok !== true) throw new MediaFailure('try_later', 'storage_failed')
      await drop(response)
    },

    upload(path, content, contentType, signal) {
      const running = uploads.get(path)
      if (running !== undefined) return running
      const started = upload(path, content, contentType, signal).finally(() => uploads.delete(path))
      uploads.set(path, started)
      return started
    },

    async sign(path, expiresInSeconds, download) {
      const response = await postJson(`/object/sign/${bucket}/${encodePath(path)}`, {
        expiresIn: expiresInSeconds,
      })
      if (!response.ok) {
        const { status } = await readProblem(response)
        if (status === 404) return null
        throw new MediaFailure('try_later', 'storage_failed')
      }
      const { signedURL } = (await response.json()) as { signedURL: string }
      const url = new URL(`${publicApi}${signedURL}`)
      if (download !== null) url.searchParams.set('download', download)
      return url.href
    },
  }
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

/** At most so many bytes, also of a server that knows no ranges and sends all of it. */
async function readBeginning(response: Response, bytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= bytes) break
  }
  return Buffer.concat(chunks).subarray(0, bytes)
}

/** An answer whose body nobody reads holds its connection. */
async function drop(response: Response): Promise<void> {
  await response.arrayBuffer()
}

/** Storage answers many problems with 400 and says in the body what it means. */
async function readProblem(response: Response): Promise<{ status: number; word: string }> {
  const body: unknown = await response.json().catch(() => null)
  if (typeof body !== 'object' || body === null) return { status: response.status, word: '' }
  const { statusCode, error, message } = body as Record<string, unknown>
  const told = Number(statusCode)
  const words = [error, message].filter((part) => typeof part === 'string')
  return { status: Number.isInteger(told) && told > 0 ? told : response.status, word: words.join(' ') }
}
