import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs'
import { StartError } from './start-error.ts'

const bytesNeeded = 600_000_000

/** Makes the data directory and looks whether it can be used. Throws StartError: no permission, not enough space. */
export function prepareDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o755 })
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    throw new StartError(`No permission to write to ${directory}: set EMBEDDED_DIR to a folder of yours.`)
  }
  const { bavail, bsize } = statfsSync(directory)
  const free = bavail * bsize
  if (free >= bytesNeeded) return
  const [has, needs] = [free, bytesNeeded].map((bytes) => `${String(Math.round(bytes / 1_000_000))} MB`)
  throw new StartError(
    `Not enough disk space for ${directory}: ${String(has)} free, ${String(needs)} needed.`,
  )
}
