import { createServer } from 'node:http'
import { startRealtime } from '../../supabase/embedded/realtime/server.ts'
import type { RealtimeOptions } from '../../supabase/embedded/realtime/server.ts'

/** A Realtime server as a process of its own, for tests that kill or stop it. */
const options = JSON.parse(process.env['REALTIME_OPTIONS'] ?? '{}') as Omit<RealtimeOptions, 'log'>
const realtime = await startRealtime({ ...options, log: console.log })
const server = createServer((request, response) => void realtime.handleRequest(request, response))
server.on('upgrade', (request, socket, head) => realtime.handleUpgrade(request, socket, head))
server.listen(Number(process.env['PORT']), '127.0.0.1', () => process.send?.('listening'))
process.on('SIGTERM', () => {
  server.close()
  void realtime.close().then(() => process.exit())
})
