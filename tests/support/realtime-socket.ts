import { once } from 'node:events'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import type { ProtocolVersion } from '../../supabase/embedded/realtime/serializer.ts'
import { eventually, realtimeKeys } from './realtime.ts'

export interface Frame {
  joinRef?: unknown
  ref: unknown
  topic: string
  event: string
  payload: Record<string, unknown>
}

/** A bare WebSocket for what the client library never sends. */
export interface RawSocket {
  socket: WebSocket
  frames: Frame[]
  /** Pushes as version 2.0.0 does, or as 1.0.0 if the socket speaks that; returns the message's number. */
  push(topic: string, event: string, payload?: unknown, joinRef?: string | null): string
  /** The answer to a push. */
  answerTo(ref: string): Promise<Frame>
  waitFor(topic: string, event: string): Promise<Frame>
  /** The code with which the connection was closed. */
  closed: Promise<number>
}

export interface RawSocketOptions {
  version?: ProtocolVersion
  key?: string
  headers?: Record<string, string>
}

export async function openRawSocket(
  port: number,
  { version = '2.0.0', key = realtimeKeys.publishable, headers = {} }: RawSocketOptions = {},
): Promise<RawSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/realtime/v1/websocket?apikey=${key}&vsn=${version}`, {
    headers,
  })
  const frames: Frame[] = []
  socket.on('message', (data: Buffer, isBinary) => {
    frames.push(isBinary ? readBinaryFrame(data) : readFrame(data.toString()))
  })
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  await once(socket, 'open')
  let lastRef = 0

  const find = (matches: (frame: Frame) => boolean) =>
    eventually(() => {
      const frame = frames.find(matches)
      if (!frame) expect.unreachable(`not among ${JSON.stringify(frames)}`)
      return frame
    })
  return {
    socket,
    frames,
    closed,
    push(topic, event, payload = {}, joinRef = '1') {
      const ref = String(++lastRef)
      const v1 = { topic, event, payload, ref, join_ref: joinRef }
      socket.send(JSON.stringify(version === '1.0.0' ? v1 : [joinRef, ref, topic, event, payload]))
      return ref
    },
    answerTo: (ref) => find((frame) => frame.event === 'phx_reply' && frame.ref === ref),
    waitFor: (topic, event) => find((frame) => frame.topic === topic && frame.event === event),
  }
}

function readFrame(text: string): Frame {
  const parsed = JSON.parse(text) as Frame | [unknown, unknown, string, string, Record<string, unknown>]
  if (!Array.isArray(parsed)) return parsed
  const [joinRef, ref, topic, event, payload] = parsed
  return { joinRef, ref, topic, event, payload }
}

function readBinaryFrame(data: Buffer): Frame {
  const topicSize = data[1] ?? 0
  return { ref: null, topic: data.toString('utf8', 5, 5 + topicSize), event: 'broadcast', payload: {} }
}
