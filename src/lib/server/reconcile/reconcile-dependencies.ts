import type { AsSystem } from '../database/database.ts'
import type { ReconciledChannel } from '../database/reconciled-channels.ts'
import { createKapsoClient, type KapsoClient } from '../kapso/client.ts'
import type { Log } from '../log.ts'
import { channelApiKeyContext, type Sealer } from '../secrets/sealing.ts'

export interface ReconcileDependencies {
  asSystem: AsSystem
  log: Log
  sealer: Sealer
  /** `KAPSO_API_URL`; a channel may have its own. */
  kapsoApiUrl: string
  /** `KAPSO_API_KEY`: overrides the stored keys. */
  kapsoApiKey: string | undefined
  /** How long one request to Kapso may take. */
  timeoutMs: number
  /** Waits until the next request may go out. */
  pace: Pace
  /** Messages younger than this are left alone: Kapso may still be trying to deliver them. */
  settleSeconds: number
  fetch?: typeof fetch
}

export type Pace = (signal: AbortSignal) => Promise<void>

/** Kapso tries a delivery for about two and a half minutes; twice that is past all doubt. */
export const defaultSettleSeconds = 300

/**
 * Lets one request go out per interval, however many tasks of the process ask. Kapso's smallest plan allows 100 a
 * minute, and sending has the first claim on them (Kapso docs: rate limits).
 */
export function createPace(intervalMs = 1_200): Pace {
  let next = 0
  return async (signal) => {
    const now = Date.now()
    const waitMs = Math.max(0, next - now)
    next = Math.max(now, next) + intervalMs
    if (waitMs === 0 || signal.aborted) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      signal.addEventListener(
        'abort',
        () => {
          clearTimeout(timer)
          resolve()
        },
        { once: true },
      )
    })
  }
}

/** The client of a channel; null when there is no key that opens. */
export function connectChannel(
  dependencies: ReconcileDependencies,
  channel: Pick<ReconciledChannel, 'workspaceId' | 'channelId' | 'apiUrl' | 'sealedApiKey'>,
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
  { sealer, log }: ReconcileDependencies,
  {
    workspaceId,
    channelId,
    sealedApiKey,
  }: Pick<ReconciledChannel, 'workspaceId' | 'channelId' | 'sealedApiKey'>,
): string | null {
  if (sealedApiKey === null) return null
  try {
    return sealer.open(sealedApiKey, channelApiKeyContext(workspaceId, channelId))
  } catch {
    log.error({ kind: 'reconcile', workspaceId, channelId }, 'the stored API key cannot be opened')
    return null
  }
}
