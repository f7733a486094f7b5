import { Agent as HttpAgent, request as requestHttp, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'

export interface PostResult {
  /** Null when no answer came. */
  statusCode: number | null
  error: string | null
}

export interface PostOptions {
  timeLimitMs: number
  /** Ends the connection in the middle of the body. */
  isCutOff: boolean
}

export interface Poster {
  /** Sends a body and resolves with what came of it; it never rejects. */
  post(url: string, headers: Record<string, string>, body: Buffer, options: PostOptions): Promise<PostResult>
  close(): void
}

const maxSockets = 128

/** A client that keeps its connections. */
export function createPoster(): Poster {
  const http = new HttpAgent({ keepAlive: true, maxSockets })
  const https = new HttpsAgent({ keepAlive: true, maxSockets })

  function tryOnce(
    url: URL,
    options: RequestOptions,
    body: Buffer,
    { timeLimitMs, isCutOff }: PostOptions,
    mayTryAgain: boolean,
  ): Promise<PostResult> {
    return new Promise((resolve) => {
      const isSecure = url.protocol === 'https:'
      const send = isSecure ? requestHttps : requestHttp
      const request = send(url, { ...options, agent: isSecure ? https : http }, (response) => {
        response.resume()
        response.on('end', () => {
          finish({ statusCode: response.statusCode ?? null, error: null })
        })
        response.on('error', (error) => {
          finish({ statusCode: null, error: error.message })
        })
      })
      let timer: NodeJS.Timeout | undefined
      // The receiver's time begins when there is a connection for the request, not while it waits for one.
      request.once('socket', () => {
        timer = setTimeout(() => {
          finish({ statusCode: null, error: `no answer within ${String(timeLimitMs)} ms` })
          request.destroy()
        }, timeLimitMs)
      })
      function finish(result: PostResult) {
        clearTimeout(timer)
        resolve(result)
      }
      request.on('error', (error: NodeJS.ErrnoException) => {
        // The server closed an idle connection just as it was used again: that is no answer of the receiver.
        if (mayTryAgain && request.reusedSocket && error.code === 'ECONNRESET') {
          clearTimeout(timer)
          resolve(tryOnce(url, options, body, { timeLimitMs, isCutOff }, false))
          return
        }
        finish({ statusCode: null, error: error.code ?? error.message })
      })
      if (!isCutOff) request.end(body)
      else
        request.write(body.subarray(0, body.length >> 1), () => {
          finish({ statusCode: null, error: 'the connection broke' })
          request.destroy()
        })
    })
  }

  return {
    post(url, headers, body, options) {
      const all = { ...headers, 'content-length': String(body.length) }
      return tryOnce(new URL(url), { method: 'POST', headers: all }, body, options, true)
    },
    close() {
      http.destroy()
      https.destroy()
    },
  }
}
