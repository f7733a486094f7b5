import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

/** What is in the repository, and what must never be. */

const untracked = new Set(
  readFileSync('.gitignore', 'utf8')
    .split('\n')
    .map((line) => line.trim().replace(/\/$/, ''))
    .concat('.git'),
)

function listFiles(directory = '.'): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (untracked.has(entry.name) || (entry.name.endsWith('.log') && untracked.has('*.log'))) return []
    const path = join(directory, entry.name)
    return entry.isDirectory() ? listFiles(path) : [path]
  })
}

const files = listFiles()

const texts = files
  .filter((file) => statSync(file).size < 1_000_000 && !/\.(png|jpg|webp|ico|woff2?)$/.test(file))
  .map((file) => ({ file, text: readFileSync(file, 'utf8') }))

/** Lines of the repository that hold a pattern, without what they hold. */
function findLines(pattern: RegExp, inTexts = texts): string[] {
  return inTexts.flatMap(({ file, text }) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}`] : [])),
  )
}

// Put together, so that they do not stand here themselves.
const homes = ['work', 'root', 'home/[a-z]\\w*', 'Users/[A-Za-z]\\w*', 'tmp/\\w+'].join('|')
const machinePath = new RegExp(`(^|[\\s"'\`(=:,])/(${homes})(/|\\b)`)

const secrets: Record<string, RegExp> = {
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY/,
  'a token': /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/,
  'a key of Supabase': /\bsb_(secret|publishable)_[\w-]{20,}/,
  'a key of a language model': /\b(sk-[A-Za-z0-9-]{20,}|xai-[A-Za-z0-9]{20,}|AIza[\w-]{30,})/,
  'a key of a cloud': /\b(AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|npm_[A-Za-z0-9]{30,})/,
  'an encryption key': /ENCRYPTION_KEYS=[^\s#]*:[A-Za-z0-9+/]{43}=/,
}

describe('the files', () => {
  test('are those of the project, at the agreed places', () => {
    const agreed =
      /^(\.ci|src|static|supabase|tests|(README|ARCHITECTURE|CONTRIBUTING|SECURITY)\.md|LICENSE|\.env\.example|\.gitignore|\.prettierignore|package(-lock)?\.json|tsconfig\.json|(svelte|eslint)\.config\.js|(vite|playwright)\.config\.ts)$/
    const top = new Set(files.map((file) => file.split('/')[0] ?? ''))
    expect([...top].filter((name) => !agreed.test(name))).toEqual([])
    expect(files).toContain('src/repository.test.ts')
  })

  test('name no path of the machine they were written on', () => {
    expect(findLines(machinePath)).toEqual([])
  })

  test.each(Object.keys(secrets))('hold no secret: %s', (name) => {
    expect(findLines(secrets[name] ?? /^/)).toEqual([])
  })

  test('would be seen to', () => {
    const random = 'a1B2'.repeat(12)
    const samples: [RegExp | undefined, string][] = [
      [machinePath, `const file = '/${'ro'}ot/keys.json'`],
      [machinePath, `see /${'wo'}rk/notes`],
      [secrets['a private key'], `-----BEGIN EC ${'PRIVATE'} KEY-----`],
      [secrets['a token'], `${'eyJ'}hbGciOiJIUzI1NiJ9.${'eyJ'}zdWIiOiIxMjM0In0.${random}`],
      [secrets['a key of Supabase'], `sb_${'secret'}_${random}`],
      [secrets['a key of a language model'], `xa${'i'}-${random}`],
      [secrets['a key of a cloud'], `gh${'p'}_${random}`],
      [secrets['an encryption key'], `ENCRYPTION${'_'}KEYS=one:${random.slice(0, 43)}=`],
    ]
    for (const [pattern, text] of samples) {
      expect({ text, seen: findLines(pattern ?? /$^/, [{ file: 'sample', text }]) }).toEqual({
        text,
        seen: ['sample:1'],
      })
    }
    expect(
      findLines(machinePath, [
        { file: 'sample', text: 'GET /w/{slug}/inbox, https://example.com/home/page' },
      ]),
    ).toEqual([])
  })
})

describe('package.json', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, string>>

  test('pins every version', () => {
    const all = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
      Object.entries(manifest[kind] ?? {}),
    )
    expect(all.length).toBeGreaterThan(0)
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([])
  })

  test('agrees with the lock file, which knows every package by its hash and names no host', () => {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<
        string,
        { resolved?: string; integrity?: string; optional?: boolean; dependencies?: object }
      >
    }
    const { '': root, ...packages } = lock.packages
    expect(root?.dependencies).toEqual(manifest['dependencies'])
    const loose = Object.entries(packages).filter(
      ([, entry]) => entry.integrity === undefined && !entry.optional,
    )
    expect(loose.map(([name]) => name)).toEqual([])
    for (const name of Object.keys(manifest['optionalDependencies'] ?? {})) {
      expect(packages[`node_modules/${name}`]?.integrity, name).toMatch(/^sha512-/)
    }
    expect(Object.values(packages).filter((entry) => entry.resolved !== undefined)).toEqual([])
  })
})
