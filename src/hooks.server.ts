import { randomUUID } from 'node:crypto'
import type { Handle, HandleServerError } from '@sveltejs/kit'
import { sequence } from '@sveltejs/kit/hooks'
import { env as privateEnvironment } from '$env/dynamic/private'
import { env as publicEnvironment } from '$env/dynamic/public'
import { errorFields } from '#lib/server/log.ts'
import type { WebServices } from '#lib/server/services.ts'
import { handleGuard } from '#lib/server/session/handles/guard.ts'
import { handleLanguage } from '#lib/server/session/handles/language.ts'
import { handleOrigin } from '#lib/server/session/handles/origin.ts'
import { handleSecurityHeaders } from '#lib/server/session/handles/security-headers.ts'
import { handleSession } from '#lib/server/session/handles/session.ts'
import { handleTheme } from '#lib/server/session/handles/theme.ts'

let ownServices: Promise<WebServices> | undefined

/** In development there is no server.ts that hands services over: they are made with the first request. */
function makeOwnServices(origin: string): Promise<WebServices> {
  ownServices ??= (async () => {
    const { createWebServices } = await import('#lib/server/create-web-services.ts')
    const { readWebEnvironment } = await import('#lib/server/environment.ts')
    return createWebServices(
      readWebEnvironment({ ORIGIN: origin, ...publicEnvironment, ...privateEnvironment }),
    )
  })()
  return ownServices
}

const handleServices: Handle = async ({ event, resolve }) => {
  const { locals, platform, url } = event
  locals.services = platform?.req.services ?? (await makeOwnServices(url.origin))
  locals.requestId = randomUUID()
  locals.answerHeaders = new Headers()
  locals.session = { kind: 'signed_out' }
  locals.claims = null
  locals.memberships = null
  locals.membership = null
  return resolve(event)
}

export const handle = sequence(
  handleServices,
  handleSecurityHeaders,
  handleOrigin,
  handleSession,
  handleGuard,
  handleLanguage,
  handleTheme,
)

/** People see an id and nothing of what happened; the log has the id, the kind of error, and no message either. */
export const handleError: HandleServerError = ({ error, event, status, message }) => {
  if (status === 404) return { message: 'Not found' }
  const errorId = randomUUID()
  const { services, requestId } = event.locals as Partial<App.Locals>
  services?.log.error(
    {
      kind: 'request',
      errorId,
      requestId,
      method: event.request.method,
      route: event.route.id,
      status,
      ...errorFields(error),
    },
    'request failed',
  )
  return { message: status < 500 ? message : 'Something went wrong on our side', errorId }
}
