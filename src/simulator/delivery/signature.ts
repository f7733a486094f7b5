import { createHmac } from 'node:crypto'

/** `X-Webhook-Signature`: lower-case hexadecimal HMAC-SHA256 of the raw body, the key being the secret as UTF-8. */
export function signBody(secret: string, body: string | Buffer): string {
  return createHmac('sha256', Buffer.from(secret, 'utf8')).update(body).digest('hex')
}
