import type { Identifiers } from '../identifiers.ts'
import type { Delivery, Webhook } from '../world.ts'
import { buildHeaders, toBytes } from './headers.ts'
import type { Network } from './network.ts'
import type { Poster, PostResult } from './post.ts'

/** Sends a delivery once, over a network that may be down, and tells what Kapso gets to know of it. */
export async function tryDelivery(
  { poster, network, identifiers }: { poster: Poster; network: Network; identifiers: Identifiers },
  webhook: Webhook,
  delivery: Delivery,
  timeLimitMs: number,
): Promise<PostResult> {
  const { effects = {}, attempts } = delivery
  const down = network.state()
  if (down === 'unreachable') return { statusCode: null, error: 'ENETUNREACH' }
  if (down === 'silent') return { statusCode: null, error: `no answer within ${String(timeLimitMs)} ms` }
  if (attempts.length < (effects.unreachableTries ?? 0)) return { statusCode: null, error: 'EHOSTUNREACH' }
  const headers = buildHeaders(webhook, delivery, identifiers)
  const isCutOff = effects.isCutOff === true && attempts.length === 0
  const result = await poster.post(webhook.url, headers, toBytes(delivery), { timeLimitMs, isCutOff })
  if (attempts.length < (effects.lostAnswers ?? 0) && result.statusCode !== null) {
    return { statusCode: null, error: `answer ${String(result.statusCode)} got lost` }
  }
  return result
}
