import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { isSupportedCountry } from 'libphonenumber-js/max'
import { z } from 'zod'
import { readStoredPhone } from '../../domain/recovery/read-stored-phone.ts'
import type { Json } from '../../domain/recovery/recovery-run.ts'
import type { Database } from '../database/database.ts'
import { lockSenders } from '../database/ledger.ts'
import {
  changeDefaultCountry,
  findAccountRoots,
  findHolders,
  listAccountNumbers,
  lockAccounts,
  readAccountNumbers,
  readDefaultCountry,
  replaceNumberFacts,
  restoreAccountNumbers,
  type AccountNumbers,
  type NumberFact,
} from '../database/recovery-numbers.ts'
import { hashToKey } from '../kapso/event-identity.ts'
import type { ItemOutcome, RecoveryItem, RecoveryKind, RecoveryScope } from './recovery-kind.ts'

const parameters = z.strictObject({
  /** ISO 3166 code of the country that is to be the default from now on; as it is, where nothing is said. */
  country: z
    .string()
    .trim()
    .toUpperCase()
    .refine((code) => isSupportedCountry(code))
    .optional(),
})

type Parameters = z.infer<typeof parameters>

const accountsAtATime = 1000
/** Reading numbers is slow; whoever else this process serves gets their turn in between. */
const accountsInATurn = 50
const countrySubject = 'default_country'

const beforeCountry = z.object({ country: z.string() })
const fact = z.object({
  id: z.uuid(),
  phone: z.string().nullable(),
  phoneNormalized: z.string(),
  verdict: z.string().nullable(),
  firstSeenAt: z.string(),
  lastSeenAt: z.string(),
})
const beforeAccount = z.object({
  phone: z.string().nullable(),
  phoneNormalized: z.string().nullable(),
  verdict: z.string().nullable(),
  phoneAsOf: z.string().nullable(),
  facts: z.array(fact),
})
const afterAccount = z.object({ facts: z.array(fact) })

/**
 * Reads every number again, as today's library and the workspace's country have it: `phone_normalized` and
 * `phone_verdict` of what accounts were seen with, from the spelling that was stored. A number that belongs to somebody
 * else already is left and reported: kind `merge_same_number` brings the two together.
 */
export const recomputeNumbers: RecoveryKind<Parameters> = {
  parameters,
  plan,
  apply,
  undo,
}

async function plan(
  database: Database,
  { workspaceId, parameters: asked }: RecoveryScope<Parameters>,
  after: string | null,
): Promise<{ items: RecoveryItem[]; after: string | null }> {
  const present = await readDefaultCountry(database, workspaceId)
  const country = asked.country ?? present
  const accounts = await listAccountNumbers(database, workspaceId, after, accountsAtATime)
  const changed: { account: AccountNumbers; facts: NumberFact[] }[] = []
  for (const [at, account] of accounts.entries()) {
    if (at % accountsInATurn === 0) await setImmediate()
    const facts = readFacts(account, country)
    if (!areSameFacts(account.facts, facts)) changed.push({ account, facts })
  }
  const taken = await findTaken(database, workspaceId, changed)
  const items = changed.map(({ account, facts }): RecoveryItem => {
    const isTaken = taken.has(account.id)
    return {
      subject: account.id,
      before: toBefore(account),
      after: { shown: describeFacts(facts), facts: facts.map((told) => ({ ...told })) },
      why: isTaken ? 'number_taken' : hasSameNumbers(account.facts, facts) ? 'verdict' : 'number',
      isLeft: isTaken,
      contactId: account.contactId,
    }
  })
  if (after === null && country !== present)
    items.unshift({
      subject: countrySubject,
      before: { shown: present, country: present },
      after: { shown: country, country },
      why: 'default_country',
    })
  return { items, after: accounts.length < accountsAtATime ? null : (accounts.at(-1)?.id ?? null) }
}

async function apply(
  database: Database,
  { workspaceId }: RecoveryScope<Parameters>,
  items: readonly RecoveryItem[],
): Promise<ItemOutcome[]> {
  const outcomes: ItemOutcome[] = []
  for (const { subject, before, after } of items.filter((item) => item.subject === countrySubject)) {
    const change = { from: beforeCountry.parse(before).country, to: beforeCountry.parse(after).country }
    const isDone = await changeDefaultCountry(database, workspaceId, change)
    outcomes.push(isDone ? { subject, outcome: 'applied' } : changedMeanwhile(subject))
  }
  const accounts = items
    .filter((item) => item.subject !== countrySubject)
    .map(({ subject, before, after }) => ({
      subject,
      before: beforeAccount.parse(before),
      facts: afterAccount.parse(after).facts,
    }))
  const now = await lockAndRead(database, workspaceId, accounts)
  const fitting = accounts.filter(({ subject, before }) => {
    const account = now.get(subject)
    const isSame = account !== undefined && isAsBefore(account, before)
    if (!isSame) outcomes.push(changedMeanwhile(subject))
    return isSame
  })
  const taken = await findTaken(
    database,
    workspaceId,
    fitting.map(({ subject, before, facts }) => ({ account: { id: subject, facts: before.facts }, facts })),
  )
  const free = fitting.filter(({ subject }) => {
    if (taken.has(subject)) outcomes.push({ subject, outcome: 'skipped', why: 'number_taken' })
    return !taken.has(subject)
  })
  await replaceNumberFacts(
    database,
    workspaceId,
    free.map(({ subject, facts }) => ({ accountId: subject, facts })),
  )
  return [...outcomes, ...free.map(({ subject }) => ({ subject, outcome: 'applied' as const }))]
}

async function undo(
  database: Database,
  { workspaceId }: RecoveryScope<Parameters>,
  items: readonly RecoveryItem[],
): Promise<ItemOutcome[]> {
  const outcomes: ItemOutcome[] = []
  const accounts = items
    .filter((item) => item.subject !== countrySubject)
    .map(({ subject, before, after }) => ({
      subject,
      before: beforeAccount.parse(before),
      facts: afterAccount.parse(after).facts,
    }))
  const now = await lockAndRead(database, workspaceId, accounts)
  const fitting = accounts.filter(({ subject, facts }) => {
    const account = now.get(subject)
    const isSame = account !== undefined && areSameFacts(account.facts, facts)
    if (!isSame) outcomes.push({ subject, outcome: 'kept', why: 'changed_since' })
    return isSame
  })
  const taken = await findTaken(
    database,
    workspaceId,
    fitting.map(({ subject, before, facts }) => ({ account: { id: subject, facts }, facts: before.facts })),
  )
  const free = fitting.filter(({ subject }) => {
    if (taken.has(subject)) outcomes.push({ subject, outcome: 'kept', why: 'number_taken' })
    return !taken.has(subject)
  })
  await replaceNumberFacts(
    database,
    workspaceId,
    free.map(({ subject, before }) => ({ accountId: subject, facts: before.facts })),
  )
  await restoreAccountNumbers(
    database,
    workspaceId,
    free.map(({ subject, before }) => ({ id: subject, ...before })),
  )
  for (const { subject, before, after } of items.filter((item) => item.subject === countrySubject)) {
    const change = { from: beforeCountry.parse(after).country, to: beforeCountry.parse(before).country }
    const isDone = await changeDefaultCountry(database, workspaceId, change)
    outcomes.push(
      isDone ? { subject, outcome: 'undone' } : { subject, outcome: 'kept', why: 'changed_since' },
    )
  }
  return [...outcomes, ...free.map(({ subject }) => ({ subject, outcome: 'undone' as const }))]
}

const changedMeanwhile = (subject: string): ItemOutcome => ({
  subject,
  outcome: 'skipped',
  why: 'changed_meanwhile',
})

/** The locks that ingest takes for these numbers, and then those of the people, in its order. */
async function lockAndRead(
  database: Database,
  workspaceId: string,
  accounts: readonly { subject: string; before: z.infer<typeof beforeAccount>; facts: NumberFact[] }[],
): Promise<Map<string, AccountNumbers>> {
  if (accounts.length === 0) return new Map()
  const phones = new Set(
    accounts.flatMap(({ before, facts }) =>
      [...before.facts, ...facts].map(({ phoneNormalized }) => phoneNormalized),
    ),
  )
  const keys = [...phones].map((phone) => hashToKey(`${workspaceId}|phone|${phone}`))
  await lockSenders(database, keys)
  const ids = accounts.map(({ subject }) => subject)
  await lockAccounts(database, workspaceId, ids)
  return readAccountNumbers(database, workspaceId, ids)
}

/** What an account's numbers are today: of two spellings of one number one fact, seen from the first to the last time. */
function readFacts(account: AccountNumbers, country: string): NumberFact[] {
  const { source } = account
  // An account that shows a number of which nothing is known lost it, or never got it, in an older version.
  const known = account.facts.length > 0 ? account.facts : lostFact(account)
  const facts = new Map<string, NumberFact>()
  for (const told of known) {
    const phoneNormalized = told.phoneNormalized === '' ? null : told.phoneNormalized
    const read = readStoredPhone({ phone: told.phone, phoneNormalized, source }, country)
    const e164 = read?.e164 ?? told.phoneNormalized
    if (e164 === '') continue
    const now = { ...told, phoneNormalized: e164, verdict: read === null ? told.verdict : read.verdict }
    const other = facts.get(e164)
    facts.set(e164, other === undefined ? now : unite(other, now))
  }
  return [...facts.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

function lostFact(account: AccountNumbers): NumberFact[] {
  if (account.phone === null && account.phoneNormalized === null) return []
  const { phone, verdict, firstSeenAt } = account
  const seenAt = account.phoneAsOf ?? firstSeenAt
  return [
    {
      ...{ id: randomUUID(), phone, verdict, phoneNormalized: account.phoneNormalized ?? '' },
      ...{ firstSeenAt: seenAt, lastSeenAt: seenAt },
    },
  ]
}

/** The spelling that was right already goes on; moments are text of one form, so that the earlier one is the smaller. */
function unite(one: NumberFact, other: NumberFact): NumberFact {
  const kept = one.phone?.startsWith('+') === true ? one : other
  return {
    ...kept,
    firstSeenAt: one.firstSeenAt < other.firstSeenAt ? one.firstSeenAt : other.firstSeenAt,
    lastSeenAt: one.lastSeenAt > other.lastSeenAt ? one.lastSeenAt : other.lastSeenAt,
  }
}

/** Accounts that would be given a number which somebody else has, or had: whose it is is not told by a spelling. */
async function findTaken(
  database: Database,
  workspaceId: string,
  changes: readonly { account: Pick<AccountNumbers, 'id' | 'facts'>; facts: readonly NumberFact[] }[],
): Promise<Set<string>> {
  const gained = changes.map(({ account, facts }) => {
    const had = new Set(account.facts.map(({ phoneNormalized }) => phoneNormalized))
    return {
      id: account.id,
      phones: facts.map(({ phoneNormalized }) => phoneNormalized).filter((phone) => !had.has(phone)),
    }
  })
  const ids = changes.map(({ account }) => account.id)
  const holders = await findHolders(database, workspaceId, [
    ...new Set(gained.flatMap(({ phones }) => phones)),
  ])
  const roots = await findAccountRoots(database, workspaceId, ids)
  const taken = new Set<string>()
  for (const { id, phones } of gained) {
    const root = roots.get(id) ?? id
    const isTaken = phones.some((phone) => [...(holders.get(phone) ?? [])].some((holder) => holder !== root))
    if (isTaken) taken.add(id)
    // Two of one batch that read the same: the first has it.
    else for (const phone of phones) holders.set(phone, new Set([root]))
  }
  return taken
}

function isAsBefore(account: AccountNumbers, before: z.infer<typeof beforeAccount>): boolean {
  return (
    account.phone === before.phone &&
    account.phoneNormalized === before.phoneNormalized &&
    areSameFacts(account.facts, before.facts)
  )
}

const areSameFacts = (left: readonly NumberFact[], right: readonly NumberFact[]): boolean =>
  JSON.stringify(left.map(toRow)) === JSON.stringify(right.map(toRow))

const toRow = (told: NumberFact) => [
  ...[told.id, told.phone, told.phoneNormalized, told.verdict, told.firstSeenAt, told.lastSeenAt],
]

const hasSameNumbers = (left: readonly NumberFact[], right: readonly NumberFact[]): boolean =>
  JSON.stringify(left.map(({ phoneNormalized }) => phoneNormalized).toSorted()) ===
  JSON.stringify(right.map(({ phoneNormalized }) => phoneNormalized).toSorted())

const describeFacts = (facts: readonly NumberFact[]): string =>
  facts.map(({ phoneNormalized, verdict }) => `${phoneNormalized} (${verdict ?? '?'})`).join(', ')

function toBefore(account: AccountNumbers): Json {
  const { phone, phoneNormalized, verdict, phoneAsOf, facts } = account
  const spelled = facts.map(
    (told) => `${told.phone ?? '?'} = ${told.phoneNormalized} (${told.verdict ?? '?'})`,
  )
  return {
    shown: spelled.length > 0 ? spelled.join(', ') : `${phone ?? '?'} = ${phoneNormalized ?? '?'}`,
    ...{ phone, phoneNormalized, verdict, phoneAsOf },
    facts: facts.map((told) => ({ ...told })),
  }
}
