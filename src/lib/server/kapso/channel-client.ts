import type { Log } from '../log.ts'
import { channelApiKeyContext, type Sealer } from '../secrets/sealing.ts'
import { createKapsoClient, type KapsoClient } from './client.ts'

export interface ChannelClientDependencies {
  log: Log
  sealer: Sealer
  /** `KAPSO_API_URL`; a channel may have its own. */
  kapsoApiUrl: string
  /** `KAPSO_API_KEY`: overrides the stored keys. */
  kapsoApiKey: string | undefined
  /** How long one request may take. */
  timeoutMs: number
  fetch?: typeof fetch
}

export interface ChannelToReach {
  workspaceId: string
  channelId: string
  /** Overrides the installation's Kapso address. */
  apiUrl: string | null
  sealedApiKey: Buffer | null
}

/** The client of a channel; null when there is no key, or none that opens. */
export function createChannelClient(
  dependencies: ChannelClientDependencies,
  channel: ChannelToReach,
): KapsoClient | null {
  const apiKey = dependencies.kapsoApiKey ?? openKey(dependencies, channel)
  if (apiKey === null) return null
  return createKapsoClient({
    apiUrl: channel.apiUrl ?? dependencies.kapsoApiUrl,
    apiKey,
    timeoutMs: dependencies.timeoutMs,
    ...(dependencies.fetch === undefined ? {} : { fetch: dependencies.fetch }),
  })
}

function openKey(
  { sealer, log }: ChannelClientDependencies,
  { workspaceId, channelId, sealedApiKey }: ChannelToReach,
): string | null {
  if (sealedApiKey === null) return null
  try {
    return sealer.open(sealedApiKey, channelApiKeyContext(workspaceId, channelId))
  } catch {
    log.error({ kind: 'channel-key', workspaceId, channelId }, 'the stored API key cannot be opened')
    return null
  }
}
