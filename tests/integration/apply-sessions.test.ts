import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyEvents } from '../../src/lib/server/ingest/apply-events.ts'
import { sample, startApplyBench, type ApplyBench, type ToldWorkspace } from '../support/apply-bench.ts'
import { outboundBody, receivedBody, sign } from '../support/kapso-bodies.ts'

let bench: ApplyBench

beforeAll(async () => {
  bench = await startApplyBench()
})

afterAll(() => bench.close())

const phone = '15551234567'
const moment = (minute: number) => new Date(Date.UTC(2025, 9, 28, 15, minute)).toISOString()

type Change = 'created' | 'ended' | 'inactive'

async function tellSession(workspace: ToldWorkspace, change: Change, minute: number): Promise<void> {
  await workspace.tell(
    `whatsapp.conversation.${change}`,
    sample(`kapso-v2-conversation-${change}`, {
      conversation: {
        id: 'conv_789',
        status: change === 'ended' ? 'ended' : 'active',
        created_at: moment(minute),
        last_active_at: moment(minute),
        updated_at: moment(minute),
      },
      ...(change === 'inactive' ? { since_message: { created_at: moment(minute) } } : {}),
    }),
  )
}

async function write(workspace: ToldWorkspace, wamid: string, minute: number, conversationId = 'conv_789') {
  const body = receivedBody({
    wamid,
    phoneNumberId: workspace.phoneNumberId,
    phone,
    conversationId,
    at: Date.parse(moment(minute)) / 1000,
  }) as { conversation: object }
  await workspace.tell('whatsapp.message.received', {
    ...body,
    conversation: { ...body.conversation, last_active_at: moment(minute), updated_at: moment(minute) },
  })
}

async function sessionsOf(workspace: ToldWorkspace) {
  return bench.pipeline.kysely
    .selectFrom('kapso_conversations')
    .selectAll()
    .where('workspace_id', '=', workspace.workspaceId)
    .orderBy('first_seen_at')
    .execute()
}

async function threadsOf(workspace: ToldWorkspace) {
  return bench.pipeline.kysely
    .selectFrom('conversations')
    .selectAll()
    .where('workspace_id', '=', workspace.workspaceId)
    .execute()
}

describe('a session', () => {
  test('ended, reopened and ended again stands as it was last, in whatever order that is told', async () => {
    const steps: ((workspace: ToldWorkspace) => Promise<void>)[] = [
      (workspace) => tellSession(workspace, 'created', 0),
      (workspace) => tellSession(workspace, 'ended', 10),
      (workspace) => write(workspace, 'wamid.again', 20),
      (workspace) => tellSession(workspace, 'ended', 30),
    ]
    for (const order of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [1, 3, 0, 2],
    ]) {
      const workspace = await bench.makeWorkspace()
      for (const step of order) await steps[step]?.(workspace)
      expect(await sessionsOf(workspace)).toMatchObject([
        {
          kapso_conversation_id: 'conv_789',
          status: 'ended',
          status_at: new Date(moment(30)),
          first_seen_at: new Date(moment(0)),
          learned_from: 'created',
        },
      ])
    }
  })

  test('that was reopened is active, also when the end before it comes late', async () => {
    const workspace = await bench.makeWorkspace()
    await write(workspace, 'wamid.again', 20)
    await tellSession(workspace, 'ended', 10)
    expect(await sessionsOf(workspace)).toMatchObject([{ status: 'active', learned_from: 'message' }])
  })

  test('went quiet when Kapso says so', async () => {
    const workspace = await bench.makeWorkspace()
    await tellSession(workspace, 'inactive', 0)
    expect(await sessionsOf(workspace)).toMatchObject([{ inactive_at: new Date(moment(60)), status: null }])
  })

  test('that Kapso tells of before the first message belongs to the thread of that message', async () => {
    const workspace = await bench.makeWorkspace()
    await tellSession(workspace, 'created', 0)
    await write(workspace, 'wamid.first', 1)
    const threads = await threadsOf(workspace)
    expect(threads).toHaveLength(1)
    expect(await sessionsOf(workspace)).toMatchObject([{ conversation_id: threads[0]?.id }])
  })
})

test('a new session goes on in the same thread, and the log says when and why, with ids alone', async () => {
  const workspace = await bench.makeWorkspace()
  const lines: string[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(line) })
  const apply = async (body: object) => {
    await bench.pipeline.deliver(workspace, sign('whatsapp.message.received', body, workspace.secret))
    const rows = await bench.pipeline.kysely
      .selectFrom('webhook_events')
      .select('id')
      .where('workspace_id', '=', workspace.workspaceId)
      .where('status', '=', 'pending')
      .execute()
    await applyEvents(
      { asSystem: bench.pipeline.asSystem, log },
      workspace.workspaceId,
      rows.map((row) => row.id),
    )
  }
  const facts = { phoneNumberId: workspace.phoneNumberId, phone, contactName: 'Secret Name' }
  await apply(receivedBody({ ...facts, wamid: 'wamid.s1', conversationId: 'conv_1', at: 1_760_000_000 }))
  await apply(receivedBody({ ...facts, wamid: 'wamid.s2', conversationId: 'conv_1', at: 1_760_000_001 }))
  await apply(receivedBody({ ...facts, wamid: 'wamid.s3', conversationId: 'conv_2', at: 1_760_000_002 }))

  const [thread, ...others] = await threadsOf(workspace)
  expect(others).toEqual([])
  const changes = lines
    .map((line) => JSON.parse(line) as object)
    .filter((line) => 'kapsoConversationId' in line)
  expect(changes).toMatchObject([
    { kind: 'session', kapsoConversationId: 'conv_1', previousKapsoConversationId: null },
    {
      kind: 'session',
      conversationId: thread?.id,
      kapsoConversationId: 'conv_2',
      previousKapsoConversationId: 'conv_1',
      learnedFrom: 'message',
      startedAt: new Date(1_760_000_002_000).toISOString(),
    },
  ])
  expect(lines.join()).not.toMatch(/Secret|15551234567|wamid/)
})

describe('a bot', () => {
  const handoff = (minute: number, changes: Record<string, unknown> = {}) =>
    sample('kapso-v2-project-workflow-execution-handoff', { occurred_at: moment(minute), ...changes })

  test('that hands over gives the thread to people, also when the session becomes known later', async () => {
    for (const isLate of [false, true]) {
      const workspace = await bench.makeWorkspace()
      if (!isLate) await write(workspace, 'wamid.1', 1)
      await workspace.tell('workflow.execution.handoff', handoff(2))
      if (isLate) await write(workspace, 'wamid.1', 1)
      expect(await threadsOf(workspace)).toMatchObject([
        { bot_state: 'handed_over', bot_state_reason: 'workflow_handoff', bot_state_at: new Date(moment(2)) },
      ])
    }
  })

  test('that hands over twice is two events of one run, which stands at the later', async () => {
    const workspace = await bench.makeWorkspace()
    await workspace.tell('workflow.execution.handoff', handoff(5, { handoff: { reason: 'again' } }))
    await workspace.tell('workflow.execution.handoff', handoff(2))
    const events = await bench.pipeline.kysely
      .selectFrom('workflow_execution_events')
      .select('occurred_at')
      .where('workspace_id', '=', workspace.workspaceId)
      .execute()
    expect(events).toHaveLength(2)
    const runs = await bench.pipeline.kysely
      .selectFrom('workflow_executions')
      .select(['status', 'occurred_at', 'kapso_conversation_id', 'details'])
      .where('workspace_id', '=', workspace.workspaceId)
      .execute()
    expect(runs).toMatchObject([
      {
        status: 'handoff',
        occurred_at: new Date(moment(5)),
        kapso_conversation_id: 'conv_789',
        details: { handoff: { reason: 'again' } },
      },
    ])
  })

  test('is paused where a colleague answers from the phone, by provider time, and told so by a job', async () => {
    const workspace = await bench.makeWorkspace()
    const facts = { phoneNumberId: workspace.phoneNumberId, phone, conversationId: 'conv_789' }
    const at = (minute: number) => Date.parse(moment(minute)) / 1000
    const sent = (wamid: string, minute: number, origin: string) =>
      workspace.tell(
        'whatsapp.message.sent',
        outboundBody('sent', { ...facts, wamid, at: at(minute), origin }),
      )
    await sent('wamid.bot', 1, 'cloud_api')
    expect(await threadsOf(workspace)).toMatchObject([{ bot_state: 'active' }])

    await sent('wamid.phone', 5, 'business_app')
    const [thread] = await threadsOf(workspace)
    const paused = {
      bot_state: 'paused',
      bot_state_reason: 'business_app_reply',
      bot_state_at: new Date(moment(5)),
    }
    expect(thread).toMatchObject(paused)
    expect((await workspace.jobs('pause-bot')).map(({ data }) => data)).toEqual([
      { workspaceId: workspace.workspaceId, conversationId: thread?.id },
    ])

    // What is older changes nothing.
    await sent('wamid.phone-before', 3, 'business_app')
    await workspace.tell('workflow.execution.handoff', handoff(4))
    expect(await threadsOf(workspace)).toMatchObject([paused])
    expect(await workspace.jobs('pause-bot')).toHaveLength(1)
  })
})
