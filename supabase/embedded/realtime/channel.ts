import type { ChannelAccess } from './channel-access.ts'
import { ChannelPresence } from './channel-presence.ts'
import { wirePrefix } from './hub.ts'
import type { Subscriber, Topic } from './hub.ts'
import type { JoinConfig } from './join-config.ts'
import { explainRefusal } from './refusal.ts'
import { encodeMessage, isObject } from './serializer.ts'
import type { Frame, ProtocolVersion, ReceivedMessage, Reference } from './serializer.ts'
import type { RealtimeServices } from './services.ts'
import { explainPostgresChange } from './unsupported.ts'

/** What a channel needs of the connection it lives on. */
export interface ChannelLink {
  readonly version: ProtocolVersion
  deliver(frame: Frame): void
  remove(channel: Channel): void
}

export interface ChannelOptions {
  services: RealtimeServices
  link: ChannelLink
  topic: Topic
  joinRef: Reference
  config: JoinConfig
  access: ChannelAccess
}

/** One client in one topic, from the answer to its join until it leaves, loses its rights or its connection. */
export class Channel implements Subscriber {
  readonly version: ProtocolVersion
  readonly topic: Topic
  readonly #options: ChannelOptions
  readonly #presence: ChannelPresence
  readonly #cleanups: (() => void)[] = []
  #isOpen = false
  #tokenTimer: NodeJS.Timeout | undefined

  constructor(options: ChannelOptions) {
    const { services, topic, config, access } = options
    this.version = options.link.version
    this.topic = topic
    this.#options = options
    this.#presence = new ChannelPresence({
      services,
      topic,
      key: config.presenceKey,
      owner: this,
      mayTrack: () =>
        this.#ask(async () => {
          await access.askToReadPresence()
          return (await access.canWrite('presence')) && this.#isOpen
        }),
    })
  }

  /** The answer to the join: realtime-js finds its postgres_changes in it, each with an id. */
  get joinResponse(): Record<string, unknown> {
    const { postgresChanges } = this.#options.config
    return { postgres_changes: postgresChanges.map((change, index) => ({ ...change, id: index + 1 })) }
  }

  /** Begins to receive. Call it right after the join was answered. */
  open() {
    const { services, config } = this.#options
    this.#isOpen = true
    services.hub.subscribe(this.topic, this)
    this.#watchToken()
    if (config.wantsPresence && this.canReadPresence()) {
      this.#push('presence_state', services.presence.read(this.topic))
    }
    if (config.wantsReplicationReady) this.#tellReplicationReady()
    for (const change of config.postgresChanges) {
      this.#pushSystem('postgres_changes', 'error', explainPostgresChange(change))
    }
  }

  /** Handles what the client pushes; the caller waits before it hands over the channel's next message. */
  async handle(message: ReceivedMessage): Promise<void> {
    if (!this.#isOpen) return
    if (message.event === 'broadcast') await this.#handleBroadcast(message)
    else if (message.event === 'presence') await this.#handlePresence(message)
    else if (message.event === 'access_token') await this.#handleToken(message)
    else this.#options.services.events.add()
  }

  canReadBroadcasts() {
    return this.#options.access.canRead('broadcast')
  }

  canReadPresence() {
    return this.#options.access.canRead('presence')
  }

  deliver(frame: Frame) {
    this.#options.link.deliver(frame)
  }

  /** Tells the client why, and closes the channel. realtime-js does not join again by itself. */
  shutDown(reason: string) {
    if (!this.#isOpen) return
    this.#pushSystem('system', 'error', reason)
    this.close()
  }

  /** Closes the channel and tells the client. */
  close() {
    if (!this.#isOpen) return
    this.#send({ ref: this.#options.joinRef, event: 'phx_close', payload: {} })
    this.abandon()
  }

  /** Ends the channel without a word, because nobody is there to hear it. */
  abandon() {
    if (!this.#isOpen) return
    this.#isOpen = false
    clearTimeout(this.#tokenTimer)
    for (const cleanUp of this.#cleanups) cleanUp()
    this.#options.services.hub.unsubscribe(this.topic, this)
    this.#presence.leave()
    this.#options.link.remove(this)
  }

  reply(ref: Reference, status: 'ok' | 'error', response: Record<string, unknown> = {}) {
    if (this.#isOpen) this.#send({ ref, event: 'phx_reply', payload: { status, response } })
  }

  async #handleBroadcast({ ref, payload, content, size }: ReceivedMessage) {
    const { services, config, access } = this.#options
    const { metadata, ...body } = content ?? {}
    const broadcast = content ? (body as typeof content) : isObject(payload) ? { payload } : undefined
    // As on hosted, a client that may not write is not told so.
    if (!broadcast || !(await this.#ask(() => access.canWrite('broadcast'))) || !this.#isOpen) return
    const acknowledge = config.acknowledges ? this.reply.bind(this, ref) : () => undefined
    if (size > services.settings.maxPayloadBytes)
      return acknowledge('error', { reason: 'payload_size_exceeded' })
    services.hub.broadcast(this.topic, broadcast, config.echoes ? undefined : this)
    if (metadata?.['persist']) acknowledge('error', { error: 'Broadcast persistence is not enabled' })
    else acknowledge('ok')
  }

  async #handlePresence({ ref, payload, size }: ReceivedMessage) {
    const outcome = await this.#presence.handle(payload, size)
    if ('shutDown' in outcome) this.shutDown(outcome.shutDown)
    else this.reply(ref, outcome.status, outcome.response)
  }

  async #handleToken({ payload }: ReceivedMessage) {
    const { access, config } = this.#options
    try {
      const wantsPresence = config.wantsPresence || this.#presence.isTracked
      await access.renew(isObject(payload) ? payload['access_token'] : undefined, wantsPresence)
      if (this.#isOpen) this.#watchToken()
    } catch (error) {
      this.shutDown(explainRefusal(error, this.topic.name).message)
    }
  }

  /** Looks again when the token expires, at the latest, and closes the channel if it was not renewed. */
  #watchToken() {
    const { services, access } = this.#options
    const { now, tokenCheckMs } = services.settings
    const check = () => {
      try {
        access.verify()
        this.#watchToken()
      } catch (error) {
        this.shutDown(explainRefusal(error, this.topic.name).message)
      }
    }
    clearTimeout(this.#tokenTimer)
    this.#tokenTimer = setTimeout(check, Math.max(0, Math.min(tokenCheckMs, access.expiresAt - now())))
  }

  #tellReplicationReady() {
    const { replication, settings } = this.#options.services
    const timer = setTimeout(
      () => this.shutDown('Replication connection was not established in time'),
      settings.replicationReadyTimeoutMs,
    )
    const giveUp = replication.whenReady(() => {
      clearTimeout(timer)
      this.#pushSystem('system', 'ok', 'Replication connection established')
    })
    this.#cleanups.push(giveUp, () => clearTimeout(timer))
  }

  /** Policies that cannot be asked allow nothing. */
  async #ask(question: () => Promise<boolean>): Promise<boolean> {
    try {
      return await question()
    } catch (error) {
      this.#options.services.log(`Realtime could not ask the policies on realtime.messages: ${String(error)}`)
      return false
    }
  }

  #pushSystem(extension: string, status: 'ok' | 'error', message: string) {
    this.#push('system', { extension, status, message, channel: this.topic.name })
  }

  #push(event: string, payload: unknown) {
    this.#send({ ref: null, event, payload })
  }

  #send(message: { ref: Reference; event: string; payload: unknown }) {
    const { link, joinRef } = this.#options
    link.deliver(encodeMessage(this.version, { joinRef, topic: wirePrefix + this.topic.name, ...message }))
  }
}
