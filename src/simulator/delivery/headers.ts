import type { Identifiers } from '../identifiers.ts'
import type { Delivery, Webhook } from '../world.ts'
import { signBody } from './signature.ts'

/** The bytes that a delivery's text stands for. */
export function toBytes(delivery: Delivery): Buffer {
  return Buffer.from(delivery.body, delivery.effects?.encoding ?? 'utf8')
}

/** While the secret is being changed, some of Kapso's machines still sign with the old one. */
function chooseSecret(webhook: Webhook, delivery: Delivery, identifiers: Identifiers): string {
  const { secretKey, previousSecretKey = secretKey, signsWith = 'new' } = webhook
  if (delivery.effects?.signature === 'old_secret' || signsWith === 'old') return previousSecretKey
  if (signsWith === 'new') return secretKey
  const place = delivery.attempts.length
  return identifiers.fraction('secret', delivery.id, place) < 0.5 ? previousSecretKey : secretKey
}

function buildSignature(secret: string, delivery: Delivery): string | null {
  const bytes = toBytes(delivery)
  switch (delivery.effects?.signature) {
    case 'wrong':
      return signBody(`${secret}-wrong`, bytes)
    case 'missing':
      return null
    case 'malformed':
      return 'sha256=not-hexadecimal'
    case 'upper_case':
      return signBody(secret, bytes).toUpperCase()
    case 'prefixed':
      return `sha256=${signBody(secret, bytes)}`
    default:
      return signBody(secret, bytes)
  }
}

/** The headers of a try, as Kapso sends them, but for what faults change. */
export function buildHeaders(
  webhook: Webhook,
  delivery: Delivery,
  identifiers: Identifiers,
): Record<string, string> {
  const headers: Record<string, string | null> = {
    'content-type': 'application/json',
    'user-agent': 'kapso-simulator',
    ...webhook.headers,
    'X-Webhook-Event': delivery.event,
    'X-Webhook-Signature': buildSignature(chooseSecret(webhook, delivery, identifiers), delivery),
    'X-Idempotency-Key': delivery.idempotencyKey,
    'X-Webhook-Payload-Version': 'v2',
    ...(delivery.batchSize === null
      ? {}
      : { 'X-Webhook-Batch': 'true', 'X-Batch-Size': String(delivery.batchSize) }),
    ...delivery.effects?.headers,
  }
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== null),
  )
}
