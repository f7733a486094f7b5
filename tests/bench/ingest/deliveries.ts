import { randomBytes } from 'node:crypto'
import { receivedBody, sign } from '../../support/kapso-bodies.ts'
import type { TestWorkspace } from '../../support/workspace.ts'

const people = 2_000
let sequence = 0

/** A signed delivery of one new message, as the bytes of an HTTP request; made beforehand, so that it is not measured. */
export interface PreparedDelivery {
  wamid: string
  request: Buffer
}

/** So many messages of so many people, taking turns. */
export function prepareDeliveries(port: number, workspace: TestWorkspace, count: number): PreparedDelivery[] {
  return Array.from({ length: count }, () => prepareDelivery(port, workspace))
}

function prepareDelivery(port: number, workspace: TestWorkspace): PreparedDelivery {
  sequence++
  const wamid = `wamid.${randomBytes(24).toString('base64url')}${String(sequence)}`
  const body = receivedBody({
    wamid,
    phoneNumberId: workspace.phoneNumberId,
    phone: `62812${String(sequence % people).padStart(7, '0')}`,
    contactName: `Customer ${String(sequence % people)}`,
    text: `Apakah stok nomor ${String(sequence)} masih ada? ${'x'.repeat(300)}`,
  })
  const delivery = sign('whatsapp.message.received', body, workspace.secret)
  const head = [
    `POST /webhooks/kapso/${workspace.endpointId} HTTP/1.1`,
    `host: 127.0.0.1:${String(port)}`,
    ...Object.entries(delivery.headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${String(delivery.body.length)}`,
    '',
    '',
  ].join('\r\n')
  return { wamid, request: Buffer.concat([Buffer.from(head), delivery.body]) }
}
