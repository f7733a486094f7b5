import type { BlockLevel, FieldSource } from './contacts.ts'
import type { Person } from './inbox.ts'
import type { NamedContact } from './merges/merge-list.ts'

/** The shapes in which a contact as of a date travels. Moments are ISO 8601 strings in UTC. */

/** What a field showed. */
export interface ValueAsOf {
  /** 'name', 'email', 'owner', 'lead_status' or 'field:<id>' */
  field: string
  value: string
  /** Null where it is not known. */
  source: FieldSource | null
  asOf: string | null
  /** `merge`: chosen by one; `assumed`: no change is known until then, and this is what the first later one replaced. */
  from: 'own' | 'merge' | 'assumed'
}

/** One of the contacts that were one person then. */
export interface PartAsOf extends NamedContact {
  /** Since when it was merged; null for the one that showed them all. */
  joinedAt: string | null
  /** Whether today they are two. */
  isApartNow: boolean
}

export interface AccountAsOf {
  id: string
  /** Null where what they called themselves then is not known. */
  profileName: string | null
  username: string | null
  firstSeenAt: string
  /** Numbers that it had been seen with, first seen first. */
  numbers: { phone: string; firstSeenAt: string; lastSeenAt: string }[]
}

export interface ConversationAsOf {
  /** That which one opens today. */
  id: string
  channelName: string
  address: string | null
  messages: number
  lastMessageAt: string
}

export interface ContactAsOf {
  /** Which contact was asked for. */
  contactId: string
  /** When it came to be known. */
  knownSince: string
  /** Null where it was not known yet: then everything else is empty. */
  root: NamedContact | null
  parts: PartAsOf[]
  values: ValueAsOf[]
  accounts: AccountAsOf[]
  labelIds: string[]
  block: { level: BlockLevel; reason: string | null; since: string; by: Person | null } | null
  optOuts: { channelName: string | null; reason: string | null; since: string; by: Person | null }[]
  conversations: ConversationAsOf[]
}

/** A value of a contact's own, as its history and its row tell. */
export interface OwnFact {
  contactId: string
  field: string
  /** The last change until then, and the first one after it. */
  told: { value: string | null; source: FieldSource | null; at: string } | null
  next: { value: string | null } | null
  /** What stands there today, which is what stood there then where no change is known. */
  present: { value: string | null; source: FieldSource | null; asOf: string | null }
}

/** What a merge chose; what it had chosen until part of that was handed on at an undo stands in `before`. */
export interface ChoiceFact {
  value?: string
  source?: FieldSource | null
  asOf?: string | null
  from?: string
  before?: ChoiceFact & { until: string }
}

export interface ValueFacts {
  rootId: string
  partIds: readonly string[]
  own: readonly OwnFact[]
  /** Of the merges into the root that were active then. */
  merges: readonly { madeAt: string; choices: Readonly<Record<string, ChoiceFact>> }[]
  /** When staff last wrote a field of the root, until then. */
  spoken: Readonly<Record<string, string>>
}

/**
 * What each field of a person showed at a moment: the rules of private.settle_chosen and selectShownFields, backwards.
 *
 * @param at ISO 8601 in UTC, with the facts as of then
 */
export function resolveValuesAsOf(
  { rootId, partIds, own, merges, spoken }: ValueFacts,
  at: string,
): ValueAsOf[] {
  const fields = new Set([
    ...own.map(({ field }) => field),
    ...merges.flatMap(({ choices }) => Object.keys(choices)),
  ])
  return [...fields].flatMap((field) => {
    const ownOf = (contactId: string) => {
      const fact = own.find((each) => each.contactId === contactId && each.field === field)
      return fact === undefined ? null : readOwn(field, fact)
    }
    const chosen = findChosen(field, { rootId, partIds, merges, spoken }, at)
    if (chosen !== null && chosen !== 'own') return [chosen]
    const isCustom = field.startsWith('field:')
    if (!isCustom || chosen === 'own') return ownOf(rootId) ?? []
    return (
      partIds
        .flatMap((id) => ownOf(id) ?? [])
        .toSorted((a, b) => rankOf(b.source) - rankOf(a.source) || compare(b.asOf ?? '', a.asOf ?? ''))
        .at(0) ?? []
    )
  })
}

const sources: readonly (FieldSource | null)[] = [null, 'whatsapp_profile', 'bot', 'import', 'staff']
const rankOf = (source: FieldSource | null) => sources.indexOf(source)

function readOwn(field: string, { told, next, present }: OwnFact): ValueAsOf | null {
  const found = told
    ? { value: told.value, source: told.source, asOf: told.at, from: 'own' as const }
    : next
      ? { value: next.value, source: null, asOf: null, from: 'assumed' as const }
      : { ...present, from: 'own' as const }
  return found.value === null ? null : { field, ...found, value: found.value }
}

/** The latest word of a merge or of staff; 'own' where that says that the contact's own value counts. */
function findChosen(
  field: string,
  { rootId, partIds, merges, spoken }: Omit<ValueFacts, 'own'>,
  at: string,
): ValueAsOf | 'own' | null {
  const words = merges.flatMap(({ madeAt, choices }) => {
    const choice = choices[field] && choiceAt(choices[field], at)
    if (choice?.value === undefined || choice.from === undefined) return []
    const counts = choice.from === 'custom' || partIds.includes(choice.from)
    return counts ? [{ madeAt, choice: { ...choice, value: choice.value } }] : []
  })
  const latest = words.toSorted((a, b) => compare(b.madeAt, a.madeAt)).at(0)
  const said = spoken[field]
  if (latest === undefined || (said !== undefined && said > latest.madeAt))
    return said === undefined || merges.length === 0 ? null : 'own'
  const { choice } = latest
  if (choice.from === rootId) return 'own'
  return {
    field,
    value: choice.value,
    source: choice.source ?? null,
    asOf: choice.asOf ?? null,
    from: 'merge',
  }
}

function choiceAt(choice: ChoiceFact, at: string): ChoiceFact {
  return choice.before !== undefined && choice.before.until > at ? choiceAt(choice.before, at) : choice
}

/**
 * The labels of a conversation at a moment, from those it has today and what was put on and taken off since.
 *
 * @param events latest first
 */
export function resolveLabelsAsOf(
  labelIds: readonly string[],
  events: readonly { kind: string; labelId: string }[],
): string[] {
  const labels = new Set(labelIds)
  for (const { kind, labelId } of events) {
    if (kind === 'labelled') labels.delete(labelId)
    else labels.add(labelId)
  }
  return [...labels]
}

/** ISO moments in UTC compare as texts. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
