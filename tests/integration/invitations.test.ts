import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ConversationOf } from '../../src/lib/server/database/conversation-states.ts'
import type { Claims } from '../../src/lib/server/database/database.ts'
import {
  acceptInvitation,
  createInvitation,
  listOpenInvitations,
  nobody,
  readInvitation,
  revokeInvitation,
  type NewInvitation,
} from '../../src/lib/server/database/invitations.ts'
import { listMembers, removeMember } from '../../src/lib/server/database/members.ts'
import { queryOnce } from '../support/query.ts'
import { startTeamBench, type TeamBench } from '../support/team-bench.ts'
import { addMember, type TestWorkspace } from '../support/workspace.ts'

let bench: TeamBench
let workspace: TestWorkspace
let owner: Claims
let admin: Claims
let agent: Claims

beforeAll(async () => {
  bench = await startTeamBench()
})

afterAll(() => bench.close())

beforeEach(async () => {
  workspace = await bench.makeWorkspace()
  owner = { sub: workspace.ownerId, exp: 4_102_444_800 }
  admin = await addMember(bench.database.adminUrl, workspace.workspaceId, 'admin')
  agent = await bench.makeAgent(workspace)
})

async function addUser(email = `${randomUUID()}@example.com`): Promise<Claims> {
  const sub = randomUUID()
  await queryOnce(bench.database.adminUrl, 'insert into auth.users (id, email) values ($1, $2)', [sub, email])
  return { sub, email, exp: 4_102_444_800 }
}

const invite = (by: Claims, changes: Partial<NewInvitation> = {}) =>
  bench.asMember(by, (member) =>
    createInvitation(member, workspace.workspaceId, {
      role: 'agent',
      visibility: 'own',
      email: null,
      ...changes,
    }),
  )
const accept = (who: Claims, token: string, name = 'Sari') =>
  bench.asMember(who, (member) => acceptInvitation(member, token, name))
const read = (token: string, who = nobody) => bench.asMember(who, (member) => readInvitation(member, token))
const revoke = (by: Claims, id: string) =>
  bench.asMember(by, (member) => revokeInvitation(member, workspace.workspaceId, id))
const listOpen = (by: Claims) =>
  bench.asMember(by, (member) => listOpenInvitations(member, workspace.workspaceId))
const findMember = async ({ sub }: Claims) =>
  (await bench.asMember(owner, (member) => listMembers(member, workspace.workspaceId))).find(
    ({ userId }) => userId === sub,
  )
const countUnread = async ({ conversationId }: ConversationOf, { sub }: Claims) => {
  const [row] = await queryOnce<{ unread: number }>(
    bench.database.adminUrl,
    `select c.inbound_count - coalesce(r.read_count, 0) as unread from conversations c
     left join conversation_reads r on r.conversation_id = c.id and r.user_id = $2 where c.id = $1`,
    [conversationId, sub],
  )
  return row?.unread
}
const letExpire = (id: string) =>
  queryOnce(bench.database.adminUrl, `update workspace_invitations set expires_at = now() where id = $1`, [
    id,
  ])

describe('an invitation', () => {
  test('tells whoever holds its link of the workspace, signed in or not, and nobody else', async () => {
    const { id, token } = await invite(admin, { email: ' Sari@Example.com ' })
    const card = {
      workspaceName: expect.any(String),
      role: 'agent',
      email: 'sari@example.com',
      state: 'open',
    }
    expect(await read(token)).toMatchObject(card)
    expect(await read(token, await addUser())).toMatchObject(card)
    expect(await read(`${token}x`)).toBeNull()
    expect(await read('')).toBeNull()
    expect(await listOpen(owner)).toEqual([
      expect.objectContaining({ id, email: 'sari@example.com', isExpired: false }),
    ])
    expect(await listOpen(agent)).toEqual([])
  })

  test('keeps its secret nowhere', async () => {
    const { token } = await invite(owner)
    const [row] = await queryOnce<{ row: string }>(
      bench.database.adminUrl,
      'select i::text as row from workspace_invitations i where workspace_id = $1',
      [workspace.workspaceId],
    )
    expect(row?.row).not.toContain(token)
    expect(row?.row).not.toContain(Buffer.from(token, 'base64url').toString('hex'))
  })

  test('makes somebody the member that it says, with everything there read', async () => {
    const at = await bench.makeConversation(workspace)
    const { token } = await invite(admin)
    const newcomer = await addUser()
    expect(await accept(newcomer, token, '  Sari Dewi ')).toBe((await read(token))?.workspaceSlug)
    expect(await findMember(newcomer)).toMatchObject({
      displayName: 'Sari Dewi',
      role: 'agent',
      visibility: 'own',
    })
    expect(await read(token, newcomer)).toMatchObject({ state: 'accepted', isMine: true })
    expect(await listOpen(owner)).toEqual([])
    expect(await countUnread(at, newcomer)).toBe(0)
    await bench.write(at)
    expect(await countUnread(at, newcomer)).toBe(1)
  })

  test('is made and taken back by owners and admins alone, and makes no owner', async () => {
    await expect(invite(agent)).rejects.toMatchObject({ code: 'not_allowed' })
    await expect(invite(await addUser())).rejects.toMatchObject({ code: 'not_allowed' })
    const { id, token } = await invite(owner)
    await expect(revoke(agent, id)).rejects.toMatchObject({ code: 'not_allowed' })
    await revoke(admin, id)
    await expect(revoke(admin, id)).rejects.toMatchObject({ code: 'invitation_not_found' })
    await expect(accept(await addUser(), token)).rejects.toMatchObject({ code: 'invitation_revoked' })
    // The type knows no owner; the database must not either.
    const owning = { role: 'owner' } as unknown as Partial<NewInvitation>
    await expect(invite(owner, owning)).rejects.toMatchObject({ code: '23514' })
  })

  test('is good for one, also when two use it at the same instant', async () => {
    const { token } = await invite(owner)
    const people = await Promise.all([addUser(), addUser(), addUser()])
    const outcomes = await Promise.allSettled(people.map((person) => accept(person, token)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(
      outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : [])),
    ).toEqual([
      expect.objectContaining({ code: 'invitation_used' }),
      expect.objectContaining({ code: 'invitation_used' }),
    ])
    const joined = await Promise.all(people.map(findMember))
    expect(joined.filter((member) => member !== undefined)).toHaveLength(1)
  })

  test('changes nothing for who is a member already, and stays good for another', async () => {
    const { token } = await invite(owner, { role: 'admin' })
    await accept(agent, token, 'Another name')
    expect(await findMember(agent)).toMatchObject({ role: 'agent', visibility: 'all' })
    const newcomer = await addUser()
    await accept(newcomer, token)
    await accept(newcomer, token)
    expect(await findMember(newcomer)).toMatchObject({ role: 'admin' })
  })

  test('with an address is for that person alone', async () => {
    const { token } = await invite(owner, { email: 'Sari@Example.com' })
    await expect(accept(await addUser(), token)).rejects.toMatchObject({ code: 'invitation_of_another' })
    await expect(accept({ ...(await addUser()), email: undefined }, token)).rejects.toMatchObject({
      code: 'invitation_of_another',
    })
    await accept({ ...(await addUser()), email: 'sari@example.com' }, token)
  })

  test('to the same address again takes the place of the one before', async () => {
    const email = `${randomUUID()}@example.com`
    const first = await invite(owner, { email })
    const second = await invite(admin, { email: email.toUpperCase() })
    expect(await listOpen(owner)).toEqual([expect.objectContaining({ id: second.id })])
    await expect(accept(await addUser(email), first.token)).rejects.toMatchObject({
      code: 'invitation_revoked',
    })
  })

  test('is not made for who is a member, however the address is written', async () => {
    const email = `${randomUUID()}@example.com`
    const { token } = await invite(owner)
    await accept(await addUser(email), token)
    await expect(invite(owner, { email: ` ${email.toUpperCase()}` })).rejects.toMatchObject({
      code: 'already_member',
    })
  })

  test('is good for a week', async () => {
    const { id, token } = await invite(owner)
    await letExpire(id)
    expect(await read(token)).toMatchObject({ state: 'expired' })
    await expect(accept(await addUser(), token)).rejects.toMatchObject({ code: 'invitation_expired' })
    expect(await listOpen(owner)).toEqual([expect.objectContaining({ id, isExpired: true })])
  })

  test('of somebody who administers the workspace no more is good no more', async () => {
    const { token } = await invite(admin)
    await bench.asMember(owner, (member) => removeMember(member, workspace.workspaceId, admin.sub))
    expect(await read(token)).toMatchObject({ state: 'revoked' })
    await expect(accept(await addUser(), token)).rejects.toMatchObject({ code: 'invitation_revoked' })
    expect(await listOpen(owner)).toEqual([])
    const back = await invite(owner, { role: 'admin' })
    await accept(admin, back.token)
    expect(await read(token)).toMatchObject({ state: 'revoked' })
  })

  test('lets somebody back who was removed, as what it says', async () => {
    const before = await bench.makeConversation(workspace)
    await bench.asMember(owner, (member) => removeMember(member, workspace.workspaceId, agent.sub))
    expect(await findMember(agent)).toBeUndefined()
    const since = await bench.makeConversation(workspace)
    await bench.write(before)
    const { token } = await invite(owner, { role: 'admin', visibility: 'all' })
    await accept(agent, token, 'Back again')
    expect([await countUnread(before, agent), await countUnread(since, agent)]).toEqual([0, 0])
    expect(await findMember(agent)).toMatchObject({ role: 'admin', displayName: 'Back again' })
  })

  test('is refused where a hundred are open', async () => {
    await queryOnce(
      bench.database.adminUrl,
      `insert into workspace_invitations (workspace_id, role, visibility, token_hash, made_by)
       select $1, 'agent', 'all', sha256(gen_random_uuid()::text::bytea), $2 from generate_series(1, 100)`,
      [workspace.workspaceId, owner.sub],
    )
    await expect(invite(owner)).rejects.toMatchObject({ code: 'too_many_invitations' })
    const [one] = await listOpen(owner)
    await letExpire(one?.id ?? '')
    await invite(owner)
  })
})
