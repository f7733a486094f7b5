/**
 * The two wire formats of Phoenix channels as Supabase Realtime speaks them. 1.0.0: a JSON object per message. 2.0.0: a
 * JSON array per message, and broadcasts as binary frames whose content nobody parses on the way. Sources: the
 * serializers of realtime-js and of supabase/realtime, Supabase docs "Realtime Protocol".
 */

export type ProtocolVersion = '1.0.0' | '2.0.0'

/** Clients number what they push; the number comes back with the reply. */
export type Reference = string | number | null

export interface Message {
  joinRef: Reference
  ref: Reference
  topic: string
  event: string
  payload: unknown
}

export interface ReceivedMessage extends Message {
  /** Of the whole frame, in bytes. */
  size: number
  /** Instead of the payload, where a broadcast came in a binary frame. */
  content?: ContentBroadcast
}

/** A broadcast with its content in bytes: from a binary frame, a request for one event, or the database. */
export interface ContentBroadcast {
  event: string
  encoding: 'json' | 'binary'
  content: Buffer
  metadata?: Record<string, unknown>
}

/** Or a whole `{type, event, payload}` that came as JSON and is passed on as it is. */
export type Broadcast = ContentBroadcast | { payload: Record<string, unknown> }

/** A WebSocket frame, made once for all its receivers. */
export interface Frame {
  data: Buffer
  isBinary: boolean
}

const pushKind = 3
const broadcastKind = 4
const jsonEncoding = 1
const longestField = 255

export function isProtocolVersion(version: string): version is ProtocolVersion {
  return version === '1.0.0' || version === '2.0.0'
}

/** Reads a frame from a client. Throws when it is not of the format. */
export function decodeMessage(version: ProtocolVersion, { data, isBinary }: Frame): ReceivedMessage {
  if (isBinary && version === '2.0.0') return decodePush(data)
  const parsed: unknown = JSON.parse(data.toString())
  if (version === '2.0.0') {
    if (!Array.isArray(parsed)) throw new Error('expected an array')
    const [joinRef, ref, topic, event, payload] = parsed as unknown[]
    return readMessage({ join_ref: joinRef, ref, topic, event, payload }, data.length)
  }
  if (!isObject(parsed)) throw new Error('expected an object')
  return readMessage(parsed, data.length)
}

export function encodeMessage(version: ProtocolVersion, message: Message): Frame {
  const { joinRef, ref, topic, event, payload } = message
  const json = version === '2.0.0' ? [joinRef, ref, topic, event, payload] : { topic, event, ref, payload }
  return encodeText(JSON.stringify(json))
}

/** The frame of a broadcast, or nothing if the version cannot carry it: bytes need 2.0.0 and short names. */
export function encodeBroadcast(
  version: ProtocolVersion,
  topic: string,
  broadcast: Broadcast,
): Frame | undefined {
  if ('payload' in broadcast) {
    return encodeMessage(version, {
      joinRef: null,
      ref: null,
      topic,
      event: 'broadcast',
      payload: broadcast.payload,
    })
  }
  if (version === '2.0.0') {
    const frame = encodeContent(topic, broadcast)
    if (frame) return frame
  }
  if (broadcast.encoding === 'binary') return undefined
  return encodeContentAsText(version, topic, broadcast)
}

function encodeContent(topic: string, broadcast: ContentBroadcast): Frame | undefined {
  const fields = [topic, broadcast.event, broadcast.metadata ? JSON.stringify(broadcast.metadata) : ''].map(
    (field) => Buffer.from(field),
  )
  if (fields.some((field) => field.length > longestField)) return undefined
  const header = [
    broadcastKind,
    ...fields.map((field) => field.length),
    broadcast.encoding === 'json' ? 1 : 0,
  ]
  return { data: Buffer.concat([Buffer.from(header), ...fields, broadcast.content]), isBinary: true }
}

/** Puts the content into the message as it is, so that no digit of a long number is lost. */
function encodeContentAsText(
  version: ProtocolVersion,
  topic: string,
  { event, content, metadata }: ContentBroadcast,
): Frame | undefined {
  const json = content.toString()
  if (!isJson(json)) return undefined
  const rest = metadata ? `,"meta":${JSON.stringify(metadata)}` : ''
  const payload = `{"type":"broadcast","event":${JSON.stringify(event)},"payload":${json}${rest}}`
  const name = JSON.stringify(topic)
  return encodeText(
    version === '2.0.0'
      ? `[null,null,${name},"broadcast",${payload}]`
      : `{"topic":${name},"event":"broadcast","ref":null,"payload":${payload}}`,
  )
}

function decodePush(data: Buffer): ReceivedMessage {
  const [kind, ...sizes] = data.subarray(0, 6)
  const encoding = data[6]
  if (kind !== pushKind || encoding === undefined) throw new Error('unknown kind of binary frame')
  let offset = 7
  const fields = sizes.map((size) => data.toString('utf8', offset, (offset += size)))
  const [joinRef = '', ref = '', topic = '', event = '', metadata = ''] = fields
  if (offset > data.length) throw new Error('binary frame is too short')
  const content: ContentBroadcast = {
    event,
    encoding: encoding === jsonEncoding ? 'json' : 'binary',
    content: data.subarray(offset),
  }
  const parsed: unknown = metadata ? JSON.parse(metadata) : undefined
  if (isObject(parsed)) content.metadata = parsed
  return {
    joinRef: joinRef || null,
    ref: ref || null,
    topic,
    event: 'broadcast',
    payload: undefined,
    content,
    size: data.length,
  }
}

function readMessage(fields: Record<string, unknown>, size: number): ReceivedMessage {
  const { join_ref: joinRef, ref, topic, event, payload } = fields
  if (typeof topic !== 'string' || typeof event !== 'string') throw new Error('expected a topic and an event')
  return { joinRef: readReference(joinRef), ref: readReference(ref), topic, event, payload, size }
}

function readReference(value: unknown): Reference {
  return typeof value === 'string' || typeof value === 'number' ? value : null
}

function encodeText(text: string): Frame {
  return { data: Buffer.from(text), isBinary: false }
}

function isJson(text: string) {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
