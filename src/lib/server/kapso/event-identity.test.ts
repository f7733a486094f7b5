import { expect, test } from 'vitest'
import { identifyEvent } from './event-identity.ts'

const workspaceId = '11111111-1111-4111-8111-111111111111'
const none = { eventName: undefined, idempotencyKey: undefined }

function idOf(name: string, item: Record<string, unknown>, fallback = 'fallback'): string {
  return identifyEvent(workspaceId, item, { ...none, eventName: name }, undefined, fallback).eventId
}

test('a message and each of its statuses are one event, whatever delivery tells of them', () => {
  const item = { message: { id: 'wamid.HBgM=' } }
  expect(idOf('whatsapp.message.received', item, 'a')).toBe(
    idOf('whatsapp.message.received', { ...item, extra: 1 }, 'b'),
  )
  expect(idOf('whatsapp.message.sent', item)).not.toBe(idOf('whatsapp.message.delivered', item))
})

test('no wamid and no phone number stands in an event id', () => {
  const wamid = `wamid.${Buffer.from('628120000100').toString('base64')}`
  expect(idOf('whatsapp.message.received', { message: { id: wamid } })).not.toContain(wamid)
})

test('a session that ends twice is two events', () => {
  const ended = (at: string) =>
    idOf('whatsapp.conversation.ended', { conversation: { id: 'c1', last_active_at: at } })
  expect(ended('2026-01-01T00:00:00Z')).toBe(ended('2026-01-01T00:00:00Z'))
  expect(ended('2026-01-01T00:00:00Z')).not.toBe(ended('2026-01-02T00:00:00Z'))
})

test('handed over, given back and handed over again are different events', () => {
  const moved = (status: string, at: string) =>
    idOf('workflow.execution.handoff', { workflow_execution_id: 'e1', status, occurred_at: at })
  expect(new Set([moved('handoff', 't1'), moved('waiting', 't2'), moved('handoff', 't3')]).size).toBe(3)
})

test('an item with no id of its own, or with an unsafe one, is known by its delivery', () => {
  expect(idOf('whatsapp.conversation.created', { conversation: {} }, 'key:0')).toBe(
    'whatsapp.conversation.created#key:0',
  )
  expect(idOf('project.event', { id: 'a b; drop' }, 'key:1')).toBe('project.event#key:1')
})

test('the event name is taken from the header, else the batch, else the body', () => {
  const item = { event: 'workflow.execution.failed', message: { id: 'w' } }
  expect(identifyEvent(workspaceId, item, none, undefined, 'f').name).toBe('workflow.execution.failed')
  expect(identifyEvent(workspaceId, item, none, 'whatsapp.message.received', 'f').name).toBe(
    'whatsapp.message.received',
  )
  expect(identifyEvent(workspaceId, item, { ...none, eventName: 'x.y' }, 'z', 'f').name).toBe('x.y')
})

test("one sender's events share a subject key, with and without the plus sign, in and out", () => {
  const subject = (item: Record<string, unknown>) =>
    identifyEvent(workspaceId, item, none, undefined, 'f').subjectKey
  const inbound = subject({ message: { from: '628120000100', kapso: { direction: 'inbound' } } })
  expect(subject({ conversation: { phone_number: '+628120000100' } })).toBe(inbound)
  expect(subject({ message: { to: '628120000100', kapso: { direction: 'outbound' } } })).toBe(inbound)
  expect(subject({ message: { from: '628120000101' } })).not.toBe(inbound)
  expect(subject({ id: 'no sender' })).toBe('0')
})
