import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { preparePlatform } from '../../../supabase/embedded/platform.ts'
import { startPostgres } from '../../../supabase/embedded/postgres.ts'
import { applyMigrations } from '../../../supabase/migrate.ts'
import { findFreePort } from '../../support/free-port.ts'
import { receivedBody, sign } from '../../support/kapso-bodies.ts'
import { runAs } from '../../support/run-as.ts'
import { makeTestDirectory, removeTestDirectory } from '../../support/temporary-directory.ts'
import { encryptionKeys, makeWorkspace, type TestWorkspace } from '../../support/workspace.ts'
import type { BenchOptions, BenchResult } from '../main.ts'
import { median, percentile, rounded } from '../statistics.ts'
import { runLoad, type LoadResult } from './load.ts'

const run = promisify(execFile)

const connections = 32
const bodyBytes = 970

/**
 * The production door (src/server.ts: signature, parsing, deduplication, ledger, job, durable commit) against the bare
 * bar (one insert, no checks), in alternating rounds on one Postgres.
 */
export async function runAck({ log, isShort }: BenchOptions): Promise<BenchResult> {
  const rounds = isShort ? 1 : 7
  const seconds = isShort ? 0.5 : 4
  await run(process.execPath, ['src/launcher/build-now.ts'])
  const directory = await makeTestDirectory()
  const postgres = await startPostgres({ directory, port: await findFreePort(), log: () => undefined })
  const children: ChildProcess[] = []
  try {
    const databaseUrl = postgres.adminUrl('bench')
    await runAs(postgres.adminUrl(), 'create database bench owner postgres')
    await preparePlatform(databaseUrl)
    await applyMigrations(postgres.ownerUrl('bench'))
    await runAs(
      databaseUrl,
      `alter role my21_web password 'bench'; create table bench_bare (id bigint generated always
      as identity primary key, body bytea not null, received_at timestamptz not null default now())`,
    )
    const workspace = await makeWorkspace(databaseUrl)

    const bare = await startBare(databaseUrl, children)
    const webUrl = new URL(databaseUrl)
    webUrl.username = 'my21_web'
    webUrl.password = 'bench'
    const door = await startDoor(webUrl.href, children)

    log('warming up')
    const warmUp = isShort ? 0.2 : 2
    await measure(bare, workspace, warmUp)
    await measure(door, workspace, warmUp)
    const pairs: { bare: LoadResult; door: LoadResult }[] = []
    for (let round = 0; round < rounds; round++) {
      // Who goes first alternates: a checkpoint then hits both sides alike.
      const first = round % 2 === 0 ? 'bare' : 'door'
      const one = await measure(first === 'bare' ? bare : door, workspace, seconds)
      const second = first === 'bare' ? 'door' : 'bare'
      const two = await measure(second === 'bare' ? bare : door, workspace, seconds)
      const pair = first === 'bare' ? { bare: one, door: two } : { bare: two, door: one }
      pairs.push(pair)
      log(
        `round ${String(round + 1)}/${String(rounds)}: bare ${describe(pair.bare)}, door ${describe(pair.door)}, ` +
          `ratio ${String(rounded(rate(pair.door) / rate(pair.bare)))}, p99 ratio ${String(rounded(p99(pair.door) / p99(pair.bare)))}`,
      )
    }
    await assertStored(databaseUrl, pairs)

    const ratio = median(pairs.map((pair) => rate(pair.door) / rate(pair.bare)))
    const p99Ratio = median(pairs.map((pair) => p99(pair.door) / p99(pair.bare)))
    return {
      name: 'ack',
      figures: {
        rounds,
        connections,
        bodyBytes,
        bareRequestsPerSecond: Math.round(median(pairs.map((pair) => rate(pair.bare)))),
        doorRequestsPerSecond: Math.round(median(pairs.map((pair) => rate(pair.door)))),
        bareP99Ms: rounded(median(pairs.map((pair) => p99(pair.bare)))),
        doorP99Ms: rounded(median(pairs.map((pair) => p99(pair.door)))),
        requestsRatio: rounded(ratio),
        requestsRatioLowest: rounded(Math.min(...pairs.map((pair) => rate(pair.door) / rate(pair.bare)))),
        requestsRatioHighest: rounded(Math.max(...pairs.map((pair) => rate(pair.door) / rate(pair.bare)))),
        p99Ratio: rounded(p99Ratio),
      },
      goals: [
        { text: 'at least 1.5 times the requests per second of the bare bar', isReached: ratio >= 1.5 },
        { text: 'p99 at most 0.7 times that of the bare bar', isReached: p99Ratio <= 0.7 },
      ],
    }
  } finally {
    for (const child of children) child.kill('SIGKILL')
    await postgres.stop()
    await removeTestDirectory(directory)
  }
}

function measure(port: number, workspace: TestWorkspace, seconds: number): Promise<LoadResult> {
  // Signed beforehand: the sender's work must not be measured.
  const requests = Array.from({ length: Math.ceil(seconds * 14_000) }, () => makeRequest(port, workspace))
  let place = 0
  return runLoad({ port, connections, seconds, next: () => requests[place++] })
}

let sequence = 0

function makeRequest(port: number, workspace: TestWorkspace): Buffer {
  sequence++
  const wamid = `wamid.${randomBytes(24).toString('base64')}${String(sequence)}`
  const body = receivedBody({
    wamid,
    phoneNumberId: workspace.phoneNumberId,
    phone: `62812${String(sequence % 1000).padStart(7, '0')}`,
    text: 'x',
  })
  const bare = JSON.stringify(body)
  const padded = bare.replace(
    '"body":"x"',
    `"body":"${'x'.repeat(Math.max(1, bodyBytes - bare.length + 1))}"`,
  )
  const delivery = sign('whatsapp.message.received', padded, workspace.secret)
  const head = [
    `POST /webhooks/kapso/${workspace.endpointId} HTTP/1.1`,
    `host: 127.0.0.1:${String(port)}`,
    ...Object.entries(delivery.headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${String(delivery.body.length)}`,
    '',
    '',
  ].join('\r\n')
  return Buffer.concat([Buffer.from(head), delivery.body])
}

/** Every accepted delivery must be in the database, or the figures mean nothing. */
async function assertStored(
  databaseUrl: string,
  pairs: { bare: LoadResult; door: LoadResult }[],
): Promise<void> {
  const accepted = pairs.reduce((sum, pair) => sum + pair.door.accepted, 0)
  const refused = pairs.reduce((sum, pair) => sum + pair.door.refused + pair.bare.refused, 0)
  const [row] = await runAs<{ stored: string; jobs: string }>(
    databaseUrl,
    `select (select count(*) from webhook_events) as stored,
      (select sum(jsonb_array_length(data -> 'webhookEventIds')) from pgboss.job) as jobs`,
  )
  if (refused > 0) throw new Error(`${String(refused)} requests were not answered with 200`)
  if (Number(row?.stored) < accepted || Number(row?.jobs) < accepted) {
    throw new Error(`${String(accepted)} deliveries were acknowledged, ${String(row?.stored)} are stored`)
  }
}

async function startBare(databaseUrl: string, children: ChildProcess[]): Promise<number> {
  const child = spawn(process.execPath, ['tests/bench/ack/bare-server.ts'], {
    env: { ...process.env, BENCH_DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return Number(line)
}

async function startDoor(databaseUrl: string, children: ChildProcess[]): Promise<number> {
  const port = await findFreePort()
  const child = spawn(process.execPath, ['src/server.ts'], {
    env: {
      ...process.env,
      DATABASE_URL_WEB: databaseUrl,
      SUPABASE_URL: 'http://127.0.0.1:9',
      PUBLIC_SUPABASE_URL: 'http://127.0.0.1:9',
      SUPABASE_PUBLISHABLE_KEY: 'none',
      PUBLIC_SUPABASE_PUBLISHABLE_KEY: 'none',
      SUPABASE_SECRET_KEY: 'none',
      SUPABASE_JWT_SECRET: 'a secret that signs nothing in this benchmark',
      ORIGIN: `http://127.0.0.1:${String(port)}`,
      PORT: String(port),
      ENCRYPTION_KEYS: encryptionKeys,
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  children.push(child)
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(`http://127.0.0.1:${String(port)}/health`).catch(() => undefined)
    if (answer !== undefined) return port
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the web process did not start')
}

function rate(result: LoadResult): number {
  return result.accepted / result.seconds
}

function p99(result: LoadResult): number {
  return percentile(result.latenciesMs, 0.99)
}

function describe(result: LoadResult): string {
  return `${String(Math.round(rate(result)))}/s p99 ${String(rounded(p99(result)))} ms`
}
