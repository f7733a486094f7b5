import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { clientAddress } from '#lib/server/client-address.ts'
import { createWebServices } from '#lib/server/create-web-services.ts'
import { EnvironmentError, readWebEnvironment } from '#lib/server/environment.ts'
import { handleRawDelivery } from '#lib/server/ingest/raw-door.ts'
import { errorFields } from '#lib/server/log.ts'
import type { WebServices } from '#lib/server/services.ts'

type Handler = (request: IncomingMessage & { services?: WebServices }, response: ServerResponse) => void

/**
 * The web process: SvelteKit's Node handler, and in front of it the raw form of the webhook door. Everything the
 * process holds is made here and travels with each request (hooks.server.ts takes it from `event.platform.req`).
 */
async function main(): Promise<void> {
  const environment = readWebEnvironment(process.env)
  const services = await createWebServices(environment)
  const { log } = services
  // Built by `npm run build`; it reads ORIGIN from the environment as it is imported.
  const built = (await import(new URL('../build/handler.js', import.meta.url).href)) as { handler: Handler }

  const addressOf = (request: IncomingMessage): string =>
    clientAddress(request.socket.remoteAddress, headerOf(request, 'x-forwarded-for'), services.trustedProxies)

  const server = createServer((request, response) => {
    if (handleRawDelivery(services.door, addressOf, request, response)) return
    built.handler(Object.assign(request, { services }), response)
  })
  // Longer than any proxy keeps an idle connection, or it would send a delivery into one that is closing.
  server.keepAliveTimeout = 75_000
  server.requestTimeout = 60_000
  server.on('error', (error) => {
    process.stderr.write(
      `The web process cannot listen on ${environment.HOST}:${String(environment.PORT)}: ${error.message}\n`,
    )
    process.exit(1)
  })
  server.listen(environment.PORT, environment.HOST, () => {
    log.info({ kind: 'started', host: environment.HOST, port: environment.PORT }, 'web started')
  })

  let isStopping = false
  const stop = (): void => {
    if (isStopping) return
    isStopping = true
    server.close(() => {
      void services.close().then(() => process.exit(0))
    })
    server.closeIdleConnections()
    // Live connections (a page that streams) do not hold up the end for longer than this.
    setTimeout(() => {
      server.closeAllConnections()
    }, 5_000).unref()
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

main().catch((error: unknown) => {
  const reason = error instanceof EnvironmentError ? error.message : JSON.stringify(errorFields(error))
  process.stderr.write(`The web process could not start. ${reason}\n`)
  process.exit(1)
})
