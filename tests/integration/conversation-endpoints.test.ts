import { randomUUID } from 'node:crypto'
import type { RequestEvent } from '@sveltejs/kit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { assignConversation } from '../../src/lib/server/database/assignment.ts'
import type { ConversationOf } from '../../src/lib/server/database/conversation-states.ts'
import { POST as postAvailability } from '../../src/routes/(app)/w/[workspace]/availability/+server.ts'
import { POST as postAssignment } from '../../src/routes/(app)/w/[workspace]/inbox/[conversation]/assignment/+server.ts'
import { POST as postBot } from '../../src/routes/(app)/w/[workspace]/inbox/[conversation]/bot/+server.ts'
import { POST as postClaim } from '../../src/routes/(app)/w/[workspace]/inbox/[conversation]/claim/+server.ts'
import { PUT as putLabels } from '../../src/routes/(app)/w/[workspace]/inbox/[conversation]/labels/+server.ts'
import { POST as postNote } from '../../src/routes/(app)/w/[workspace]/inbox/[conversation]/notes/+server.ts'
import {
  DELETE as deleteNote,
  PATCH as patchNote,
} from '../../src/routes/(app)/w/[workspace]/inbox/[conversation]/notes/[note=uuid]/+server.ts'
import { POST as postState } from '../../src/routes/(app)/w/[workspace]/inbox/[conversation]/state/+server.ts'
import { startTeamBench, type Person, type TeamBench } from '../support/team-bench.ts'
import type { TestWorkspace } from '../support/workspace.ts'

let bench: TeamBench
let workspace: TestWorkspace
let agent: Person
let at: ConversationOf

beforeAll(async () => {
  bench = await startTeamBench()
})

afterAll(() => bench.close())

beforeEach(async () => {
  workspace = await bench.makeWorkspace()
  agent = await bench.makeAgent(workspace)
  at = await bench.makeConversation(workspace)
  bench.jobs.length = 0
})

/** Asks an endpoint as SvelteKit does for a signed-in member. An answer by `error()` is told by its status alone. */
async function ask<Event>(
  handler: (event: Event) => Response | Promise<Response>,
  body: unknown,
  { who = agent, params = {} }: { who?: Person; params?: Record<string, string> } = {},
): Promise<{ status: number; body: unknown }> {
  const event = {
    params: { workspace: 'shop', conversation: at.conversationId, ...params },
    url: new URL('http://localhost/w/shop'),
    request: new Request('http://localhost/w/shop', {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
    locals: {
      session: { kind: 'signed_in', claims: who },
      membership: {
        workspace: { id: workspace.workspaceId, slug: 'shop' },
        role: 'agent',
        displayName: 'Agent',
      },
      services: { asMember: bench.asMember },
    },
  } as unknown as RequestEvent
  try {
    const response = await handler(event as Event)
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    return { status: response.status, body: await response.json() }
  } catch (thrown) {
    if (typeof thrown === 'object' && thrown !== null && 'status' in thrown) {
      return { status: Number(thrown.status), body: null }
    }
    throw thrown
  }
}

test('answer how the conversation stands after what was done', async () => {
  expect(await ask(postAssignment, { assigneeId: agent.sub })).toMatchObject({
    status: 200,
    body: { id: at.conversationId, assignee: { id: agent.sub }, assignedReason: 'assigned', state: 'open' },
  })
  expect(await ask(postState, { state: 'snoozed', snoozeKind: 'reply' })).toMatchObject({
    status: 200,
    body: { state: 'snoozed', snoozeKind: 'reply', snoozedUntil: null },
  })
  expect(await ask(putLabels, { labelIds: [] })).toMatchObject({ status: 200, body: { labelIds: [] } })
})

test('a claim answers the winner, and 409 with who it was to everybody else', async () => {
  const colleague = await bench.makeAgent(workspace)
  expect(await ask(postClaim, undefined)).toMatchObject({
    status: 200,
    body: { assignee: { id: agent.sub } },
  })
  expect(await ask(postClaim, undefined)).toMatchObject({ status: 200 })
  expect(await ask(postClaim, {}, { who: colleague })).toEqual({
    status: 409,
    body: {
      code: 'claimed',
      message: expect.any(String),
      assignee: { id: agent.sub, name: expect.stringMatching(/^Member/) },
    },
  })
})

test('the bot is told of by a job, in either direction', async () => {
  expect(await ask(postBot, { action: 'take_over' })).toMatchObject({ body: { bot: { state: 'paused' } } })
  expect(await ask(postBot, { action: 'give_back' })).toMatchObject({ body: { bot: { state: 'active' } } })
  expect(bench.jobs).toEqual([
    { queue: 'pause-bot', data: at },
    { queue: 'resume-bot', data: at },
  ])
})

test('notes are written, changed and emptied', async () => {
  const clientReference = randomUUID()
  const written = await ask(postNote, { clientReference, body: 'Satu', mentionedIds: [] })
  expect(written).toMatchObject({ status: 200, body: { clientReference, body: 'Satu', isDeleted: false } })
  const { id } = written.body as { id: string }
  const params = { note: id }
  expect(await ask(patchNote, { body: 'Dua' }, { params })).toMatchObject({ body: { body: 'Dua' } })
  expect(await ask(deleteNote, undefined, { params })).toMatchObject({ body: { isDeleted: true } })
})

test('who comes online is given what waits', async () => {
  expect(await ask(postAvailability, { availability: 'away' })).toEqual({
    status: 200,
    body: { availability: 'away' },
  })
  expect(bench.jobs).toEqual([])
  await ask(postAvailability, { availability: 'online' })
  expect(bench.jobs).toEqual([{ queue: 'give-out-turns', data: { workspaceId: workspace.workspaceId } }])
})

test('what breaks a rule is 422 with its code and words', async () => {
  const refusals = [
    [await ask(postAssignment, { assigneeId: randomUUID() }), 'no_such_member'],
    [await ask(postAssignment, { assigneeId: null, teamId: randomUUID() }), 'no_such_team'],
    [
      await ask(postState, {
        state: 'snoozed',
        snoozeKind: 'time',
        snoozedUntil: '2026-01-01T00:00:00Z',
      }),
      'snooze_in_past',
    ],
    [await ask(putLabels, { labelIds: [randomUUID()] }), 'no_such_label'],
    [
      await ask(postNote, { clientReference: randomUUID(), body: 'Hai', mentionedIds: [randomUUID()] }),
      'cannot_mention',
    ],
    [await ask(postNote, { clientReference: randomUUID(), body: ' ', mentionedIds: [] }), 'text_length'],
  ] as const
  for (const [answer, code] of refusals) {
    expect(answer).toEqual({ status: 422, body: { code, message: expect.stringMatching(/\w/) } })
  }
})

test('what cannot be read is 400, and what is not there or not theirs 404', async () => {
  expect(await ask(postState, { state: 'asleep' })).toMatchObject({ status: 400 })
  expect(await ask(postState, { state: 'snoozed', snoozeKind: 'time' })).toMatchObject({ status: 400 })
  expect(await ask(postBot, { action: 'stop' })).toMatchObject({ status: 400 })
  expect(await ask(postAssignment, {})).toMatchObject({ status: 400 })
  expect(await ask(postAvailability, { availability: 'asleep' })).toMatchObject({ status: 400 })
  expect(await ask(postClaim, {}, { params: { conversation: 'x' } })).toMatchObject({ status: 404 })
  const gone = { params: { conversation: randomUUID() } }
  expect(await ask(postClaim, {}, gone)).toMatchObject({
    status: 404,
    body: { code: 'conversation_not_found' },
  })
  expect(await ask(deleteNote, undefined, { params: { note: randomUUID() } })).toMatchObject({
    status: 404,
    body: { code: 'note_not_found' },
  })
  const stranger = await bench.makeAgent(await bench.makeWorkspace())
  expect(await ask(postState, { state: 'closed' }, { who: stranger })).toMatchObject({ status: 404 })
  // One that somebody was given can be taken from them, by whoever sees it.
  await bench.asMember(agent, (database) => assignConversation(database, at, { assigneeId: agent.sub }))
  expect(await ask(postAssignment, { assigneeId: null })).toMatchObject({
    status: 200,
    body: { assignee: null },
  })
})
