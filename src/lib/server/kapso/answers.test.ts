import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { messageListSchema, readNextCursor, toSentMessage } from './answers.ts'

async function readSample() {
  const file = new URL('../../../../tests/support/payloads/rest-list-messages-page.json', import.meta.url)
  return messageListSchema.parse(JSON.parse(await readFile(file, 'utf8')))
}

describe('a listed message', () => {
  it('is compared by recipient, text, origin and time', async () => {
    const [outbound] = (await readSample()).data
    expect(outbound && toSentMessage(outbound)).toEqual({
      wamid: 'wamid.456',
      reference: null,
      origin: 'cloud_api',
      type: 'text',
      text: 'On my way',
      phone: '16315551181',
      userId: 'US.13491208655302741918',
      sentAt: new Date(1_730_092_860_000),
    })
  })

  it('carries our reference in its statuses, or at its root', () => {
    expect(toSentMessage({ kapso: { statuses: [{}, { biz_opaque_callback_data: 'ours' }] } }).reference).toBe(
      'ours',
    )
    expect(toSentMessage({ biz_opaque_callback_data: 'ours' }).reference).toBe('ours')
  })

  it('leaves open what it does not say', () => {
    expect(toSentMessage({})).toEqual({
      wamid: null,
      reference: null,
      origin: null,
      type: null,
      text: null,
      phone: null,
      userId: null,
      sentAt: null,
    })
    expect(toSentMessage({ timestamp: 'yesterday' }).sentAt).toBeNull()
  })
})

it('finds the cursor of the recorded page', async () => {
  expect(readNextCursor((await readSample()).paging)).toBe('Y3Vyc29y')
})
