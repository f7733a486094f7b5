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

/** Where Debian puts the Chromium that has windows. */
export const debianChromium = '/usr/bin/chromium'

/**
 * The Chromium for tests that show no notifications: Debian has it as a shell as well,
 * which takes half the time for a page. Elsewhere the same as readChromiumPath.
 *
 * @param {string} root the project's folder
 * @returns {string | undefined}
 */
export function readShellPath(root) {
  const whole = readChromiumPath(root)
  if (whole !== debianChromium) return whole
  return readKeptShell(root) || whole
}

/**
 * @param {string} root the project's folder
 * @returns {string | undefined} empty where there is none to be had
 */
export function readKeptShell(root) {
  try {
    return readFileSync(keptShellPath(root), 'utf8')
  } catch {
    return undefined
  }
}

/**
 * @param {string} path empty where there is none to be had
 * @param {string} root the project's folder
 */
export function keepShellPath(path, root) {
  mkdirSync(dirname(keptShellPath(root)), { recursive: true })
  writeFileSync(keptShellPath(root), path)
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

/** @param {string} root */
function keptShellPath(root) {
  return join(root, 'node_modules/.cache/my21staff/chromium-shell-path')
}
