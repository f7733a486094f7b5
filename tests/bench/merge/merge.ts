import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { createAsMember, createDatabase } from '../../../src/lib/server/database/database.ts'
import { createPool } from '../../../src/lib/server/database/pool.ts'
import { startProduct } from '../../support/product.ts'
import type { BenchOptions, BenchResult } from '../main.ts'
import { seedWorkspace, type SeededWorkspace } from '../search/seed.ts'
import { signInAs, signInEnvironment } from '../sign-in.ts'
import { median, percentile, rounded } from '../statistics.ts'
import { measureReading, readingNames, type Group, type Reading, type ReadTimes } from './measure-reading.ts'
import { merge, planOf, pressMerge, pressUndo, time, undo, type Merger } from './merging.ts'
import { seedPerson, type SeededPerson } from './seed-people.ts'

const goals = { mergeMs: 100, readingTimes: 1.5, writingTimes: 2 } as const
/** Who is merged into each of those that are read. */
const mergedInto = 5
/** How long a person looks before the next merge, in milliseconds. */
const betweenMerges = 40
const betweenMessages = 5

interface Sizes {
  contacts: number
  conversations: number
  messages: number
  /** Of each of the two that are merged. */
  messagesEach: number
  mergeRounds: number
  mergesARound: number
  /** Contacts that are read alone and merged. */
  readers: number
  messagesOfReader: number
  readingRounds: number
}

const longSizes: Sizes = {
  contacts: 10_000,
  conversations: 2_000,
  messages: 40_000,
  messagesEach: 25_000,
  mergeRounds: 10,
  mergesARound: 5,
  readers: 10,
  messagesOfReader: 1_000,
  readingRounds: 6,
}
const shortSizes: Sizes = {
  contacts: 100,
  conversations: 50,
  messages: 500,
  messagesEach: 500,
  mergeRounds: 1,
  mergesARound: 3,
  readers: 3,
  messagesOfReader: 20,
  readingRounds: 1,
}

/**
 * Merging and undoing two contacts with 50,000 messages together, by the function and by the page's own request, while
 * somebody else's messages come in, against the same without; and how long it takes to read contacts alone and with five
 * others merged into each: the same ones, in turns.
 */
export async function runMerge({ log, isShort }: BenchOptions): Promise<BenchResult> {
  const sizes = isShort ? shortSizes : longSizes
  const product = await startProduct(signInEnvironment)
  const admin = new pg.Client(product.databaseUrl)
  await admin.connect()
  const pool = createPool({ connectionString: product.databaseUrl, applicationName: 'merge bench', max: 2 })
  try {
    log('Seeding')
    const workspace = await seedWorkspace(admin, 'merge', sizes)
    const pair = [
      await seedPerson(admin, workspace, nextPerson('Wulan Sari', sizes.messagesEach)),
      await seedPerson(admin, workspace, nextPerson('Wulan Sari', sizes.messagesEach)),
    ]
    const groups = await seedGroups(admin, workspace, sizes)
    await admin.query('vacuum analyze')
    const merger: Merger = {
      asMember: createAsMember(createDatabase(pool), () => Promise.resolve()),
      owner: { sub: workspace.ownerId, exp: 4_102_444_800 },
      visitor: await signInAs(product, workspace.ownerId),
      workspaceId: workspace.workspaceId,
      base: `/w/merge-${workspace.workspaceId.slice(0, 8)}`,
    }
    log('Merging')
    const merging = await measureMerging(merger, pair, product.databaseUrl, sizes)
    log('Reading')
    const reading = await measureReading(merger, groups, sizes.readingRounds)
    return summarise(merging, reading, sizes)
  } catch (error) {
    log(product.web.output())
    throw error
  } finally {
    await pool.end()
    await admin.end()
    await product.stop()
  }
}

let people = 0

function nextPerson(name: string, messages: number) {
  people += 1
  return { name, phone: `+62812${String(90_000_000 + people)}`, messages }
}

async function seedGroups(admin: pg.Client, workspace: SeededWorkspace, sizes: Sizes): Promise<Group[]> {
  const groups: Group[] = []
  for (let at = 0; at < sizes.readers; at++) {
    const name = `Dewi Kartika ${String.fromCharCode(65 + at)}rum`
    const seed = () => seedPerson(admin, workspace, nextPerson(name, sizes.messagesOfReader))
    const person = await seed()
    const others: SeededPerson[] = []
    while (others.length < mergedInto) others.push(await seed())
    groups.push({ name, person, others })
  }
  return groups
}

interface Merging {
  merge: number[]
  undo: number[]
  mergeRequest: number[]
  undoRequest: number[]
  /** Other people's messages meanwhile, and without. */
  writing: number[]
  writingAlone: number[]
}

async function measureMerging(
  merger: Merger,
  pair: SeededPerson[],
  databaseUrl: string,
  { mergeRounds, mergesARound }: Sizes,
): Promise<Merging> {
  const contactIds = pair.map(({ contactId }) => contactId)
  const threads = pair.map(({ conversationId }) => conversationId)
  const writer = new pg.Client(databaseUrl)
  await writer.connect()
  const others = await writer.query<{ id: string }>(
    `select id from public.conversations where workspace_id = $1 and id <> all ($2::uuid[]) order by id limit 200`,
    [merger.workspaceId, threads],
  )
  const write = (work: Promise<unknown>) =>
    writeUntil(
      writer,
      others.rows.map(({ id }) => id),
      work,
    )
  const measured: Merging = {
    merge: [],
    undo: [],
    mergeRequest: [],
    undoRequest: [],
    writing: [],
    writingAlone: [],
  }
  const mergeAndUndo = async (of: Merging) => {
    for (let turn = 0; turn < mergesARound; turn++) {
      const request = await planOf(merger, contactIds)
      const [mergeId, mergeMs] = await time(() => merge(merger, request))
      await pause(betweenMerges)
      const [, undoMs] = await time(() => undo(merger, mergeId))
      await pause(betweenMerges)
      const again = await planOf(merger, contactIds)
      const [, mergeRequestMs] = await time(() => pressMerge(merger, again))
      const latest = await findMerge(merger, writer)
      await pause(betweenMerges)
      const [, undoRequestMs] = await time(() => pressUndo(merger, latest))
      await pause(betweenMerges)
      of.merge.push(mergeMs)
      of.undo.push(undoMs)
      of.mergeRequest.push(mergeRequestMs)
      of.undoRequest.push(undoRequestMs)
    }
  }
  try {
    const none: Merging = structuredClone(measured)
    // Plans are made, connections opened.
    await write(mergeAndUndo(none))
    for (let round = 0; round < mergeRounds; round++) {
      const startedAt = performance.now()
      measured.writing.push(...(await write(mergeAndUndo(measured))))
      measured.writingAlone.push(...(await write(pause(performance.now() - startedAt))))
    }
    return measured
  } finally {
    await writer.end()
  }
}

async function findMerge({ workspaceId }: Merger, client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `select merge_id as id from public.contact_joins where workspace_id = $1 and is_active and source = 'staff'`,
    [workspaceId],
  )
  const [found] = rows
  if (found === undefined) throw new Error('no merge was made')
  return found.id
}

let written = 0

/** Writes messages of other people, one after the other, until `work` is done. Gives the milliseconds of each. */
async function writeUntil(
  writer: pg.Client,
  conversationIds: string[],
  work: Promise<unknown>,
): Promise<number[]> {
  const times: number[] = []
  let isOver = false
  const end = () => {
    isOver = true
  }
  work.then(end, end)
  while (!isOver) {
    written += 1
    const [, ms] = await time(() =>
      writer.query({
        name: 'write-message',
        text: `insert into public.messages (workspace_id, conversation_id, channel_id, wamid, direction, origin, type,
            text, occurred_at)
          select c.workspace_id, c.id, c.channel_id, 'wamid.meanwhile.' || $2::text, 'inbound', 'cloud_api', 'text',
            'Masih ada?', now()
          from public.conversations c where c.id = $1`,
        values: [conversationIds[written % conversationIds.length], String(written)],
      }),
    )
    times.push(ms)
    await pause(betweenMessages)
  }
  await work
  return times
}

function summarise(
  merging: Merging,
  reading: Record<Reading, ReadTimes>,
  { messagesEach }: Sizes,
): BenchResult {
  const figures: Record<string, number> = { messages: 2 * messagesEach }
  for (const [name, times] of [
    ['merge', merging.merge],
    ['undo', merging.undo],
    ['merge, whole request', merging.mergeRequest],
    ['undo, whole request', merging.undoRequest],
    ["others' messages, nothing else", merging.writingAlone],
    ["others' messages meanwhile", merging.writing],
  ] as const) {
    figures[`${name}: ms, median`] = rounded(median(times))
    figures[`${name}: ms, p95`] = rounded(percentile(times, 0.95))
  }
  figures["others' messages meanwhile: ms, the slowest"] = rounded(Math.max(...merging.writing))
  const writingTimes = percentile(merging.writing, 0.95) / percentile(merging.writingAlone, 0.95)
  figures["others' messages meanwhile: times, p95"] = rounded(writingTimes)
  const ratios: Partial<Record<Reading, number>> = {}
  for (const name of readingNames) {
    const { alone, merged } = reading[name]
    ratios[name] = median(merged) / median(alone)
    figures[`${name}: ms, median of one alone`] = rounded(median(alone))
    figures[`${name}: ms, median with five merged`] = rounded(median(merged))
    figures[`${name}: times`] = rounded(ratios[name])
  }
  const isFast = (...all: number[][]) => all.every((times) => percentile(times, 0.95) < goals.mergeMs)
  return {
    name: 'merge',
    figures,
    goals: [
      {
        text: `p95 of a merge and of an undo under ${String(goals.mergeMs)} ms`,
        isReached: isFast(merging.merge, merging.undo),
      },
      {
        text: 'and of their whole requests',
        isReached: isFast(merging.mergeRequest, merging.undoRequest),
      },
      {
        text: `p95 of others' messages meanwhile at most ${String(goals.writingTimes)} times`,
        isReached: writingTimes <= goals.writingTimes,
      },
      ...readingNames.map((name) => ({
        text: `${name}: with five merged at most ${String(goals.readingTimes)} times one alone`,
        isReached: (ratios[name] ?? Infinity) <= goals.readingTimes,
      })),
    ],
  }
}
