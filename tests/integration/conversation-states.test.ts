import { sql } from 'kysely'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { assignConversation, claimConversation } from '../../src/lib/server/database/assignment.ts'
import {
  changeBot,
  setConversationState,
  type ConversationOf,
  type WantedState,
} from '../../src/lib/server/database/conversation-states.ts'
import { createLabel, deleteLabel, setConversationLabels } from '../../src/lib/server/database/labels.ts'
import { listRegularTasks } from '../../src/lib/server/jobs/regular-tasks.ts'
import { startSchedule } from '../../src/lib/server/jobs/schedule.ts'
import { wakeSnoozed } from '../../src/lib/server/jobs/wake-snoozed.ts'
import { silentLog } from '../support/pipeline.ts'
import { startTeamBench, type Person, type TeamBench } from '../support/team-bench.ts'
import type { TestWorkspace } from '../support/workspace.ts'

let bench: TeamBench
let workspace: TestWorkspace
let agent: Person
let at: ConversationOf

beforeAll(async () => {
  bench = await startTeamBench(20)
})

afterAll(() => bench.close())

beforeEach(async () => {
  workspace = await bench.makeWorkspace()
  agent = await bench.makeAgent(workspace)
  at = await bench.makeConversation(workspace)
})

const hour = 3_600_000
const inHours = (hours: number) => new Date(Date.now() + hours * hour)
const set = (wanted: WantedState, who = agent, where = at) =>
  bench.asMember(who, (database) => setConversationState(database, where, wanted))
const assign = (assigneeId: string | null, teamId?: string | null, who = agent, where = at) =>
  bench.asMember(who, (database) => assignConversation(database, where, { assigneeId, teamId }))
const claim = (who: Person) => bench.asMember(who, (database) => claimConversation(database, at))
const kinds = async (where = at) => (await bench.events(where)).map(({ kind }) => kind)
const changedXid = async () => (await bench.read(at)).changed_xid

async function makeTeam(name = 'Sales') {
  const { id } = await bench.kysely
    .insertInto('teams')
    .values({ workspace_id: workspace.workspaceId, name })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

describe('an owner', () => {
  test('is given, changed and taken, each told once with who did it', async () => {
    const colleague = await bench.makeAgent(workspace)
    expect(await assign(colleague.sub)).toMatchObject({
      id: at.conversationId,
      assignee: { id: colleague.sub, name: expect.stringMatching(/^Member/) },
      assignedReason: 'assigned',
    })
    const before = await changedXid()
    await assign(colleague.sub)
    expect(await changedXid()).toBe(before)
    await assign(null)
    expect(await bench.read(at)).toMatchObject({
      assignee_id: null,
      assigned_at: null,
      assigned_reason: null,
    })
    await assign(null)
    expect(await bench.events(at)).toEqual([
      {
        kind: 'assigned',
        actor_id: agent.sub,
        details: { assigneeId: colleague.sub, reason: 'assigned' },
      },
      { kind: 'unassigned', actor_id: agent.sub, details: { fromId: colleague.sub } },
    ])
  })

  test('is a live member of the workspace, the team one of its teams', async () => {
    const elsewhere = await bench.makeWorkspace()
    await expect(assign(elsewhere.ownerId)).rejects.toMatchObject({ code: 'no_such_member' })
    await bench.kysely
      .updateTable('workspace_members')
      .set({ removed_at: new Date() })
      .where('user_id', '=', workspace.ownerId)
      .execute()
    await expect(assign(workspace.ownerId)).rejects.toMatchObject({ code: 'no_such_member' })
    await expect(assign(null, randomUUID())).rejects.toMatchObject({ code: 'no_such_team' })
    expect(await kinds()).toEqual([])
  })

  test('stays when only the team changes, and the team when only the owner does', async () => {
    const teamId = await makeTeam()
    await assign(agent.sub)
    expect(await assign(agent.sub, teamId)).toMatchObject({
      assignee: { id: agent.sub },
      team: { id: teamId, name: 'Sales' },
    })
    await assign(null)
    expect(await bench.read(at)).toMatchObject({ team_id: teamId })
    await assign(null, null)
    expect(await bench.read(at)).toMatchObject({ team_id: null })
    expect(await kinds()).toEqual(['assigned', 'team_changed', 'unassigned', 'team_changed'])
  })

  test('is one alone when twenty members claim at once, and all learn who', async () => {
    const members = await Promise.all(Array.from({ length: 20 }, () => bench.makeAgent(workspace)))
    const outcomes = await Promise.all(members.map((member) => claim(member)))
    const winners = new Set(outcomes.map(({ assignee }) => assignee?.id))
    expect(winners.size).toBe(1)
    const { assignee_id, assigned_reason } = await bench.read(at)
    expect([...winners]).toEqual([assignee_id])
    expect(assigned_reason).toBe('claimed')
    expect(await bench.events(at)).toEqual([
      {
        kind: 'assigned',
        actor_id: assignee_id,
        details: { assigneeId: assignee_id, reason: 'claimed' },
      },
    ])
  })

  test('who leaves loses what is open at once, keeps what is closed, and gets it back from nobody', async () => {
    const closed = await bench.makeConversation(workspace)
    const colleague = await bench.makeAgent(workspace)
    await assign(colleague.sub)
    await assign(colleague.sub, undefined, agent, closed)
    await set({ state: 'closed' }, agent, closed)
    await bench.kysely
      .updateTable('workspace_members')
      .set({ removed_at: new Date() })
      .where('user_id', '=', colleague.sub)
      .execute()
    expect(await bench.read(at)).toMatchObject({ assignee_id: null, queued_at: null })
    expect((await bench.events(at)).at(-1)).toEqual({
      kind: 'unassigned',
      actor_id: null,
      details: { fromId: colleague.sub, reason: 'member_left' },
    })
    expect(await bench.read(closed)).toMatchObject({ assignee_id: colleague.sub })
    await bench.write(closed)
    expect(await bench.read(closed)).toMatchObject({ assignee_id: null, state: 'open' })
    expect((await kinds(closed)).toSorted()).toEqual(['assigned', 'closed', 'opened', 'unassigned'])
  })
})

describe('a state', () => {
  test('is told once, and not where nothing changes', async () => {
    await set({ state: 'open' })
    expect(await set({ state: 'pending' })).toMatchObject({ state: 'pending' })
    await set({ state: 'pending' })
    await set({ state: 'closed' })
    await set({ state: 'open' })
    expect((await bench.events(at)).map(({ kind, actor_id, details }) => [kind, actor_id, details])).toEqual([
      ['pending', agent.sub, { from: 'open' }],
      ['closed', agent.sub, { from: 'pending' }],
      ['opened', agent.sub, { from: 'closed' }],
    ])
  })

  test.each(['closed', 'pending'] as const)('%s becomes open when the customer writes', async (state) => {
    await set({ state })
    await bench.write(at, { isSilent: true })
    expect(await bench.read(at)).toMatchObject({ state })
    await bench.write(at)
    expect(await bench.read(at)).toMatchObject({ state: 'open' })
    expect((await bench.events(at)).at(-1)).toEqual({
      kind: 'opened',
      actor_id: null,
      details: { from: state, reason: 'reply' },
    })
    await bench.write(at)
    expect(await kinds()).toEqual([state, 'opened'])
  })

  test('stays when staff answer', async () => {
    await set({ state: 'pending' })
    await bench.asMember(agent, (database) =>
      sql`select private.queue_reply(${at.workspaceId}, ${at.conversationId}, ${randomUUID()}, 'Baik')`.execute(
        database,
      ),
    )
    // An answer of a helper makes them no owner: who is responsible is said by claiming it.
    expect(await bench.read(at)).toMatchObject({ state: 'pending', assignee_id: null })
  })
})

describe('a snoozed conversation', () => {
  const wake = () => wakeSnoozed(bench.asSystem)
  const letTimePass = (where = at) =>
    bench.kysely
      .updateTable('conversations')
      .set({ snoozed_until: sql`now() - interval '1 second'` })
      .where('id', '=', where.conversationId)
      .execute()

  test('wakes when its time has come, once, whoever looks', async () => {
    const until = inHours(3)
    expect(await set({ state: 'snoozed', snoozeKind: 'time', snoozedUntil: until })).toMatchObject({
      state: 'snoozed',
      snoozeKind: 'time',
      snoozedUntil: until.toISOString(),
    })
    await wake()
    expect(await bench.read(at)).toMatchObject({ state: 'snoozed' })
    await letTimePass()
    const woken = await Promise.all([wake(), wake(), wake(), wake()])
    expect(woken.reduce((sum, count) => sum + count, 0)).toBe(1)
    expect(await bench.read(at)).toMatchObject({ state: 'open', snooze_kind: null, snoozed_until: null })
    expect((await bench.events(at)).map(({ kind, details }) => [kind, details])).toEqual([
      ['snoozed', { from: 'open', snoozeKind: 'time', until: expect.any(String) }],
      ['opened', { from: 'snoozed', reason: 'time' }],
    ])
  })

  test('is woken by the worker, not before its time', async () => {
    const until = new Date(Date.now() + 1_000)
    await set({ state: 'snoozed', snoozeKind: 'time', snoozedUntil: until })
    const dependencies = { asSystem: bench.asSystem } as Parameters<typeof listRegularTasks>[0]
    const stop = startSchedule(
      { asSystem: bench.asSystem, log: silentLog },
      listRegularTasks(dependencies).filter(({ name }) => name === 'wake-snoozed'),
      100,
    )
    try {
      await expect.poll(async () => (await bench.read(at)).state, { timeout: 15_000 }).toBe('open')
    } finally {
      await stop()
    }
    expect((await bench.read(at)).state_at.getTime()).toBeGreaterThanOrEqual(until.getTime())
  })

  test('wakes when two hours of the reply window are left', async () => {
    const [fresh, old] = [
      await bench.makeConversation(workspace, inHours(-21.9)),
      await bench.makeConversation(workspace, inHours(-22.1)),
    ]
    const { snoozedUntil } = await set({ state: 'snoozed', snoozeKind: 'window' }, agent, fresh)
    const { last_inbound_at } = await bench.read(fresh)
    expect(Date.parse(snoozedUntil ?? '')).toBe((last_inbound_at?.getTime() ?? 0) + 22 * hour)
    await expect(set({ state: 'snoozed', snoozeKind: 'window' }, agent, old)).rejects.toMatchObject({
      code: 'snooze_in_past',
    })
    await letTimePass(fresh)
    await wake()
    expect((await bench.events(fresh)).at(-1)?.details).toEqual({ from: 'snoozed', reason: 'window' })
  })

  test.each([
    { state: 'snoozed', snoozeKind: 'reply' },
    { state: 'snoozed', snoozeKind: 'window' },
    { state: 'snoozed', snoozeKind: 'time', snoozedUntil: inHours(48) },
  ] as const)('wakes when the customer writes: %j', async (wanted) => {
    await set(wanted)
    await wake()
    expect(await bench.read(at)).toMatchObject({ state: 'snoozed' })
    await bench.write(at)
    expect(await bench.read(at)).toMatchObject({ state: 'open', snooze_kind: null, snoozed_until: null })
  })

  test('is refused times that are over, or are too far', async () => {
    await expect(
      set({ state: 'snoozed', snoozeKind: 'time', snoozedUntil: inHours(-1) }),
    ).rejects.toMatchObject({
      code: 'snooze_in_past',
    })
    await expect(
      set({ state: 'snoozed', snoozeKind: 'time', snoozedUntil: inHours(24 * 500) }),
    ).rejects.toMatchObject({ code: 'snooze_too_long' })
    expect(await kinds()).toEqual([])
  })
})

describe('labels', () => {
  const makeLabel = async (name: string) =>
    bench.asMember({ sub: workspace.ownerId, exp: 0 }, (database) =>
      createLabel(database, workspace.workspaceId, { name, colour: 'green' }),
    )
  const put = (labelIds: string[], who = agent) =>
    bench.asMember(who, (database) => setConversationLabels(database, at, labelIds))

  test('are put on and off in order, each told once', async () => {
    const [hot, vip] = [await makeLabel('Hot'), await makeLabel('VIP')]
    expect((await put([vip.id, hot.id, vip.id])).labelIds).toEqual([vip.id, hot.id])
    await put([vip.id, hot.id])
    expect((await put([hot.id])).labelIds).toEqual([hot.id])
    expect((await bench.events(at)).map(({ kind, details }) => [kind, details])).toEqual([
      ['labelled', { labelId: vip.id }],
      ['labelled', { labelId: hot.id }],
      ['unlabelled', { labelId: vip.id }],
    ])
  })

  test('are those of the workspace, and one that was deleted goes without a word', async () => {
    const hot = await makeLabel('Hot')
    await put([hot.id])
    await expect(put([hot.id, randomUUID()])).rejects.toMatchObject({ code: 'no_such_label' })
    await bench.asMember({ sub: workspace.ownerId, exp: 0 }, (database) =>
      deleteLabel(database, workspace.workspaceId, hot.id),
    )
    expect((await put([hot.id])).labelIds).toEqual([])
    expect(await kinds()).toEqual(['labelled'])
  })

  test('are made by owners and admins, each name once', async () => {
    await makeLabel('Hot')
    await expect(makeLabel(' hOT ')).rejects.toMatchObject({ code: 'name_taken' })
    await expect(makeLabel('  ')).rejects.toMatchObject({ code: 'name_length' })
    await expect(
      bench.asMember(agent, (database) =>
        createLabel(database, workspace.workspaceId, { name: 'Mine', colour: 'red' }),
      ),
    ).rejects.toMatchObject({ code: 'not_allowed' })
  })
})

describe('the bot', () => {
  const change = (action: 'take_over' | 'give_back') =>
    bench.asMember(agent, (database) => changeBot(database, at, action))

  test('is taken over and given back, each told once', async () => {
    expect((await change('take_over')).bot).toEqual({
      state: 'paused',
      reason: 'taken_over',
      since: expect.any(String),
    })
    await change('take_over')
    expect((await change('give_back')).bot).toMatchObject({ state: 'active', reason: 'given_back' })
    await change('give_back')
    expect((await bench.events(at)).map(({ kind, actor_id }) => [kind, actor_id])).toEqual([
      ['bot_taken_over', agent.sub],
      ['bot_given_back', agent.sub],
    ])
  })

  test('that handed over by itself needs no taking over, and can be given the thread back', async () => {
    await bench.kysely
      .updateTable('conversations')
      .set({ bot_state: 'handed_over', bot_state_at: inHours(1) })
      .where('id', '=', at.conversationId)
      .execute()
    expect((await change('take_over')).bot.state).toBe('handed_over')
    expect((await change('give_back')).bot.state).toBe('active')
    const { bot_state_at } = await bench.read(at)
    expect(bot_state_at?.getTime()).toBeGreaterThan(inHours(0.9).getTime())
  })
})

describe('threads that become one', () => {
  test('stay as open as either was, with what the other had', async () => {
    const other = await bench.makeConversation(workspace)
    const teamId = await makeTeam()
    await assign(agent.sub, teamId, agent, other)
    await set({ state: 'closed' })
    await sql`
      update public.conversations set root_id = ${at.conversationId}
      where workspace_id = ${at.workspaceId} and id = ${other.conversationId}
    `.execute(bench.kysely)
    expect(await bench.read(at)).toMatchObject({ state: 'open', assignee_id: agent.sub, team_id: teamId })
    expect(await bench.read(other)).toMatchObject({ assignee_id: agent.sub, team_id: teamId })
    // A page that was opened before the join still reaches the one that shows it.
    expect(await set({ state: 'pending' }, agent, other)).toMatchObject({ id: at.conversationId })
    expect(await bench.read(at)).toMatchObject({ state: 'pending' })
  })
})

describe('a member of another workspace', () => {
  test('is refused everywhere, and learns nothing', async () => {
    const stranger = await bench.makeAgent(await bench.makeWorkspace())
    const refused = { code: 'conversation_not_found' }
    await expect(assign(stranger.sub, undefined, stranger)).rejects.toMatchObject(refused)
    await expect(assign(null, undefined, stranger)).rejects.toMatchObject(refused)
    await expect(claim(stranger)).rejects.toMatchObject(refused)
    await expect(set({ state: 'closed' }, stranger)).rejects.toMatchObject(refused)
    await expect(
      bench.asMember(stranger, (database) => setConversationLabels(database, at, [])),
    ).rejects.toMatchObject(refused)
    await expect(
      bench.asMember(stranger, (database) => changeBot(database, at, 'take_over')),
    ).rejects.toMatchObject(refused)
    expect(await kinds()).toEqual([])
    expect(await bench.read(at)).toMatchObject({ state: 'open', assignee_id: null, bot_state: 'active' })
  })

  test('as is one of the same workspace who may see their own only', async () => {
    await sql`
      update public.workspace_members set visibility = 'own'
      where workspace_id = ${at.workspaceId} and user_id = ${agent.sub}
    `.execute(bench.kysely)
    await expect(set({ state: 'closed' })).rejects.toMatchObject({ code: 'conversation_not_found' })
    await assign(agent.sub, undefined, { sub: workspace.ownerId, exp: 0 })
    const colleague = await bench.makeAgent(workspace)
    // What they give away is answered, although they see it no more.
    expect(await assign(colleague.sub)).toMatchObject({ assignee: { id: colleague.sub } })
    await expect(set({ state: 'closed' })).rejects.toMatchObject({ code: 'conversation_not_found' })
  })
})
