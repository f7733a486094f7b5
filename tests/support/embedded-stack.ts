import { startEmbeddedStack } from '../../supabase/embedded/stack.ts'
import type { EmbeddedStack } from '../../supabase/embedded/stack.ts'
import { applyMigrations } from '../../supabase/migrate.ts'
import { findFreePort } from './free-port.ts'
import { makeTestDirectory, removeTestDirectory } from './temporary-directory.ts'

export interface TestStack extends EmbeddedStack {
  directory: string
  /** What the stack said, line by line. */
  lines: string[]
  /** Stops it and starts it again on the same directory and ports. */
  restart(): Promise<void>
  /** Stops it and removes its directory. */
  remove(): Promise<void>
}

/** A whole embedded stack of its own, with all migrations: for tests of the gateway, Auth, Storage and Realtime. */
export async function startTestStack(options: { siteUrl?: string } = {}): Promise<TestStack> {
  const directory = await makeTestDirectory()
  const lines: string[] = []
  const start = { ...options, directory, apiPort: await findFreePort(), postgresPort: await findFreePort() }
  const log = (line: string) => void lines.push(line)
  let stack = await startEmbeddedStack({ ...start, log })
  await applyMigrations(stack.ownerUrl)
  return {
    ...stack,
    directory,
    lines,
    stop: () => stack.stop(),
    async restart() {
      await stack.stop()
      stack = await startEmbeddedStack({ ...start, log })
    },
    async remove() {
      await stack.stop()
      await removeTestDirectory(directory)
    },
  }
}
