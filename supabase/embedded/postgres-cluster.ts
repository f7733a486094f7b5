import { spawn } from 'node:child_process'
import { access, chown, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describePortInUse } from './ports.ts'
import type { PostgresPlace } from './postgres-placement.ts'

/** The cluster's own folder below the data directory; it exists only when initdb has finished. */
export function clusterDirectory(place: PostgresPlace) {
  return join(place.dataDirectory, 'cluster')
}

/** Makes the cluster if there is none yet. What an interruption left half made is made anew. */
export async function createCluster(place: PostgresPlace) {
  const isMade = await access(clusterDirectory(place)).then(
    () => true,
    () => false,
  )
  if (isMade) return

  const unfinished = join(place.dataDirectory, 'unfinished')
  const passwordFile = join(place.dataDirectory, 'password')
  await rm(unfinished, { recursive: true, force: true })
  await writeFile(passwordFile, place.adminPassword, { mode: 0o600 })
  if (place.user) await chown(passwordFile, place.user.uid, place.user.gid)
  try {
    await runInitdb(place, [
      `--pgdata=${unfinished}`,
      `--pwfile=${passwordFile}`,
      '--username=supabase_admin',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // Sorts as hosted Supabase does.
      '--locale-provider=icu',
      '--icu-locale=en-US',
      ...(process.platform === 'linux' ? ['--locale=C.UTF-8'] : []),
      '--lc-messages=C',
    ])
    await rename(unfinished, clusterDirectory(place))
  } finally {
    await rm(passwordFile, { force: true })
  }
}

async function runInitdb(place: PostgresPlace, options: string[]) {
  const child = spawn(join(place.binaries, 'bin', 'initdb'), options, {
    ...place.user,
    cwd: place.dataDirectory,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(explainPostgresFailure(output, place.dataDirectory))
}

/** One line for people from what Postgres printed before it gave up. */
export function explainPostgresFailure(output: string, dataDirectory: string, port?: number): string {
  if (output.includes('No space left on device'))
    return `Postgres found no disk space left for ${dataDirectory}.`
  if (port !== undefined && output.includes('Address already in use')) {
    return describePortInUse(port, 'EMBEDDED_POSTGRES_PORT')
  }
  if (output.includes('Permission denied')) return `Postgres cannot reach its files in ${dataDirectory}.`
  const lines = output.split('\n').filter((line) => /\b(FATAL|PANIC|error):/.test(line))
  return `Postgres did not start: ${lines.at(-1)?.trim() ?? 'it said nothing'}`
}
