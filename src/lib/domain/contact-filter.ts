import { z } from 'zod'
import { contactSorts, type ContactFilter, type ContactSort } from './contacts.ts'
import { leadStatuses } from './inbox-views.ts'

const longestText = 300

const flag = z.literal('1').transform(() => true)
const day = z.iso.date().refine((text) => !text.startsWith('0000'))
const id = z.uuid().toLowerCase()

/** The query of the list's address. What cannot be read is left out: an old or mistyped link shows the list without. */
export const contactQuerySchema = z.object({
  q: z.string().trim().min(1).max(longestText).optional().catch(undefined),
  label: id.optional().catch(undefined),
  owner: z
    .union([z.literal('none'), id])
    .optional()
    .catch(undefined),
  lead: z.enum(leadStatuses).optional().catch(undefined),
  channel: id.optional().catch(undefined),
  duplicates: flag.optional().catch(undefined),
  optedOut: flag.optional().catch(undefined),
  blocked: flag.optional().catch(undefined),
  from: day.optional().catch(undefined),
  to: day.optional().catch(undefined),
  sort: z.enum(contactSorts).default('activity').catch('activity'),
  before: z.string().max(1000).optional(),
})

export interface ContactQuery {
  filter: ContactFilter
  sort: ContactSort
  /** `nextBefore` of the page above; null for the first. */
  before: string | null
}

export function readContactQuery(query: URLSearchParams): ContactQuery {
  const texts = Object.fromEntries(
    [...query].map(([name, value]) => [name, value.toWellFormed().replaceAll('\0', '')]),
  )
  const { before, ...read } = contactQuerySchema.parse({ ...texts, before: texts['before']?.slice(0, 1000) })
  const filter = {
    text: read.q,
    labelId: read.label,
    ownerId: read.owner,
    leadStatus: read.lead,
    channelId: read.channel,
    hasDuplicates: read.duplicates,
    isOptedOut: read.optedOut,
    isBlocked: read.blocked,
    createdFrom: read.from,
    createdTo: read.to,
  }
  return {
    filter: Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)),
    sort: read.sort,
    before: before ?? null,
  }
}

/** As `readContactQuery` reads it; without what goes without saying. */
export function writeContactQuery(filter: ContactFilter, sort: ContactSort = 'activity'): URLSearchParams {
  const query = new URLSearchParams()
  const entries = {
    q: filter.text,
    label: filter.labelId,
    owner: filter.ownerId,
    lead: filter.leadStatus,
    channel: filter.channelId,
    duplicates: filter.hasDuplicates === true ? '1' : undefined,
    optedOut: filter.isOptedOut === true ? '1' : undefined,
    blocked: filter.isBlocked === true ? '1' : undefined,
    from: filter.createdFrom,
    to: filter.createdTo,
    sort: sort === 'activity' ? undefined : sort,
  }
  for (const [name, value] of Object.entries(entries)) if (value !== undefined) query.set(name, value)
  return query
}
