import { hashPlan } from '../../src/lib/domain/merges/hash-plan.ts'
import { planMerge } from '../../src/lib/domain/merges/plan-merge.ts'
import { readMergeFacts } from '../../src/lib/server/database/merge-facts.ts'
import { executeMerge, undoMerge } from '../../src/lib/server/database/merges.ts'
import { mergeThreads, undoThreadMerge } from '../../src/lib/server/database/thread-merges.ts'
import { createDatabase } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { findInvariantViolations } from '../../src/lib/server/operator/invariants.ts'
import { makeContactBench, type ContactBench } from './contact-bench.ts'

/** One account of a person, with its own thread. */
export interface Account {
  phone: string
  contact: string
  thread: string
}

export interface ShownThread {
  id: string
  texts: string[]
  inbound_count: number
  last_text: string | null
  last_inbound_at: Date | null
  state: string
  labels: string[]
  unread: number
}

/** Threads that staff merges and splits, over contacts that come in through the door. */
export interface ThreadBench extends ContactBench {
  /** Lets somebody new write once. */
  makeAccount(): Promise<Account>
  /** People with one contact, each with a thread of their own. */
  makePerson(accounts: number): Promise<{ accounts: Account[]; mergeId: string }>
  /** Makes these contacts one; returns the merge. */
  mergeContacts(contactIds: string[]): Promise<string>
  write(account: Account, text: string, at?: number): Promise<string>
  merge(survivor: string, others: string[], reason?: string): Promise<string[]>
  undo(joinId: string): Promise<boolean>
  partContacts(mergeId: string): Promise<void>
  /** What the inbox shows of these threads, by the thread that shows them, for the owner. */
  shown(accounts: Account[]): Promise<ShownThread[]>
  /** The names of the warning signs that show. */
  warnings(): Promise<string[]>
}

let digits = 6281200007000

export async function makeThreadBench(): Promise<ThreadBench> {
  const bench = await makeContactBench()
  const { workspaceId } = bench.workspace
  const inbox = { workspaceId, userId: bench.owner.sub }
  let seconds = Math.floor(Date.now() / 1000) - 20_000

  const write: ThreadBench['write'] = async ({ phone }, text, at) => {
    seconds += 1
    await bench.receive(phone, { text, at: at ?? seconds })
    const [row] = await bench.query<{ id: string }>(
      'select id from messages where workspace_id = $1 and text = $2',
      [workspaceId, text],
    )
    return row?.id ?? ''
  }
  const makeAccount: ThreadBench['makeAccount'] = async () => {
    const phone = String((digits += 1))
    seconds += 1
    const contact = await bench.receive(phone, { text: `First of ${phone}`, at: seconds })
    const [row] = await bench.query<{ id: string }>(
      `select c.id from conversations c join contact_identities i on i.id = c.identity_id
       where c.workspace_id = $1 and i.phone_normalized = $2`,
      [workspaceId, `+${phone}`],
    )
    return { phone, contact, thread: row?.id ?? '' }
  }

  const mergeContacts: ThreadBench['mergeContacts'] = (contactIds) =>
    bench.asOwner(async (trx) => {
      const facts = await readMergeFacts(trx, workspaceId, contactIds)
      const plan = planMerge(facts, contactIds[0])
      const { mergeId } = await executeMerge(trx, inbox, {
        contactIds,
        survivorId: plan.survivorId,
        choices: {},
        reason: 'The same person',
        planHash: hashPlan(facts, plan.survivorId),
      })
      return mergeId
    })

  return {
    ...bench,
    makeAccount,
    write,
    mergeContacts,
    async makePerson(count) {
      const accounts: Account[] = []
      for (let made = 0; made < count; made += 1) accounts.push(await makeAccount())
      return { accounts, mergeId: await mergeContacts(accounts.map(({ contact }) => contact)) }
    },
    merge: (survivorId, conversationIds, reason = 'One person, two numbers') =>
      bench.asOwner((trx) => mergeThreads(trx, workspaceId, { survivorId, conversationIds, reason })),
    undo: (joinId) => bench.asOwner((trx) => undoThreadMerge(trx, workspaceId, joinId)),
    async partContacts(mergeId) {
      await bench.asOwner((trx) => undoMerge(trx, inbox, mergeId))
    },
    shown: (accounts) =>
      bench.query<ShownThread & Record<string, unknown>>(
        `select c.id, c.inbound_count, c.last_inbound_at, c.state, l.text as last_text,
           c.inbound_count - coalesce(
             (select r.read_count from conversation_reads r where r.conversation_id = c.id and r.user_id = $3), 0
           ) as unread,
           array(select n.name from unnest(c.label_ids) as k (id) join labels n using (id) order by n.name) as labels,
           array(
             select m.text from conversations t join messages m on m.conversation_id = t.id
             where t.root_id = c.id order by m.occurred_at, m.id
           ) as texts
         from conversations c
         left join messages l on l.id = c.last_message_id
         where c.workspace_id = $1 and c.is_root and exists (
           select from contact_identities i
           where i.id = c.identity_id and ('' || i.phone_normalized) = any ($2::text[])
         )
         order by c.created_at, c.id`,
        [workspaceId, accounts.map(({ phone }) => `+${phone}`), bench.owner.sub],
      ),
    async warnings() {
      const worker = createDatabase(
        createPool({ connectionString: bench.database.workerUrl, applicationName: 'test worker', max: 1 }),
      )
      const found = await worker
        .transaction()
        .execute((trx) => findInvariantViolations(trx, workspaceId))
        .finally(() => worker.destroy())
      return found.map(({ name }) => name)
    },
  }
}
