import fc from 'fast-check'
import { identifyEvent } from '../../src/lib/server/kapso/event-identity.ts'

/** One event as Kapso would send it. */
export interface GeneratedEvent {
  name: string
  body: Record<string, unknown>
  /** Seconds since the beginning of the history. */
  at: number
}

/** The two numbers of the company. */
export const phoneNumberIds = ['100000000000001', '100000000000002'] as const

const began = 1_760_000_000

interface Person {
  phone: string
  id: string
  name: string
}

const people: Person[] = [
  { phone: '6281200000101', id: 'ID.101', name: 'Ani' },
  { phone: '6281200000102', id: 'ID.102', name: 'Budi' },
  { phone: '6281200000103', id: 'ID.103', name: 'Citra' },
]

/** What an event shows of the person it is about. */
type Shown = 'phone' | 'id' | 'both' | 'session'

interface Who {
  person: number
  shown: Shown
  channel: number
  /** Which of the person's sessions with that number. */
  session: number
  at: number
}

type Fact =
  | (Who & { kind: 'message'; type: number; way: number; reply: number | null })
  | (Who & { kind: 'reaction'; target: number; isOurs: boolean; emoji: string | null })
  | (Who & { kind: 'status'; target: number; status: 'delivered' | 'read' | 'failed' })
  | (Who & { kind: 'session'; change: 'created' | 'ended' | 'inactive' })
  | (Who & { kind: 'workflow'; run: number; status: 'handoff' | 'failed' })
  | (Who & { kind: 'preference'; sequence: number })
  | (Who & { kind: 'identity_changed' })
  | (Who & { kind: 'channel'; name: string })

const who = {
  person: fc.nat({ max: people.length - 1 }),
  shown: fc.constantFrom<Shown>('both', 'phone', 'id', 'session'),
  channel: fc.nat({ max: phoneNumberIds.length - 1 }),
  session: fc.nat({ max: 1 }),
  // Few seconds, so that many events share one.
  at: fc.nat({ max: 12 }),
}
const some = (kind: Fact['kind'], more: object) => fc.record({ kind: fc.constant(kind), ...who, ...more })
const target = fc.nat({ max: 7 })

const facts = {
  message: some('message', {
    type: fc.nat({ max: 3 }),
    way: fc.nat({ max: 4 }),
    reply: fc.option(target, { freq: 4 }),
  }),
  reaction: some('reaction', {
    target,
    isOurs: fc.boolean(),
    emoji: fc.option(fc.constantFrom('👍', '❤️')),
  }),
  status: some('status', { target, status: fc.constantFrom('delivered', 'read', 'failed') }),
  session: some('session', { change: fc.constantFrom('created', 'ended', 'inactive') }),
  workflow: some('workflow', { run: fc.nat({ max: 1 }), status: fc.constantFrom('handoff', 'failed') }),
  preference: some('preference', { sequence: fc.nat({ max: 3 }) }),
  identity_changed: some('identity_changed', {}),
  channel: some('channel', { name: fc.constantFrom('phone_number.disconnected', 'account.restricted') }),
}

/** What goes on in a history. Few kinds and few people in one, so that its events have to do with each other. */
const subjects = fc.constantFrom<{ kinds: (keyof typeof facts)[]; people: number; messages: number }>(
  { kinds: ['message', 'reaction', 'reaction'], people: 1, messages: 2 },
  { kinds: ['message', 'status', 'status'], people: 1, messages: 2 },
  { kinds: ['message', 'session', 'session'], people: 1, messages: 8 },
  { kinds: ['message', 'workflow', 'session'], people: 1, messages: 8 },
  { kinds: ['message', 'preference', 'identity_changed', 'status'], people: 2, messages: 4 },
  {
    kinds: ['message', 'message', 'reaction', 'status', 'session', 'workflow', 'preference', 'channel'],
    people: 3,
    messages: 8,
  },
)

/** Histories of several people on two numbers: messages of several types and origins, and everything else. */
export const history: fc.Arbitrary<GeneratedEvent[]> = subjects
  .chain(({ kinds, people: most, messages }) =>
    fc
      .array(fc.oneof(...kinds.map((kind) => facts[kind])) as fc.Arbitrary<Fact>, {
        minLength: 2,
        maxLength: 14,
        size: 'max',
      })
      .map((all) =>
        all.map((one) => ({
          ...one,
          person: one.person % most,
          ...('target' in one ? { target: one.target % messages } : {}),
          ...(most === 1 ? { channel: 0 } : {}),
        })),
      ),
  )
  .map((all) => unique(all.map((one, index) => ({ ...toEvent(one, index, all), at: one.at }))))

/** What happened once is told in one way: of two events that mean the same thing the first is kept. */
function unique(events: GeneratedEvent[]): GeneratedEvent[] {
  const byId = new Map<string, GeneratedEvent>()
  for (const event of events) {
    const { eventId } = identifyEvent(
      '',
      event.body,
      { eventName: event.name, idempotencyKey: undefined },
      undefined,
      'none',
    )
    if (!byId.has(eventId)) byId.set(eventId, event)
  }
  return [...byId.values()]
}

type Told = Omit<GeneratedEvent, 'at'>

function toEvent(one: Fact, index: number, all: Fact[]): Told {
  switch (one.kind) {
    case 'message':
      return toMessage(one, index)
    case 'reaction':
      return toReaction(one, index, all)
    case 'status': {
      const told = findTarget(all, one.target)
      return {
        name: `whatsapp.message.${one.status}`,
        body: {
          message: {
            ...addressed('to', one),
            id: wamidOf(told),
            timestamp: seconds(one.at),
            type: 'text',
            text: { body: 'Baik' },
            kapso: {
              direction: 'outbound',
              statuses: [
                {
                  id: wamidOf(told),
                  status: one.status,
                  timestamp: seconds(one.at),
                  ...(one.status === 'failed' ? { errors: [{ code: 131026, title: 'Undeliverable' }] } : {}),
                },
              ],
            },
          },
          ...envelope(one),
        },
      }
    }
    case 'session':
      return {
        name: `whatsapp.conversation.${one.change}`,
        body: {
          ...envelope(one, one.change === 'ended' ? 'ended' : 'active'),
          ...(one.change === 'inactive'
            ? {
                since_message: { id: `m${String(one.at)}`, created_at: moment(one.at) },
                inactivity: { minutes: 60 },
              }
            : {}),
        },
      }
    case 'workflow':
      return {
        name: `workflow.execution.${one.status}`,
        body: {
          event: `workflow.execution.${one.status}`,
          occurred_at: moment(one.at),
          workflow_id: 'workflow-1',
          workflow_execution_id: `run-${sessionOf(one)}-${String(one.run)}`,
          status: one.status,
          whatsapp_conversation_id: sessionOf(one),
        },
      }
    case 'preference':
      return {
        name: 'whatsapp.contact.marketing_preference_changed',
        body: {
          contact: contactOf(one),
          // What a sequence number says is one thing.
          marketing_preference: {
            status: one.sequence % 2 === 0 ? 'stopped' : 'resumed',
            occurred_at: moment(one.sequence),
            sequence: one.sequence,
          },
          phone_number_id: phoneNumberIds[one.channel],
        },
      }
    case 'identity_changed':
      return {
        name: 'whatsapp.contact.identity_changed',
        body: {
          contact: {
            ...contactOf(one),
            business_scoped_user_id: `${personOf(one).id}9`,
            updated_at: moment(one.at),
          },
          previous: { business_scoped_user_id: personOf(one).id },
          phone_number_id: phoneNumberIds[one.channel],
        },
      }
    case 'channel':
      return {
        name: `whatsapp.${one.name}`,
        body: {
          id: `event-${String(index)}`,
          event: `whatsapp.${one.name}`,
          occurred_at: moment(one.at),
          ...(one.name.startsWith('account')
            ? { phone_numbers: phoneNumberIds.map((id) => ({ id })) }
            : { phone_number_id: phoneNumberIds[one.channel] }),
        },
      }
  }
}

function toMessage(one: Fact & { kind: 'message' }, index: number): Told {
  const isInbound = one.way < 2
  const origin = ['cloud_api', 'history_sync', 'cloud_api', 'business_app', 'history_sync'][one.way]
  return {
    name: isInbound ? 'whatsapp.message.received' : 'whatsapp.message.sent',
    body: {
      message: {
        ...addressed(isInbound ? 'from' : 'to', one),
        id: `wamid.${String(index)}`,
        timestamp: seconds(one.at),
        ...contents(one.type, index),
        ...(one.reply === null ? {} : { context: { id: `wamid.${String(one.reply)}` } }),
        kapso: { direction: isInbound ? 'inbound' : 'outbound', origin },
      },
      ...envelope(one),
    },
  }
}

function contents(type: number, index: number): object {
  switch (type) {
    case 0:
      return {
        type: 'image',
        image: { id: `media${String(index)}`, mime_type: 'image/jpeg', caption: 'Ini' },
      }
    case 1:
      return { type: 'location', location: { latitude: -6.2, longitude: 106.8 } }
    case 2:
      return { type: 'not_invented_yet', not_invented_yet: { a: 1 } }
    default:
      return { type: 'text', text: { body: `Halo ${String(index)}` } }
  }
}

function toReaction(one: Fact & { kind: 'reaction' }, index: number, all: Fact[]): Told {
  return {
    name: one.isOurs ? 'whatsapp.message.sent' : 'whatsapp.message.received',
    body: {
      message: {
        ...addressed(one.isOurs ? 'to' : 'from', one),
        id: `wamid.${String(index)}`,
        timestamp: seconds(one.at),
        type: 'reaction',
        reaction: {
          message_id: wamidOf(findTarget(all, one.target)),
          ...(one.emoji === null ? {} : { emoji: one.emoji }),
        },
        kapso: { direction: one.isOurs ? 'outbound' : 'inbound', origin: 'cloud_api' },
      },
      ...envelope(one),
    },
  }
}

/** A message of the history, or one that never came. */
function findTarget(all: Fact[], target: number): number {
  const places = all.flatMap((one, index) => (one.kind === 'message' ? [index] : []))
  return places[target % Math.max(1, places.length)] ?? 99
}

function wamidOf(index: number): string {
  return `wamid.${String(index)}`
}

function personOf(one: Who): Person {
  const [first] = people
  const person = people[one.person] ?? first
  if (person === undefined) throw new Error('nobody')
  return person
}

function sessionOf(one: Who): string {
  return `session-${String(one.person)}-${String(one.channel)}-${String(one.session)}`
}

function addressed(side: 'from' | 'to', one: Who): object {
  const { phone, id } = personOf(one)
  return {
    ...(one.shown === 'phone' || one.shown === 'both' ? { [side]: phone } : {}),
    ...(one.shown === 'id' || one.shown === 'both' ? { [`${side}_user_id`]: id } : {}),
  }
}

function envelope(one: Who, status = 'active'): object {
  const { phone, id, name } = personOf(one)
  return {
    conversation: {
      id: sessionOf(one),
      contact_name: `${name} ${String(one.at % 3)}`,
      phone_number: one.shown === 'phone' || one.shown === 'both' ? phone : null,
      ...(one.shown === 'id' || one.shown === 'both' ? { business_scoped_user_id: id } : {}),
      status,
      created_at: moment(one.at),
      last_active_at: moment(one.at),
      updated_at: moment(one.at),
      phone_number_id: phoneNumberIds[one.channel],
    },
    phone_number_id: phoneNumberIds[one.channel],
  }
}

function contactOf(one: Who): object {
  const { phone, id } = personOf(one)
  return {
    id: `contact-${String(one.person)}`,
    ...(one.shown === 'id' ? {} : { wa_id: phone }),
    ...(one.shown === 'phone' ? {} : { business_scoped_user_id: id }),
  }
}

function seconds(at: number): string {
  return String(began + at)
}

function moment(at: number): string {
  return new Date((began + at) * 1000).toISOString()
}
