import { cp, mkdir, readFile, readdir, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { compile } from '@inlang/paraglide-js'

/**
 * Makes functions of the texts in `messages/`, one module each, so that a page loads those that it shows. Needed before
 * anything is built, checked or run. Files whose content stays the same are left alone: a type check or a build may be
 * reading them right now.
 */
const generated = resolve(import.meta.dirname, 'generated')
const fresh = resolve('node_modules/.cache/my21staff/texts')
await compile({
  project: resolve(import.meta.dirname, 'project.inlang'),
  outdir: fresh,
  strategy: ['cookie', 'preferredLanguage', 'baseLocale'],
  cookieName: 'language',
  emitReadme: false,
})

const names = await listFiles(fresh)
for (const name of names) {
  const [from, to] = [join(fresh, name), join(generated, name)]
  if ((await readText(from)) === (await readText(to))) continue
  await mkdir(dirname(to), { recursive: true })
  await cp(from, to)
}
const known = new Set(names)
for (const name of await listFiles(generated)) if (!known.has(name)) await rm(join(generated, name))
// The compiler leaves timers behind that would hold the process for half a minute.
process.exit()

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}

function readText(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch(() => null)
}
