import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** Seals short secrets (API keys, webhook secrets) for storage, and opens them again. */
export interface Sealer {
  /** @param context what the secret belongs to, e.g. workspace and endpoint id: it opens only with the same one */
  seal(secret: string, context: string): Buffer
  /** Throws when the key is gone, the bytes were changed or the context is another one. */
  open(sealed: Uint8Array, context: string): string
}

const nonceLength = 12
const tagLength = 16

/**
 * AES-256-GCM with key id, random nonce and the context as associated data.
 * Layout: length of the key id (1 byte), key id, nonce (12), tag (16), ciphertext.
 *
 * @param encryptionKeys `id:base64,id:base64`: 32-byte keys, the first one seals, all of them open
 */
export function createSealer(encryptionKeys: string): Sealer {
  const keys = parseKeys(encryptionKeys)
  const [current] = keys
  if (current === undefined) throw new Error('ENCRYPTION_KEYS holds no key')
  const [currentId, currentKey] = current
  const byId = new Map(keys)
  return {
    seal(secret, context) {
      const nonce = randomBytes(nonceLength)
      const cipher = createCipheriv('aes-256-gcm', currentKey, nonce)
      cipher.setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      const id = Buffer.from(currentId)
      return Buffer.concat([Buffer.from([id.length]), id, nonce, cipher.getAuthTag(), body])
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed)
      const idLength = bytes[0] ?? 0
      const key = byId.get(bytes.subarray(1, 1 + idLength).toString())
      if (key === undefined) throw new Error('no encryption key with the id that sealed this secret')
      const nonce = bytes.subarray(1 + idLength, 1 + idLength + nonceLength)
      const tag = bytes.subarray(1 + idLength + nonceLength, 1 + idLength + nonceLength + tagLength)
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
      decipher.setAAD(Buffer.from(context))
      decipher.setAuthTag(tag)
      const body = bytes.subarray(1 + idLength + nonceLength + tagLength)
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
    },
  }
}

function parseKeys(encryptionKeys: string): [id: string, key: Buffer][] {
  return encryptionKeys.split(',').map((entry) => {
    const separator = entry.indexOf(':')
    const id = entry.slice(0, separator).trim()
    const key = Buffer.from(entry.slice(separator + 1).trim(), 'base64')
    if (separator < 1 || id.length > 255 || key.length !== 32) {
      throw new Error('ENCRYPTION_KEYS must be id:base64 pairs of 32-byte keys, separated by commas')
    }
    return [id, key]
  })
}

/** The associated data of a webhook secret. */
export function webhookSecretContext(workspaceId: string, endpointId: string): string {
  return `webhook-secret:${workspaceId}:${endpointId}`
}

/** The associated data of a channel's API key. */
export function channelApiKeyContext(workspaceId: string, channelId: string): string {
  return `channel-api-key:${workspaceId}:${channelId}`
}
