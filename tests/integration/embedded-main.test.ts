import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { findFreePort } from '../support/free-port.ts'
import { nodeEnvironment } from '../support/node-environment.ts'
import { makeTestDirectory, removeTestDirectory } from '../support/temporary-directory.ts'

const script = join(import.meta.dirname, '../../supabase/embedded/main.ts')

let directory: string
let apiPort: number
let postgresPort: number
let child: ChildProcess | undefined
let output: string

// Each test makes a cluster of its own, which takes a second on an idle machine.
vi.setConfig({ testTimeout: 60_000 })

beforeEach(async () => {
  directory = await makeTestDirectory()
  apiPort = await findFreePort()
  postgresPort = await findFreePort()
})

afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await portIsFree(postgresPort)
  await removeTestDirectory(directory)
})

function run(): ChildProcess {
  output = ''
  child = spawn(process.execPath, [script], {
    env: {
      ...nodeEnvironment(),
      EMBEDDED_DIR: directory,
      EMBEDDED_API_PORT: String(apiPort),
      EMBEDDED_POSTGRES_PORT: String(postgresPort),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return child
}

async function isHealthy() {
  const response = await fetch(`http://127.0.0.1:${apiPort}/health`)
  expect(response.status).toBe(200)
}

async function portIsFree(port: number) {
  await vi.waitFor(
    async () => {
      const socket = connect(port, '127.0.0.1')
      const result = await once(socket, 'connect').then(
        () => 'used',
        () => 'free',
      )
      socket.destroy()
      expect(result).toBe('free')
    },
    { timeout: 10_000 },
  )
}

const patient = { timeout: 15_000 }

test.each(['SIGINT', 'SIGTERM'] as const)(
  'says one line when it is up and ends cleanly on %s',
  async (signal) => {
    const stack = run()
    await vi.waitFor(isHealthy, patient)
    await vi.waitFor(() => expect(output).toContain('Embedded Supabase'), patient)
    stack.kill(signal)
    expect(await once(stack, 'exit')).toEqual([0, null])
    expect(output).toBe(`Embedded Supabase: http://127.0.0.1:${apiPort} (Postgres on port ${postgresPort})\n`)
    await portIsFree(apiPort)
  },
)

test('a signal while it starts ends it as well', async () => {
  const stack = run()
  // Postgres answers before the gateway does.
  await vi.waitFor(async () => {
    const socket = connect(postgresPort, '127.0.0.1')
    await once(socket, 'connect').finally(() => socket.destroy())
  }, patient)
  stack.kill('SIGINT')
  await once(stack, 'exit')
  await portIsFree(postgresPort)
})

test('takes Postgres along when it is killed, and starts again after that', async () => {
  const killed = run()
  await vi.waitFor(isHealthy, patient)
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  run()
  await vi.waitFor(isHealthy, patient)
})

test('a port in use is one line and an exit code, before anything else is started', async () => {
  const other = createServer().listen(apiPort, '127.0.0.1')
  await once(other, 'listening')
  const [code] = (await once(run(), 'exit')) as [number]
  other.close()
  expect(code).toBe(1)
  expect(output).toBe(
    `Port ${apiPort} is in use: stop what listens there or set EMBEDDED_API_PORT to another one.\n`,
  )
})
