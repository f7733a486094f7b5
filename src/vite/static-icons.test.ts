import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { compile } from 'svelte/compiler'
import { describe, expect, it } from 'vitest'
import { writeIcon } from './static-icons.ts'

const library = join(import.meta.dirname, '../../node_modules/@lucide/svelte/dist/icons')
const read = (file: string) => readFileSync(join(library, file), 'utf8')

describe('writeIcon', () => {
  it('writes every icon of the library as markup', () => {
    const files = readdirSync(library).filter((file) => file.endsWith('.svelte'))
    expect(files.length).toBeGreaterThan(1_000)
    for (const file of files)
      expect(writeIcon(read(file))).toMatch(/<IconFrame \{props\}>(?:<[a-z]+ [^{}]+ \/>)+<\/IconFrame>/u)
  })

  it('writes components that compile', () => {
    const { warnings } = compile(writeIcon(read('circle-alert.svelte')), { generate: 'client', runes: true })
    expect(warnings).toEqual([])
  })

  it('keeps all shapes with all their attributes', () => {
    const written = writeIcon(read('ellipsis.svelte'))
    const circle = (x: string) => `<circle cx="${x}" cy="12" r="1" />`
    expect(written).toContain(`>${circle('12')}${circle('19')}${circle('5')}</IconFrame>`)
  })

  it('fails where the library holds its shapes elsewhere', () => {
    expect(() => writeIcon('<Icon {...props} icon={iconData} />')).toThrow('holds no shapes')
  })
})
