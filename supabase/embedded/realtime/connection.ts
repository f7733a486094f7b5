import type { WebSocket } from 'ws'
import type { Channel } from './channel.ts'
import { wirePrefix } from './hub.ts'
import { joinChannel, tooManyJoins } from './join.ts'
import type { JoiningConnection } from './join.ts'
import { explainRefusal } from './refusal.ts'
import { decodeMessage, encodeMessage } from './serializer.ts'
import type { Frame, Message, ProtocolVersion, ReceivedMessage } from './serializer.ts'
import type { RealtimeServices } from './services.ts'
import type { Claims } from './token.ts'

/** WebSocket close codes as supabase/realtime uses them. */
export const closeCodes = { normal: 1000, goingAway: 1001, serviceRestart: 1012 }

export interface ConnectionOptions {
  version: ProtocolVersion
  apiKey: string
  headers: Record<string, string>
}

/** One client's WebSocket: reads its frames, answers heartbeats, and hands the rest to its channels. */
export class Connection implements JoiningConnection {
  readonly version: ProtocolVersion
  readonly headers: Record<string, string>
  readonly #services: RealtimeServices
  readonly #socket: WebSocket
  readonly #apiKey: string
  readonly #channels = new Map<string, Channel>()
  /** The messages of a topic are handled one after the other; those of other topics do not wait for them. */
  readonly #queues = new Map<string, Promise<void>>()
  #lastSeen: number

  constructor(
    services: RealtimeServices,
    socket: WebSocket,
    { version, apiKey, headers }: ConnectionOptions,
  ) {
    this.version = version
    this.headers = headers
    this.#services = services
    this.#socket = socket
    this.#apiKey = apiKey
    this.#lastSeen = services.settings.now()
    socket.on('message', (data: Buffer, isBinary) => this.#receive({ data, isBinary }))
    socket.on('ping', () => this.#touch())
    socket.on('pong', () => this.#touch())
    socket.on('close', () => this.#abandonChannels())
    // A frame that is too large or broken: ws closes the socket itself.
    socket.on('error', () => undefined)
  }

  get channelCount() {
    return this.#channels.size
  }

  get lastSeen() {
    return this.#lastSeen
  }

  readApiKey(): Claims {
    return this.#services.tokens.readApiKey(this.#apiKey)
  }

  deliver({ data, isBinary }: Frame) {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (this.#socket.bufferedAmount > this.#services.settings.maxBufferedBytes) this.#socket.terminate()
    else this.#socket.send(data, { binary: isBinary })
  }

  remove(channel: Channel) {
    const topic = wirePrefix + channel.topic.name
    if (this.#channels.get(topic) === channel) this.#channels.delete(topic)
  }

  /** Ends the connection, politely for as long as the client may take. Its channels end at once. */
  close(code: number) {
    this.#abandonChannels()
    this.#socket.close(code)
    setTimeout(() => this.#socket.terminate(), this.#services.settings.closeGraceMs).unref()
  }

  #receive(frame: Frame) {
    this.#touch()
    let message: ReceivedMessage
    try {
      message = decodeMessage(this.version, frame)
    } catch {
      return
    }
    if (message.topic === 'phoenix' && message.event === 'heartbeat') return this.#reply(message, 'ok')
    const queued = (this.#queues.get(message.topic) ?? Promise.resolve()).then(() => this.#handle(message))
    this.#queues.set(message.topic, queued)
    void queued.then(() => {
      if (this.#queues.get(message.topic) === queued) this.#queues.delete(message.topic)
    })
  }

  async #handle(message: ReceivedMessage) {
    const channel = this.#channels.get(message.topic)
    try {
      if (message.event === 'phx_join') await this.#join(message)
      else if (message.event === 'phx_leave') this.#leave(message, channel)
      else if (channel) await channel.handle(message)
      else this.#reply(message, 'error', { reason: 'unmatched topic' })
    } catch (error) {
      this.#services.log(`Realtime channel failed: ${String(error)}`)
      this.#channels.get(message.topic)?.abandon()
      const { joinRef, topic } = message
      this.#send({ joinRef, ref: joinRef, topic, event: 'phx_error', payload: {} })
    }
  }

  async #join(message: Message) {
    if (!message.topic.startsWith(wirePrefix)) {
      return this.#reply(message, 'error', { reason: 'unmatched topic' })
    }
    this.#channels.get(message.topic)?.close()
    try {
      const channel = await joinChannel(this.#services, this, message)
      if (this.#socket.readyState !== this.#socket.OPEN) return
      this.#channels.set(message.topic, channel)
      this.#reply(message, 'ok', channel.joinResponse)
      channel.open()
    } catch (error) {
      const refusal = explainRefusal(error, message.topic.slice(wirePrefix.length))
      if (refusal.code === 'UnknownErrorOnChannel')
        this.#services.log(`Realtime join failed: ${String(error)}`)
      this.#reply(message, 'error', { reason: `${refusal.code}: ${refusal.message}` })
      if (refusal.code === tooManyJoins) this.close(closeCodes.goingAway)
    }
  }

  #leave(message: Message, channel: Channel | undefined) {
    this.#reply(message, 'ok')
    channel?.close()
  }

  #abandonChannels() {
    for (const channel of this.#channels.values()) channel.abandon()
  }

  #touch() {
    this.#lastSeen = this.#services.settings.now()
  }

  #reply({ joinRef, ref, topic }: Message, status: 'ok' | 'error', response: Record<string, unknown> = {}) {
    this.#send({ joinRef, ref, topic, event: 'phx_reply', payload: { status, response } })
  }

  #send(message: Message) {
    this.deliver(encodeMessage(this.version, message))
  }
}
