import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * The Chromium for the tests: CHROMIUM_PATH, or the one that `npm test` found before; undefined where there is none.
 *
 * @param {string} root the project's folder
 * @returns {string | undefined}
 */
export function readChromiumPath(root) {
  if (process.env['CHROMIUM_PATH']) return process.env['CHROMIUM_PATH']
  try {
    return readFileSync(keptPath(root), 'utf8')
  } catch {
    return undefined
  }
}

/**
 * @param {string} path
 * @param {string} root the project's folder
 * @returns {string} the path
 */
export function keepChromiumPath(path, root) {
  mkdirSync(dirname(keptPath(root)), { recursive: true })
  writeFileSync(keptPath(root), path)
  return path
}

/** @param {string} root */
function keptPath(root) {
  return join(root, 'node_modules/.cache/my21staff/chromium-path')
}
