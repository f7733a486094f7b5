import pg from 'pg'
import { preparePlatform } from '../../../supabase/embedded/platform.ts'
import { startPostgres } from '../../../supabase/embedded/postgres.ts'
import { applyMigrations } from '../../../supabase/migrate.ts'
import { readSearchQuery } from '../../../src/lib/domain/search-query.ts'
import { createAsMember, createDatabase, type AsMember } from '../../../src/lib/server/database/database.ts'
import { createPool } from '../../../src/lib/server/database/pool.ts'
import { searchContacts, searchMessages } from '../../../src/lib/server/database/search.ts'
import { findFreePort } from '../../support/free-port.ts'
import { makeTestDirectory, removeTestDirectory } from '../../support/temporary-directory.ts'
import type { BenchOptions, BenchResult } from '../main.ts'
import { median, percentile, rounded } from '../statistics.ts'
import { seedWorkspace, type SeededWorkspace } from './seed.ts'

const webPassword = 'search bench'

/** What people type; each is asked many times, with other digits and names. */
const kinds = {
  exact: (n: number) => [
    `0812${String(n % 10_000).padStart(8, '0')}`,
    `+62 812 ${String(n % 10_000).padStart(8, '0')}`,
  ],
  prefix: (n: number) => [
    `+6281200${String(n % 100).padStart(2, '0')}`,
    ['budi s', 'siti', 'agus w', 'maya'][n % 4] ?? '',
  ],
  lastDigits: (n: number) => [String(n % 10_000).padStart(4, '0')],
  fuzzy: (n: number) => [['budi santso', 'kurnaiwan', 'sti rahayu', 'wijyaa'][n % 4] ?? ''],
} as const
const words = [
  'harga',
  'pembelian',
  'sepatu hitam',
  'invoice tomorrow payment',
  'inv5000',
  'pem',
  'zzqqxx',
  'terima kasih',
]

/**
 * The server's time of a search, as the signed-in member: in a workspace of 10,000 conversations and 1,000,000 messages,
 * and how searches for people grow from 10,000 to 1,000,000 contacts.
 */
export async function runSearch({ log, isShort }: BenchOptions): Promise<BenchResult> {
  const scale = isShort ? 100 : 1
  const rounds = isShort ? 5 : 60
  const directory = await makeTestDirectory()
  const postgres = await startPostgres({ directory, port: await findFreePort(), log })
  try {
    const adminUrl = postgres.adminUrl()
    await preparePlatform(adminUrl)
    await applyMigrations(postgres.ownerUrl())
    const admin = new pg.Client(adminUrl)
    await admin.connect()
    await admin.query(`alter role my21_web password '${webPassword}'`)
    log('Seeding')
    const busy = await seedWorkspace(admin, 'busy', {
      contacts: 10_000 / scale,
      conversations: 10_000 / scale,
      messages: 1_000_000 / scale,
    })
    const crowd = await seedWorkspace(admin, 'crowd', {
      contacts: 1_000_000 / scale,
      conversations: 1_000 / scale,
      messages: 10_000 / scale,
    })
    await admin.query('vacuum analyze')
    await admin.end()

    const webUrl = new URL(adminUrl)
    webUrl.username = 'my21_web'
    webUrl.password = webPassword
    const pool = createPool({ connectionString: webUrl.href, applicationName: 'search bench', max: 2 })
    const asMember = createAsMember(createDatabase(pool), () => Promise.resolve())
    try {
      return await measure(asMember, busy, crowd, rounds, log)
    } finally {
      await pool.end()
    }
  } finally {
    await postgres.stop()
    await removeTestDirectory(directory)
  }
}

async function measure(
  asMember: AsMember,
  busy: SeededWorkspace,
  crowd: SeededWorkspace,
  rounds: number,
  log: (line: string) => void,
): Promise<BenchResult> {
  const figures: Record<string, number> = {}
  const growth: Record<string, number> = {}
  const everyBusy: number[] = []
  for (const [kind, queriesOf] of Object.entries(kinds)) {
    log(`People: ${kind}`)
    const small: number[] = []
    const large: number[] = []
    // In turns, so that a slow moment of the machine meets both.
    for (let round = 0; round < rounds; round++) {
      for (const text of queriesOf(round * 37 + 11)) {
        small.push(await timePeople(asMember, busy, text))
        large.push(await timePeople(asMember, crowd, text))
      }
    }
    everyBusy.push(...small)
    growth[kind] = median(large) / median(small)
    figures[`${kind}: ms, median of 10,000 contacts`] = rounded(median(small))
    figures[`${kind}: ms, median of 1,000,000 contacts`] = rounded(median(large))
    figures[`${kind}: growth`] = rounded(growth[kind])
  }
  log('Messages')
  const spoken: number[] = []
  for (const text of words) {
    const times: number[] = []
    for (let round = 0; round < rounds; round++) times.push(await timeMessages(asMember, busy, text))
    spoken.push(...times)
    figures[`messages: ms, p95 of “${text}”`] = rounded(percentile(times, 0.95))
  }
  figures['messages: ms, p95'] = rounded(percentile(spoken, 0.95))
  figures['people: ms, p95'] = rounded(percentile(everyBusy, 0.95))
  const isFast = percentile([...spoken, ...everyBusy], 0.95) < 50
  return {
    name: 'search',
    figures,
    goals: [
      { text: 'p95 under 50 ms with 10,000 conversations and 1,000,000 messages', isReached: isFast },
      ...(['exact', 'prefix'] as const).map((kind) => ({
        text: `${kind}: at most 2 times as long with 1,000,000 contacts as with 10,000`,
        isReached: (growth[kind] ?? Infinity) <= 2,
      })),
      {
        text: 'fuzzy: at most 10 times as long with 1,000,000 contacts as with 10,000',
        isReached: (growth['fuzzy'] ?? Infinity) <= 10,
      },
    ],
  }
}

async function timePeople(asMember: AsMember, of: SeededWorkspace, text: string): Promise<number> {
  const start = performance.now()
  await asMember({ sub: of.ownerId, exp: 0 }, (database) =>
    searchContacts(database, of.workspaceId, readSearchQuery(text, 'ID'), 8),
  )
  return performance.now() - start
}

async function timeMessages(asMember: AsMember, of: SeededWorkspace, text: string): Promise<number> {
  const start = performance.now()
  await asMember({ sub: of.ownerId, exp: 0 }, (database) =>
    searchMessages(database, of.workspaceId, readSearchQuery(text, 'ID'), null, 20),
  )
  return performance.now() - start
}
