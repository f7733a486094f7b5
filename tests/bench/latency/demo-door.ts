import { Agent, request } from 'node:http'
import type { LocalStack } from '../../../src/launcher/local-stack.ts'
import { loadSecrets } from '../../../src/launcher/secrets.ts'
import { sign } from '../../support/kapso-bodies.ts'

/** The demo channel's webhook, as Kapso would call it. */
export interface DemoDoor {
  phoneNumberId: string
  /** Resolves when the delivery was answered with 200, rejects for anything else. */
  send(body: object): Promise<void>
}

export function openDemoDoor(stack: LocalStack): DemoDoor {
  const secret = loadSecrets(stack.directory).webhookSecret
  const url = new URL(stack.demo.webhookPath ?? '', stack.origin)
  const agent = new Agent({ keepAlive: true })
  return {
    phoneNumberId: stack.demo.phoneNumberId,
    send: (body) =>
      new Promise((resolve, reject) => {
        const delivery = sign('whatsapp.message.received', body, secret)
        const headers = { ...delivery.headers, 'content-length': String(delivery.body.length) }
        request(url, { method: 'POST', agent, headers }, (answer) => {
          answer.resume()
          answer.on('end', () => {
            if (answer.statusCode === 200) resolve()
            else reject(new Error(`the door answered ${String(answer.statusCode)}`))
          })
        })
          .on('error', reject)
          .end(delivery.body)
      }),
  }
}
