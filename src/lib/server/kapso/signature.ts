import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'

/**
 * Makes the key that `findSigner` takes from a webhook's secret. Done once a secret, not once a delivery: Node wraps
 * a secret given as text anew for each HMAC, which costs more than the HMAC. And a key object never shows up in a log.
 */
export function signatureKey(secret: string): KeyObject {
  return createSecretKey(secret, 'utf8')
}

/**
 * With which of these secrets did Kapso sign the body? Lower-case hex of HMAC-SHA256(secret, raw bytes); upper case and a
 * `sha256=` prefix are taken too (Kapso docs: webhook security).
 *
 * @param body the raw bytes, before any parsing
 * @param header value of X-Webhook-Signature; anything malformed is simply no match
 * @param secrets the live ones with their keys: two during a rotation
 * @returns the first that fits; undefined where none does
 */
export function findSigner<Secret extends { key: KeyObject }>(
  body: Uint8Array,
  header: string | undefined,
  secrets: readonly Secret[],
): Secret | undefined {
  const hex = header?.trim().replace(/^sha256=/i, '')
  if (hex === undefined || !/^[0-9a-f]{64}$/i.test(hex)) return undefined
  const given = Buffer.from(hex, 'hex')
  let signer: Secret | undefined
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret.key).update(body).digest()
    // No early return: the time taken must not tell which secret matched.
    const matches = timingSafeEqual(expected, given)
    signer ??= matches ? secret : undefined
  }
  return signer
}
