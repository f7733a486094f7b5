import type { RealtimeClient } from '@supabase/realtime-js'
import type { AccessTokenSource } from './access-token.ts'

export interface RealtimeConnectionOptions {
  /** Address of the Supabase project, as in PUBLIC_SUPABASE_URL. */
  url: string
  publishableKey: string
  accessToken: AccessTokenSource
}

/**
 * The one socket of a page, for however many channels. The library is loaded when it is first asked for, so that no
 * page waits for it.
 */
export class RealtimeConnection {
  readonly #options: RealtimeConnectionOptions
  #client: Promise<RealtimeClient> | null = null
  #isClosed = false

  constructor(options: RealtimeConnectionOptions) {
    this.#options = options
  }

  /**
   * The client, with a token that is good for joining: a private channel joined without one is refused. Rejects when
   * the library or the token cannot be had, and once it is closed.
   */
  async open(): Promise<RealtimeClient> {
    if (this.#isClosed) throw new Error('The connection is closed')
    this.#client ??= createClient(this.#options).catch((failure: unknown) => {
      this.#client = null
      throw failure
    })
    const client = await this.#client
    await client.setAuth()
    return client
  }

  /** After a refusal: it may have been for the token, so the next join gets a new one. */
  async renewToken(): Promise<void> {
    this.#options.accessToken.forget()
    await (await this.#client)?.setAuth()
  }

  /** Tries again at once if there is no socket: for when the network or the tab is back. */
  wake(): void {
    void this.#client?.then(
      (client) => {
        client.connect()
      },
      () => undefined,
    )
  }

  close(): void {
    this.#isClosed = true
    void this.#client?.then(
      async (client) => {
        await client.removeAllChannels()
        await client.disconnect()
      },
      () => undefined,
    )
  }
}

async function createClient(options: RealtimeConnectionOptions): Promise<RealtimeClient> {
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
