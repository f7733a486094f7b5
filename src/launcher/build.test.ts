import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildApp, hashSources, isBuilt } from './build.ts'

describe('the build', { timeout: 60_000 }, () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'my21staff-build-'))
    write('src/routes/+page.svelte', '<h1>Hello</h1>')
    write('package.json', '{"type":"module"}')
    write('src/lib/i18n/compile-texts.ts', '')
    write(
      'node_modules/vite/bin/vite.js',
      `import { mkdirSync, readFileSync, appendFileSync, writeFileSync } from 'node:fs'
       if (readFileSync('src/routes/+page.svelte', 'utf8').includes('broken')) {
         console.error('+page.svelte: unexpected token')
         process.exit(1)
       }
       mkdirSync('build', { recursive: true })
       writeFileSync('build/handler.js', '')
       appendFileSync('builds', 'x')`,
    )
  })
  afterEach(() => {
    rmSync(root, { recursive: true })
  })

  function write(file: string, content: string) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), content)
  }

  function build(signal = new AbortController().signal) {
    const lines: string[] = []
    const report = (line: string) => lines.push(line)
    const logFile = join(root, 'logs/build.log')
    return buildApp({ root, environment: process.env, logFile, report, signal }).then(() => lines)
  }

  it('is made once for the same sources, and again for others', async () => {
    expect(await build()).toHaveLength(2)
    expect(isBuilt(root)).toBe(true)
    expect(await build()).toEqual([])
    write('src/routes/+page.svelte', '<h1>Hello again</h1>')
    expect(isBuilt(root)).toBe(false)
    expect(await build()).toHaveLength(2)
  })

  it('is made again when a file is renamed or removed', () => {
    const before = hashSources(root)
    write('src/lib/a.ts', 'export {}')
    const added = hashSources(root)
    rmSync(join(root, 'src/lib/a.ts'))
    write('src/lib/b.ts', 'export {}')
    expect(new Set([before, added, hashSources(root)]).size).toBe(3)
  })

  it('does not depend on tests, simulator and launcher', () => {
    const before = hashSources(root)
    write('src/lib/a.test.ts', 'export {}')
    write('src/simulator/main.ts', 'export {}')
    write('src/launcher/start.ts', 'export {}')
    expect(hashSources(root)).toBe(before)
  })

  it('says why it fails, and is tried again then', async () => {
    write('src/routes/+page.svelte', 'broken')
    await expect(build()).rejects.toThrow(
      `The web app cannot be built: +page.svelte: unexpected token (log: ${join(root, 'logs/build.log')})`,
    )
    expect(isBuilt(root)).toBe(false)
    write('src/routes/+page.svelte', 'whole')
    expect(await build()).toHaveLength(2)
  })

  it('is made once when two want it at the same time', async () => {
    const lines = await Promise.all([build(), build()])
    expect(lines.flat().filter((line) => line.startsWith('Building'))).toHaveLength(1)
  })
})
