import { join } from 'node:path'

const chooser = join(import.meta.dirname, '../lib/i18n/in-language.ts')

/** What of a Vite plugin this is, so that no more of Vite's types are needed. */
interface CompactTexts {
  name: string
  transform: { filter: { id: RegExp }; handler: (code: string) => { code: string; map: null } }
}

/**
 * Has all texts choose their language in one place. Each of the hundreds that a page loads does so by itself otherwise,
 * in more bytes than most of the texts have.
 */
export function compactTexts(): CompactTexts {
  return {
    name: 'compact-texts',
    transform: {
      filter: { id: /\/i18n\/generated\/messages\/[a-z][a-z0-9_]*\.js$/u },
      handler: (code) => ({ code: compactText(code), map: null }),
    },
  }
}

/**
 * Rewrites the module of a text, as Paraglide compiles it for two languages.
 *
 * @throws Error where it is compiled otherwise than it was
 */
export function compactText(code: string): string {
  const choice =
    /export const (?<name>\w+) = \/\*\*.*?\*\/ \(\(inputs(?: = \{\})?, options = \{\}\) => \{\s+const locale = [^\n]+\s+if \(locale === "id"\) return (?<id>\w+)\(inputs\);?\s+return (?<en>\w+)\(inputs\);?\s+\}\);?/su
  const { name, id, en } = choice.exec(code)?.groups ?? {}
  if (name === undefined || id === undefined || en === undefined)
    throw new Error('a text is not compiled as it was, see src/vite/compact-texts.ts')
  return (
    `import { inLanguage } from ${JSON.stringify(chooser)}\n` +
    code.replace(choice, () => `export const ${name} = /* #__PURE__ */ inLanguage(${en}, ${id})`)
  )
}
