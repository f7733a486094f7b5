import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Is this the signature that Kapso makes over the body? Lower-case hex of HMAC-SHA256(secret, raw bytes); upper case
 * and a `sha256=` prefix are taken too (Kapso docs: webhook security).
 *
 * @param body the raw bytes, before any parsing
 * @param header value of X-Webhook-Signature; anything malformed is simply no match
 * @param secrets the live secrets: two during a rotation
 */
export function verifySignature(
  body: Uint8Array,
  header: string | undefined,
  secrets: readonly string[],
): boolean {
  const hex = header?.trim().replace(/^sha256=/i, '')
  if (hex === undefined || !/^[0-9a-f]{64}$/i.test(hex)) return false
  const given = Buffer.from(hex, 'hex')
  let matches = false
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(body).digest()
    // No early return: the time taken must not tell which secret matched.
    matches = timingSafeEqual(expected, given) || matches
  }
  return matches
}
