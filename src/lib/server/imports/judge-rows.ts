import {
  compareWithKnown,
  planNewContact,
  type InvalidRow,
  type ReadRow,
} from '../../domain/csv/import-plan.ts'
import type { CsvRow } from '../../domain/csv/csv-records.ts'
import { listNumberVariants } from '../../domain/csv/number-variants.ts'
import type { Database } from '../database/database.ts'
import {
  findContactRoots,
  findContactsByPhone,
  readKnownContacts,
  type CheckedRow,
} from '../database/imports-work.ts'

/** A record below the header, as it was read. */
export interface PlacedRow extends CsvRow {
  place: number
  read: ReadRow | InvalidRow
}

/** Who was named in this file already, and in which row first. Whoever cannot be taken over is named by no row. */
export class SeenPeople {
  readonly #byKey = new Map<string, number>()

  /** The first row that has the same number or id, or all the same values; null where there is none. */
  find(row: ReadRow): number | null {
    return keysOf(row)
      .map((key) => this.#byKey.get(key) ?? null)
      .reduce((first, found) => first ?? found, null)
  }

  /** The first row that is of the same contact. */
  findContact(contactId: string): number | null {
    return this.#byKey.get(contactKey(contactId)) ?? null
  }

  /** A row that is taken over, with the contact that it is of, where that is known already. */
  add(row: ReadRow | null, contactId: string | null, place: number): void {
    const keys = row === null ? [] : keysOf(row)
    if (contactId !== null) keys.push(contactKey(contactId))
    for (const key of keys) if (!this.#byKey.has(key)) this.#byKey.set(key, place)
  }
}

function keysOf({ contactId, change }: ReadRow): string[] {
  const keys = [
    ...(contactId === null ? [] : [contactId]),
    ...(change.phone_normalized === undefined ? [] : [change.phone_normalized]),
  ]
  return keys.length > 0 ? keys : [JSON.stringify(change)]
}

const contactKey = (contactId: string) => `contact ${contactId}`

/** Gives some rows their verdicts, in their order, by what is known at this time and by the rows before them. */
export async function judgeRows(
  database: Database,
  workspaceId: string,
  rows: readonly PlacedRow[],
  seen: SeenPeople,
): Promise<CheckedRow[]> {
  const asked = rows.flatMap(({ read }) => ('reason' in read ? [] : [read]))
  const phones = asked.flatMap(({ change }) => change.phone_normalized ?? [])
  const byPhone = await findContactsByPhone(database, workspaceId, phones)
  const unknown = phones.filter((phone) => !byPhone.has(phone))
  const byVariant = await findContactsByPhone(database, workspaceId, unknown.flatMap(listNumberVariants))
  const roots = await findContactRoots(
    database,
    workspaceId,
    asked.flatMap(({ contactId }) => contactId ?? []),
  )
  const known = await readKnownContacts(database, workspaceId, [
    ...new Set([...byPhone.values(), ...roots.values()]),
  ])

  return rows.map(({ place, line, cells, read }): CheckedRow => {
    const told = {
      place,
      line,
      cells,
      reason: null,
      reason_column: null,
      duplicate_of: null,
      kept: [],
      hint: null,
    }
    const nothing = { ...told, change: null, contact_id: null }
    const invalid = ({ reason, column }: InvalidRow): CheckedRow => {
      return { ...nothing, verdict: 'invalid', reason, reason_column: column }
    }
    const duplicate = (first: number): CheckedRow => {
      return { ...nothing, verdict: 'duplicate', duplicate_of: first }
    }
    if ('reason' in read) return invalid(read)
    const same = seen.find(read)
    if (same !== null) return duplicate(same)
    const phone = read.change.phone_normalized
    const holder = phone === undefined ? undefined : byPhone.get(phone)
    const named = read.contactId === null ? undefined : roots.get(read.contactId)
    if (read.contactId !== null && named === undefined)
      return invalid({ reason: 'contact_unknown', column: null })
    if (named !== undefined && holder !== undefined && named !== holder) {
      return invalid({ reason: 'phone_of_another', column: null })
    }
    const person = known.get(named ?? holder ?? '')
    if (person === undefined) {
      const change = planNewContact(read)
      if ('reason' in change) return invalid(change)
      const alike =
        phone === undefined ? undefined : listNumberVariants(phone).find((each) => byVariant.has(each))
      const hint = alike === undefined ? null : { contactId: byVariant.get(alike) ?? '', phone: alike }
      seen.add(read, null, place)
      return { ...told, verdict: 'new', hint, change, contact_id: null }
    }
    const sameContact = seen.findContact(person.id)
    if (sameContact !== null) return duplicate(sameContact)
    const difference = compareWithKnown(read, person, holder !== undefined)
    if ('reason' in difference) return invalid(difference)
    const changes = Object.keys(difference.change).length > 0
    seen.add(read, person.id, place)
    return {
      ...told,
      verdict: changes ? 'update' : 'unchanged',
      kept: difference.kept,
      change: changes ? difference.change : null,
      contact_id: person.id,
    }
  })
}
