import { execFile, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { access, chown, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { copyPostgresBinaries, findPostgresBinaries } from './postgres-binaries.ts'

const run = promisify(execFile)

/** As root: where binaries and data go when Postgres' own user cannot reach those of the project. */
const REACHABLE_DIRECTORY = '/var/lib/my21staff'

const placeSchema = z.object({ dataDirectory: z.string(), adminPassword: z.string() })

export interface PostgresPlace {
  /** Holds bin, lib and share. */
  binaries: string
  dataDirectory: string
  /** Password of the superuser supabase_admin, made once. */
  adminPassword: string
  /** Postgres refuses to run as root: then it runs as this user. */
  user: { uid: number; gid: number } | undefined
}

/**
 * Decides where Postgres' binaries and data live, and remembers it in `<directory>/postgres.json`.
 *
 * For an ordinary user: the binaries of node_modules and `<directory>/postgres`. As root the same, as long as the user
 * `postgres` can reach them; what it cannot reach (a clone under a 0700 home) goes below /var/lib/my21staff.
 */
export async function placePostgres(directory: string, native?: string): Promise<PostgresPlace> {
  await mkdir(directory, { recursive: true })
  const isRoot = process.getuid?.() === 0
  const user = isRoot ? await findPostgresUser() : undefined

  const found = await findPostgresBinaries()
  let binaries = native ?? found.native
  if (user && !canRead(user, join(binaries, 'bin', 'postgres'))) {
    binaries = await copyPostgresBinaries(binaries, found.version, REACHABLE_DIRECTORY)
  }

  const record = join(directory, 'postgres.json')
  const known = await readPlace(record)
  if (known && (await exists(known.dataDirectory))) return { ...known, binaries, user }

  const dataDirectory =
    user && !canEnter(user, directory) ? await makeReachableDirectory(directory) : join(directory, 'postgres')
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 })
  if (user) await chown(dataDirectory, user.uid, user.gid)
  const place = {
    dataDirectory,
    adminPassword: known?.adminPassword ?? randomBytes(24).toString('base64url'),
  }
  await writeFile(record, `${JSON.stringify(place, undefined, 2)}\n`, { mode: 0o600 })
  return { ...place, binaries, user }
}

/** Removes the data of the embedded Postgres that belongs to `directory`, wherever it lies. Postgres must be stopped. */
export async function removePostgresData(directory: string) {
  const place = await readPlace(join(directory, 'postgres.json'))
  if (place) await rm(place.dataDirectory, { recursive: true, force: true })
  await rm(join(directory, 'postgres.json'), { force: true })
}

async function readPlace(record: string) {
  const text = await readFile(record, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : placeSchema.parse(JSON.parse(text))
}

/** Random at the end: a project that is moved away keeps its data although another one takes its path. */
async function makeReachableDirectory(directory: string): Promise<string> {
  const hash = createHash('sha256')
    .update(await realpath(directory))
    .digest('hex')
    .slice(0, 12)
  await mkdir(REACHABLE_DIRECTORY, { recursive: true, mode: 0o755 })
  return mkdtemp(join(REACHABLE_DIRECTORY, `${basename(directory).replace(/[^\w-]/g, '')}-${hash}-`))
}

async function findPostgresUser() {
  const known = await readPostgresUser()
  if (known) return known
  // The same name as the Postgres packages of the distributions use.
  await run('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    'postgres',
  ]).catch(() => undefined)
  const made = await readPostgresUser()
  if (!made) throw new Error('Postgres does not run as root, and a system user "postgres" could not be made.')
  return made
}

async function readPostgresUser() {
  const line = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined
}

/** Asks the operating system itself: modes alone do not tell about access lists and mounts. */
function canRead(user: { uid: number; gid: number }, file: string) {
  return spawnSync('test', ['-x', file, '-a', '-r', file], { ...user, cwd: '/' }).status === 0
}

function canEnter(user: { uid: number; gid: number }, directory: string) {
  return spawnSync('test', ['-x', directory], { ...user, cwd: '/' }).status === 0
}

async function exists(path: string) {
  return access(path).then(
    () => true,
    () => false,
  )
}
