import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { requireFreePort } from './ports.ts'
import { clusterDirectory, explainPostgresFailure } from './postgres-cluster.ts'
import type { PostgresPlace } from './postgres-placement.ts'

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  wal_level: 'logical',
  // A replication slot that nobody reads must not fill the disk.
  max_slot_wal_keep_size: '512MB',
  max_wal_size: '512MB',
  max_connections: '200',
  max_worker_processes: '4',
  max_logical_replication_workers: '0',
  max_wal_senders: '20',
  max_replication_slots: '20',
  autovacuum_max_workers: '2',
  shared_buffers: '96MB',
  jit: 'off',
  // The details of errors hold values of rows, and those are people's data. Statement and code stay.
  log_error_verbosity: 'terse',
  log_line_prefix: '%m [%p] %q%u@%d %a %e ',
  log_lock_waits: 'on',
  log_checkpoints: 'off',
  log_timezone: 'UTC',
  timezone: 'UTC',
}

const largestLog = 20_000_000

export interface PostgresProcess {
  processId: number | undefined
  /** Resolves when the server has ended, for whatever reason. */
  ended: Promise<void>
  /** Ends all sessions and the server; resolves when it is gone. */
  stop(): Promise<void>
}

export interface LaunchOptions {
  /** Gets postgres.log. */
  directory: string
  port: number
  adminUrl: string
}

/** Starts the server of a made cluster and resolves when it answers; throws one line when it ends before that. */
export async function launchPostgres(place: PostgresPlace, options: LaunchOptions): Promise<PostgresProcess> {
  await requireFreePort(options.port, 'EMBEDDED_POSTGRES_PORT')
  const cluster = clusterDirectory(place)
  const logFile = join(options.directory, 'postgres.log')
  const logStart = await makeRoomInLog(logFile)
  const log = await open(logFile, 'a', 0o600)
  const child = spawn(
    join(place.binaries, 'bin', 'postgres'),
    [
      '-D',
      cluster,
      '-p',
      String(options.port),
      ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`]),
    ],
    // In a session of its own: Ctrl-C in the terminal reaches those who use the database first.
    { ...place.user, cwd: cluster, detached: true, stdio: ['ignore', log.fd, log.fd] },
  )
  // Before anything is waited for: a server that ends at once would have ended unheard.
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
  await log.close()
  const endWatch = stopWithThisProcess(child)
  void ended.then(endWatch)

  const stop = async () => {
    // SIGINT is Postgres' "fast shutdown": sessions are ended, nothing is lost.
    if (isRunning(child)) child.kill('SIGINT')
    await ended
  }
  try {
    await waitUntilReady(child, options.adminUrl, cluster)
  } catch (error) {
    await stop()
    if (error instanceof StartFailure) {
      const output = (await readFile(logFile)).subarray(logStart).toString()
      throw new Error(explainPostgresFailure(output, place.dataDirectory, options.port), { cause: error })
    }
    throw error
  }
  return { processId: child.pid, ended, stop }
}

class StartFailure extends Error {}

async function waitUntilReady(child: ChildProcess, adminUrl: string, cluster: string) {
  const isOurs = async (directory: string | undefined) =>
    directory === cluster || directory === (await realpath(cluster))
  while (isRunning(child)) {
    if (await isOurs(await askDataDirectory(adminUrl))) return
    await pause(20)
  }
  throw new StartFailure('Postgres ended before it was ready')
}

/** Where the server that listens on the port has its data: it may be somebody else's. */
async function askDataDirectory(adminUrl: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 5000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ data_directory: string }>('show data_directory')
    return rows[0]?.data_directory
  } catch {
    return undefined
  } finally {
    client.end().catch(() => undefined)
  }
}

function isRunning(child: ChildProcess) {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

/**
 * Postgres outlives a parent that is killed. A small shell waits for the end of a pipe from this process, which the
 * operating system closes however this process ends, and then shuts Postgres down.
 */
function stopWithThisProcess(postgres: ChildProcess): () => void {
  if (postgres.pid === undefined || process.platform === 'win32') return () => undefined
  const watch = spawn('sh', ['-c', 'read -r ended || kill -INT "$0"', String(postgres.pid)], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watch.on('error', () => undefined)
  watch.stdin.on('error', () => undefined)
  watch.unref()
  return () => watch.stdin.end('ended\n')
}

/**
 * After an unclean stop Postgres may still be running without its parent, or have left postmaster.pid behind, whose
 * number by now may belong to somebody else. The first is stopped, the second removed.
 *
 * Throws when the server that runs on these data has a living parent: then another copy of us uses it.
 */
export async function stopLeftover(place: PostgresPlace) {
  const lockFile = join(clusterDirectory(place), 'postmaster.pid')
  const lines = await readFile(lockFile, 'utf8').catch(() => undefined)
  if (lines === undefined) return
  const processId = Number(lines.split('\n')[0])
  if (!(await isPostgresOf(processId, clusterDirectory(place)))) {
    await rm(lockFile, { force: true })
    return
  }
  if (await hasNodeParent(processId)) {
    throw new Error(`Another process already runs Postgres on ${place.dataDirectory}: stop it first.`)
  }
  process.kill(processId, 'SIGINT')
  while (await isPostgresOf(processId, clusterDirectory(place))) await pause(20)
}

async function isPostgresOf(processId: number, cluster: string) {
  const command = await readFile(`/proc/${processId}/cmdline`, 'utf8').catch(() => undefined)
  // Where there is no /proc, Postgres' own check of the lock file has to do.
  if (command === undefined) return false
  return command.split('\0').includes(cluster)
}

async function hasNodeParent(processId: number) {
  const status = await readFile(`/proc/${processId}/status`, 'utf8').catch(() => '')
  const parent = /^PPid:\s+(\d+)$/m.exec(status)?.[1]
  const name = await readFile(`/proc/${parent}/comm`, 'utf8').catch(() => '')
  return parent !== '1' && /^(node|MainThread)/.test(name)
}

/** Keeps one older log. Gives the length of what is already there. */
async function makeRoomInLog(file: string): Promise<number> {
  const length = await stat(file).then(
    (found) => found.size,
    () => 0,
  )
  if (length < largestLog) return length
  await rename(file, `${file}.1`)
  return 0
}
