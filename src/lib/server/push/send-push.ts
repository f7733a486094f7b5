import { once } from 'node:events'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import webPush from 'web-push'
import type { PushPayload, PushSubscriptionKeys } from '../../domain/notifications.ts'
import { isLoopbackHost, makeGuardedLookup } from '../media/public-address.ts'
import { isPushEndpoint } from './push-hosts.ts'

/** Who rings, as push services are told (RFC 8292). Keys in URL-safe base64. */
export interface PushIdentity {
  publicKey: string
  privateKey: string
  /** `mailto:` or `https:`, where a push service finds the operator. */
  subject: string
}

export interface PushDependencies {
  identity: PushIdentity
  /** Push services besides those of the known browsers. */
  pushHosts: readonly string[]
  timeoutMs: number
}

/** `gone`: the browser is no more there and never rung again; `failed`: it may be tried once more. */
export type PushOutcome = 'sent' | 'gone' | 'failed'

/** How long a push service keeps what cannot be delivered at once. */
const keptSeconds = 4 * 60 * 60

/** Rings one browser. What is sent is encrypted for it (RFC 8291): the push service reads none of it. Never rejects. */
export async function sendPush(
  { identity, pushHosts, timeoutMs }: PushDependencies,
  { endpoint, keys }: PushSubscriptionKeys,
  payload: PushPayload,
): Promise<PushOutcome> {
  if (!isPushEndpoint(endpoint, pushHosts)) return 'gone'
  try {
    const details = webPush.generateRequestDetails({ endpoint, keys }, JSON.stringify(payload), {
      vapidDetails: identity,
      TTL: keptSeconds,
      urgency: 'high',
      contentEncoding: 'aes128gcm',
    })
    const url = new URL(endpoint)
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method: 'POST',
      headers: { ...details.headers },
      agent: false,
      lookup: makeGuardedLookup(isLoopbackHost(url.hostname)),
      signal: AbortSignal.timeout(timeoutMs),
    })
    request.on('error', () => undefined)
    request.end(details.body)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.resume()
    return readOutcome(response.statusCode ?? 0)
  } catch {
    return 'failed'
  }
}

/**
 * 404 and 410: the subscription has ended (RFC 8030, section 7.3). 400 and 403 will not be better later either. 413 says
 * something of one message alone, which customers write.
 */
function readOutcome(status: number): PushOutcome {
  if (status >= 200 && status < 300) return 'sent'
  return [400, 401, 403, 404, 410].includes(status) ? 'gone' : 'failed'
}
