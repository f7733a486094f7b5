/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {boolean} [dev]
 * @property {boolean} [devOptional]
 * @property {boolean} [inBundle]
 * @property {boolean} [link]
 * @property {string | string[]} [os]
 * @property {string | string[]} [cpu]
 * @property {string | string[]} [libc]
 * @property {Record<string, string>} [optionalDependencies]
 */

/**
 * @typedef {object} LockFile
 * @property {Record<string, LockedPackage>} packages
 */

const parent = 'node_modules/'

/**
 * The optional packages that some locked package asks for and the lock file does not name.
 *
 * npm leaves a package of another platform out of the lock file when the registry it asked did not have it (yet);
 * `npm ci` of npm 11 then refuses the whole lock file: "Missing: <name>@ from lock file".
 *
 * @param {LockFile} lock
 * @returns {{ key: string, name: string, version: string, dependent: LockedPackage }[]} key is where npm would put it
 */
export function findMissingOptionalPackages(lock) {
  const missing = []
  for (const [location, dependent] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(dependent.optionalDependencies ?? {})) {
      if (!isLocked(lock, location, name)) missing.push({ key: parent + name, name, version, dependent })
    }
  }
  return missing
}

/**
 * Adds those packages by name, version and platform, without integrity: a machine that needs one takes its
 * registry's word for it, every other machine skips it.
 *
 * @param {LockFile} lock
 * @returns {LockFile} a completed copy
 */
export function completeLockFile(lock) {
  const packages = { ...lock.packages }
  for (const { key, name, version, dependent } of findMissingOptionalPackages(lock)) {
    const { os, cpu, libc } = readPlatform(name)
    // npm's own order of keys, so that its next write changes nothing.
    packages[key] = {
      version,
      cpu,
      ...(dependent.dev ? { dev: true } : {}),
      ...(libc ? { libc } : {}),
      optional: true,
      ...(os ? { os } : {}),
    }
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'))
  return { ...lock, packages: Object.fromEntries(sorted) }
}

/**
 * Reads the platform from a package name such as `@rollup/rollup-linux-arm64-musl`.
 *
 * @param {string} name
 * @returns {{ os?: string[], cpu: string[], libc?: string[] }}
 */
export function readPlatform(name) {
  const match =
    /-(android|darwin|freebsd|linux|openbsd|openharmony|wasm32|windows|win32)(?:-([a-z0-9]+))?(?:-([a-z]+))?$/.exec(
      name,
    )
  if (!match) throw new Error(`No platform in the package name ${name}`)
  const [, system, processor = '', library = ''] = match
  if (system === 'wasm32') return { cpu: ['wasm32'] }
  const os = [system === 'windows' ? 'win32' : String(system)]
  if (system !== 'linux' || library === '') return { os, cpu: [processor] }
  return { os, cpu: [processor], libc: [library.startsWith('musl') ? 'musl' : 'glibc'] }
}

/**
 * @param {LockFile} lock
 * @param {string} location
 * @param {string} name
 */
function isLocked(lock, location, name) {
  for (let folder = location; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf(parent) - 1))) {
    if (lock.packages[folder === '' ? parent + name : `${folder}/${parent}${name}`]) return true
    if (folder === '') return false
  }
}
