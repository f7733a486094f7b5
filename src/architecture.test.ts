import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readImports, walkImports, type Module } from '../tests/support/import-graph.ts'

/** Which parts of the program may reach which, told by what they really load. */

const routes = readdirSync('src/routes', { recursive: true, encoding: 'utf8' })
  .map((file) => join('src/routes', file))
  .filter((file) => /\.(ts|js|svelte)$/.test(file) && !file.endsWith('.test.ts'))

const entries = {
  web: ['src/server.ts', 'src/hooks.server.ts', ...routes],
  worker: ['src/worker.ts'],
  cli: ['src/cli.ts'],
  simulator: ['src/simulator/main.ts'],
  // What Vite puts into the browser.
  browser: routes.filter((file) => /\.svelte$|\+(page|layout)\.ts$/.test(file)),
}

const system = 'createAsSystem'
const databaseModule = 'src/lib/server/database/database.ts'

/** Modules that could open a transaction past row-level security. */
function findSystemDoors(modules: Map<string, Module>): string[] {
  return [...modules.values()]
    .filter(
      (module) =>
        module.loads.some(({ names }) => names.includes(system)) ||
        module.loads.some(({ file, names }) => file === databaseModule && names.includes('*')),
    )
    .map((module) => module.file)
}

function findExternals(modules: Map<string, Module>, pattern: RegExp): string[] {
  return [...modules.values()].flatMap((module) =>
    module.externals.filter((name) => pattern.test(name)).map((name) => `${module.file}: ${name}`),
  )
}

function findLoaded(modules: Map<string, Module>, pattern: RegExp): string[] {
  return [...modules.keys()].filter((file) => pattern.test(file))
}

describe('what may open a system transaction', () => {
  test('is the worker and the command line', () => {
    expect(findSystemDoors(walkImports(entries.worker))).toEqual(['src/worker.ts'])
    expect(findSystemDoors(walkImports(entries.cli))).toEqual(['src/cli.ts'])
  })

  test('is nothing that web can reach', () => {
    const modules = walkImports(entries.web)
    expect(modules.has(databaseModule)).toBe(true)
    expect(findSystemDoors(modules)).toEqual([])
  })

  test('is handed on by nobody', () => {
    const text = readFileSync(databaseModule, 'utf8')
    expect(text.split(system)).toHaveLength(2)
  })

  test('knows the address for it, which web does not read', () => {
    const readers = [...walkImports(entries.web).values()].filter((module) =>
      module.loads.some(({ file, names }) =>
        names.some(
          (name) =>
            ['readWorkerEnvironment', 'readCliEnvironment'].includes(name) ||
            (name === '*' && file.endsWith('/environment.ts')),
        ),
      ),
    )
    expect(readers.map((module) => module.file)).toEqual([])
  })

  test.each([
    ['a module that imports it', `import { createAsSystem } from '#lib/server/database/database.ts'`],
    ['under another name', `import { createAsSystem as open } from '#lib/server/database/database.ts'`],
    ['with all of its module', `import * as database from '#lib/server/database/database.ts'`],
    ['later', `const { createAsSystem } = await import('#lib/server/database/database.ts')`],
    ['to hand it on', `export { createAsSystem } from '#lib/server/database/database.ts'`],
    ['to hand on everything', `export * from '#lib/server/database/database.ts'`],
  ])('is seen behind any number of modules: %s', (_, text) => {
    const files: Record<string, string> = {
      'src/routes/+page.server.ts': `import { helper } from '#lib/server/helper.ts'`,
      'src/lib/server/helper.ts': `import '../server/hidden.ts'; export const helper = 1`,
      'src/lib/server/hidden.ts': text,
      [databaseModule]: 'export function createAsSystem() {}',
    }
    const modules = walkImports(['src/routes/+page.server.ts'], (file) => files[file])
    expect(findSystemDoors(modules)).toEqual(['src/lib/server/hidden.ts'])
  })
})

describe('the import walker', () => {
  test.each([
    [`import type { A } from './a.ts'`, []],
    [`export type { A } from './a.ts'`, []],
    [`import './a.ts'`, [{ specifier: './a.ts', names: [] }]],
    [`import { type A } from './a.ts'`, [{ specifier: './a.ts', names: [] }]],
    [`import a, { b as c, type D } from './a.ts'`, [{ specifier: './a.ts', names: ['default', 'b'] }]],
    [`const { a: b, c } = await import('./a.ts')`, [{ specifier: './a.ts', names: ['a', 'c'] }]],
    [`const { a, ...b } = await import('./a.ts')`, [{ specifier: './a.ts', names: ['a', '*'] }]],
    [`if (a) await import('./a.ts')`, [{ specifier: './a.ts', names: ['*'] }]],
    [`await import(new URL('./a.ts', import.meta.url).href)`, [{ specifier: './a.ts', names: ['*'] }]],
    [`type A = import('./a.ts').A`, []],
    [`const a = "import b from './a.ts'"`, []],
  ])('reads %s', (text, imports) => {
    expect(readImports('module.ts', text)).toEqual(imports)
  })

  test('reads the scripts of a component', () => {
    const text = `<script module>import './a.ts'</script><script lang="ts">import './b.ts'</script><p>import './c.ts'</p>`
    expect(readImports('Component.svelte', text).map(({ specifier }) => specifier)).toEqual([
      './a.ts',
      './b.ts',
    ])
  })

  test('says when it cannot tell what is imported or finds nothing there', () => {
    expect(() => readImports('module.ts', 'await import(name)')).toThrow('cannot be told')
    expect(() => walkImports(['a.ts'], (file) => (file === 'a.ts' ? `import './b.ts'` : undefined))).toThrow(
      'no b.ts',
    )
  })
})

describe('the modules of the nouns', () => {
  const modules = readdirSync('src/lib/server/database')
    .filter((file) => /(?<!\.d|\.test)\.ts$/.test(file) && !['database.ts', 'pool.ts'].includes(file))
    .map((file) => join('src/lib/server/database', file))

  /** Ways to begin, end or leave a transaction, or to get a connection of one's own. */
  const forbidden =
    /\.(transaction|startTransaction|connection|connect)\(|createPool|createDatabase|\bbegin\b|\b(commit|rollback)\b\s*[;`]|start transaction|set (local |session )?role|set_config\('role'/i

  function findTransactions(text: string): string[] {
    return withoutComments(text)
      .split('\n')
      .filter((line) => forbidden.test(line))
  }

  test('take a handle and never open a transaction', () => {
    expect(modules.length).toBeGreaterThan(0)
    for (const file of modules) {
      expect({ file, lines: findTransactions(readFileSync(file, 'utf8')) }).toEqual({ file, lines: [] })
    }
  })

  test.each([
    'await database.transaction().execute(work)',
    'await sql`begin`.execute(database)',
    'await sql`commit`.execute(database)',
    `await sql\`select set_config('role', 'none', true)\``,
    'const client = await pool.connect()',
  ])('would be seen to: %s', (line) => {
    expect(findTransactions(line)).toHaveLength(1)
  })
})

function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\//g, '').replace(/^\s*(\/\/|--).*$/gm, '')
}

describe('the processes', () => {
  test.each(['worker', 'cli'] as const)('the %s runs without SvelteKit and Vite', (name) => {
    expect(
      findExternals(
        walkImports(entries[name]),
        /^(\$app|\$env|\$service-worker|@sveltejs|svelte|vite)(\/|$)/,
      ),
    ).toEqual([])
  })

  test('the simulator shares no module with the product', () => {
    const product = walkImports([...entries.web, ...entries.worker, ...entries.cli])
    expect(findLoaded(product, /^(src\/simulator|src\/launcher|supabase|tests)\//)).toEqual([])
    const simulator = walkImports(entries.simulator)
    expect(simulator.size).toBeGreaterThan(1)
    expect(findLoaded(simulator, /^(?!src\/simulator\/)/)).toEqual([])
  })

  test('the product loads no package that is for development alone', () => {
    const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      devDependencies: Record<string, string>
    }
    const product = walkImports([...entries.web, ...entries.worker, ...entries.cli, ...entries.simulator])
    const names = Object.keys(devDependencies)
    expect(findExternals(product, new RegExp(`^(${names.join('|').replaceAll('.', '\\.')})(/|$)`))).toEqual(
      [],
    )
  })

  test('the browser gets nothing of the server', () => {
    const modules = walkImports(entries.browser)
    expect(findLoaded(modules, /^src\/lib\/ui\//).length).toBeGreaterThan(0)
    expect(findLoaded(modules, /^src\/lib\/server\/|\.server\.ts$/)).toEqual([])
    expect(findExternals(modules, /^(node:|pg(-boss)?$|kysely|\$env\/(static|dynamic)\/private)/)).toEqual([])
  })
})
