import type { ContactAccount, DuplicateContact } from './contact.ts'
import { terms, type Frequencies } from './frequencies.ts'

/** For tests: a contact with what is given and nothing else. */
export function makeContact(
  id: string,
  given: Partial<Omit<DuplicateContact, 'names' | 'accounts'>> & {
    name?: string
    phone?: string
    accounts?: Partial<ContactAccount>[]
  } = {},
): DuplicateContact {
  const { name, phone, accounts, ...rest } = given
  const known = accounts ?? (phone === undefined ? [] : [{ phone }])
  return {
    id,
    createdAt: 0,
    names: name === undefined ? [] : [{ value: name, source: 'staff' }],
    accounts: known.map((account) => ({
      phone: null,
      phoneNormalized: null,
      formerPhones: [],
      scopedIds: [],
      isVerified: false,
      activeFrom: null,
      activeUntil: null,
      ...account,
    })),
    emails: [],
    city: null,
    birthDate: null,
    customTexts: [],
    ...rest,
  }
}

/** For tests: a workspace of so many contacts, in which one of a hundred is called Budi and every fifth lives in Jakarta. */
export function makeFrequencies(contacts = 10_000): Frequencies {
  const shares: Record<string, number> = {
    [terms.anyName]: 1,
    [terms.anyCity]: 1,
    [terms.word('budi')]: 0.01,
    [terms.city('jakarta')]: 0.2,
  }
  return { contacts, holdersOf: (term) => Math.round((shares[term] ?? 1 / contacts) * contacts) }
}
