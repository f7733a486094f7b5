import { createServer, type IncomingMessage, type RequestListener } from 'node:http'

/** A server on this machine that hands out files, or does whatever a test wants of it. */
export interface FileServer {
  /** `http://127.0.0.1:port`, without a slash. */
  url: string
  /** Everything that was asked, in order. */
  requests: { path: string; headers: IncomingMessage['headers'] }[]
  /** What is answered at a path, from now on. 404 elsewhere. */
  answer(path: string, listener: RequestListener): void
  close(): Promise<void>
}

export async function startFileServer(): Promise<FileServer> {
  const answers = new Map<string, RequestListener>()
  const requests: FileServer['requests'] = []
  const server = createServer((request, response) => {
    const path = request.url?.replace(/\?.*$/, '') ?? ''
    requests.push({ path: request.url ?? '', headers: request.headers })
    const listener = answers.get(path)
    if (listener === undefined) response.writeHead(404).end()
    else listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    requests,
    answer: (path, listener) => void answers.set(path, listener),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => {
          resolve()
        })
      }),
  }
}

/** Hands out bytes. */
export function serve(bytes: Uint8Array | string, contentType = 'application/octet-stream'): RequestListener {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': contentType }).end(bytes)
  }
}

/** Leads elsewhere. */
export function lead(to: string, status = 302): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { location: to }).end()
  }
}

/** Says no. */
export function fail(status: number): RequestListener {
  return (_request, response) => {
    response.writeHead(status).end('no')
  }
}
