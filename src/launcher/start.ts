import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { readPorts } from './ports.ts'
import { type LocalStack, startLocalStack } from './local-stack.ts'
import { StartError } from './start-error.ts'
import { watchEndings } from './endings.ts'

const root = resolve(import.meta.dirname, '../..')
const directory = resolve(root, process.env['EMBEDDED_DIR'] || '.embedded')

/** `npm start`: runs everything until it is told to end, then stops everything. */
async function main(): Promise<void> {
  const startedAt = Date.now()
  const endings = watchEndings()
  const running: { stack?: LocalStack } = {}
  endings.onForce(() => {
    running.stack?.kill()
    say('Ended everything at once.')
    process.exit(1)
  })

  try {
    running.stack = await startLocalStack({
      root,
      directory,
      ports: readPorts(process.env),
      host: readHost(process.env['HOST']),
      origin: process.env['ORIGIN'] || undefined,
      inherited: process.env,
      report: say,
      signal: endings.signal,
    })
  } catch (error) {
    if (endings.signal.aborted) {
      say('Stopped before everything had started.')
      return
    }
    throw error
  }
  greet(running.stack, Date.now() - startedAt)
  await endings.asked
  say('Stopping ...')
  await running.stack.stop()
  say('Stopped. The data is kept.')
}

/** Some shells keep the machine's name in HOST: only an address is meant for us. */
function readHost(value: string | undefined): string | undefined {
  return value !== undefined && isIP(value) !== 0 ? value : undefined
}

function greet({ origin, simulatorUrl, demo }: LocalStack, tookMs: number): void {
  say(`
my21staff is running (${(tookMs / 1000).toFixed(1)} s).

  Inbox                ${origin}
  Sign in as           ${demo.ownerEmail}   password: ${demo.ownerPassword}
  Write as a customer  ${simulatorUrl}   (choose somebody, type a message, watch it arrive in the inbox)
  Data and logs        ${directory}

Ctrl-C stops it and keeps the data.
`)
}

function say(line: string): void {
  console.log(line)
}

function explain(error: unknown): string {
  if (error instanceof StartError) return error.message
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'ENOSPC') return `No disk space left for ${directory}.`
  if ('code' in error && (error.code === 'EACCES' || error.code === 'EROFS'))
    return `No permission: ${error.message}`
  return `my21staff could not start: ${error.message}`
}

await main().catch((error: unknown) => {
  console.error(explain(error))
  process.exitCode = 1
})
// Connections of answered requests would hold the process for a few seconds.
process.exit()
