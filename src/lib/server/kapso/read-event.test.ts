import { expect, test } from 'vitest'
import { readKapsoEvent } from './read-event.ts'

const receivedAt = new Date('2026-01-01T00:00:00Z')
const reasonOf = (name: string, item: Record<string, unknown>) => readKapsoEvent(name, item, receivedAt)

const message = { id: 'wamid.1', from: '6281200000012', type: 'text', text: { body: 'Halo' } }

test.each([
  ['whatsapp.message.received', 'message'],
  ['whatsapp.message.sent', 'message'],
  ['whatsapp.message.delivered', 'status'],
  ['whatsapp.message.read', 'status'],
  ['whatsapp.message.failed', 'status'],
  ['whatsapp.conversation.created', 'session'],
  ['whatsapp.conversation.ended', 'session'],
  ['whatsapp.conversation.inactive', 'session'],
  ['whatsapp.contact.identity_changed', 'identity_changed'],
  ['whatsapp.contact.marketing_preference_changed', 'marketing_preference'],
  ['whatsapp.phone_number.created', 'channel'],
  ['whatsapp.phone_number.deleted', 'channel'],
  ['whatsapp.phone_number.offboarded', 'channel'],
  ['whatsapp.phone_number.disconnected', 'channel'],
  ['whatsapp.phone_number.reconnected', 'channel'],
  ['whatsapp.account.disabled', 'channel'],
  ['whatsapp.account.restricted', 'channel'],
  ['whatsapp.account.reinstated', 'channel'],
  ['whatsapp.account.violation', 'channel'],
  ['workflow.execution.handoff', 'workflow'],
  ['workflow.execution.failed', 'workflow'],
])('%s is read as %s', (name, kind) => {
  const everything = {
    message,
    conversation: { id: 'conv_1' },
    contact: { wa_id: '6281200000012' },
    marketing_preference: { status: 'stopped', sequence: 3 },
    workflow_execution_id: 'run_1',
    phone_number_id: '106540352242922',
  }
  expect(readKapsoEvent(name, everything, receivedAt).kind).toBe(kind)
})

test.each([
  'project.event',
  'kapso_agent.run.approval_required',
  'kapso_agent.run.completed',
  'kapso_agent.run.failed',
  'kapso_agent.run.cancelled',
  'whatsapp.meta_business_agent.handover',
])('%s is understood and not used', (name) => {
  expect(reasonOf(name, { message })).toEqual({ kind: 'ignored', reason: 'event_not_used' })
})

test.each(['whatsapp.message.sung', 'workflow.execution.dreamt', 'constructor', '__proto__', ''])(
  'the event %j, which nobody knows, waits for a person',
  (name) => {
    expect(reasonOf(name, { message })).toEqual({ kind: 'quarantined', reason: 'event_unknown' })
  },
)

test('a delivery without an event name waits for a person', () => {
  expect(reasonOf('unknown', { message })).toEqual({ kind: 'quarantined', reason: 'event_name_missing' })
})

test('nesting of 64 levels is read, one more is not', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 'end' : [nested(levels - 1)])
  const item = (levels: number) => ({ message, phone_number_id: '1', extra: nested(levels) })
  expect(reasonOf('whatsapp.message.received', item(63)).kind).toBe('message')
  expect(reasonOf('whatsapp.message.received', item(64))).toEqual({
    kind: 'quarantined',
    reason: 'nested_too_deeply',
  })
  expect(reasonOf('whatsapp.message.received', item(5000)).kind).toBe('quarantined')
})

test.each([
  ['whatsapp.message.received', { message: { ...message, id: null } }, 'message_id_missing'],
  ['whatsapp.message.received', { message: { ...message, id: 123 } }, 'message_id_missing'],
  ['whatsapp.message.received', { message: { ...message, id: 'wamid.\0' } }, 'message_id_missing'],
  ['whatsapp.message.received', { message: { ...message, id: 'w'.repeat(513) } }, 'message_id_missing'],
  ['whatsapp.message.received', { message: [message] }, 'message_id_missing'],
  ['whatsapp.message.received', { message, phone_number_id: '1 2' }, 'phone_number_id_missing'],
  ['whatsapp.message.received', { message, phone_number_id: null }, 'phone_number_id_missing'],
  ['whatsapp.message.received', { message: { ...message, text: {} } }, 'text_missing'],
  ['whatsapp.message.received', { message: { ...message, text: 'Halo' } }, 'text_missing'],
  ['whatsapp.message.received', { message: { ...message, from: null } }, 'counterpart_missing'],
  ['whatsapp.message.received', { message: { ...message, type: 'reaction' } }, 'reaction_target_missing'],
  ['whatsapp.message.read', { message: {} }, 'message_id_missing'],
  ['whatsapp.conversation.ended', { conversation: {} }, 'conversation_id_missing'],
  ['whatsapp.conversation.ended', { conversation: { id: 'a b' } }, 'conversation_id_missing'],
  ['whatsapp.conversation.ended', { phone_number_id: {} }, 'phone_number_id_missing'],
  ['whatsapp.contact.identity_changed', { contact: {} }, 'identity_missing'],
  ['whatsapp.contact.identity_changed', { phone_number_id: '' }, 'phone_number_id_missing'],
  ['whatsapp.phone_number.deleted', { phone_number_id: '' }, 'phone_number_id_missing'],
  ['workflow.execution.handoff', { workflow_execution_id: '' }, 'workflow_execution_id_missing'],
])('%s with %j is quarantined: %s', (name, item, reason) => {
  expect(reasonOf(name, { phone_number_id: '106540352242922', ...item })).toEqual({
    kind: 'quarantined',
    reason,
  })
})
