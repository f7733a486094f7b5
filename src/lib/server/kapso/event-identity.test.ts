import { describe, expect, test } from 'vitest'
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

test('a voice message that was read and then played is two events', () => {
  const told = (status: string) =>
    idOf('whatsapp.message.read', { message: { id: 'wamid.1', kapso: { status } } })
  expect(told('read')).not.toBe(told('played'))
  expect(told('played')).toBe(told('played'))
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

test('a session that ends, is opened again and ends again is two events, in whatever form its times come', () => {
  const ended = (conversation: Record<string, unknown>) =>
    idOf('whatsapp.conversation.ended', { conversation: { id: 'c1', ...conversation } }, 'delivery:0')
  expect(ended({ last_active_at: '2026-01-01T07:00:00+07:00' })).not.toContain('delivery')
  expect(ended({ last_active_at: null, updated_at: '2026-01-01T00:00:00.000000Z' })).not.toBe(
    ended({ last_active_at: '', updated_at: '2026-01-01T00:00:01.000000Z' }),
  )
  expect(ended({})).toBe('whatsapp.conversation.ended#delivery:0')
})

test('silence is one event for each message that it is counted from and each threshold', () => {
  const inactive = (since: Record<string, unknown>, minutes: unknown) =>
    idOf('whatsapp.conversation.inactive', {
      conversation: { id: 'c1' },
      since_message: since,
      inactivity: { minutes },
    })
  expect(inactive({ id: 'm1' }, 60)).toBe(inactive({ id: 'm1' }, '60'))
  expect(
    new Set([inactive({ id: 'm1' }, 60), inactive({ id: 'm1' }, 120), inactive({ id: 'm2' }, 60)]).size,
  ).toBe(3)
  expect(inactive({ whatsapp_message_id: 'wamid.HBgM' }, 60)).not.toMatch(/HBgM|fallback/)
})

describe('an identity that changed', () => {
  const changed = (previous: string | null, current: string | null, delivery = 'a') =>
    idOf(
      'whatsapp.contact.identity_changed',
      {
        contact: { id: 'contact-1', business_scoped_user_id: current },
        previous: { business_scoped_user_id: previous },
      },
      delivery,
    )

  test('is one event, however often it is told', () => {
    expect(changed('ID.1', 'ID.2', 'a')).toBe(changed('ID.1', 'ID.2', 'b'))
    expect(changed('ID.2', 'ID.3')).not.toBe(changed('ID.1', 'ID.2'))
    expect(changed(null, 'ID.2', 'a')).toBe(changed(null, 'ID.2', 'b'))
  })

  test('is known by its delivery where the ids do not tell what changed', () => {
    expect(changed(null, null, 'a')).not.toBe(changed(null, null, 'b'))
    expect(changed('ID.1', 'ID.1', 'a')).not.toBe(changed('ID.1', 'ID.1', 'b'))
  })
})

test('a marketing preference is known by person, number and sequence', () => {
  const changed = (sequence: unknown, number = '1') =>
    idOf('whatsapp.contact.marketing_preference_changed', {
      contact: { id: 'contact-1' },
      phone_number_id: number,
      marketing_preference: { sequence },
    })
  expect(changed(4)).toBe(changed('4'))
  expect(new Set([changed(4), changed(5), changed(4, '2')]).size).toBe(3)
})

test.each([
  'whatsapp.phone_number.disconnected',
  'whatsapp.account.restricted',
  'project.event',
  'kapso_agent.run.completed',
])("%s is known by the event's own id", (name) => {
  expect(idOf(name, { id: 'evt_1' }, 'a')).toBe(`${name}:evt_1`)
})

test("an id is only trusted where it is known to be the event's own", () => {
  const handover = 'whatsapp.meta_business_agent.handover'
  expect(idOf(handover, { id: 'agent_1' }, 'a:0')).toBe(`${handover}#a:0`)
  expect(idOf('whatsapp.phone_number.created', { phone_number_id: '1' }, 'a:0')).toBe(
    'whatsapp.phone_number.created#a:0',
  )
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
