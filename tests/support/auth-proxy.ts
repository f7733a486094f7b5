import { once } from 'node:events'
import { createServer, request as forward } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface AuthProxy {
  url: string
  /** `POST /auth/v1/token`, in order. */
  requests: string[]
  /** While set, connections are cut without an answer. */
  isDown: boolean
  /** Answered once instead of being passed on: a refusal that the embedded stack never makes by itself. */
  refuseNext: { request: string; status: number; body: object } | null
  close(): Promise<void>
}

/** Stands between the web process and the embedded stack, writes down what is asked, and can play dead. */
export async function startAuthProxy(target: string): Promise<AuthProxy> {
  const server = createServer((request, response) => {
    const asked = `${request.method ?? ''} ${new URL(request.url ?? '/', target).pathname}`
    proxy.requests.push(asked)
    if (proxy.isDown) {
      request.socket.destroy()
      return
    }
    if (proxy.refuseNext?.request === asked) {
      const { status, body } = proxy.refuseNext
      proxy.refuseNext = null
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      return
    }
    const onward = forward(target + (request.url ?? '/'), {
      method: request.method,
      headers: request.headers,
    })
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy: AuthProxy = {
    url: `http://127.0.0.1:${port}`,
    requests: [],
    isDown: false,
    refuseNext: null,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return proxy
}
