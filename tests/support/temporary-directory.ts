import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removePostgresData } from '../../supabase/embedded/postgres-placement.ts'

const prefix = 'my21staff-test-'

/** A new directory for tests that hold an embedded Postgres; its name tells which process it belongs to. */
export async function makeTestDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`))
  // As root, Postgres' own user must be able to enter.
  await chmod(directory, 0o755)
  return directory
}

export async function removeTestDirectory(directory: string) {
  await removePostgresData(directory)
  await rm(directory, { recursive: true, force: true })
}

/** Removes what runs left behind that were killed. */
export async function removeAbandonedTestDirectories() {
  for (const name of await readdir(tmpdir())) {
    const owner = /^my21staff-test-(\d+)-/.exec(name)?.[1]
    if (owner && !isRunning(Number(owner)))
      await removeTestDirectory(join(tmpdir(), name)).catch(() => undefined)
  }
}

function isRunning(processId: number) {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
