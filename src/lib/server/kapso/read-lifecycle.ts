import { objectAt, objectsAt, textAt, type JsonObject } from './json.ts'
import type { KapsoEvent } from './kapso-event.ts'
import { quarantine } from './quarantine.ts'
import { kapsoIdAt, phoneNumberIdAt } from './read-identity.ts'
import { timeAt } from './read-time.ts'

/** Reads `whatsapp.phone_number.*`: one number came, went, or lost or found its connection. */
export function readNumberChange(name: string, item: JsonObject, receivedAt: Date): KapsoEvent {
  const phoneNumberId = phoneNumberIdAt(item, 'phone_number_id')
  if (phoneNumberId === undefined) return quarantine('phone_number_id_missing')
  return {
    kind: 'channel',
    name,
    phoneNumberIds: [phoneNumberId],
    occurredAt: timeAt(item, 'occurred_at') ?? receivedAt,
    details: readDetails(item),
  }
}

/** Reads `whatsapp.account.*`: Meta restricted, disabled or reinstated the account behind some numbers. */
export function readAccountChange(name: string, item: JsonObject, receivedAt: Date): KapsoEvent {
  const listed = objectsAt(item, 'phone_numbers', 100).map((number) => phoneNumberIdAt(number, 'id'))
  const ids = [phoneNumberIdAt(item, 'phone_number_id'), ...listed].filter((id) => id !== undefined)
  return {
    kind: 'channel',
    name,
    phoneNumberIds: [...new Set(ids)],
    occurredAt: timeAt(item, 'occurred_at') ?? receivedAt,
    details: readDetails(item),
  }
}

/**
 * Reads `workflow.execution.*`.
 *
 * @param fromName what the event's name says of the status, where the body does not
 */
export function readWorkflowChange(fromName: string, item: JsonObject, receivedAt: Date): KapsoEvent {
  const executionId = kapsoIdAt(item, 'workflow_execution_id')
  if (executionId === undefined) return quarantine('workflow_execution_id_missing')
  const told = textAt(item, 'status')
  return {
    kind: 'workflow',
    executionId,
    workflowId: kapsoIdAt(item, 'workflow_id') ?? null,
    status: told !== undefined && /^[a-z_]{1,40}$/.test(told) ? told : fromName,
    occurredAt: timeAt(item, 'occurred_at') ?? receivedAt,
    kapsoConversationId: kapsoIdAt(item, 'whatsapp_conversation_id') ?? null,
    details: {
      ...textsOf(item, ['channel', 'tracking_id']),
      ...textsUnder(item, 'handoff', ['source', 'reason']),
      ...textsUnder(item, 'error', ['code', 'message']),
    },
  }
}

/** Only named fields: what Kapso adds one day must not bring personal data along. */
function readDetails(item: JsonObject): JsonObject {
  const restrictions = objectsAt(item, 'restrictions', 20).map((entry) =>
    textsOf(entry, ['type', 'expires_at']),
  )
  return {
    ...textsOf(item, ['connection_type', 'business_account_id']),
    ...textsUnder(item, 'source', ['provider', 'event', 'business_account_id']),
    ...textsUnder(item, 'disconnection', ['reason', 'initiated_by']),
    ...textsUnder(item, 'customer', ['id', 'external_id']),
    ...textsUnder(item, 'ban', ['state', 'date_label']),
    ...textsUnder(item, 'violation', ['type', 'violation_type', 'reason']),
    ...(restrictions.length === 0 ? {} : { restrictions }),
  }
}

function textsUnder(item: JsonObject, key: string, names: string[]): JsonObject {
  const texts = textsOf(objectAt(item, key), names)
  return Object.keys(texts).length === 0 ? {} : { [key]: texts }
}

function textsOf(value: JsonObject | undefined, names: string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name): [string, string][] => {
      const text = textAt(value, name, 500)
      return text === undefined ? [] : [[name, text]]
    }),
  )
}
