import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { RealtimeChannel, SupabaseClient } from '@supabase/supabase-js'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { preparePlatform } from '../../supabase/embedded/platform.ts'
import { startPostgres } from '../../supabase/embedded/postgres.ts'
import type { EmbeddedPostgres } from '../../supabase/embedded/postgres.ts'
import type { RealtimeOptions } from '../../supabase/embedded/realtime/server.ts'
import { findFreePort } from '../support/free-port.ts'
import {
  collectSystemMessages,
  eventually,
  makeClient,
  realtimeKeys,
  realtimeSecret,
  roomPolicies,
  signToken,
  subscribe,
} from '../support/realtime.ts'
import type { Heard } from '../support/realtime.ts'
import { runAs } from '../support/run-as.ts'
import { makeTestDirectory, removeTestDirectory } from '../support/temporary-directory.ts'

// Kills and stops processes, Postgres too: it shares none of them with other tests.
let directory: string
let postgres: EmbeddedPostgres
let port: number
const servers: ChildProcess[] = []
const clients: SupabaseClient[] = []

beforeAll(async () => {
  directory = await makeTestDirectory()
  postgres = await startPostgres({ directory, port: await findFreePort(), log: () => undefined })
  await preparePlatform(postgres.adminUrl())
  await runAs(postgres.ownerUrl(), roomPolicies)
  port = await findFreePort()
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.realtime.disconnect()))
  for (const server of servers.splice(0)) await end(server, 'SIGKILL')
})
afterAll(async () => {
  await postgres.stop()
  await removeTestDirectory(directory)
})

async function startServer(options: Partial<RealtimeOptions> = {}): Promise<ChildProcess> {
  const all = {
    databaseUrl: postgres.adminUrl(),
    jwtSecret: realtimeSecret,
    apiKeys: realtimeKeys,
    ...options,
  }
  const server = fork(new URL('../support/realtime-process.ts', import.meta.url), {
    env: { ...process.env, PORT: String(port), REALTIME_OPTIONS: JSON.stringify(all) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  servers.push(server)
  await once(server, 'message')
  return server
}

async function end(server: ChildProcess, signal: NodeJS.Signals) {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exited = once(server, 'exit')
  server.kill(signal)
  await exited
}

/** A client in a private channel, and what it hears. */
async function join(): Promise<{ client: SupabaseClient; channel: RealtimeChannel; heard: Heard[] }> {
  // Always the same: a new token is checked at once, and closes its channel when there is no database to ask.
  const token = signToken()
  const client = await makeClient(`http://127.0.0.1:${port}`, {
    readToken: () => token,
    realtime: { heartbeatIntervalMs: 200 },
  })
  clients.push(client)
  const heard: Heard[] = []
  const channel = client.channel('room:1', {
    config: { private: true, broadcast: { replication_ready: true } },
  })
  channel.on('broadcast', { event: '*' }, (message) => heard.push(message as unknown as Heard))
  await subscribe(channel)
  return { client, channel, heard }
}

/** Sends until it is heard: whatever was broken works again. */
async function expectToHear(heard: Heard[], event: string) {
  await eventually(async () => {
    await runAs(postgres.adminUrl(), `select realtime.send('{}', '${event}', 'room:1')`)
    expect(heard.map((message) => message.event)).toContain(event)
  }, 100)
}

it('clients come back to a server that was killed', async () => {
  const server = await startServer()
  const { channel, heard } = await join()
  await expectToHear(heard, 'before')
  await end(server, 'SIGKILL')
  await eventually(() => expect(channel.state).not.toBe('joined'))
  await startServer()
  await expectToHear(heard, 'after')
  expect(channel.state).toBe('joined')
})

it('clients come back to a server that was stopped', async () => {
  const server = await startServer()
  const { channel, heard } = await join()
  await end(server, 'SIGTERM')
  expect(server.exitCode).toBe(0)
  await startServer()
  await expectToHear(heard, 'after')
  expect(channel.state).toBe('joined')
})

it('clients notice by their heartbeats that a server does not answer, and come back', async () => {
  const server = await startServer()
  const { client, channel, heard } = await join()
  const statuses: string[] = []
  client.realtime.onHeartbeat((status) => statuses.push(status))
  server.kill('SIGSTOP')
  await eventually(() => expect(statuses).toContain('timeout'))
  expect(channel.state).not.toBe('joined')
  server.kill('SIGCONT')
  await expectToHear(heard, 'after')
  expect(channel.state).toBe('joined')
})

it.each(['SIGKILL', 'SIGINT'] as const)('broadcasts come again after Postgres got %s', async (signal) => {
  await startServer()
  const { channel, heard } = await join()
  await expectToHear(heard, 'before')
  const processId = postgres.processId()
  if (processId === undefined) expect.unreachable('Postgres is not running')
  process.kill(processId, signal)
  await eventually(() => expect(postgres.processId()).not.toBe(processId))
  await expectToHear(heard, 'after')
  expect(channel.state).toBe('joined')
  // Policies are asked on new connections.
  await expect(join()).resolves.toBeDefined()
})

it('says what it cannot do while there is no database', async () => {
  await startServer({
    databaseUrl: `postgres://supabase_admin@127.0.0.1:${await findFreePort()}/postgres`,
    settings: { replicationReadyTimeoutMs: 50 },
  })
  const client = await makeClient(`http://127.0.0.1:${port}`, { readToken: signToken })
  clients.push(client)
  const secret = client.channel('secret', { config: { private: true } })
  await expect(subscribe(secret)).rejects.toThrow(
    'UnableToConnectToProject: Realtime was unable to connect to the project database',
  )
  const open = client.channel('open', { config: { broadcast: { replication_ready: true } } })
  const messages = collectSystemMessages(open)
  await subscribe(open)
  await eventually(() => expect(open.state).toBe('closed'))
  const message = 'Replication connection was not established in time'
  expect(messages).toEqual([{ extension: 'system', status: 'error', message, channel: 'open' }])
})
