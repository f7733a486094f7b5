import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createClient } from '@supabase/supabase-js'
import type {
  RealtimeChannel,
  RealtimeChannelOptions,
  RealtimeClientOptions,
  SupabaseClient,
} from '@supabase/supabase-js'
import pg from 'pg'
import { expect, vi } from 'vitest'
import { startRealtime } from '../../supabase/embedded/realtime/server.ts'
import type { RealtimeSettings } from '../../supabase/embedded/realtime/settings.ts'
import { createTestDatabase } from './database.ts'

export const realtimeKeys = { publishable: 'sb_publishable_test', secret: 'sb_secret_test' }
export const realtimeSecret = 'a secret that signs the tokens of the Realtime tests'

/** A Realtime server with a database of its own, and real clients of it. */
export interface TestRealtime {
  url: string
  port: number
  /** As `postgres`, the owner. */
  owner: pg.Pool
  adminUrl: string
  logged: string[]
  /** Moves the server's clock ahead. */
  passTime(milliseconds: number): void
  /** A client with an API key, or with a token that `readToken` gives whenever the library asks. */
  connect(options?: ConnectOptions): Promise<SupabaseClient>
  close(): Promise<void>
}

export interface ConnectOptions {
  key?: string
  readToken?: () => string
  realtime?: RealtimeClientOptions
}

/** Starts both. `policies` is SQL that the owner runs first. */
export async function startTestRealtime(
  policies = '',
  settings: Partial<RealtimeSettings> = {},
): Promise<TestRealtime> {
  const database = await createTestDatabase()
  const owner = new pg.Pool({ connectionString: database.ownerUrl })
  // Dropping the database ends what is left of it.
  owner.on('error', () => undefined)
  if (policies) await owner.query(policies)
  let elapsed = 0
  const logged: string[] = []
  const realtime = await startRealtime({
    databaseUrl: database.adminUrl,
    jwtSecret: realtimeSecret,
    apiKeys: realtimeKeys,
    log: (line) => logged.push(line),
    settings: { now: () => Date.now() + elapsed, ...settings },
  })
  const server = createServer((request, response) => void realtime.handleRequest(request, response))
  server.on('upgrade', (request, socket, head) => realtime.handleUpgrade(request, socket, head))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const clients: SupabaseClient[] = []

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    owner,
    adminUrl: database.adminUrl,
    logged,
    passTime: (milliseconds) => (elapsed += milliseconds),
    async connect(options) {
      const client = await makeClient(`http://127.0.0.1:${port}`, options)
      clients.push(client)
      return client
    },
    async close() {
      await Promise.all(clients.map((client) => client.realtime.disconnect()))
      await realtime.close()
      server.close()
      await owner.end()
      await database.drop()
    },
  }
}

/** Resolves when the client has its token: what joins before that, joins without it. */
export async function makeClient(url: string, options: ConnectOptions = {}): Promise<SupabaseClient> {
  const { key = realtimeKeys.publishable, readToken, realtime } = options
  const client = createClient(url, key, {
    realtime: { reconnectAfterMs: () => 20, ...realtime },
    ...(readToken
      ? { accessToken: () => Promise.resolve(readToken()) }
      : { auth: { persistSession: false, autoRefreshToken: false } }),
  })
  if (readToken) await client.realtime.setAuth()
  return client
}

/** A token as Auth signs it. It lasts an hour unless the claims say otherwise. */
export function signToken(claims: Record<string, unknown> = {}, secret = realtimeSecret): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const body = [
    encode({ alg: 'HS256', typ: 'JWT' }),
    encode({ role: 'authenticated', exp: Math.floor(Date.now() / 1000) + 3600, ...claims }),
  ].join('.')
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`
}

/** Resolves when the channel has joined; throws what the server answered when it was refused. */
export async function subscribe(channel: RealtimeChannel): Promise<RealtimeChannel> {
  await new Promise<void>((resolve, reject) => {
    channel.subscribe((status, error) => {
      if (status === 'SUBSCRIBED') resolve()
      else reject(error ?? new Error(status))
    })
  })
  return channel
}

export interface Heard {
  event: string
  payload: unknown
  meta?: { id: string }
}

/** A joined channel and all broadcasts it hears. */
export async function listen(
  client: SupabaseClient,
  topic: string,
  config: RealtimeChannelOptions['config'] = {},
): Promise<{ channel: RealtimeChannel; heard: Heard[] }> {
  const heard: Heard[] = []
  const channel = client.channel(topic, { config })
  channel.on('broadcast', { event: '*' }, (message) => heard.push(message as unknown as Heard))
  await subscribe(channel)
  return { channel, heard }
}

/** Waits for a condition: generous, because machines that test are busy. */
export function eventually<Result>(check: () => Result | Promise<Result>, interval = 10): Promise<Result> {
  return vi.waitFor(check, { timeout: 15_000, interval })
}

/** Resolves when what is heard ends with this event: everything sent before has been heard, or will never be. */
export async function waitForEvent(heard: Heard[], event: string) {
  await eventually(() => expect(heard.at(-1)?.event).toBe(event))
}

/** The system messages that a channel gets; listen before it joins. */
export function collectSystemMessages(channel: RealtimeChannel): Record<string, unknown>[] {
  const messages: Record<string, unknown>[] = []
  channel.on('system', { event: '' }, (message: Record<string, unknown>) => messages.push(message))
  return messages
}

/** Everybody who is signed in may read and write everything in topics `room:...`. */
export const roomPolicies = `
  create policy "Signed-in people read rooms" on realtime.messages for select to authenticated
    using (realtime.topic() like 'room:%');
  create policy "Signed-in people write in rooms" on realtime.messages for insert to authenticated
    with check (realtime.topic() like 'room:%');`
