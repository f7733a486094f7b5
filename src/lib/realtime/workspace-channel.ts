import type { RealtimeChannel, RealtimeClient } from '@supabase/realtime-js'
import type { AccessTokenSource } from './access-token.ts'
import { workspaceTopic } from './events.ts'

const firstPauseMs = 1_000
const longestPauseMs = 30_000

export interface WorkspaceChannelOptions {
  /** Address of the Supabase project, as in PUBLIC_SUPABASE_URL. */
  url: string
  publishableKey: string
  workspaceId: string
  accessToken: AccessTokenSource
  /** After every join and rejoin. What happened before it was not heard. */
  onJoined: () => void
  onLost: () => void
  onBroadcast: () => void
}

export interface WorkspaceChannel {
  /** Tries again at once if there is no connection: for when the network or the tab is back. */
  wake(): void
  close(): void
}

/**
 * Joins the private channel of a workspace and stays joined until closed. The library is loaded only here, so that no
 * page waits for it. It rejoins by itself after a lost socket; a channel that the server closed (its token expired
 * while the machine slept) is opened anew.
 */
export function openWorkspaceChannel(options: WorkspaceChannelOptions): WorkspaceChannel {
  let client: RealtimeClient | null = null
  let channel: RealtimeChannel | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let isClosed = false
  let isOpening = false
  let failures = 0

  async function open() {
    if (isOpening) return
    isOpening = true
    clearTimeout(timer)
    try {
      client ??= await createClient(options)
      // The join carries the token: a private channel joined without one is refused.
      await client.setAuth()
      // Closed while the library was on its way.
      if (isStopped()) void client.disconnect()
      else join(client)
    } catch {
      openLater()
    } finally {
      isOpening = false
    }
  }

  function isStopped() {
    return isClosed
  }

  function join(joining: RealtimeClient) {
    const current = joining.channel(workspaceTopic(options.workspaceId), { config: { private: true } })
    channel = current
    current.on('broadcast', { event: '*' }, options.onBroadcast)
    current.subscribe((status) => {
      if (isClosed || channel !== current) return
      if (status === 'SUBSCRIBED') {
        failures = 0
        options.onJoined()
        return
      }
      options.onLost()
      if (status === 'CHANNEL_ERROR') {
        // The library tries again by itself; it may have been refused for its token, so let it have a new one.
        options.accessToken.forget()
        void joining.setAuth()
      } else if (status === 'CLOSED') {
        channel = null
        openLater()
      }
    })
  }

  function openLater() {
    if (isClosed) return
    clearTimeout(timer)
    timer = setTimeout(() => void open(), Math.min(firstPauseMs * 2 ** failures, longestPauseMs))
    failures += 1
  }

  void open()
  return {
    wake() {
      if (isClosed) return
      failures = 0
      if (channel) client?.connect()
      else void open()
    },
    close() {
      isClosed = true
      clearTimeout(timer)
      void client?.removeAllChannels()
    },
  }
}

async function createClient(options: WorkspaceChannelOptions): Promise<RealtimeClient> {
  const { RealtimeClient } = await import('@supabase/realtime-js')
  return new RealtimeClient(realtimeEndpoint(options.url), {
    params: { apikey: options.publishableKey },
    accessToken: () => options.accessToken.get(),
  })
}

/** `https://project.example` becomes `wss://project.example/realtime/v1`. */
export function realtimeEndpoint(url: string): string {
  const endpoint = new URL('realtime/v1', url.endsWith('/') ? url : `${url}/`)
  endpoint.protocol = endpoint.protocol === 'https:' ? 'wss:' : 'ws:'
  return endpoint.href
}
