import { startLocalStack, type LocalStack } from '../../src/launcher/local-stack.ts'
import { findFreePort } from '../support/free-port.ts'
import { makeTestDirectory, removeTestDirectory } from '../support/temporary-directory.ts'

/** Runs a whole product on free ports for the length of `work`, with its data in a temporary folder. */
export async function withLocalStack<Result>(
  log: (line: string) => void,
  work: (stack: LocalStack) => Promise<Result>,
): Promise<Result> {
  const directory = await makeTestDirectory()
  const ports = {
    web: await findFreePort(),
    api: await findFreePort(),
    postgres: await findFreePort(),
    simulator: await findFreePort(),
  }
  const stack = await startLocalStack({
    root: process.cwd(),
    directory,
    ports,
    inherited: process.env,
    report: log,
  })
  try {
    return await work(stack)
  } finally {
    await stack.stop()
    await removeTestDirectory(directory)
  }
}
