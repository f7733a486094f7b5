import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { format } from 'node:util'
import { startEmbeddedStack } from './stack.ts'
import type { EmbeddedStack } from './stack.ts'

const longestStopMs = 15_000

/** A port from the environment. */
function readPort(name: string, fallback: number): number {
  const text = process.env[name] || String(fallback)
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new Error(`${name} is no port number: ${text}`)
  return port
}

function say(line: string) {
  process.stdout.write(`${line}\n`)
}

/** What libraries print goes to `<directory>/gateway.log` and not to the terminal. */
function keepConsoleNoise(directory: string) {
  const file = createWriteStream(join(directory, 'gateway.log'), { flags: 'a', mode: 0o600 })
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    console[level] = (...parts: unknown[]) => {
      file.write(`${new Date().toISOString()} ${level} ${format(...parts)}\n`)
    }
  }
}

async function main() {
  process.env['DO_NOT_TRACK'] = '1'
  const directory = resolve(process.env['EMBEDDED_DIR'] || '.embedded')
  await mkdir(directory, { recursive: true })
  keepConsoleNoise(directory)

  const running: { stack?: EmbeddedStack } = {}
  let isStopping = false
  const stop = async () => {
    isStopping = true
    // Whatever hangs then is ended with this process, Postgres too.
    setTimeout(() => process.exit(1), longestStopMs).unref()
    await running.stack?.stop()
    process.exit()
  }
  process.once('SIGINT', () => void stop())
  process.once('SIGTERM', () => void stop())

  const stack = await startEmbeddedStack({
    directory,
    apiPort: readPort('EMBEDDED_API_PORT', 54321),
    postgresPort: readPort('EMBEDDED_POSTGRES_PORT', 54322),
    siteUrl: process.env['SITE_URL'] || `http://localhost:${readPort('PORT', 3000)}`,
    log: say,
  })
  running.stack = stack
  if (isStopping) await stop()
  say(`Embedded Supabase: ${stack.apiUrl} (Postgres on port ${stack.postgresPort})`)
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
})
