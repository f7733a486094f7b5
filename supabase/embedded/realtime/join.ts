import { Channel } from './channel.ts'
import type { ChannelLink } from './channel.ts'
import { ChannelAccess } from './channel-access.ts'
import { wirePrefix } from './hub.ts'
import { readJoinConfig } from './join-config.ts'
import { Refusal } from './refusal.ts'
import { isObject } from './serializer.ts'
import type { Message } from './serializer.ts'
import type { RealtimeServices } from './services.ts'
import type { Claims } from './token.ts'
import { refuseUnsupported } from './unsupported.ts'

export interface JoiningConnection extends ChannelLink {
  readonly channelCount: number
  readonly headers: Record<string, string>
  /** Throws TokenRefused when the key it connected with has expired. */
  readApiKey(): Claims
}

export const tooManyJoins = 'ClientJoinRateLimitReached'

/**
 * Checks a `phx_join` and makes the channel; it is open only when the caller opens it. Throws Refusal, TokenRefused or
 * AuthorizationFailed.
 */
export async function joinChannel(
  services: RealtimeServices,
  connection: JoiningConnection,
  message: Message,
): Promise<Channel> {
  const { settings, joins, tokens, authorizer } = services
  const name = message.topic.slice(wirePrefix.length)
  if (name === '') throw new Refusal('TopicNameRequired', 'You must provide a topic name')
  if (joins.isExceeded()) throw new Refusal(tooManyJoins, 'Too many joins per second')
  joins.add()
  if (connection.channelCount >= settings.maxChannelsPerConnection) {
    throw new Refusal('ChannelRateLimitReached', 'Too many channels')
  }
  const config = readJoinConfig(message.payload)
  const topic = { name, isPrivate: config.isPrivate }
  const access = await ChannelAccess.open(
    { topic, tokens, authorizer, apiKeyClaims: () => connection.readApiKey(), headers: connection.headers },
    readToken(message.payload),
    config.wantsPresence,
  )
  refuseUnsupported(config)
  return new Channel({ services, link: connection, topic, joinRef: message.joinRef, config, access })
}

/** `user_token` is what clients before realtime-js 2 sent. */
function readToken(payload: unknown): unknown {
  if (!isObject(payload)) return undefined
  return payload['access_token'] ?? payload['user_token']
}
