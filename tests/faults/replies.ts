import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import type { TestWorkspace } from '../support/workspace.ts'
import { runAs } from '../support/run-as.ts'
import type { Finding } from './checks.ts'

const customers = 8
const pauseMs = 150

/** Staff who answer customers all through the run, with a Kapso that counts what it is asked to send. */
export interface Replies {
  /** Answers no more, and resolves when every answer has an outcome. */
  stop(): Promise<void>
  /** What a customer got twice, or what is said to be sent and never was. */
  findDoubles(): Promise<Finding[]>
  sent(): number
}

export function startKapso(phoneNumberId: string): Promise<Simulator> {
  return startSimulator({
    port: 0,
    phoneNumbers: [{ id: phoneNumberId }],
    retryDelaysMs: [500, 2_000, 4_500],
    settings: { sendLatencyMs: 20, sentDelayMs: 20, deliveredDelayMs: 50, rateLimitPerMinute: 1_000_000 },
  })
}

/** @param webhookUrl where Kapso delivers the customers' messages and the echoes of the answers */
export async function startReplies(options: {
  databaseUrl: string
  workspace: TestWorkspace
  kapso: Simulator
  webhookUrl: string
}): Promise<Replies> {
  const { databaseUrl, workspace, kapso, webhookUrl } = options
  await registerWebhook(kapso, workspace, webhookUrl)
  for (let index = 0; index < customers; index++) {
    const customer = kapso.control.addCustomer({
      name: `Answered ${String(index)}`,
      kind: 'phone',
      phone: `+62812777${String(10_000 + index)}`,
    })
    kapso.control.write(customer.id, { text: 'Halo', phoneNumberId: workspace.phoneNumberId })
  }
  const threads = await waitForThreads(databaseUrl, workspace)
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  pool.on('error', () => undefined)
  const texts: string[] = []
  let isStopping = false

  async function answerThem(): Promise<void> {
    while (!isStopping) {
      const thread = threads[texts.length % threads.length]
      const text = `Answer ${randomUUID()}`
      // Postgres may be down just now: then there is no answer to be sent.
      const isQueued = await queueReply(pool, workspace, thread, text).catch(() => false)
      if (isQueued) texts.push(text)
      await pause(pauseMs)
    }
  }

  const answering = answerThem()
  return {
    sent: () => texts.length,
    async stop() {
      isStopping = true
      await answering
      await pool.end()
      await waitForOutcomes(databaseUrl)
    },
    async findDoubles() {
      const received = new Map<string, number>()
      for (const message of kapso.control.world.messages.values()) {
        if (message.author !== 'api') continue
        const text = JSON.stringify(message.content)
        const known = texts.find((candidate) => text.includes(candidate))
        if (known !== undefined) received.set(known, (received.get(known) ?? 0) + 1)
      }
      const rows = await runAs<{ text: string; send_state: string; rows: number }>(
        databaseUrl,
        `select text, min(send_state::text) as send_state, count(*)::int as rows from messages
         where text like 'Answer %' group by text`,
      )
      return [
        ...describe(
          'a customer got an answer twice',
          [...received].filter(([, times]) => times > 1).map(([text]) => text),
        ),
        ...describe(
          'an answer has two bubbles',
          rows.filter((row) => row.rows > 1).map((row) => row.text),
        ),
        ...describe(
          'an answer counts as sent and never was',
          rows
            .filter((row) => row.send_state === 'accepted' && !received.has(row.text))
            .map((row) => row.text),
        ),
        ...describe(
          'an answer was sent and counts as failed',
          rows.filter((row) => row.send_state === 'failed' && received.has(row.text)).map((row) => row.text),
        ),
      ]
    },
  }
}

async function registerWebhook(kapso: Simulator, workspace: TestWorkspace, url: string): Promise<void> {
  const response = await fetch(
    `${kapso.url}/platform/v1/whatsapp/phone_numbers/${workspace.phoneNumberId}/webhooks`,
    {
      method: 'POST',
      headers: { 'x-api-key': kapso.apiKey, 'content-type': 'application/json' },
      body: JSON.stringify({
        whatsapp_webhook: {
          url,
          secret_key: workspace.secret,
          events: ['received', 'sent', 'delivered', 'read', 'failed'].map(
            (name) => `whatsapp.message.${name}`,
          ),
        },
      }),
    },
  )
  if (response.status !== 201) throw new Error(`the webhook was refused: ${String(response.status)}`)
}

async function waitForThreads(databaseUrl: string, workspace: TestWorkspace): Promise<string[]> {
  for (;;) {
    const rows = await runAs<{ id: string }>(
      databaseUrl,
      `select c.id from conversations c join contact_identities i on i.id = c.identity_id
       where c.workspace_id = $1 and i.phone_normalized like '+62812777%'`,
      [workspace.workspaceId],
    )
    if (rows.length === customers) return rows.map((row) => row.id)
    await pause(50)
  }
}

/** As the inbox does it: the member's own right, in one transaction. The worker's sweep finds what is due. */
async function queueReply(
  pool: pg.Pool,
  workspace: TestWorkspace,
  conversationId: string | undefined,
  text: string,
): Promise<boolean> {
  const client = await pool.connect()
  let failure: Error | undefined
  const lose = (): void => undefined
  client.on('error', lose)
  try {
    await client.query('begin')
    await client.query(
      `select set_config('role', 'my21_member', true), set_config('request.jwt.claims', $1, true)`,
      [JSON.stringify({ sub: workspace.ownerId })],
    )
    await client.query('select private.queue_reply($1, $2, $3, $4)', [
      workspace.workspaceId,
      conversationId,
      randomUUID(),
      text,
    ])
    await client.query('commit')
    return true
  } catch (error) {
    failure = error instanceof Error ? error : new Error('no answer')
    return false
  } finally {
    client.off('error', lose)
    client.release(failure)
  }
}

async function waitForOutcomes(databaseUrl: string): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const rows = await runAs(
      databaseUrl,
      `select from messages where send_state in ('waiting', 'sending', 'checking')`,
    )
    if (rows.length === 0) return
    if (Date.now() > deadline)
      throw new Error(`${String(rows.length)} answers have no outcome after a minute`)
    await pause(100)
  }
}

function describe(what: string, examples: string[]): Finding[] {
  return examples.length === 0
    ? []
    : [{ what: `${what} (${String(examples.length)})`, examples: examples.slice(0, 5) }]
}
