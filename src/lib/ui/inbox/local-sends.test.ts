import { makeConversation, makeMessage } from '#lib/realtime/test-rows.ts'
import { expect, it } from 'vitest'
import { textLook } from './composer-order.ts'
import { createLocalSend, withLocalActivity, withLocalSends, withoutArrived } from './local-sends.ts'

const send = createLocalSend('c1', { kind: 'text', text: 'Baik' }, textLook('Baik'))

it('stands at the end of the thread until its row is there', () => {
  const thread = [makeMessage({ occurredAt: '2999-01-01T00:00:00.000Z' })]
  const shown = withLocalSends(thread, [send], 'Rina')
  expect(shown.at(-1)).toMatchObject({ text: 'Baik', sendState: 'waiting', authorName: 'Rina', status: null })
  const arrived = [...thread, makeMessage({ id: 'm2', clientReference: send.clientReference })]
  expect(withLocalSends(arrived, [send], 'Rina')).toBe(arrived)
  expect(withoutArrived([send], arrived)).toEqual([])
})

it('takes its conversation to the top of the list', () => {
  const list = [
    makeConversation({ id: 'c2', lastActivityAt: '2026-03-03T09:00:00.000Z' }),
    makeConversation(),
  ]
  const [top, second] = withLocalActivity(list, [send])
  expect(top).toMatchObject({ id: 'c1', lastMessage: { text: 'Baik', sendState: 'waiting' } })
  expect(second?.id).toBe('c2')
})

it('leaves a conversation where it is while something is to be sent later', () => {
  const later = createLocalSend(
    'c1',
    { kind: 'text', text: 'Besok', sendAt: '2999-01-01T00:00:00.000Z' },
    textLook('Besok'),
  )
  const list = [makeConversation()]
  expect(withLocalActivity(list, [later])[0]?.lastActivityAt).toBe(list[0]?.lastActivityAt)
  expect(withLocalSends([], [later], 'Rina')[0]?.sendAt).toBe('2999-01-01T00:00:00.000Z')
})
