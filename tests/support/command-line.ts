import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { nodeEnvironment } from './node-environment.ts'
import { encryptionKeys } from './workspace.ts'
import type { TestStack } from './embedded-stack.ts'

export interface CommandResult {
  exitCode: number | null
  stdout: string
  stderr: string
}

/** What the command line needs to work on a stack whose my21_worker has the password `worker`. */
export function commandEnvironment(stack: TestStack, origin: string): Record<string, string> {
  return {
    DATABASE_URL_WORKER: `postgres://my21_worker:worker@127.0.0.1:${stack.postgresPort}/postgres`,
    SUPABASE_URL: stack.apiUrl,
    SUPABASE_PUBLISHABLE_KEY: stack.publishableKey,
    SUPABASE_SECRET_KEY: stack.secretKey,
    ENCRYPTION_KEYS: encryptionKeys,
    ORIGIN: origin,
  }
}

/** Runs the operator's command line as its own process. */
export async function runCommand(
  words: string[],
  environment: Record<string, string>,
  input = '',
): Promise<CommandResult> {
  const child = spawn(process.execPath, ['src/cli.ts', ...words], {
    env: { ...nodeEnvironment(), ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // A command that does not read its input may be gone before it is written.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exit])
  return { exitCode, stdout, stderr }
}
