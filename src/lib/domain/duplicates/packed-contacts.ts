import type { PreparedContact, PreparedNumber } from './prepare.ts'

/** Contacts as bytes: a million as objects would take gigabytes. */
export interface PackedContacts {
  readonly size: number
  /** @returns the index of the contact */
  add: (contact: PreparedContact) => number
  /** @throws RangeError where there is none */
  get: (index: number) => PreparedContact
}

const chunkBytes = 8 * 2 ** 20

type NumberRow = [string, string | 0, 0 | 1, 0 | 1, number | 0, number | 0]
type Row = [
  id: string,
  createdAt: number,
  names: [string, 0 | 1][],
  numbers: NumberRow[],
  scopedIds: [string, string][],
  emails: string[],
  city: string | 0,
  birthDate: string | 0,
  customTexts: [string, string][],
]

export function createPackedContacts(): PackedContacts {
  const chunks: Buffer[] = []
  let starts = new Float64Array(2 ** 12)
  let size = 0
  /** Of the next contact: chunk times its size, and the place in it. */
  let at = 0
  return {
    get size() {
      return size
    },
    add: (contact) => {
      const text = JSON.stringify(toRow(contact))
      const bytes = Buffer.byteLength(text)
      if (bytes > chunkBytes) throw new RangeError('A contact is too big to compare')
      if ((at % chunkBytes) + bytes > chunkBytes) at = chunks.length * chunkBytes
      const chunk = Math.floor(at / chunkBytes)
      // Not from the pool, and the system gives pages only as they are written.
      const buffer = (chunks[chunk] ??= Buffer.from(new ArrayBuffer(chunkBytes)))
      buffer.write(text, at % chunkBytes)
      if (size + 2 > starts.length) starts = grow(starts)
      starts[size] = at
      at += bytes
      starts[size + 1] = at
      return size++
    },
    get: (index) => {
      const start = starts[index]
      const end = starts[index + 1]
      if (index < 0 || index >= size || start === undefined || end === undefined)
        throw new RangeError('There is no such contact')
      const chunk = chunks[Math.floor(start / chunkBytes)]
      // Where the next contact went to a new chunk, the rest of this one is zeros.
      const last =
        Math.floor(end / chunkBytes) === Math.floor(start / chunkBytes) ? end % chunkBytes : chunkBytes
      const text = chunk?.toString('utf8', start % chunkBytes, last) ?? ''
      const padding = text.indexOf('\0')
      return fromRow(JSON.parse(padding < 0 ? text : text.slice(0, padding)) as Row)
    },
  }
}

function grow(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const bigger = new Float64Array(array.length * 2)
  bigger.set(array)
  return bigger
}

function toRow(contact: PreparedContact): Row {
  return [
    contact.id,
    contact.createdAt,
    contact.names.map(({ words, isProfile }) => [words.join(' '), isProfile ? 1 : 0]),
    contact.numbers.map((number) => [
      number.e164,
      number.written ?? 0,
      number.isFormer ? 1 : 0,
      number.isVerified ? 1 : 0,
      number.activeFrom ?? 0,
      number.activeUntil ?? 0,
    ]),
    contact.scopedIds.map(({ scope, value }) => [scope, value]),
    contact.emails,
    contact.city ?? 0,
    contact.birthDate ?? 0,
    contact.customTexts.map(({ field, value }) => [field, value]),
  ]
}

function fromRow(row: Row): PreparedContact {
  return {
    id: row[0],
    createdAt: row[1],
    names: row[2].map(([words, isProfile]) => ({ words: words.split(' '), isProfile: isProfile === 1 })),
    numbers: row[3].map(toNumber),
    scopedIds: row[4].map(([scope, value]) => ({ scope, value })),
    emails: row[5],
    city: row[6] === 0 ? null : row[6],
    birthDate: row[7] === 0 ? null : row[7],
    customTexts: row[8].map(([field, value]) => ({ field, value })),
  }
}

function toNumber([e164, written, isFormer, isVerified, activeFrom, activeUntil]: NumberRow): PreparedNumber {
  return {
    e164,
    written: written === 0 ? null : written,
    isFormer: isFormer === 1,
    isVerified: isVerified === 1,
    activeFrom: activeFrom === 0 ? null : activeFrom,
    activeUntil: activeUntil === 0 ? null : activeUntil,
  }
}
