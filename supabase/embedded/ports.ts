import { once } from 'node:events'
import { createServer } from 'node:net'

/** Throws one line when somebody listens on the port; `setting` is the environment variable that moves it. */
export async function requireFreePort(port: number, setting: string): Promise<void> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE' ? new Error(describePortInUse(port, setting)) : error
  })
  server.close()
  await once(server, 'close')
}

export function describePortInUse(port: number, setting: string): string {
  return `Port ${port} is in use: stop what listens there or set ${setting} to another one.`
}
