import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * Runs `work` while no other process of this machine does so under the same lock file. A lock whose holder has died is
 * taken over.
 *
 * @template Result
 * @param {string} path
 * @param {() => Promise<Result>} work
 * @param {(line: string) => void} [say] told once when it has to wait
 * @returns {Promise<Result>}
 */
export async function withFileLock(path, work, say) {
  mkdirSync(dirname(path), { recursive: true })
  for (let tries = 0; !take(path); tries++) {
    if (tries === 10) {
      say?.(
        `Waiting for process ${readHolder(path) ?? '?'}, which is at the same work (if it is not, remove ${path})`,
      )
    }
    await pause(200)
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

/** @param {string} path */
function take(path) {
  // A link appears at once and with its content, where a new file would be empty for a moment.
  const own = `${path}.${String(process.pid)}`
  writeFileSync(own, String(process.pid))
  try {
    linkSync(own, path)
    return true
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    rmSync(own, { force: true })
  }
  const holder = readHolder(path)
  if (holder !== undefined && !isAlive(holder)) rmSync(path, { force: true })
  return false
}

/** @param {string} path */
function readHolder(path) {
  try {
    return Number(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** @param {number} processId */
function isAlive(processId) {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return isCode(error, 'EPERM')
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function isCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code
}
