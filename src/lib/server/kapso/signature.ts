import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'

/**
 * Makes the key that `verifySignature` takes from a webhook's secret. Done once a secret, not once a delivery: Node wraps
 * a secret given as text anew for each HMAC, which costs more than the HMAC. And a key object never shows up in a log.
 */
export function signatureKey(secret: string): KeyObject {
  return createSecretKey(secret, 'utf8')
}

/**
 * Is this the signature that Kapso makes over the body? Lower-case hex of HMAC-SHA256(secret, raw bytes); upper case
 * and a `sha256=` prefix are taken too (Kapso docs: webhook security).
 *
 * @param body the raw bytes, before any parsing
 * @param header value of X-Webhook-Signature; anything malformed is simply no match
 * @param keys those of the live secrets: two during a rotation
 */
export function verifySignature(
  body: Uint8Array,
  header: string | undefined,
  keys: readonly KeyObject[],
): boolean {
  const hex = header?.trim().replace(/^sha256=/i, '')
  if (hex === undefined || !/^[0-9a-f]{64}$/i.test(hex)) return false
  const given = Buffer.from(hex, 'hex')
  let matches = false
  for (const key of keys) {
    const expected = createHmac('sha256', key).update(body).digest()
    // No early return: the time taken must not tell which secret matched.
    matches = timingSafeEqual(expected, given) || matches
  }
  return matches
}
