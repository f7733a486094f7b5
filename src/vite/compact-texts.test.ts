import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compactText } from './compact-texts.ts'

const folder = join(import.meta.dirname, '../lib/i18n/generated/messages')

describe('compactText', () => {
  it('leaves to one function in which language each text is', () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.js') && file !== '_index.js')
    expect(files.length).toBeGreaterThan(500)
    for (const file of files) {
      const [name] = file.split('.')
      const compact = compactText(readFileSync(join(folder, file), 'utf8'))
      expect(compact).toMatch(/= \/\* #__PURE__ \*\/ inLanguage\(en_\w+, id_\w+\)\n?$/u)
      expect(compact).toContain(`const en_${name ?? ''}`)
      expect(compact).not.toContain('options.locale')
    }
  })

  it('fails where texts are compiled otherwise', () => {
    expect(() => compactText('export const thread_you = () => "You"')).toThrow('not compiled as it was')
  })
})
