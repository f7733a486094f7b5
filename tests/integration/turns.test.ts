import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { assignConversation, giveOutTurns } from '../../src/lib/server/database/assignment.ts'
import { setMyAvailability } from '../../src/lib/server/database/availability.ts'
import {
  setConversationState,
  type ConversationOf,
} from '../../src/lib/server/database/conversation-states.ts'
import { giveOutTurnsEverywhere, workGiveOutTurns } from '../../src/lib/server/jobs/give-out-turns.ts'
import { wakeSnoozed } from '../../src/lib/server/jobs/wake-snoozed.ts'
import { startQueue } from '../../src/lib/server/queue/queue.ts'
import { samplePhoneNumberId, startApplyBench } from '../support/apply-bench.ts'
import { receivedBody } from '../support/kapso-bodies.ts'
import { silentLog } from '../support/pipeline.ts'
import { startTeamBench, type Person, type TeamBench } from '../support/team-bench.ts'
import { findPostgresErrors } from './outbox-support.ts'
import { addMember, type TestWorkspace } from '../support/workspace.ts'

let bench: TeamBench
let workspace: TestWorkspace
let owner: Person

beforeAll(async () => {
  bench = await startTeamBench()
})

afterAll(() => bench.close())

beforeEach(async () => {
  workspace = await bench.makeWorkspace()
  owner = { sub: workspace.ownerId, exp: 0 }
  await bench.kysely
    .updateTable('workspaces')
    .set({ assigns_by_turns: true, time_zone: 'Asia/Jakarta' })
    .where('id', '=', workspace.workspaceId)
    .execute()
  await setMember(owner, { availability: 'away' })
})

async function setMember(
  { sub }: Person,
  change: { availability?: 'online' | 'away'; capacity?: number; working_hours?: string; removed_at?: Date },
) {
  await bench.kysely
    .updateTable('workspace_members')
    .set(change)
    .where('workspace_id', '=', workspace.workspaceId)
    .where('user_id', '=', sub)
    .execute()
}

const makeAgents = async (count: number) => {
  const agents: Person[] = []
  for (let made = 0; made < count; made += 1) agents.push(await bench.makeAgent(workspace))
  return agents
}
const make = () => bench.makeConversation(workspace)
const giveOut = (now?: Date) =>
  bench.asSystem((database) => giveOutTurns(database, workspace.workspaceId, now))
const ownerOf = async (at: ConversationOf) => (await bench.read(at)).assignee_id
const lastEvent = async (at: ConversationOf) => (await bench.events(at)).at(-1)
const assign = (at: ConversationOf, assigneeId: string | null) =>
  bench.asMember(owner, (database) => assignConversation(database, at, { assigneeId }))
const close = (at: ConversationOf) =>
  bench.asMember(owner, (database) => setConversationState(database, at, { state: 'closed' }))

async function makeTeam(members: Person[]) {
  const { id } = await bench.kysely
    .insertInto('teams')
    .values({ workspace_id: workspace.workspaceId, name: 'Sales' })
    .returning('id')
    .executeTakeFirstOrThrow()
  await bench.kysely
    .insertInto('team_members')
    .values(members.map(({ sub }) => ({ workspace_id: workspace.workspaceId, team_id: id, user_id: sub })))
    .execute()
  await bench.kysely
    .insertInto('team_channels')
    .values({ workspace_id: workspace.workspaceId, team_id: id, channel_id: workspace.channelId })
    .execute()
  return id
}

/** A batch of ingest: one message in each conversation, in whatever order the rows come. */
const writeEverywhere = (conversations: ConversationOf[]) =>
  sql`
    insert into public.messages (workspace_id, conversation_id, channel_id, wamid, direction, origin, type, occurred_at)
    select workspace_id, id, channel_id, gen_random_uuid()::text, 'inbound', 'cloud_api', 'text', now()
    from public.conversations
    where id = any(${conversations.map(({ conversationId }) => conversationId)}::uuid[])
    order by random()
  `.execute(bench.kysely)

test('four at once give forty conversations to four members, ten each, each once', async () => {
  const agents = await makeAgents(4)
  const conversations: ConversationOf[] = []
  for (let made = 0; made < 40; made += 1) conversations.push(await make())
  const given = await Promise.all([giveOut(), giveOut(), giveOut(), giveOut()])
  expect(given.reduce((sum, count) => sum + count, 0)).toBe(40)
  const owners = await Promise.all(conversations.map(ownerOf))
  expect(agents.map(({ sub }) => owners.filter((id) => id === sub).length)).toEqual([10, 10, 10, 10])
  for (const at of conversations) {
    const { assignee_id, assigned_reason, queued_at } = await bench.read(at)
    expect({ assigned_reason, queued_at }).toEqual({ assigned_reason: 'by_turns', queued_at: null })
    expect(await bench.events(at)).toEqual([
      { kind: 'assigned', actor_id: null, details: { assigneeId: assignee_id, reason: 'by_turns' } },
    ])
  }
})

test('one by one, whoever waited longest is next', async () => {
  const agents = await makeAgents(3)
  const owners: (string | null)[] = []
  for (let made = 0; made < 6; made += 1) {
    const at = await make()
    await giveOut()
    owners.push(await ownerOf(at))
  }
  expect(new Set(owners.slice(0, 3))).toEqual(new Set(agents.map(({ sub }) => sub)))
  expect(owners.slice(3)).toEqual(owners.slice(0, 3))
})

test('nothing is given where turns are not taken, or was assigned by hand', async () => {
  const [agent] = await makeAgents(1)
  const byHand = await make()
  await assign(byHand, owner.sub)
  expect(await giveOut()).toBe(0)
  await bench.kysely
    .updateTable('workspaces')
    .set({ assigns_by_turns: false })
    .where('id', '=', workspace.workspaceId)
    .execute()
  const at = await make()
  expect(await giveOut()).toBe(0)
  expect([await ownerOf(byHand), await ownerOf(at)]).toEqual([owner.sub, null])
  expect(agent).toBeDefined()
})

test('those who are away, out of their hours, full or gone are passed over; it waits for somebody', async () => {
  const [away, off, full, gone] = await makeAgents(4)
  if (!away || !off || !full || !gone) throw new Error('agents are missing')
  // A Monday, ten o'clock in Jakarta.
  const now = new Date('2026-11-23T03:00:00Z')
  await setMember(away, { availability: 'away' })
  await setMember(off, { working_hours: JSON.stringify({ mon: [['13:00', '17:00']] }) })
  await setMember(full, { capacity: 0 })
  await setMember(gone, { removed_at: new Date() })
  const at = await make()
  expect(await giveOut(now)).toBe(0)
  expect(await ownerOf(at)).toBeNull()
  expect(await giveOut(new Date('2026-11-23T06:00:00Z'))).toBe(1)
  expect(await ownerOf(at)).toBe(off.sub)

  const later = await make()
  expect(await giveOut(now)).toBe(0)
  await setMember(full, { capacity: 1 })
  expect(await giveOut(now)).toBe(1)
  expect(await ownerOf(later)).toBe(full.sub)
  const last = await make()
  expect(await giveOut(now)).toBe(0)
  await close(later)
  expect(await giveOut(now)).toBe(1)
  expect(await ownerOf(last)).toBe(full.sub)
})

test('being online again is worth a round, and being away changes nothing about what one has', async () => {
  const [agent] = await makeAgents(1)
  if (!agent) throw new Error('the agent is missing')
  const be = (availability: 'online' | 'away') =>
    bench.asMember(agent, (database) => setMyAvailability(database, workspace.workspaceId, availability))
  const first = await make()
  await giveOut()
  expect(await be('away')).toBe(true)
  expect(await be('away')).toBe(false)
  const second = await make()
  await giveOut()
  expect([await ownerOf(first), await ownerOf(second)]).toEqual([agent.sub, null])
  expect(await be('online')).toBe(true)
  await giveOut()
  expect(await ownerOf(second)).toBe(agent.sub)
})

test('goes to the team of the channel, which it belongs to from the start', async () => {
  const [inTeam, outside] = await makeAgents(2)
  if (!inTeam || !outside) throw new Error('agents are missing')
  const teamId = await makeTeam([inTeam])
  for (let made = 0; made < 3; made += 1) {
    const at = await make()
    expect((await bench.read(at)).team_id).toBe(teamId)
    await giveOut()
    expect(await ownerOf(at)).toBe(inTeam.sub)
  }
  await setMember(inTeam, { availability: 'away' })
  const waiting = await make()
  expect(await giveOut()).toBe(0)
  expect(await ownerOf(waiting)).toBeNull()
})

test('comes back to the owner it had, while they are there', async () => {
  const [first, second] = await makeAgents(2)
  if (!first || !second) throw new Error('agents are missing')
  const at = await make()
  await assign(at, first.sub)
  await assign(at, null)
  // Both wait; the earlier owner has had a turn most lately.
  await bench.kysely
    .updateTable('workspace_members')
    .set({ last_assigned_at: new Date() })
    .where('user_id', '=', first.sub)
    .execute()
  await bench.write(at)
  await giveOut()
  expect(await lastEvent(at)).toEqual({
    kind: 'assigned',
    actor_id: null,
    details: { assigneeId: first.sub, reason: 'earlier_owner' },
  })

  await close(at)
  await bench.write(at)
  await giveOut()
  expect(await bench.read(at)).toMatchObject({ assignee_id: first.sub, queued_at: null })
  expect(await lastEvent(at)).toMatchObject({ kind: 'opened' })

  await close(at)
  await setMember(first, { availability: 'away' })
  await bench.write(at)
  await giveOut()
  expect(await lastEvent(at)).toEqual({
    kind: 'assigned',
    actor_id: null,
    details: { assigneeId: second.sub, reason: 'by_turns', fromId: first.sub },
  })
})

test('is handed over when its owner leaves', async () => {
  const [leaving, staying] = await makeAgents(2)
  if (!leaving || !staying) throw new Error('agents are missing')
  const at = await make()
  await assign(at, leaving.sub)
  await setMember(leaving, { removed_at: new Date() })
  expect(await ownerOf(at)).toBeNull()
  await giveOutTurnsEverywhere(bench.asSystem, new AbortController().signal)
  expect(await lastEvent(at)).toEqual({
    kind: 'assigned',
    actor_id: null,
    details: { assigneeId: staying.sub, reason: 'handed_over' },
  })
})

test('while members leave, others assign and customers write, nobody who left has anything', async () => {
  const agents = await makeAgents(6)
  const conversations: ConversationOf[] = []
  for (let made = 0; made < 30; made += 1) conversations.push(await make())
  const [one, two, three] = agents
  if (!one || !two || !three) throw new Error('agents are missing')
  await Promise.all([
    giveOut(),
    setMember(one, { removed_at: new Date() }),
    ...conversations.map((at, place) =>
      assign(at, (place % 2 === 0 ? one : two).sub).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'no_such_member' })
      }),
    ),
    setMember(two, { removed_at: new Date() }),
    ...[1, 2, 3, 4].map(() => writeEverywhere(conversations)),
    wakeSnoozed(bench.asSystem),
    giveOut(),
  ])
  expect((await findPostgresErrors(bench.database)).filter((line) => line.includes('deadlock'))).toEqual([])
  const owners = await Promise.all(conversations.map(ownerOf))
  expect(owners.filter((id) => id === one.sub || id === two.sub)).toEqual([])
  await giveOut()
  expect((await Promise.all(conversations.map(ownerOf))).filter((id) => id === null)).toEqual([])
})

test('a message that comes in is given out by the worker', async () => {
  const ingest = await startApplyBench()
  const queue = await startQueue({
    connectionString: ingest.database.workerUrl,
    runsJobs: true,
    log: silentLog,
  })
  try {
    const told = await ingest.makeWorkspace()
    const agent = await addMember(ingest.database.adminUrl, told.workspaceId, 'agent')
    const { kysely } = ingest.pipeline
    const body = (wamid: string, phone: string) =>
      receivedBody({ phoneNumberId: samplePhoneNumberId, phone, wamid, conversationId: `session-${phone}` })
    await told.tell('whatsapp.message.received', body('wamid.1', '6281200001001'))
    expect(await told.jobs('give-out-turns')).toEqual([])
    await sql`
      update public.workspace_members set availability = 'away'
      where workspace_id = ${told.workspaceId} and user_id = ${told.ownerId}
    `.execute(kysely)
    await kysely
      .updateTable('workspaces')
      .set({ assigns_by_turns: true })
      .where('id', '=', told.workspaceId)
      .execute()
    await told.tell('whatsapp.message.received', body('wamid.2', '6281200001002'))
    await workGiveOutTurns(queue, { asSystem: ingest.pipeline.asSystem, log: silentLog })
    const ownersOf = async () => {
      const rows = await kysely.selectFrom('conversations').select('assignee_id').execute()
      return rows.map(({ assignee_id }) => assignee_id).toSorted()
    }
    // The one from before turns were taken waits until its customer writes again.
    await expect.poll(ownersOf, { timeout: 15_000 }).toEqual([agent.sub, null])
  } finally {
    await queue.stop()
    await ingest.close()
  }
})
