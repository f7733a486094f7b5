import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

type Message = string | { declarations: string[]; selectors: string[]; match: Record<string, string> }[]
type Catalogue = Record<string, Message>

const here = new URL('./', import.meta.url)
const root = new URL('../../../', here)
const read = (file: string) => readFileSync(new URL(file, here), 'utf8')

const areas = globSync('*.json', { cwd: new URL('messages/en/', here) }).sort()
const english = readAll('en')
const indonesian = readAll('id')

/** Words that Indonesian has taken over, what languages call themselves, and names of products. */
const sharedWords =
  /\b(?:Admin|[Aa]larm|Audio|[Bb]ot|Emoji|Label|Spam|Total|Video|English|Bahasa Indonesia|my21staff|WhatsApp|Kapso)\b/g

describe('the texts of both languages', () => {
  it('are in the same files, and all of these are compiled', () => {
    expect(globSync('*.json', { cwd: new URL('messages/id/', here) }).sort()).toEqual(areas)
    const settings = JSON.parse(read('project.inlang/settings.json')) as Record<
      string,
      { pathPattern: string[] }
    >
    const compiled = settings['plugin.inlang.messageFormat']?.pathPattern
    expect(compiled?.toSorted()).toEqual(areas.map((area) => `./messages/{locale}/${area}`))
  })

  it.each(areas)('%s: has the same keys in both, each of them once', (area) => {
    const [left, right] = [keysOf(`messages/en/${area}`), keysOf(`messages/id/${area}`)]
    expect(new Set(left).size).toBe(left.length)
    expect(new Set(right).size).toBe(right.length)
    expect(right.toSorted()).toEqual(left.toSorted())
    expect(left.filter((key) => !key.startsWith(`${area.replace('.json', '')}_`))).toEqual([])
  })

  it('are not empty, and hold the same parameters', () => {
    for (const [key, message] of Object.entries(english)) {
      const translated = indonesian[key] ?? ''
      for (const text of [...textsOf(message), ...textsOf(translated)]) expect(text.trim(), key).not.toBe('')
      expect(parametersOf(translated), key).toEqual(parametersOf(message))
    }
  })

  it('differ, but for words that both languages share', () => {
    const same = Object.keys(english).filter((key) => {
      const [left, right] = [textsOf(english[key] ?? ''), textsOf(indonesian[key] ?? '')]
      return right.every((text) => left.includes(text) && hasWords(text))
    })
    expect(same).toEqual([])
  })

  it('have the plural forms that their language has', () => {
    for (const [locale, catalogue] of Object.entries({ en: english, id: indonesian })) {
      const forms = new Intl.PluralRules(locale).resolvedOptions().pluralCategories
      for (const [key, message] of Object.entries(catalogue)) {
        if (typeof message === 'string') continue
        for (const { match, selectors } of message) {
          for (const form of forms) {
            const isCovered = selectors.every((selector) =>
              Object.keys(match).some((cases) => new RegExp(`${selector}=(?:${form}|\\*)`).test(cases)),
            )
            expect(isCovered, `${locale} ${key} ${form}`).toBe(true)
          }
        }
      }
    }
  })
})

describe('the use of texts', () => {
  const sources = globSync('src/**/*.{ts,svelte}', { cwd: root })
    .filter((file) => !file.includes('i18n/generated') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(new URL(file, root), 'utf8'))
    .filter((source) => source.includes('i18n/generated/messages.js'))
  const used = new Set(
    sources.flatMap((source) => [...source.matchAll(/\bm\.(\w+)/g)].map(([, key = '']) => key)),
  )

  it('asks for none that is not there', () => {
    expect([...used].filter((key) => !(key in english))).toEqual([])
  })

  it('leaves none over', () => {
    expect(Object.keys(english).filter((key) => !used.has(key))).toEqual([])
  })
})

function readAll(locale: string): Catalogue {
  return Object.assign(
    {},
    ...areas.map((area) => JSON.parse(read(`messages/${locale}/${area}`)) as Catalogue),
  ) as Catalogue
}

/** As they stand in the file: a parser would keep the last of two alike. */
function keysOf(file: string): string[] {
  return [...read(file).matchAll(/^ {2}"(\w+)":/gm)].map(([, key = '']) => key)
}

function textsOf(message: Message): string[] {
  return typeof message === 'string' ? [message] : message.flatMap(({ match }) => Object.values(match))
}

function parametersOf(message: Message): string[] {
  const declared =
    typeof message === 'string'
      ? []
      : message.flatMap(({ declarations }) => declarations.filter((line) => line.startsWith('input ')))
  const names = [
    ...declared.map((line) => line.slice('input '.length)),
    ...textsOf(message).flatMap((text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)),
  ]
  return [...new Set(names)].sort()
}

function hasWords(text: string): boolean {
  return /\p{L}{2}/u.test(text.replace(/\{\w+\}/g, '').replace(sharedWords, ''))
}
