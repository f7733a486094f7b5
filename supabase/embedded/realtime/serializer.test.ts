import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeBroadcast, encodeMessage } from './serializer.ts'
import type { ContentBroadcast, ProtocolVersion } from './serializer.ts'

const text = (value: string) => ({ data: Buffer.from(value), isBinary: false })
const topic = 'realtime:room'

function push(encoding: number, content: Buffer, metadata = '') {
  const fields = ['1', '22', topic, 'halo', metadata].map((field) => Buffer.from(field))
  const header = Buffer.from([3, ...fields.map((field) => field.length), encoding])
  return { data: Buffer.concat([header, ...fields, content]), isBinary: true }
}

describe('decodeMessage', () => {
  it('reads an object of version 1.0.0', () => {
    const message = '{"topic":"t","event":"e","payload":{"a":1},"ref":"2","join_ref":"1"}'
    expect(decodeMessage('1.0.0', text(message))).toEqual({
      topic: 't',
      event: 'e',
      payload: { a: 1 },
      ref: '2',
      joinRef: '1',
      size: message.length,
    })
  })

  it('reads an array of version 2.0.0', () => {
    expect(decodeMessage('2.0.0', text('[null,7,"t","e",{"a":1}]'))).toMatchObject({
      topic: 't',
      event: 'e',
      payload: { a: 1 },
      ref: 7,
      joinRef: null,
    })
  })

  it('reads a binary push and leaves its content alone', () => {
    const content = Buffer.from('{"n": 12345678901234567890}')
    expect(decodeMessage('2.0.0', push(1, content, '{"persist":true}'))).toMatchObject({
      topic,
      event: 'broadcast',
      joinRef: '1',
      ref: '22',
      content: { event: 'halo', encoding: 'json', content, metadata: { persist: true } },
    })
    expect(decodeMessage('2.0.0', push(0, content)).content?.encoding).toBe('binary')
  })

  it.each<[string, ProtocolVersion, { data: Buffer; isBinary: boolean }]>([
    ['no JSON', '2.0.0', text('{')],
    ['an object in version 2.0.0', '2.0.0', text('{"topic":"t","event":"e"}')],
    ['an array in version 1.0.0', '1.0.0', text('[null,null,"t","e",{}]')],
    ['no topic', '2.0.0', text('[null,null,null,"e",{}]')],
    [
      'an unknown kind of binary frame',
      '2.0.0',
      { data: Buffer.from([0, 1, 1, 1, 1, 1, 1]), isBinary: true },
    ],
    [
      'a binary frame that ends early',
      '2.0.0',
      { data: push(1, Buffer.alloc(0)).data.subarray(0, -1), isBinary: true },
    ],
    ['an empty binary frame', '2.0.0', { data: Buffer.alloc(0), isBinary: true }],
  ])('throws for %s', (_case, version, frame) => {
    expect(() => decodeMessage(version, frame)).toThrow()
  })
})

describe('encodeMessage', () => {
  const message = { joinRef: '1', ref: '2', topic, event: 'phx_reply', payload: { status: 'ok' } }

  it('writes an object without join_ref for version 1.0.0', () => {
    expect(JSON.parse(encodeMessage('1.0.0', message).data.toString())).toEqual({
      topic,
      event: 'phx_reply',
      ref: '2',
      payload: { status: 'ok' },
    })
  })

  it('writes an array for version 2.0.0', () => {
    const frame = encodeMessage('2.0.0', message)
    expect(JSON.parse(frame.data.toString())).toEqual(['1', '2', topic, 'phx_reply', { status: 'ok' }])
    expect(frame.isBinary).toBe(false)
  })
})

describe('encodeBroadcast', () => {
  const json: ContentBroadcast = {
    event: 'halo ☀️',
    encoding: 'json',
    content: Buffer.from('{"n": 12345678901234567890}'),
    metadata: { id: 'x' },
  }
  const bytes: ContentBroadcast = { event: 'halo', encoding: 'binary', content: Buffer.from([0, 255]) }

  it('writes content as a binary frame for version 2.0.0', () => {
    const frame = encodeBroadcast('2.0.0', topic, json)
    const header = [4, topic.length, Buffer.byteLength(json.event), 10, 1]
    const body = Buffer.from(`${topic}${json.event}{"id":"x"}${json.content.toString()}`)
    expect(frame).toEqual({ data: Buffer.concat([Buffer.from(header), body]), isBinary: true })
  })

  it('writes bytes for version 2.0.0 only', () => {
    const header = [4, topic.length, 4, 0, 0]
    const data = Buffer.concat([Buffer.from(header), Buffer.from(`${topic}halo`), Buffer.from([0, 255])])
    expect(encodeBroadcast('2.0.0', topic, bytes)).toEqual({ data, isBinary: true })
    expect(encodeBroadcast('1.0.0', topic, bytes)).toBeUndefined()
  })

  it('puts JSON content into the text of version 1.0.0 as it is', () => {
    const written = encodeBroadcast('1.0.0', topic, json)?.data.toString() ?? ''
    expect(written).toContain('"payload":{"n": 12345678901234567890}')
    expect(JSON.parse(written)).toMatchObject({
      topic,
      event: 'broadcast',
      ref: null,
      payload: { type: 'broadcast', event: 'halo ☀️', meta: { id: 'x' } },
    })
  })

  it('writes text where a name is too long for a binary frame', () => {
    const event = 'x'.repeat(256)
    const frame = encodeBroadcast('2.0.0', topic, { ...json, event })
    expect(frame?.isBinary).toBe(false)
    expect(JSON.parse(frame?.data.toString() ?? '')).toMatchObject([
      null,
      null,
      topic,
      'broadcast',
      { event },
    ])
    expect(encodeBroadcast('2.0.0', topic, { ...bytes, event })).toBeUndefined()
  })

  it('gives version 1.0.0 nothing when the content is no JSON', () => {
    expect(encodeBroadcast('1.0.0', topic, { ...json, content: Buffer.from('{"a"') })).toBeUndefined()
  })
})
