import { resolve } from 'node:path'
import { findChromium, findShell } from './chromium.js'
import { withFileLock } from './file-lock.js'
import { arePackagesInstalled, installPackages, linkOwnNode, requireRoom } from './packages.js'

const root = resolve(import.meta.dirname, '../..')

/**
 * Installs what `npm start` or `npm test` needs and this machine lacks, saying each step in one line. Takes a fraction
 * of a second when nothing is missing. Throws errors with one line for people.
 *
 * @param {'start' | 'test'} purpose
 */
export async function prepareMachine(purpose) {
  if (!arePackagesInstalled(root)) {
    requireRoom(root)
    // Outside node_modules, which npm empties.
    await withFileLock(
      resolve(root, '.svelte-kit/install.lock'),
      async () => {
        if (!arePackagesInstalled(root)) await installPackages(root, say)
      },
      say,
    )
  }
  linkOwnNode(root)
  if (purpose === 'start') return
  const search = { root, embeddedDirectory: readEmbeddedDirectory(), say }
  await findChromium(search)
  await findShell(search)
}

function readEmbeddedDirectory() {
  return resolve(root, process.env['EMBEDDED_DIR'] || '.embedded')
}

/** @param {string} line */
function say(line) {
  console.log(line)
}
