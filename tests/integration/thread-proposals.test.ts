import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Claims } from '../../src/lib/server/database/database.ts'
import { splitThread } from '../../src/lib/server/database/thread-merges.ts'
import {
  decideThreadProposal,
  listThreadProposals,
  proposeThreadMerge,
} from '../../src/lib/server/database/thread-proposals.ts'
import { makeThreadBench, type Account, type ThreadBench } from '../support/thread-bench.ts'
import { makeWorkspace } from '../support/workspace.ts'

let bench: ThreadBench
let agent: Claims

beforeAll(async () => {
  bench = await makeThreadBench()
  agent = await bench.addAgent('all')
})

afterAll(() => bench.close())

const id = () => bench.workspace.workspaceId

/** Two accounts of one person. */
async function pair(): Promise<[Account, Account]> {
  const { accounts } = await bench.makePerson(2)
  return accounts as [Account, Account]
}

const propose = (survivor: Account, other: Account, claims = agent, reason = 'One person, two numbers') =>
  bench.asMember(claims, (trx) =>
    proposeThreadMerge(trx, id(), { survivorId: survivor.thread, otherId: other.thread, reason }),
  )

const decide = (proposal: string, decision: 'accept' | 'reject', note = '', claims = bench.owner) =>
  bench.asMember(claims, (trx) => decideThreadProposal(trx, id(), proposal, decision, note))

const listed = (claims = bench.owner) => bench.asMember(claims, (trx) => listThreadProposals(trx, id()))

const find = async (proposal: string, claims = bench.owner) =>
  (await listed(claims)).find((each) => each.id === proposal)

/** An address is shown in groups of digits. */
const endingAs = ({ phone }: Account): string => expect.stringContaining(phone.slice(-4)) as string

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => (error as { code: unknown }).code,
  )

test('an agent proposes, an admin accepts, and the threads are one in the name of who accepted', async () => {
  const [ani, other] = await pair()
  const proposal = await propose(ani, other, agent, ' She said so ')
  expect(await bench.shown([ani, other])).toHaveLength(2)
  expect(await find(proposal)).toMatchObject({
    survivor: { id: ani.thread, address: endingAs(ani) },
    other: { id: other.thread, address: endingAs(other) },
    reason: 'She said so',
    proposedBy: { id: agent.sub },
    state: 'open',
    note: null,
  })
  // What comes in by the minute changes nothing of it.
  await bench.write(ani, 'Meanwhile')
  expect(await refusal(decide(proposal, 'accept', '', agent))).toBe('not_allowed')
  const admin = await bench.addAgent('all')
  await bench.query(`update workspace_members set role = 'admin' where user_id = $1`, [admin.sub])
  expect(await decide(proposal, 'accept', ' Well seen ', admin)).toBe('accepted')
  expect(await bench.shown([ani, other])).toMatchObject([{ id: ani.thread, inbound_count: 3 }])
  expect(
    await bench.query(
      `select j.made_by, j.reason, j.is_active from thread_proposals p join conversation_joins j on j.id = p.join_id
       where p.id = $1`,
      [proposal],
    ),
  ).toEqual([{ made_by: admin.sub, reason: 'She said so', is_active: true }])
  // Who proposed it reads what became of it.
  expect(await find(proposal, agent)).toMatchObject({
    state: 'accepted',
    decidedBy: { id: admin.sub },
    note: 'Well seen',
  })
  expect(await refusal(decide(proposal, 'accept'))).toBe('proposal_not_found')
  expect(await bench.warnings()).toEqual([])
})

test('is rejected with a word or without one, and taken back by who made it alone', async () => {
  const [ani, other] = await pair()
  const first = await propose(ani, other)
  expect(await refusal(decide(first, 'reject', 'x'.repeat(501)))).toBe('note_length')
  expect(await decide(first, 'reject', 'Two sisters')).toBe('rejected')
  expect(await find(first, agent)).toMatchObject({ state: 'rejected', note: 'Two sisters' })
  expect(await refusal(decide(first, 'accept'))).toBe('proposal_not_found')
  const second = await propose(ani, other)
  expect(second).not.toBe(first)
  const colleague = await bench.addAgent('all')
  expect(await find(second, colleague)).toBeUndefined()
  expect(await refusal(decide(second, 'reject', '', colleague))).toBe('proposal_not_found')
  expect(await decide(second, 'reject', '  ', agent)).toBe('rejected')
  expect(await find(second)).toMatchObject({ state: 'rejected', decidedBy: { id: agent.sub }, note: null })
  expect(await bench.shown([ani, other])).toHaveLength(2)
})

test('proposed twice it is one proposal, with the latest reason and as things stand then', async () => {
  const [ani, other] = await pair()
  const proposal = await propose(ani, other)
  expect(await propose(other, ani, agent, 'The other way round')).toBe(proposal)
  const [joinId = ''] = await bench.merge(ani.thread, [other.thread])
  await bench.undo(joinId)
  expect(await find(proposal)).toMatchObject({
    state: 'stale',
    reason: 'The other way round',
    survivor: { id: other.thread },
  })
  expect(await propose(ani, other, agent, 'After all')).toBe(proposal)
  expect(await find(proposal)).toMatchObject({ state: 'open', reason: 'After all' })
  // Two who come at once make one, too.
  const [left, right] = await pair()
  const both = await Promise.all([propose(left, right), propose(right, left)])
  expect(new Set(both).size).toBe(1)
  // What a colleague proposes is their own; accepting one ends the other.
  const colleague = await bench.addAgent('all')
  const theirs = await propose(ani, other, colleague)
  expect(theirs).not.toBe(proposal)
  expect(await decide(theirs, 'accept')).toBe('accepted')
  expect(await find(proposal, agent)).toMatchObject({ state: 'stale' })
})

type Accounts = readonly [Account, Account, Account]

test.each<[string, number, (accounts: Accounts, mergeId: string) => Promise<unknown>]>([
  ['merged', 2, ([ani, other]) => bench.merge(ani.thread, [other.thread])],
  ['merged the other way', 2, ([ani, other]) => bench.merge(other.thread, [ani.thread])],
  ['merged into a third', 3, ([, other, third]) => bench.merge(third.thread, [other.thread])],
  ['joined by a third', 3, ([ani, , third]) => bench.merge(ani.thread, [third.thread])],
  [
    'merged and parted again',
    2,
    async ([ani, other]) => bench.undo((await bench.merge(ani.thread, [other.thread]))[0] ?? ''),
  ],
  ['found to be of two people', 2, (_, mergeId) => bench.partContacts(mergeId)],
  [
    'split',
    2,
    async ([ani]) => {
      const messageId = await bench.write(ani, `Another matter of ${ani.phone}`)
      return bench.asOwner((trx) =>
        splitThread(trx, id(), ani.thread, {
          selection: { from: messageId, to: messageId },
          reason: 'Another matter',
        }),
      )
    },
  ],
  [
    'moved to another number',
    2,
    ([ani]) =>
      bench.query(
        `update contact_identities set phone = $2, phone_normalized = $2 where phone_normalized = $1`,
        [`+${ani.phone}`, `+${ani.phone.replace('6281', '6289')}`],
      ),
  ],
])('ends where its threads were %s meanwhile, and merges nothing then', async (_, count, change) => {
  const { accounts, mergeId } = await bench.makePerson(count)
  const three = accounts as unknown as Accounts
  const proposal = await propose(three[0], three[1])
  expect(await find(proposal)).toMatchObject({ state: 'open' })
  await change(three, mergeId)
  const roots = () =>
    bench.query('select id, root_id from conversations where id = any ($1) order by id', [
      accounts.map(({ thread }) => thread),
    ])
  const before = await roots()
  expect(await find(proposal)).toMatchObject({ state: 'stale', decidedBy: null })
  expect(await find(proposal, agent)).toMatchObject({ state: 'stale' })
  expect(await decide(proposal, 'accept')).toBe('stale')
  expect(await roots()).toEqual(before)
  expect(await find(proposal)).toMatchObject({ state: 'stale', decidedBy: { id: bench.owner.sub } })
  expect(await refusal(decide(proposal, 'accept'))).toBe('proposal_not_found')
})

test('refuses what cannot be one thread, and who has no reason', async () => {
  const { accounts } = await bench.makePerson(3)
  const [ani, other, third] = accounts as [Account, Account, Account]
  const stranger = await bench.makeAccount()
  const before = await listed()
  expect(await refusal(propose(ani, ani))).toBe('same_conversation')
  expect(await refusal(propose(ani, stranger))).toBe('other_contact')
  expect(await refusal(propose(ani, { ...other, thread: id() }))).toBe('conversation_not_found')
  expect(await refusal(propose(ani, other, agent, '  '))).toBe('reason_length')
  expect(await refusal(propose(ani, other, agent, 'x'.repeat(501)))).toBe('reason_length')
  await bench.merge(ani.thread, [third.thread])
  expect(await refusal(propose(other, third))).toBe('already_merged')
  expect(await listed()).toEqual(before)
})

test('an agent proposes only what they see, and reads of it only while they do', async () => {
  const [ani, other] = await pair()
  const restricted = await bench.addAgent('own')
  const assign = (account: Account, to: string | null) =>
    bench.query('update conversations set assignee_id = $2 where id = $1', [account.thread, to])
  await assign(ani, restricted.sub)
  const theirs = await propose(ani, other)
  expect(await refusal(propose(ani, other, restricted))).toBe('conversation_not_found')
  expect(await refusal(propose(other, ani, restricted))).toBe('conversation_not_found')
  expect(await listed(restricted)).toEqual([])
  expect(await refusal(decide(theirs, 'reject', '', restricted))).toBe('proposal_not_found')
  await assign(other, restricted.sub)
  const proposal = await propose(ani, other, restricted)
  expect(await listed(restricted)).toMatchObject([
    { id: proposal, state: 'open', survivor: { address: endingAs(ani) } },
  ])
  await assign(other, null)
  expect(await listed(restricted)).toEqual([])
  expect(await find(proposal)).toMatchObject({ state: 'open' })
  await bench.query('update workspace_members set removed_at = now() where user_id = $1', [restricted.sub])
  await assign(other, restricted.sub)
  expect(await listed(restricted)).toEqual([])
  expect(await refusal(propose(ani, other, restricted))).toBe('conversation_not_found')
  expect(await refusal(decide(proposal, 'reject', '', restricted))).toBe('not_allowed')
})

test('other workspaces neither propose, decide nor read', async () => {
  const [ani, other] = await pair()
  const proposal = await propose(ani, other)
  const elsewhere = await makeWorkspace(bench.database.adminUrl)
  const stranger: Claims = { sub: elsewhere.ownerId, exp: 0 }
  for (const workspaceId of [id(), elsewhere.workspaceId]) {
    expect(
      await refusal(
        bench.asMember(stranger, (trx) =>
          proposeThreadMerge(trx, workspaceId, {
            survivorId: ani.thread,
            otherId: other.thread,
            reason: 'Mine',
          }),
        ),
      ),
    ).toBe('conversation_not_found')
    expect(await bench.asMember(stranger, (trx) => listThreadProposals(trx, workspaceId))).toEqual([])
  }
  expect(await refusal(decide(proposal, 'accept', '', stranger))).toBe('not_allowed')
  expect(
    await refusal(
      bench.asMember(stranger, (trx) => decideThreadProposal(trx, elsewhere.workspaceId, proposal, 'accept')),
    ),
  ).toBe('proposal_not_found')
  expect(await find(proposal)).toMatchObject({ state: 'open' })
})

test('of two who accept at once, one merges and the other is told that it is decided', async () => {
  const [ani, other] = await pair()
  const proposal = await propose(ani, other)
  const outcomes = await Promise.all([
    decide(proposal, 'accept').catch((error: unknown) => (error as { code: string }).code),
    decide(proposal, 'accept').catch((error: unknown) => (error as { code: string }).code),
  ])
  expect(outcomes.toSorted()).toEqual(['accepted', 'proposal_not_found'])
  expect(await bench.shown([ani, other])).toHaveLength(1)
})
