import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { handleRawDelivery } from '../../src/lib/server/ingest/raw-door.ts'
import type { WebhookDoor } from '../../src/lib/server/ingest/door.ts'

/** Serves the raw form of a door on a free port, as src/server.ts does. */
export async function serveRawDoor(door: WebhookDoor): Promise<{ url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    if (!handleRawDelivery(door, (from) => from.socket.remoteAddress ?? '', request, response)) {
      response.writeHead(404).end('not for the door')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => {
          resolve()
        })
      }),
  }
}
