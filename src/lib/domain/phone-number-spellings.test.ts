import { describe, expect, test } from 'vitest'
import { type CountryCode } from 'libphonenumber-js/max'
import metadata from 'libphonenumber-js/metadata.max.json' with { type: 'json' }
import { normalizeTypedPhone } from './phone-number.ts'

/** Everything that is dialled in a country, one entry per type of number: the pattern and the lengths it may have. */
function patternsOf(country: CountryCode): string[] {
  // Twelfth in the library's table of a country: types (fixed line, mobile, toll-free, ...), each a pattern first.
  const row = (metadata.countries as Record<string, unknown[]>)[country]
  const types = row?.[11]
  if (!Array.isArray(types)) throw new TypeError('The metadata is not where it was')
  return types.flatMap((type: unknown) =>
    Array.isArray(type) && typeof type[0] === 'string' ? [type[0]] : [],
  )
}

/**
 * Numbers that fit a pattern: one per choice that the pattern gives (every prefix, every length), the free digits at its
 * end counted on, so that no two are equal. Knows what the patterns are made of: digits, \d, sets, groups, repeats.
 */
function expandPattern(pattern: string): string[] {
  let at = 0
  let free = 0
  const readChoice = (): string[] => {
    const choices = readSequence()
    while (pattern[at] === '|') {
      at++
      choices.push(...readSequence())
    }
    return choices
  }
  const readSequence = (): string[] => {
    let found = ['']
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') {
      const atoms = readAtom()
      const [least, most] = readRepeat()
      found = found.flatMap((start) =>
        Array.from({ length: most - least + 1 }, (_value, extra) => least + extra).flatMap((times) =>
          // A repeated digit is free: any will do. A single one is a choice.
          times === 1 && atoms.length > 0
            ? atoms.map((atom) => start + atom)
            : [start + Array.from({ length: times }, () => String((free += 7) % 10)).join('')],
        ),
      )
    }
    return found
  }
  const readAtom = (): string[] => {
    if (pattern.startsWith('(?:', at)) {
      at += 3
      const choices = readChoice()
      at++
      return choices
    }
    if (pattern.startsWith('\\d', at)) {
      at += 2
      return [...'0123456789']
    }
    if (pattern[at] !== '[') return [pattern[at++] ?? '']
    const end = pattern.indexOf(']', at)
    const set = pattern
      .slice(at + 1, end)
      .replace(/(\d)-(\d)/g, (_all, from: string, to: string) =>
        Array.from({ length: Number(to) - Number(from) + 1 }, (_value, step) =>
          String(Number(from) + step),
        ).join(''),
      )
    at = end + 1
    return [...set]
  }
  const readRepeat = (): [number, number] => {
    const repeat = /^\{(\d+)(?:,(\d+))?\}/.exec(pattern.slice(at))
    if (repeat === null) return [1, 1]
    at += repeat[0].length
    return [Number(repeat[1]), Number(repeat[2] ?? repeat[1])]
  }
  return readChoice()
}

const grouped = (digits: string, sign: string): string => digits.replace(/(\d{3})(?=\d{3})/g, `$1${sign}`)
const wide = (text: string): string =>
  text.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)))

const spellings: Record<string, (national: string) => string> = {
  'E.164': (n) => `+62${n}`,
  'with spaces': (n) => `+62 ${grouped(n, ' ')}`,
  'with dashes': (n) => `+62-${grouped(n, '-')}`,
  'without plus': (n) => `62${n}`,
  'without plus, in groups': (n) => `62 ${grouped(n, ' ')}`,
  'with 00': (n) => `0062${n}`,
  'with 00, in groups': (n) => `00 62 ${grouped(n, ' ')}`,
  domestic: (n) => `0${n}`,
  'domestic, spaces': (n) => `0${grouped(n, ' ')}`,
  'domestic, dashes': (n) => `0${grouped(n, '-')}`,
  'domestic, dots': (n) => `0${grouped(n, '.')}`,
  'domestic, brackets': (n) => `(0${n.slice(0, 3)}) ${n.slice(3)}`,
  'domestic, slashes': (n) => `0${n.slice(0, 3)}/${n.slice(3)}`,
  'the zero in brackets': (n) => `+62 (0)${grouped(n, ' ')}`,
  'zero behind the country': (n) => `+620${n}`,
  'no-break spaces and hyphens': (n) => `+62\u00a0${grouped(n, '\u2011')}`,
  'direction marks': (n) => `\u202a+62 ${grouped(n, '\u202f')}\u202c`,
  'wide digits': (n) => wide(`0${n}`),
  'wide plus': (n) => `\uff0b${wide(`62${n}`)}`,
  'wa.me': (n) => `https://wa.me/62${n}`,
  'wa.me with text': (n) => `wa.me/62${n}?text=Halo`,
  'api.whatsapp.com': (n) => `https://api.whatsapp.com/send?phone=62${n}&text=Halo`,
  tel: (n) => `tel:+62-${grouped(n, '-')}`,
}

/**
 * Toll-free numbers of the kind 001 803 ... are dialled inside Indonesia only. They are no E.164 numbers: abroad and in
 * WhatsApp 00 means another country.
 */
const ranges = patternsOf('ID')
  .flatMap((pattern) => expandPattern(pattern))
  .filter((national) => !national.startsWith('00'))

describe('Indonesian numbers', () => {
  test('cover every type of the metadata', () => {
    expect(patternsOf('ID').length).toBeGreaterThanOrEqual(6)
    expect(ranges.length).toBeGreaterThan(1000)
    expect(ranges.every((n) => normalizeTypedPhone(`+62${n}`, 'ID')?.verdict === 'valid')).toBe(true)
  })

  test.each(Object.entries(spellings))('of every range are read %s', (_name, spell) => {
    const wrong = ranges
      .map((n) => ({ typed: spell(n), meant: `+62${n}`, read: normalizeTypedPhone(spell(n), 'ID')?.e164 }))
      .filter(({ meant, read }) => meant !== read)
    expect(wrong).toEqual([])
  })

  test('never meet, however they are spelled', () => {
    const meant = new Map<string, string>()
    const meetings: string[] = []
    for (const national of new Set(ranges))
      for (const spell of Object.values(spellings)) {
        const read = normalizeTypedPhone(spell(national), 'ID')?.e164 ?? 'none'
        if ((meant.get(read) ?? national) !== national) meetings.push(spell(national))
        meant.set(read, national)
      }
    expect(meetings).toEqual([])
  })
})
