import { z } from 'zod'
import { ControlError } from '../simulation.ts'
import { type ApiRequest, readJson, route, type Route } from './exchange.ts'

/** A body without anything in it but, as the page sends it, the business number. */
export const nothing = z.strictObject({ phoneNumberId: z.string().optional() })

/** The body of a call; an empty one counts as `{}`. Throws ControlError 400 when it is no JSON. */
export function readBody(request: ApiRequest): unknown {
  if (request.body.length === 0) return {}
  const body = readJson(request)
  if (body === undefined) throw new ControlError(400, 'The body is not JSON')
  return body
}

/** A POST that hands its body to an action and answers with what comes back. */
export function post(
  path: string,
  action: (body: never, request: ApiRequest) => unknown,
  status = 200,
): Route {
  return route('POST', `/simulator/${path}`, async (request) => ({
    status,
    body: { data: await action(readBody(request) as never, request) },
  }))
}
