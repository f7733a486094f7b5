import type { DuplicateContact } from '../../../src/lib/domain/duplicates/contact.ts'
import { createRandom, type Random } from './random.ts'
import type { World } from './worlds.ts'

/** What may happen to a field of a duplicate, by the published descriptions of the generator of FEBRL (Christen). */
export type Modification =
  | 'insert'
  | 'delete'
  | 'substitute'
  | 'transpose'
  | 'phonetic'
  | 'swapWords'
  | 'splitWord'
  | 'mergeWords'
  | 'swapFields'
  | 'clear'
  | 'replace'

interface PersonRecord {
  givenName: string
  surname: string
  phone: string
  email: string
  birthDate: string
  city: string
  address: string
  postcode: string
}
type Field = keyof PersonRecord

export interface PersonData {
  contacts: DuplicateContact[]
  /** Person by contact id: all contacts of one person are duplicates of each other. */
  personOf: Map<string, number>
}

/** How often each field is chosen for an error; FEBRL's names and addresses suffer most, too. */
const fieldChances: [Field, number][] = [
  ['givenName', 0.2],
  ['surname', 0.2],
  ['address', 0.18],
  ['city', 0.1],
  ['phone', 0.1],
  ['postcode', 0.08],
  ['birthDate', 0.07],
  ['email', 0.07],
]

/** Sounds that are mistaken for each other. */
const phoneticPairs: [string, string][] = [
  ['dj', 'j'],
  ['oe', 'u'],
  ['tj', 'c'],
  ['f', 'v'],
  ['ph', 'f'],
  ['c', 'k'],
  ['y', 'i'],
  ['s', 'z'],
  ['d', 't'],
  ['ie', 'y'],
  ['ck', 'k'],
]

/**
 * Original records of made-up people, and corrupted duplicates of them. As in FEBRL each duplicate is made of the
 * original, gets at least one error, at most so many per field and per record, and the order is shuffled.
 */
export function generatePeople(
  world: World,
  originals: number,
  duplicates: number,
  seed: number,
): PersonData {
  const random = createRandom(seed)
  const boxes = new Set<string>()
  const people = Array.from({ length: originals }, () => {
    const record = makeRecord(world, random)
    // A provider gives an address to one person only.
    if (boxes.has(record.email)) record.email = ''
    else if (record.email !== '') boxes.add(record.email)
    return record
  })
  const rows = people.map((record, person) => ({ record, person }))
  const order = people.map((_record, person) => person)
  shuffle(order, random)
  for (let made = 0, at = 0; made < duplicates; at = (at + 1) % order.length) {
    const person = order[at] ?? 0
    const original = people[person]
    if (original === undefined) throw new RangeError('No such person')
    for (let left = Math.min(countDuplicates(world, random), duplicates - made); left > 0; left--, made++)
      rows.push({ record: corrupt(original, world, random), person })
  }
  shuffle(rows, random)
  const personOf = new Map<string, number>()
  const contacts = rows.map(({ record, person }, at) => {
    const id = `contact-${String(at).padStart(8, '0')}`
    personOf.set(id, person)
    return toContact(id, at, record)
  })
  return { contacts, personOf }
}

function makeRecord(world: World, random: Random): PersonRecord {
  const given = random.pickCommon(world.givenNames)
  const third = random.isChance(world.shareOfThirdNames) ? ` ${random.pickCommon(world.givenNames)}` : ''
  const surname = random.pickCommon(world.surnames)
  const unless = (field: keyof World['missing'], make: () => string): string =>
    random.isChance(world.missing[field]) ? '' : make()
  return {
    givenName: given + third,
    surname,
    phone: unless('phone', () => makePhone(world, random)),
    email: unless('email', () => {
      const box = random.isChance(0.6) ? `${given}.${surname}` : `${given}${surname.slice(0, 1)}`
      return `${box}${random.isChance(0.7) ? String(random.below(1000)) : ''}@${random.pick(world.hosts)}`.toLowerCase()
    }),
    birthDate: unless('birthDate', () => makeDate(random)),
    city: unless('city', () => random.pickCommon(world.cities)),
    address: unless(
      'address',
      () =>
        `${random.pick(['Jalan', 'Gang', 'Street'])} ${random.pickCommon(world.streets)} ${String(1 + random.below(180))}`,
    ),
    postcode: unless('postcode', () => String(10_000 + random.below(900) * 10)),
  }
}

function makePhone(world: World, random: Random): string {
  return (
    random.pick(world.phonePrefixes) +
    String(random.below(10 ** world.phoneTail)).padStart(world.phoneTail, '0')
  )
}

function makeDate(random: Random): string {
  return new Date(Date.UTC(1945, 0, 1) + random.below(60 * 365) * 86_400_000).toISOString().slice(0, 10)
}

/** Of one person; small numbers are the most frequent. */
function countDuplicates({ duplicatesOf, mostDuplicates }: World, random: Random): number {
  if (duplicatesOf === 'one') return 1
  const weights = Array.from({ length: mostDuplicates }, (_value, at) =>
    duplicatesOf === 'zipf' ? 1 / (at + 1) : Math.exp(-1) / factorial(at + 1),
  )
  return 1 + chooseAt(weights, random)
}

function corrupt(original: PersonRecord, world: World, random: Random): PersonRecord {
  const record = { ...original }
  const done = new Map<Field, number>()
  const wanted = 1 + random.below(world.mostPerRecord)
  for (let made = 0, tries = 0; made < wanted && tries < 50; tries++) {
    const field =
      fieldChances[
        chooseAt(
          fieldChances.map(([, chance]) => chance),
          random,
        )
      ]?.[0] ?? 'surname'
    if ((done.get(field) ?? 0) >= world.mostPerField || record[field] === '') continue
    const kinds = Object.entries(world.modifications) as [Modification, number][]
    const kind =
      kinds[
        chooseAt(
          kinds.map(([, chance]) => chance),
          random,
        )
      ]?.[0] ?? 'substitute'
    const before = { ...record }
    modify(record, field, kind, world, random)
    if (record.givenName === '' && record.surname === '') Object.assign(record, before)
    if (record[field] === before[field]) continue
    done.set(field, (done.get(field) ?? 0) + 1)
    made++
  }
  return record
}

function modify(record: PersonRecord, field: Field, kind: Modification, world: World, random: Random): void {
  const value = record[field]
  if (kind === 'clear') record[field] = ''
  else if (kind === 'replace') record[field] = makeRecord(world, random)[field]
  else if (kind === 'swapFields') {
    const partner: Field | null =
      field === 'givenName'
        ? 'surname'
        : field === 'surname'
          ? 'givenName'
          : field === 'city'
            ? 'address'
            : null
    if (partner !== null) [record[field], record[partner]] = [record[partner], record[field]]
  } else if (field === 'birthDate') {
    record.birthDate =
      kind === 'swapWords' || kind === 'transpose'
        ? `${value.slice(0, 4)}-${value.slice(8)}-${value.slice(5, 7)}`
        : changeDigit(value, random)
  } else record[field] = changeText(value, kind, random)
}

function changeText(value: string, kind: Modification, random: Random): string {
  const at = random.below(value.length)
  const letter = /\d/.test(value[at] ?? '')
    ? String(random.below(10))
    : random.pick([...'abcdefghijklmnopqrstuvwxyz'])
  const words = value.split(' ')
  switch (kind) {
    case 'insert':
      return value.slice(0, at) + letter + value.slice(at)
    case 'delete':
      return value.length < 3 ? value : value.slice(0, at) + value.slice(at + 1)
    case 'substitute':
      return value.slice(0, at) + letter + value.slice(at + 1)
    case 'transpose':
      return value.slice(0, at) + (value[at + 1] ?? '') + (value[at] ?? '') + value.slice(at + 2)
    case 'phonetic': {
      const fitting = phoneticPairs.flatMap(([a, b]) => [[a, b] as const, [b, a] as const])
      const found = fitting.filter(([from]) => value.includes(from))
      if (found.length === 0) return value
      const [from, to] = random.pick(found)
      return value.replace(from, to)
    }
    case 'swapWords':
      return words.length < 2 ? value : [...words.slice(1), words[0]].join(' ')
    case 'splitWord':
      return value.length < 4 ? value : `${value.slice(0, at)} ${value.slice(at)}`.trim()
    case 'mergeWords':
      return words.join('')
    default:
      return value
  }
}

function changeDigit(date: string, random: Random): string {
  const at = random.pick([3, 6, 9])
  const changed = date.slice(0, at) + String(1 + random.below(9)) + date.slice(at + 1)
  return Number.isNaN(Date.parse(changed)) ? date : changed
}

function toContact(id: string, at: number, record: PersonRecord): DuplicateContact {
  const orNull = (value: string): string | null => (value.trim() === '' ? null : value)
  const phone = orNull(record.phone)
  const name = `${record.givenName} ${record.surname}`.trim()
  return {
    id,
    createdAt: at,
    names: [{ value: name, source: 'import' }],
    accounts:
      phone === null
        ? []
        : [
            {
              phone,
              phoneNormalized: null,
              formerPhones: [],
              scopedIds: [],
              isVerified: false,
              activeFrom: null,
              activeUntil: null,
            },
          ],
    emails: record.email === '' ? [] : [record.email],
    city: orNull(record.city),
    birthDate: orNull(record.birthDate),
    customTexts: [
      { field: 'address', value: record.address },
      { field: 'postcode', value: record.postcode },
    ].filter(({ value }) => value !== ''),
  }
}

function chooseAt(weights: number[], random: Random): number {
  let left = random.next() * weights.reduce((sum, weight) => sum + weight, 0)
  const found = weights.findIndex((weight) => (left -= weight) < 0)
  return found < 0 ? weights.length - 1 : found
}

function shuffle<T>(values: T[], random: Random): void {
  for (let at = values.length - 1; at > 0; at--) {
    const other = random.below(at + 1)
    const moved = values[at]
    const partner = values[other]
    if (moved === undefined || partner === undefined) continue
    values[at] = partner
    values[other] = moved
  }
}

function factorial(value: number): number {
  return value < 2 ? 1 : value * factorial(value - 1)
}
