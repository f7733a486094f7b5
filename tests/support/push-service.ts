import { createDecipheriv, createECDH, hkdfSync, randomBytes, type ECDH } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A push service on this machine, and the browsers that have subscribed to it. */
export interface PushService {
  /** `127.0.0.1:port` */
  host: string
  /** A browser of its own, with the keys that only it has. */
  subscribe(): TestBrowser
  /** What is answered from now on; 201 at the beginning. */
  answer(status: number): void
  close(): Promise<void>
}

export interface TestBrowser {
  subscription: { endpoint: string; keys: { p256dh: string; auth: string } }
  /** What came for it, decrypted, oldest first. */
  received: { headers: IncomingHttpHeaders; payload: unknown }[]
}

export async function startPushService(): Promise<PushService> {
  const browsers = new Map<string, { ecdh: ECDH; auth: Buffer; browser: TestBrowser }>()
  let status = 201
  const server = createServer((request, response) => {
    const known = browsers.get(request.url ?? '')
    void readBody(request).then((body) => {
      if (known && status === 201) {
        const payload: unknown = JSON.parse(decrypt(body, known.ecdh, known.auth))
        known.browser.received.push({ headers: request.headers, payload })
      }
      response.writeHead(known ? status : 404).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`
  return {
    host,
    subscribe() {
      const path = `/push/${randomBytes(16).toString('hex')}`
      const ecdh = createECDH('prime256v1')
      ecdh.generateKeys()
      const auth = randomBytes(16)
      const browser: TestBrowser = {
        subscription: {
          endpoint: `http://${host}${path}`,
          keys: { p256dh: ecdh.getPublicKey('base64url'), auth: auth.toString('base64url') },
        },
        received: [],
      }
      browsers.set(path, { ecdh, auth, browser })
      return browser
    },
    answer: (next) => {
      status = next
    },
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function readBody(request: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** As a browser does it (RFC 8291 and RFC 8188, one record). */
function decrypt(body: Buffer, ecdh: ECDH, auth: Buffer): string {
  const salt = body.subarray(0, 16)
  const keyLength = body[20] ?? 0
  const sender = body.subarray(21, 21 + keyLength)
  const sealed = body.subarray(21 + keyLength)
  const shared = ecdh.computeSecret(sender)
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), ecdh.getPublicKey(), sender])
  const secret = Buffer.from(hkdfSync('sha256', shared, auth, info, 32))
  const key = Buffer.from(hkdfSync('sha256', secret, salt, 'Content-Encoding: aes128gcm\0', 16))
  const nonce = Buffer.from(hkdfSync('sha256', secret, salt, 'Content-Encoding: nonce\0', 12))
  const decipher = createDecipheriv('aes-128-gcm', key, nonce)
  decipher.setAuthTag(sealed.subarray(-16))
  const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
  // The record ends with a mark and zeros.
  return plain.subarray(0, plain.lastIndexOf(2)).toString('utf8')
}
