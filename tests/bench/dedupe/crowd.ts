import type { ContactAccount, DuplicateContact } from '../../../src/lib/domain/duplicates/contact.ts'
import { createRandom } from './random.ts'
import { makeWords } from './worlds.ts'

/** How a planted duplicate differs from its original. */
export const plantedKinds = [
  'number written differently',
  'national variant',
  'former number',
  'same e-mail, name misspelt',
  'same scoped id, another number',
  'slip in the number, same name',
  'same name, birth date and city',
] as const
export type PlantedKind = (typeof plantedKinds)[number]

export interface Planted {
  kind: PlantedKind
  originalId: string
  duplicateId: string
}

export interface Crowd {
  contacts: Iterable<DuplicateContact>
  planted: Planted[]
}

const scope = 'portfolio-1'
/** Names as the crowd has them, common ones first. */
export const givenNames = makeWords(
  31,
  ['bu', 'di', 'si', 'ti', 'ag', 'us', 'de', 'wi', 'ra', 'ni', 'yo', 'ga', 'lin', 'da'],
  1500,
)
export const surnames = makeWords(
  32,
  [
    'san',
    'to',
    'so',
    'wi',
    'ja',
    'ya',
    'pra',
    'ta',
    'ma',
    'ku',
    'su',
    'no',
    'har',
    'yan',
    'ti',
    'di',
    'lu',
    'bis',
  ],
  4000,
)
export const cities = makeWords(
  33,
  ['ban', 'dung', 'sura', 'baya', 'me', 'dan', 'pa', 'lem', 'bang', 'ma', 'kas', 'sar'],
  300,
)
const countries = [
  {
    mobile: (tail: string) => `+55119${tail.replace(/^\d/, '8')}`,
    variant: (e164: string) => e164.replace('+55119', '+5511'),
  },
  { mobile: (tail: string) => `+5215${tail}5`, variant: (e164: string) => e164.replace('+521', '+52') },
  { mobile: (tail: string) => `+54911${tail}`, variant: (e164: string) => e164.replace('+549', '+54') },
]

/**
 * Contacts as a sales team has them: a name and a number, sometimes more; of every hundred one is a second record of
 * another. Streams: nothing is held, a duplicate makes its original anew.
 */
export function generateCrowd(count: number, seed: number): Crowd {
  const originals = Math.floor(count * 0.99)
  const planted = Array.from({ length: count - originals }, (_value, at): Planted => {
    const kind = plantedKinds[at % plantedKinds.length] ?? plantedKinds[0]
    return { kind, originalId: idOf(originalOf(at, kind, originals)), duplicateId: idOf(originals + at) }
  })
  return {
    planted,
    contacts: {
      *[Symbol.iterator]() {
        for (let at = 0; at < originals; at++) yield makeContact(at, seed)
        for (let at = 0; at < count - originals; at++) {
          const kind = plantedKinds[at % plantedKinds.length] ?? plantedKinds[0]
          yield makeDuplicate(makeContact(originalOf(at, kind, originals), seed), kind, originals + at, seed)
        }
      },
    },
  }
}

/** Which contact of each twenty surely has what a kind needs; the others have it by chance. */
const places: Record<PlantedKind, number> = {
  'national variant': 0,
  'same e-mail, name misspelt': 1,
  'same name, birth date and city': 2,
  'same scoped id, another number': 3,
  'number written differently': 4,
  'former number': 5,
  'slip in the number, same name': 6,
}

function originalOf(at: number, kind: PlantedKind, originals: number): number {
  const index = (at * 97) % originals
  return index - (index % 20) + places[kind]
}

function makeContact(at: number, seed: number): DuplicateContact {
  const random = createRandom(seed + at * 7919)
  // Multiplied by a number without common divisor, every contact has its own eight digits.
  const tail = String((at * 61_803_399) % 100_000_000).padStart(8, '0')
  const given = random.pickCommon(givenNames)
  const surname = random.pickCommon(surnames)
  const middle = random.isChance(0.2) ? ` ${random.pickCommon(givenNames)}` : ''
  const phone = at % 20 === 0 ? random.pick(countries).mobile(tail) : `+62812${tail}`
  const isDated = at % 20 === places['same name, birth date and city']
  return {
    id: idOf(at),
    createdAt: 1_700_000_000_000 + at * 1000,
    names: [
      { value: `${given}${middle} ${surname}`, source: random.isChance(0.5) ? 'whatsapp_profile' : 'staff' },
    ],
    accounts: [
      makeAccount(
        phone,
        random.isChance(0.6) || at % 20 === places['same scoped id, another number']
          ? `ID.${tail}${String(at)}`
          : null,
      ),
    ],
    emails:
      random.isChance(0.3) || at % 20 === places['same e-mail, name misspelt']
        ? [`${given}.${surname}${String(at)}@example.com`.toLowerCase()]
        : [],
    city: random.isChance(0.4) || isDated ? random.pickCommon(cities) : null,
    birthDate: random.isChance(0.15) || isDated ? makeDate(random.below(20_000)) : null,
    customTexts: random.isChance(0.2) ? [{ field: 'customer', value: `C-${String(at * 31)}` }] : [],
  }
}

function makeDuplicate(
  original: DuplicateContact,
  kind: PlantedKind,
  at: number,
  seed: number,
): DuplicateContact {
  const random = createRandom(seed ^ (at * 104_729))
  const number = original.accounts[0]?.phoneNormalized ?? ''
  const freshNumber = `+62813${number.slice(-8)}`
  const copy = { ...makeContact(at, seed), id: idOf(at), names: original.names }
  switch (kind) {
    case 'number written differently':
      return {
        ...copy,
        accounts: [{ ...makeAccount('', null), phone: number.replace('+62', '0'), phoneNormalized: null }],
      }
    case 'national variant': {
      const variant = countries.map((country) => country.variant(number)).find((other) => other !== number)
      return { ...copy, accounts: [makeAccount(variant ?? number, null)] }
    }
    case 'former number':
      return {
        ...copy,
        accounts: [{ ...makeAccount(freshNumber, null), formerPhones: [number] }],
      }
    case 'same e-mail, name misspelt':
      return {
        ...copy,
        names: [{ value: misspell(original.names[0]?.value ?? '', random.next()), source: 'staff' }],
        accounts: [makeAccount(freshNumber, null)],
        emails: original.emails.map((email) => email.toUpperCase()),
      }
    case 'same scoped id, another number':
      return {
        ...copy,
        names: [{ value: 'Toko', source: 'whatsapp_profile' }],
        accounts: [{ ...makeAccount(freshNumber, null), scopedIds: original.accounts[0]?.scopedIds ?? [] }],
      }
    case 'slip in the number, same name':
      return {
        ...copy,
        accounts: [makeAccount(`${number.slice(0, -2)}${number.slice(-1)}${number.slice(-2, -1)}`, null)],
      }
    case 'same name, birth date and city':
      return {
        ...copy,
        accounts: [makeAccount(freshNumber, null)],
        city: original.city,
        birthDate: original.birthDate,
      }
  }
}

function makeAccount(phone: string, scopedId: string | null): ContactAccount {
  return {
    phone,
    phoneNormalized: phone,
    formerPhones: [],
    scopedIds: scopedId === null ? [] : [{ scope, value: scopedId }],
    isVerified: scopedId !== null,
    activeFrom: null,
    activeUntil: null,
  }
}

function misspell(name: string, chance: number): string {
  const at = 1 + Math.floor(chance * (name.length - 2))
  return name.slice(0, at) + (name[at + 1] ?? '') + (name[at] ?? '') + name.slice(at + 2)
}

function makeDate(day: number): string {
  return new Date(Date.UTC(1950, 0, 1) + day * 86_400_000).toISOString().slice(0, 10)
}

function idOf(at: number): string {
  return `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`
}
