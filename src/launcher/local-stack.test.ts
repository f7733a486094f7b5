import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LocalStackOptions, startLocalStack } from './local-stack.ts'
import { findFreePorts, type LocalPorts, requireFreePorts } from './ports.ts'

/** Stands in for the embedded Supabase: healthy at once, and leaves the keys that the real one makes. */
const embedded = `
  const fs = require('node:fs'), path = require('node:path')
  const keys = { publishableKey: 'p', secretKey: 's', jwtSecret: 'j' }
  fs.writeFileSync(path.join(process.env.EMBEDDED_DIR, 'keys.json'), JSON.stringify(keys))
  fs.appendFileSync('events', 'embedded started\\n')
  process.on('SIGTERM', () => { fs.appendFileSync('events', 'embedded stopped\\n'); process.exit(0) })
  require('node:http').createServer((request, response) => response.end('ok'))
    .listen(Number(process.env.EMBEDDED_API_PORT), '127.0.0.1')
`
const build = `
  import { mkdirSync, writeFileSync } from 'node:fs'
  mkdirSync('build', { recursive: true })
  writeFileSync('build/handler.js', '')
`

/** What the parts themselves do is shown by the journeys in tests/e2e, which run on this very function. */
describe('startLocalStack, when something is wrong,', { timeout: 60_000 }, () => {
  let root: string
  let directory: string
  let ports: LocalPorts
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'my21staff-stack-'))
    directory = join(root, 'data')
    ports = await findFreePorts()
    write('embedded.cjs', embedded)
    write('node_modules/vite/bin/vite.js', build)
    write('package.json', '{"type":"module"}')
    write('src/lib/i18n/compile-texts.ts', '')
  })
  afterEach(() => {
    rmSync(root, { recursive: true })
  })

  function write(file: string, content: string) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), content)
  }

  function start(overrides: Partial<LocalStackOptions> = {}) {
    return startLocalStack({
      root,
      directory,
      ports,
      inherited: process.env,
      report: () => undefined,
      ...overrides,
      commands: { embedded: ['embedded.cjs'], migrate: ['migrate.cjs'], ...overrides.commands },
    })
  }

  async function expectNothingLeft() {
    expect(existsSync(join(directory, 'running.json'))).toBe(false)
    await expect(requireFreePorts(ports, '127.0.0.1')).resolves.toBeUndefined()
  }

  it('says which migration failed and stops the database again', async () => {
    write('migrate.cjs', `console.error('Migration 1_a.sql failed: no such table'); process.exit(1)`)
    await expect(start()).rejects.toThrow(
      'The database cannot be brought up to date: Migration 1_a.sql failed: no such table',
    )
    expect(readFileSync(join(root, 'events'), 'utf8')).toBe('embedded started\nembedded stopped\n')
    await expectNothingLeft()
  })

  it('says why the web app cannot be built, although other parts were stopped for it', async () => {
    write('node_modules/vite/bin/vite.js', `console.error('app.css: unclosed block'); process.exit(1)`)
    write('migrate.cjs', 'setInterval(() => {}, 1000)')
    await expect(start()).rejects.toThrow('The web app cannot be built: app.css: unclosed block')
    await expectNothingLeft()
  })

  it('says which part does not start, and where its log is', async () => {
    write('embedded.cjs', `console.error('initdb: locale is unknown'); process.exit(1)`)
    await expect(start()).rejects.toThrow(
      `Embedded Supabase does not start (exit code 1): initdb: locale is unknown (log: ${directory}/logs/embedded.log)`,
    )
    await expectNothingLeft()
  })

  it('stops what has been started when it is told to end', async () => {
    const endings = new AbortController()
    write('migrate.cjs', `require('node:fs').writeFileSync('migrating', ''); setInterval(() => {}, 1000)`)
    const starting = start({ signal: endings.signal })
    starting.catch(() => undefined)
    await expect.poll(() => existsSync(join(root, 'migrating')), { timeout: 50_000 }).toBe(true)
    endings.abort()
    await expect(starting).rejects.toThrow()
    expect(readFileSync(join(root, 'events'), 'utf8')).toBe('embedded started\nembedded stopped\n')
    await expectNothingLeft()
  })

  it.skipIf(process.getuid?.() === 0)('names a data directory that it may not write to', async () => {
    mkdirSync(directory)
    chmodSync(directory, 0o500)
    await expect(start()).rejects.toThrow(`No permission to write to ${directory}: set EMBEDDED_DIR`)
  })
})
