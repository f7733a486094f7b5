import type { LeadStatus } from '../domain/inbox.ts'
import { m } from '#lib/i18n/generated/messages.js'

/** What lead statuses are called: in the interface, and in files that are imported. */
export const leadWords = {
  new: m.list_lead_new,
  unqualified: m.list_lead_unqualified,
  qualified: m.list_lead_qualified,
  customer: m.list_lead_customer,
  archived: m.list_lead_archived,
  spam: m.list_lead_spam,
  duplicate: m.list_lead_duplicate,
} satisfies Record<LeadStatus, unknown>
