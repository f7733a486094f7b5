import type { ConversationSummary } from '#lib/domain/inbox.ts'
import { RequestFailed } from '#lib/realtime/inbox-api.ts'
import { makeConversation } from '#lib/realtime/test-rows.ts'
import { expect, it, vi } from 'vitest'
import type { Toast } from '../shared/toasts.svelte.ts'
import { ConversationActions } from './conversation-actions.ts'

const me = { id: 'me', name: 'Wulan' }
const ana = { id: 'u1', name: 'Ana' }

/** Actions on one conversation; `answers` says what becomes of each request, by its path and body. */
function setUp(
  answer: (path: string, body: unknown) => unknown = () => null,
  news: Partial<ConversationSummary> = {},
) {
  let row = makeConversation(news)
  const asked: [string, string, unknown][] = []
  const toasts: Omit<Toast, 'id'>[] = []
  const actions = new ConversationActions({
    me,
    toasts: { show: (toast) => toasts.push(toast) },
    ask: async (_id, path, method, body) => {
      asked.push([path, method, body])
      await Promise.resolve()
      return answer(path, body)
    },
    store: {
      conversation: (id) => (id === row.id ? row : undefined),
      patchConversation(_id, patch) {
        const before = row
        row = { ...row, ...patch }
        return () => {
          row = before
        }
      },
    },
  })
  return { actions, asked, toasts, row: () => row }
}

it('shows the outcome before the server answers, and leads back', async () => {
  const { actions, asked, toasts, row } = setUp()
  const closing = actions.close('c1')
  expect(row().state).toBe('closed')
  expect(await closing).toBe(true)
  toasts[0]?.action?.run()
  expect(row().state).toBe('open')
  await vi.waitFor(() => {
    expect(asked).toEqual([
      ['state', 'POST', { state: 'closed' }],
      ['state', 'POST', { state: 'open' }],
    ])
  })
})

it('leads back to the very snooze that it ended', async () => {
  const until = '2026-03-04T09:00:00.000Z'
  const { actions, toasts, row } = setUp(() => null, {
    state: 'snoozed',
    snoozeKind: 'time',
    snoozedUntil: until,
  })
  await actions.reopen('c1')
  toasts[0]?.action?.run()
  expect(row()).toMatchObject({ state: 'snoozed', snoozeKind: 'time', snoozedUntil: until })
})

it('puts back what the server refused, and says why', async () => {
  const { actions, toasts, row } = setUp(() => {
    throw new RequestFailed('refused', 422, 'They have left.', 'not_a_member')
  })
  expect(await actions.assign('c1', ana)).toBe(false)
  expect(row().assignee).toBeNull()
  expect(toasts.at(-1)).toEqual({ tone: 'error', text: 'They have left.' })
})

it('shows who was faster when a claim comes second', async () => {
  const { actions, toasts, row } = setUp(() => {
    throw new RequestFailed('refused', 409, 'Taken', 'claimed', { code: 'claimed', assignee: ana })
  })
  expect(await actions.claim('c1')).toBe(false)
  expect(row().assignee).toEqual(ana)
  expect(toasts.map(({ tone, text }) => [tone, text])).toEqual([
    ['info', 'Ana was faster: the conversation is theirs'],
  ])
})

it('asks in the order of the presses, also after a failure', async () => {
  const finished: unknown[] = []
  const { actions } = setUp((_path, body) => {
    finished.push(body)
    if (finished.length === 1) throw new RequestFailed('unreachable', 0, '')
    return null
  })
  const first = actions.setLabels('c1', ['a'])
  const second = actions.setLabels('c1', ['a', 'b'])
  expect(await Promise.all([first, second])).toEqual([false, true])
  expect(finished).toEqual([{ labelIds: ['a'] }, { labelIds: ['a', 'b'] }])
})

it('does nothing to a conversation that it does not know, and assigns nobody twice', async () => {
  const { actions, asked } = setUp(() => null, { assignee: ana })
  expect(await actions.close('c2')).toBe(false)
  expect(await actions.assign('c1', ana)).toBe(true)
  expect(asked).toEqual([])
})
