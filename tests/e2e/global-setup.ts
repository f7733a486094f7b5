import { cp } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { startLocalStack } from '../../src/launcher/local-stack.ts'
import { findFreePorts } from '../../src/launcher/ports.ts'
import {
  makeTestDirectory,
  removeAbandonedTestDirectories,
  removeTestDirectory,
} from '../support/temporary-directory.ts'
import { findPrivateWords } from './private-words.ts'
import type { E2eStack } from './stack.ts'

const root = resolve(import.meta.dirname, '../..')

/**
 * Runs a whole my21staff for the journeys, exactly as `npm start` does, on free ports and with data of its own.
 * `E2E_STACK` tells the specs where it is; its logs stay in test-results/logs.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  await removeAbandonedTestDirectories()
  const directory = await makeTestDirectory()
  const keepLogs = () =>
    cp(join(directory, 'logs'), join(root, 'test-results/logs'), { recursive: true }).catch(() => undefined)
  try {
    const stack = await startLocalStack({
      root,
      directory,
      ports: await findFreePorts(),
      inherited: process.env,
      report: console.log,
    })
    const { ownerEmail, ownerPassword, workspaceSlug, phoneNumberId } = stack.demo
    const told: E2eStack = {
      baseURL: stack.origin,
      simulatorUrl: stack.simulatorUrl,
      embeddedDir: directory,
      owner: { email: ownerEmail, password: ownerPassword },
      workspaceSlug,
      phoneNumberId,
    }
    process.env['E2E_STACK'] = JSON.stringify(told)
    process.env['E2E_BASE_URL'] = stack.origin
    process.env['EMBEDDED_DIR'] = directory
    return async () => {
      const found = await findPrivateWords(stack.environment['DATABASE_URL_OWNER'] ?? '', directory).finally(
        async () => {
          await stack.stop()
          await keepLogs()
          await removeTestDirectory(directory)
        },
      )
      if (found.length > 0) throw new Error(`Logs hold what people wrote or are called: ${found.join(', ')}`)
    }
  } catch (error) {
    await keepLogs()
    await removeTestDirectory(directory)
    throw error
  }
}
