import { spawn } from 'node:child_process'
import { pbkdf2 } from 'node:crypto'
import { cp, chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { findPostgresBinaries } from '../../supabase/embedded/postgres-binaries.ts'
import { clusterDirectory } from '../../supabase/embedded/postgres-cluster.ts'
import { launchPostgres } from '../../supabase/embedded/postgres-process.ts'
import { startPostgres } from '../../supabase/embedded/postgres.ts'
import type { EmbeddedPostgres } from '../../supabase/embedded/postgres.ts'
import { findFreePort } from '../support/free-port.ts'
import { queryOnce as query } from '../support/query.ts'
import { makeTestDirectory, removeTestDirectory } from '../support/temporary-directory.ts'

const isRoot = process.getuid?.() === 0

let parent: string
let directory: string
let port: number
let lines: string[]
let running: EmbeddedPostgres[]

// Each test makes a cluster of its own, which takes a second on an idle machine.
vi.setConfig({ testTimeout: 60_000 })

beforeEach(async () => {
  parent = await makeTestDirectory()
  directory = join(parent, '.embedded')
  port = await findFreePort()
  lines = []
  running = []
})

afterEach(async () => {
  for (const postgres of running) await postgres.stop()
  await removeTestDirectory(directory)
  await removeTestDirectory(parent)
})

async function start(binaries?: string) {
  const postgres = await startPostgres({
    directory,
    port,
    log: (line) => void lines.push(line),
    ...(binaries ? { binaries } : {}),
  })
  running.push(postgres)
  return postgres
}

test('keeps data and sign-ins over a restart, and the password of the superuser to itself', async () => {
  const first = await start()
  await query(first.ownerUrl(), 'create table kept as select 42 as answer')
  await first.stop()
  const second = await start()
  expect(second.adminUrl()).toBe(first.adminUrl())
  expect(await query(second.ownerUrl(), 'select answer from kept')).toEqual([{ answer: 42 }])
  expect((await stat(join(directory, 'postgres.json'))).mode & 0o777).toBe(0o600)
})

describe('after an unclean stop', () => {
  test('a server that is killed is started again, with what was committed', async () => {
    const postgres = await start()
    await query(postgres.ownerUrl(), 'create table kept as select 42 as answer')
    const before = postgres.processId()
    process.kill(before ?? 0, 'SIGKILL')
    await vi.waitFor(() => expect(lines).toContain('Postgres is back'), { timeout: 15_000 })
    expect(lines).toEqual(['Postgres ended unexpectedly: starting it again', 'Postgres is back'])
    expect(await query(postgres.ownerUrl(), 'select answer from kept')).toEqual([{ answer: 42 }])
    expect(postgres.processId()).not.toBe(before)
  })

  test('a server that ends the moment it is started is noticed by a busy process, too', async () => {
    const place = { binaries: parent, dataDirectory: directory, adminPassword: 'none', user: undefined }
    await mkdir(clusterDirectory(place), { recursive: true })
    await mkdir(join(parent, 'bin'))
    await writeFile(join(parent, 'bin', 'postgres'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    // Whatever waits for a file takes its turn after these.
    let isBusy = true
    const derive = promisify(pbkdf2)
    const load = Array.from({ length: 8 }, async () => {
      while (isBusy) await derive('password', 'salt', 100_000, 32, 'sha256')
    })
    const adminUrl = `postgres://supabase_admin:none@127.0.0.1:${String(port)}/postgres`
    await expect(launchPostgres(place, { directory, port, adminUrl })).rejects.toThrow('Postgres')
    isBusy = false
    await Promise.all(load)
  })

  test('stopping while a killed server is being started again ends both', async () => {
    const postgres = await start()
    process.kill(postgres.processId() ?? 0, 'SIGKILL')
    await vi.waitFor(() => expect(lines).toContain('Postgres ended unexpectedly: starting it again'))
    await postgres.stop()
    await expect(query(postgres.ownerUrl(), 'select 1')).rejects.toThrow('ECONNREFUSED')
  })

  test('a lock file whose number now belongs to somebody else is no obstacle', async () => {
    const first = await start()
    const [{ data_directory: cluster } = { data_directory: '' }] = await query<{ data_directory: string }>(
      first.adminUrl(),
      'show data_directory',
    )
    const lock = await readFile(join(cluster, 'postmaster.pid'), 'utf8')
    await first.stop()
    // Postgres fears a living process of its own user only.
    const { uid, gid } = await stat(cluster)
    const stranger = spawn('sleep', ['60'], { ...(isRoot ? { uid, gid } : {}), cwd: '/' })
    await once(stranger, 'spawn')
    await writeFile(join(cluster, 'postmaster.pid'), lock.replace(/^\d+/, String(stranger.pid)))
    const second = await start().finally(() => stranger.kill())
    expect(await query(second.ownerUrl(), 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('an initialisation that was cut off is made anew', async () => {
    await mkdir(join(directory, 'postgres', 'unfinished', 'base'), { recursive: true })
    await writeFile(join(directory, 'postgres', 'unfinished', 'PG_VERSION'), '17\n')
    const { ownerUrl } = await start()
    expect(await query(ownerUrl(), 'select 1 as one')).toEqual([{ one: 1 }])
  })
})

describe('what goes wrong is said in one line', () => {
  test('when the port is in use', async () => {
    const other = createServer().listen(port, '127.0.0.1')
    await once(other, 'listening')
    await expect(start()).rejects.toThrow(
      `Port ${port} is in use: stop what listens there or set EMBEDDED_POSTGRES_PORT to another one.`,
    )
    other.close()
  })

  test('when another copy uses the directory', async () => {
    const first = await start()
    port = await findFreePort()
    await expect(start()).rejects.toThrow(/^Another process already runs Postgres on .+: stop it first\.$/)
    expect(await query(first.ownerUrl(), 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('when its files cannot be read', async () => {
    const first = await start()
    const [{ data_directory: cluster } = { data_directory: '' }] = await query<{ data_directory: string }>(
      first.adminUrl(),
      'show data_directory',
    )
    await first.stop()
    await chmod(join(cluster, 'global'), 0o000)
    await expect(start()).rejects.toThrow(/^Postgres cannot reach its files in .+\.$/)
  })
})

describe.runIf(isRoot)('as root, in a directory that nobody else may enter', () => {
  test('runs as its own user, with binaries and data where that user can reach them', async () => {
    await chmod(parent, 0o700)
    const { native } = await findPostgresBinaries()
    await cp(native, join(parent, 'native'), { recursive: true, verbatimSymlinks: true })

    const first = await start(join(parent, 'native'))
    await query(first.ownerUrl(), 'create table kept as select 42 as answer')
    const { dataDirectory } = JSON.parse(await readFile(join(directory, 'postgres.json'), 'utf8')) as {
      dataDirectory: string
    }
    expect(dataDirectory).toMatch(/^\/var\/lib\/my21staff\/embedded-/)
    expect((await stat(dataDirectory)).mode & 0o777).toBe(0o700)
    expect((await stat(dataDirectory)).uid).not.toBe(0)
    await first.stop()

    const second = await start(join(parent, 'native'))
    expect(await query(second.ownerUrl(), 'select answer from kept')).toEqual([{ answer: 42 }])
    await second.stop()
    await removeTestDirectory(directory)
    await expect(stat(dataDirectory)).rejects.toThrow('ENOENT')
  })
})
