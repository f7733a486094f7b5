import { isNestedDeeperThan, type JsonObject } from './json.ts'
import type { KapsoEvent } from './kapso-event.ts'
import { quarantine } from './quarantine.ts'
import { readIdentityChange, readMarketingPreference } from './read-contact-change.ts'
import { readAccountChange, readNumberChange, readWorkflowChange } from './read-lifecycle.ts'
import { readMessageItem } from './read-message.ts'
import { readSessionItem } from './read-session.ts'

/** Nothing that Kapso documents nests deeper than ten. */
const deepest = 64

/**
 * Reads one item of a delivery (payload version 2) of either webhook scope. Never throws.
 *
 * Tolerant where bodies vary: absent, null and "" are alike, numbers may be texts, unknown fields are passed over, and
 * optional parts of a wrong type are dropped. Strict about what identity and money depend on: an id that does not have
 * its form counts as absent, and an item without the ids that its kind needs is quarantined.
 *
 * @param name event name of the ledger row
 * @param receivedAt stands in where the provider gives no time
 */
export function readKapsoEvent(name: string, raw: JsonObject, receivedAt: Date): KapsoEvent {
  if (isNestedDeeperThan(raw, deepest)) return quarantine('nested_too_deeply')
  switch (name) {
    case 'whatsapp.message.received':
      return readMessageItem(raw, undefined, receivedAt)
    case 'whatsapp.message.sent':
      return readMessageItem(raw, 'sent', receivedAt)
    case 'whatsapp.message.delivered':
      return readMessageItem(raw, 'delivered', receivedAt)
    case 'whatsapp.message.read':
      return readMessageItem(raw, 'read', receivedAt)
    case 'whatsapp.message.failed':
      return readMessageItem(raw, 'failed', receivedAt)
    case 'whatsapp.conversation.created':
      return readSessionItem(raw, 'created', receivedAt)
    case 'whatsapp.conversation.ended':
      return readSessionItem(raw, 'ended', receivedAt)
    case 'whatsapp.conversation.inactive':
      return readSessionItem(raw, 'inactive', receivedAt)
    case 'whatsapp.contact.identity_changed':
      return readIdentityChange(raw, receivedAt)
    case 'whatsapp.contact.marketing_preference_changed':
      return readMarketingPreference(raw, receivedAt)
    case 'workflow.execution.handoff':
      return readWorkflowChange('handoff', raw, receivedAt)
    case 'workflow.execution.failed':
      return readWorkflowChange('failed', raw, receivedAt)
    case 'unknown':
      return quarantine('event_name_missing')
  }
  if (name.startsWith('whatsapp.phone_number.')) return readNumberChange(name, raw, receivedAt)
  if (name.startsWith('whatsapp.account.')) return readAccountChange(name, raw, receivedAt)
  // Understood, and of no use here: what other programs emit, runs of Kapso's agents, Meta's own agent.
  if (
    name === 'project.event' ||
    name === 'whatsapp.meta_business_agent.handover' ||
    name.startsWith('kapso_agent.run.')
  ) {
    return { kind: 'ignored', reason: 'event_not_used' }
  }
  return quarantine('event_unknown')
}
