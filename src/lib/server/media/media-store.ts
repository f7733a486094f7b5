import { openAsBlob } from 'node:fs'
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
 * Three requests of Storage's API (Supabase docs: Storage). Written out because the client library wraps a file into a
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

  return {
    ensureBucket,

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
