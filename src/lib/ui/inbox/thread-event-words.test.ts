import { makeEvent } from '#lib/realtime/test-rows.ts'
import { expect, it } from 'vitest'
import { describeEvent } from './thread-event-words.ts'

const names = {
  member: (id: string) => (id === 'u2' ? 'Ana' : null),
  team: (id: string) => (id === 't1' ? 'Sales' : null),
  label: (id: string) => (id === 'l1' ? 'VIP' : null),
  time: () => 'Monday at 09:00',
}

it.each([
  ['assigned', { assigneeId: 'u2', reason: 'assigned' }, 'Dewi assigned this to Ana'],
  ['assigned', { assigneeId: 'u1', reason: 'assigned' }, 'Dewi took this conversation'],
  ['assigned', { assigneeId: 'u1', reason: 'claimed' }, 'Dewi claimed this conversation'],
  ['unassigned', { fromId: 'u2' }, 'Dewi left this to nobody'],
  ['team_changed', { teamId: 't1' }, 'Dewi handed this to Sales'],
  ['team_changed', { fromTeamId: 't1' }, 'Dewi took this from its team'],
  [
    'snoozed',
    { snoozeKind: 'time', until: '2026-03-09T02:00:00Z' },
    'Dewi snoozed this until Monday at 09:00',
  ],
  ['snoozed', { snoozeKind: 'reply' }, 'Dewi snoozed this until the customer replies'],
  [
    'snoozed',
    { snoozeKind: 'window', until: '2026-03-09T02:00:00Z' },
    'Dewi snoozed this until 2 h of the window are left',
  ],
  ['opened', { from: 'closed' }, 'Dewi opened this conversation'],
  ['labelled', { labelId: 'l1' }, 'Dewi added VIP'],
  ['unlabelled', { labelId: 'gone' }, 'Dewi removed a label'],
  ['something_new', {}, 'Dewi changed this conversation'],
])('says what somebody did: %s %j', (kind, details, words) => {
  expect(describeEvent(makeEvent({ kind, details }), names)).toBe(words)
})

it.each([
  ['assigned', { assigneeId: 'u2', reason: 'by_turns' }, 'Assigned to Ana, whose turn it was'],
  ['assigned', { assigneeId: 'u2', reason: 'earlier_owner' }, 'Assigned to Ana, who had it before'],
  ['assigned', { assigneeId: 'gone', reason: 'handed_over' }, 'Handed over to Somebody'],
  ['unassigned', { fromId: 'u2', reason: 'member_left' }, 'Nobody has it: Ana left'],
  ['opened', { from: 'snoozed', reason: 'time' }, 'Woke up from snooze'],
  ['opened', { from: 'snoozed', reason: 'reply' }, 'Woke up: the customer wrote'],
  ['opened', { from: 'snoozed', reason: 'window' }, 'Woke up: 2 h of the window are left'],
  ['opened', { from: 'closed', reason: 'reply' }, 'Opened by a message of the customer'],
  ['away_message', {}, 'Away message sent'],
  ['something_new', {}, 'This conversation was changed'],
])('says what happened by itself: %s %j', (kind, details, words) => {
  expect(describeEvent(makeEvent({ kind, details, actor: null }), names)).toBe(words)
})
