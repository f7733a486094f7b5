import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { importPartBytes } from '../../../src/lib/domain/csv/contact-import.ts'
import { startProduct } from '../../support/product.ts'
import type { Visitor } from '../../support/visitor.ts'
import type { BenchOptions, BenchResult } from '../main.ts'
import { seedWorkspace, type SeededWorkspace } from '../search/seed.ts'
import { signInAs, signInEnvironment } from '../sign-in.ts'
import { percentile, rounded } from '../statistics.ts'
import { makeFile } from './make-file.ts'
import { watchInbox } from './watch-inbox.ts'

const goalSeconds = 20
const fullRows = 100_000

interface Sizes {
  rows: number
  rounds: number
  quietSeconds: number
  contacts: number
  conversations: number
  messages: number
}

const longSizes: Sizes = {
  rows: fullRows,
  rounds: 2,
  quietSeconds: 10,
  contacts: 10_000,
  conversations: 2_000,
  messages: 40_000,
}
const shortSizes: Sizes = {
  rows: 1_000,
  rounds: 1,
  quietSeconds: 0.5,
  contacts: 100,
  conversations: 50,
  messages: 500,
}

/** Step by step: seconds it took, and how long the inbox's answers took meanwhile. */
interface Measured {
  seconds: number[]
  inbox: number[]
}

/**
 * An import of a list of customers on real processes, from the page's own requests to the last row: the check, the apply,
 * what follows in the background, and the undo. All the while somebody's inbox is asked for its list and its changes at a
 * steady rate; between the steps too, to compare with.
 */
export async function runImport({ log, isShort }: BenchOptions): Promise<BenchResult> {
  const sizes = isShort ? shortSizes : readSizes()
  const product = await startProduct(signInEnvironment)
  const database = new pg.Client(product.databaseUrl)
  await database.connect()
  try {
    log('Seeding')
    const workspace = await seedWorkspace(database, 'import', sizes)
    await database.query(
      `insert into public.contact_field_definitions (workspace_id, label, kind, position) values ($1, 'Kota', 'text', 1)`,
      [workspace.workspaceId],
    )
    await database.query('vacuum analyze')
    const desk = await openDesk(database, await signInAs(product, workspace.ownerId), workspace)
    const measured = await measure(desk, sizes, log)
    return summarise(measured, sizes)
  } catch (error) {
    log(product.web.output())
    throw error
  } finally {
    await database.end()
    await product.stop()
  }
}

/** Fewer rows, for who changes something and wants to know what it did: BENCH_ROWS. */
function readSizes(): Sizes {
  const rows = Number(process.env['BENCH_ROWS'] ?? fullRows)
  return { ...longSizes, rows, rounds: rows < fullRows ? 1 : longSizes.rounds }
}

interface Desk {
  database: pg.Client
  visitor: Visitor
  workspaceId: string
  base: string
  /** What an open inbox asks for. */
  paths: string[]
}

async function openDesk(database: pg.Client, visitor: Visitor, of: SeededWorkspace): Promise<Desk> {
  const base = `/w/import-${of.workspaceId.slice(0, 8)}`
  const { rows } = await database.query<{ cursor: string }>(
    'select pg_snapshot_xmin(pg_current_snapshot())::text as cursor',
  )
  return {
    database,
    visitor,
    workspaceId: of.workspaceId,
    base,
    paths: [`${base}/inbox/conversations?view=open`, `${base}/inbox/changes?cursor=${rows[0]?.cursor ?? ''}`],
  }
}

type Step = 'quiet' | 'check' | 'apply' | 'background' | 'undo'

async function measure(
  desk: Desk,
  sizes: Sizes,
  log: (line: string) => void,
): Promise<Record<Step, Measured>> {
  const measured: Record<Step, Measured> = {
    quiet: { seconds: [], inbox: [] },
    check: { seconds: [], inbox: [] },
    apply: { seconds: [], inbox: [] },
    background: { seconds: [], inbox: [] },
    undo: { seconds: [], inbox: [] },
  }
  const during = async (step: Step, work: Promise<unknown>) => {
    const startedAt = performance.now()
    const ended = work.then(() => (performance.now() - startedAt) / 1000)
    measured[step].inbox.push(...(await watchInbox(desk.visitor, desk.paths, ended)))
    const seconds = await ended
    measured[step].seconds.push(seconds)
    log(`${step}: ${String(rounded(seconds))} s`)
  }
  const quietly = () => during('quiet', pause(sizes.quietSeconds * 1000))
  // Plans are made, connections opened.
  await watchInbox(desk.visitor, desk.paths, pause(sizes.quietSeconds * 1000))
  for (let round = 0; round < sizes.rounds; round++) {
    await quietly()
    const importId = await upload(desk, makeFile(sizes.rows, sizes.contacts, round))
    await during('check', runStep(desk, importId, 'check', 'checked'))
    await quietly()
    await during('apply', runStep(desk, importId, 'apply', 'applied'))
    await during('background', untilLookedAt(desk))
    await quietly()
    await during('undo', runStep(desk, importId, 'undo', 'undone'))
    await untilLookedAt(desk)
  }
  return measured
}

async function upload({ visitor, base }: Desk, file: Buffer): Promise<string> {
  const begun = await visitor.send(`${base}/contacts/import/files`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: visitor.origin },
    body: JSON.stringify({ fileName: 'pelanggan.csv', byteSize: file.length }),
  })
  const { importId } = JSON.parse(begun.text) as { importId?: string }
  if (importId === undefined) throw new Error(`the file was answered with ${String(begun.status)}`)
  for (let place = 0; place * importPartBytes < file.length; place++) {
    const part = await visitor.send(`${base}/contacts/import/${importId}/parts?place=${String(place)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', origin: visitor.origin },
      body: new Uint8Array(file.subarray(place * importPartBytes, (place + 1) * importPartBytes)),
    })
    if (part.status !== 200) throw new Error(`a part was answered with ${String(part.status)}`)
  }
  return importId
}

/** Presses a button on an import's page, and waits for what it leads to. */
async function runStep(
  { database, visitor, workspaceId, base }: Desk,
  importId: string,
  step: 'check' | 'apply' | 'undo',
  end: string,
): Promise<void> {
  const { rows: fields } = await database.query<{ id: string }>(
    'select id from public.contact_field_definitions where workspace_id = $1',
    [workspaceId],
  )
  const columns = ['name', 'phone', 'email', 'lead_status', `field:${fields[0]?.id ?? ''}`]
  const answer = await visitor.post(
    `${base}/contacts/import/${importId}?/${step}`,
    step === 'check' ? Object.fromEntries(columns.map((held, at) => [`column-${String(at)}`, held])) : {},
  )
  if (answer.status !== 303) throw new Error(`${step} was answered with ${String(answer.status)}`)
  for (;;) {
    const { rows } = await database.query<{ state: string }>(
      'select state from public.contact_imports where workspace_id = $1 and id = $2',
      [workspaceId, importId],
    )
    if (rows[0]?.state === end) return
    if (rows[0]?.state === 'failed') throw new Error(`${step} failed`)
    await pause(50)
  }
}

/** Until the worker has looked at every contact that changed. */
async function untilLookedAt({ database, workspaceId }: Desk): Promise<void> {
  for (;;) {
    const { rowCount } = await database.query(
      'select from private.changed_contacts where workspace_id = $1 limit 1',
      [workspaceId],
    )
    if (rowCount === 0) return
    await pause(100)
  }
}

function summarise(measured: Record<Step, Measured>, { rows }: Sizes): BenchResult {
  const figures: Record<string, number> = { rows }
  const quiet = percentile(measured.quiet.inbox, 0.95)
  figures['inbox, nothing else: ms, p95'] = rounded(quiet)
  const ratios: Partial<Record<Step, number>> = {}
  for (const step of ['check', 'apply', 'background', 'undo'] as const) {
    const { seconds, inbox } = measured[step]
    const p95 = percentile(inbox, 0.95)
    ratios[step] = p95 / quiet
    figures[`${step}: s, the slowest`] = rounded(Math.max(...seconds))
    figures[`${step}: inbox, ms, p95`] = rounded(p95)
    figures[`${step}: inbox, times`] = rounded(p95 / quiet)
  }
  const isFast = (step: Step) => Math.max(...measured[step].seconds) < goalSeconds
  const isKind = (step: Step) => (ratios[step] ?? Infinity) <= 2
  return {
    name: 'import',
    figures,
    goals: [
      { text: `the dry run of 100,000 rows under ${String(goalSeconds)} s`, isReached: isFast('check') },
      { text: `their apply under ${String(goalSeconds)} s`, isReached: isFast('apply') },
      { text: "the inbox's p95 meanwhile at most doubled: dry run", isReached: isKind('check') },
      { text: "the inbox's p95 meanwhile at most doubled: apply", isReached: isKind('apply') },
      {
        text: "the inbox's p95 at most doubled while duplicates are looked for after it",
        isReached: isKind('background'),
      },
    ],
  }
}
