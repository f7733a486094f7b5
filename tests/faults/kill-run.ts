import { setTimeout as pause } from 'node:timers/promises'
import { randomBytes } from 'node:crypto'
import { receivedBody, sign } from '../support/kapso-bodies.ts'
import pg from 'pg'
import { startProduct, type Product } from '../support/product.ts'
import { createRetryingSender, type RetryingSender } from '../support/retrying-sender.ts'
import { runAs } from '../support/run-as.ts'
import { makeWorkspace, type TestWorkspace } from '../support/workspace.ts'
import { findCollisions, findLosses, findRefusals, findWarningSigns, type Finding } from './checks.ts'
import { createRandom, startLoad } from './load.ts'
import { startKapso, startReplies } from './replies.ts'

export type Victim = 'web' | 'worker' | 'postgres'

export interface KillRunOptions {
  /** How often each is killed. */
  kills: number
  victims: Victim[]
  perSecond: number
  seed: number
  /** SIGTERM instead of SIGKILL: then every answer must be a 200. */
  isGentle?: boolean
  /** `off` is the control: it must lose acknowledged deliveries, or this run would prove nothing. */
  synchronousCommit: 'on' | 'off'
  log: (line: string) => void
}

export interface KillRunResult {
  findings: Finding[]
  sent: number
  acknowledged: number
  givenUp: number
  /** Replies that staff gave meanwhile. */
  replies: number
  answers: Record<string, number>
  /** Milliseconds until a delivery was applied again, counted from when the victim was back. */
  recoveryMs: Record<Victim, number[]>
  /** Milliseconds from the kill of a worker until all that was in the jobs which it had taken was applied. */
  takenJobsMs: number[]
}

const timesFaster = 20

/** Kills web, worker and Postgres under load, again and again, and looks at what is left. */
export async function runKills(options: KillRunOptions): Promise<KillRunResult> {
  const phoneNumberId = '597000000000021'
  const kapso = await startKapso(phoneNumberId)
  const product = await startProduct({
    LOG_LEVEL: 'error',
    KAPSO_API_URL: kapso.url,
    KAPSO_API_KEY: kapso.apiKey,
    KAPSO_TIMEOUT_MS: '2000',
    SEND_SETTLE_MS: '500',
  })
  // A new connection for each look would cost more than what is looked at.
  const watcher = new pg.Pool({ connectionString: product.databaseUrl, max: 1 })
  watcher.on('error', () => undefined)
  const sender = createRetryingSender({
    port: product.webPort,
    pathOf: (endpointId) => `/webhooks/kapso/${endpointId}`,
    timesFaster,
    connections: 24,
  })
  try {
    await runAs(product.databaseUrl, `alter system set synchronous_commit = ${options.synchronousCommit}`)
    await runAs(product.databaseUrl, 'select pg_reload_conf()')
    const first = await makeWorkspace(product.databaseUrl, { phoneNumberId })
    const workspaces = [first, await makeWorkspace(product.databaseUrl)]
    const replies = await startReplies({
      databaseUrl: product.databaseUrl,
      workspace: first,
      kapso,
      webhookUrl: `http://127.0.0.1:${String(product.webPort)}/webhooks/kapso/${first.endpointId}`,
    })
    const load = startLoad({ sender, workspaces, perSecond: options.perSecond, seed: options.seed })
    const recoveryMs: Record<Victim, number[]> = { web: [], worker: [], postgres: [] }
    const takenJobsMs: number[] = []
    const random = createRandom(options.seed + 1)
    for (let round = 0; round < options.kills; round++) {
      for (const victim of options.victims) {
        await pause(200 + random() * 600)
        const killedAt = Date.now()
        const taken: number[] = []
        await killAndRestart(product, victim, options.isGentle === true, async () => {
          if (victim === 'worker') taken.push(...(await findTaken(watcher)))
        })
        const backAt = Date.now()
        const [workingAt, appliedAt] = await Promise.all([
          untilWorking(watcher, sender, first).then(Date.now),
          until(watcher, 'id = any($1::bigint[])', [taken]).then(Date.now),
        ])
        recoveryMs[victim].push(workingAt - backAt)
        if (taken.length > 0) takenJobsMs.push(appliedAt - killedAt)
      }
      options.log(
        `round ${String(round + 1)} of ${String(options.kills)}: ${String(load.record.sent)} deliveries sent, back after ` +
          options.victims.map((victim) => `${String(recoveryMs[victim].at(-1))} ms (${victim})`).join(', ') +
          `, the worker's jobs ${String(takenJobsMs.at(-1))} ms after it was killed`,
      )
    }
    await Promise.all([load.stop(), replies.stop()])
    // Kapso still tells what became of the replies, some of it for the second time.
    await kapso.control.settle(30_000)
    await untilApplied(watcher)
    return {
      findings: [
        ...(await findLosses(product.databaseUrl, load.record)),
        ...(await findWarningSigns(product.databaseUrl)),
        ...(await replies.findDoubles()),
        ...(await findCollisions(product.postgresLog)),
        ...(options.isGentle === true ? findRefusals(sender.answers) : []),
      ],
      sent: load.record.sent,
      acknowledged: load.record.acknowledged.size,
      givenUp: load.record.givenUp.size,
      replies: replies.sent(),
      answers: Object.fromEntries(sender.answers),
      recoveryMs,
      takenJobsMs,
    }
  } finally {
    sender.close()
    await watcher.end()
    await kapso.close()
    await product.stop()
  }
}

async function killAndRestart(
  product: Product,
  victim: Victim,
  isGentle: boolean,
  whileDown: () => Promise<void>,
): Promise<void> {
  if (victim === 'postgres') {
    const processId = product.postgres.processId()
    if (processId !== undefined) process.kill(processId, 'SIGKILL')
    while (product.postgres.processId() === processId) await pause(5)
    while (!(await isUp(product.databaseUrl))) await pause(10)
    return
  }
  await (isGentle ? product[victim].stop() : product[victim].kill())
  await whileDown()
  await product[victim].start()
}

async function isUp(databaseUrl: string): Promise<boolean> {
  return runAs(databaseUrl, 'select 1').then(
    () => true,
    () => false,
  )
}

/** A fresh delivery goes all the way. */
async function untilWorking(
  watcher: pg.Pool,
  sender: RetryingSender,
  workspace: TestWorkspace,
): Promise<void> {
  const wamid = `wamid.probe${randomBytes(12).toString('hex')}`
  const body = receivedBody({ wamid, phoneNumberId: workspace.phoneNumberId, phone: '628129999999' })
  const delivery = sign('whatsapp.message.received', body, workspace.secret)
  while (!(await sender.deliver(workspace.endpointId, delivery))) await pause(10)
  const deadline = Date.now() + 30_000
  while (Date.now() < deadline) {
    const { rowCount } = await watcher.query('select from messages where channel_id = $1 and wamid = $2', [
      workspace.channelId,
      wamid,
    ])
    if (rowCount === 1) return
    await pause(10)
  }
  throw new Error('a delivery was taken and not applied within 30 s')
}

/**
 * The rows in the jobs that are taken at this moment. Not the echoes of replies: one to somebody to whom the dead worker
 * was just sending waits, on purpose, until that send's lease is over and its outcome is known.
 */
async function findTaken(watcher: pg.Pool): Promise<number[]> {
  const { rows } = await watcher.query<{ id: string }>(
    `select e.id
     from pgboss.job j
     cross join jsonb_array_elements_text(j.data -> 'webhookEventIds') as n (id)
     join webhook_events e on e.id = n.id::bigint
     where j.name = 'apply-events' and j.state = 'active' and e.status = 'pending'
       and e.name <> 'whatsapp.message.sent'`,
  )
  return rows.map(({ id }) => Number(id))
}

async function untilApplied(watcher: pg.Pool): Promise<void> {
  await until(watcher, 'true', [])
}

/** Waits until no event that the condition names is pending. */
async function until(watcher: pg.Pool, condition: string, parameters: unknown[]): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const { rows } = await watcher.query<{ pending: number }>(
      `select count(*)::int as pending from webhook_events where status = 'pending' and ${condition}`,
      parameters,
    )
    if (rows[0]?.pending === 0) return
    if (Date.now() > deadline)
      throw new Error(`${String(rows[0]?.pending)} events were not applied within a minute`)
    await pause(20)
  }
}
