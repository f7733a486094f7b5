import { describe, expect, it } from 'vitest'
import {
  findAttempt,
  findSendOfEcho,
  type SendAttempt,
  type SentMessage,
  type UnsettledSend,
} from './send-match.ts'

const startedAt = new Date('2026-11-20T08:00:00Z')
const at = (seconds: number) => new Date(startedAt.getTime() + seconds * 1000)

const attempt: SendAttempt = {
  messageId: '6f6c2f0e-0000-4000-8000-000000000001',
  type: 'text',
  text: 'Baik, kami kirim besok',
  phone: '+6281200001234',
  userIds: ['ID.200', 'ID.100'],
  startedAt,
}

const listed: SentMessage = {
  wamid: 'wamid.new',
  reference: null,
  origin: 'cloud_api',
  type: 'text',
  text: 'Baik, kami kirim besok',
  phone: '6281200001234',
  userId: 'ID.200',
  sentAt: at(1),
}

function find(
  messages: Partial<SentMessage>[],
  { isComplete = true, own = [] as string[], of = attempt } = {},
) {
  return findAttempt(
    of,
    messages.map((message) => ({ ...listed, ...message })),
    isComplete,
    new Set(own),
  )
}

describe('the list of sent messages', () => {
  it('knows the message by our reference, whatever else it says', () => {
    expect(
      find([{}, { wamid: 'wamid.ours', reference: attempt.messageId, text: null, phone: null }]),
    ).toEqual({
      kind: 'found',
      wamid: 'wamid.ours',
    })
  })

  it('knows it by recipient, type, text and time', () => {
    expect(find([{ wamid: 'wamid.other', text: 'Something else' }, {}])).toEqual({
      kind: 'found',
      wamid: 'wamid.new',
    })
  })

  it('knows it by business-scoped id where the number is hidden', () => {
    expect(find([{ phone: null, userId: 'ID.100' }])).toMatchObject({ kind: 'found' })
    expect(find([{ phone: null, userId: 'ID.999' }])).toEqual({ kind: 'absent' })
  })

  it('takes a number that WhatsApp writes in its national variant for the same', () => {
    const brazilian = { ...attempt, phone: '+5511987654321', userIds: [] }
    expect(find([{ phone: '551187654321', userId: null }], { of: brazilian })).toMatchObject({
      kind: 'found',
    })
  })

  it('compares texts as people see them', () => {
    expect(find([{ text: ' Baik, kami\r\nkirim besok ' }])).toMatchObject({ kind: 'found' })
  })

  it('says absent only after reading to the end', () => {
    expect(find([])).toEqual({ kind: 'absent' })
    expect(find([], { isComplete: false })).toEqual({ kind: 'unclear' })
  })

  it.each<[string, Partial<SentMessage>]>([
    ['to somebody else', { phone: '6281200009999', userId: null }],
    ['with another text', { text: 'Baik' }],
    ['of another kind', { type: 'image' }],
    ['that carries the reference of another message', { reference: 'another' }],
    ['that somebody typed on the phone', { origin: 'business_app' }],
    ['long before the attempt', { sentAt: at(-601) }],
  ])('rules out a message %s', (_name, change) => {
    expect(find([change])).toEqual({ kind: 'absent' })
  })

  it('rules out what another message sent from here already is', () => {
    expect(find([{}], { own: ['wamid.new'] })).toEqual({ kind: 'absent' })
  })

  it.each<[string, Partial<SentMessage>]>([
    ['a little before the attempt, as with clocks that differ', { sentAt: at(-30) }],
    ['without a time', { sentAt: null }],
    ['without a recipient', { phone: null, userId: null }],
    ['without an id', { wamid: null }],
  ])('is not sure of a message %s, and does not call it unsent', (_name, change) => {
    expect(find([change])).toEqual({ kind: 'unclear' })
  })

  it('forgives the whole seconds of provider times', () => {
    expect(find([{ sentAt: at(-1) }])).toMatchObject({ kind: 'found' })
  })

  it('is not sure between two', () => {
    expect(find([{ wamid: 'wamid.1' }, { wamid: 'wamid.2' }])).toEqual({ kind: 'unclear' })
  })

  it('prefers the one at the right time to an older one with the same text', () => {
    expect(find([{ wamid: 'wamid.now' }, { wamid: 'wamid.before', sentAt: at(-120) }])).toEqual({
      kind: 'found',
      wamid: 'wamid.now',
    })
  })
})

describe('an echo with an unknown id', () => {
  const send: UnsettledSend = {
    messageId: 'a',
    type: 'text',
    text: 'Baik, kami kirim besok',
    sendState: 'unknown',
    failureCode: null,
    startedAt,
  }
  const adopt = (echo: Partial<SentMessage>, sends: Partial<UnsettledSend>[] = [{}]) =>
    findSendOfEcho(
      { ...listed, ...echo },
      sends.map((change) => ({ ...send, ...change })),
    )

  it('belongs to the send that it names', () => {
    expect(adopt({ reference: 'b', text: null }, [{}, { messageId: 'b', sendState: 'sending' }])).toBe('b')
  })

  it('belongs to nothing here when it names something else', () => {
    expect(adopt({ reference: 'elsewhere' })).toBeNull()
  })

  it('belongs to a send of unknown outcome with the same text at that time', () => {
    expect(adopt({})).toBe('a')
    expect(adopt({ sentAt: at(-4) })).toBe('a')
  })

  it('belongs to a send that was believed to be lost', () => {
    expect(adopt({}, [{ sendState: 'failed', failureCode: 'no_answer' }])).toBe('a')
    expect(adopt({}, [{ sendState: 'waiting', failureCode: 'no_answer' }])).toBe('a')
  })

  it('belongs to the earlier of two alike', () => {
    expect(
      adopt({ sentAt: at(60) }, [{ messageId: 'late', startedAt: at(30) }, { messageId: 'early' }]),
    ).toBe('early')
  })

  it.each<[string, Partial<SentMessage>, Partial<UnsettledSend>]>([
    ['another text', { text: 'Halo' }, {}],
    ['a time before the attempt', { sentAt: at(-6) }, {}],
    ['a time long after it', { sentAt: at(901) }, {}],
    ['no time', { sentAt: null }, {}],
    ['an author who typed it on the phone', { origin: 'business_app' }, {}],
    ['a send that has not begun', {}, { sendState: 'waiting', startedAt: null }],
    ['a send that was refused', {}, { sendState: 'failed', failureCode: '131047' }],
  ])('was sent from elsewhere: %s', (_name, echo, change) => {
    expect(adopt(echo, [change])).toBeNull()
  })
})
