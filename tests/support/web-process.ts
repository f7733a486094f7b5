import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { EmbeddedStack } from '../../supabase/embedded/stack.ts'
import { findFreePort } from './free-port.ts'
import { queryOnce } from './query.ts'
import { nodeEnvironment } from './node-environment.ts'
import { encryptionKeys } from './workspace.ts'

const root = join(import.meta.dirname, '..', '..')
const webPassword = 'password of the web role in tests'

export interface WebProcess {
  origin: string
  /** Everything it wrote: its log, and what it should not have written. */
  output(): string
  stop(): Promise<void>
}

/** The built web process (`npm run build` comes first) on a port of its own, against an embedded stack. */
export async function startWebProcess(
  stack: EmbeddedStack,
  environment: Record<string, string> = {},
): Promise<WebProcess> {
  if (!existsSync(join(root, 'build', 'handler.js')))
    throw new Error('There is no build: run "npm run build" first.')
  await queryOnce(stack.adminUrl, `alter role my21_web password '${webPassword}'`)
  const database = new URL(stack.ownerUrl)
  database.username = 'my21_web'
  database.password = webPassword
  const port = Number(environment['PORT'] ?? (await findFreePort()))
  const origin = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, ['src/server.ts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...nodeEnvironment(),
      DATABASE_URL_WEB: database.href,
      SUPABASE_URL: stack.apiUrl,
      SUPABASE_PUBLISHABLE_KEY: stack.publishableKey,
      SUPABASE_SECRET_KEY: stack.secretKey,
      SUPABASE_JWT_SECRET: stack.jwtSecret,
      PUBLIC_SUPABASE_URL: stack.apiUrl,
      PUBLIC_SUPABASE_PUBLISHABLE_KEY: stack.publishableKey,
      ENCRYPTION_KEYS: encryptionKeys,
      ORIGIN: origin,
      PORT: String(port),
      SIGN_UP: 'open',
      ...environment,
    },
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = once(child, 'exit')
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  while (!(await isListening(origin))) {
    if (child.exitCode !== null) throw new Error(`The web process ended:\n${output}`)
  }
  return { origin, output: () => output, stop }
}

/** True when something answers, whatever it says; false after a moment otherwise. */
async function isListening(origin: string): Promise<boolean> {
  try {
    await fetch(`${origin}/sign-in`, { redirect: 'manual' })
    return true
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 20))
    return false
  }
}
