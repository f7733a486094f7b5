import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { chromium, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { chromiumArguments } from '../../../src/launcher/chromium-arguments.js'
import type { LocalStack } from '../../../src/launcher/local-stack.ts'
import { withLocalStack } from '../bench-stack.ts'
import type { BenchOptions, BenchResult } from '../main.ts'
import { percentile, rounded } from '../statistics.ts'
import { measureOpening, measureScrolling, takePaints, watchPaints } from './next-paint.ts'
import { seedInbox, type SeededInbox } from './seed-inbox.ts'

const slowdown = 4
/** Twelve keys a second, as the fastest typists do. */
const keyPauseMs = 80
const desktop = { width: 1440, height: 900 }
/** Lighthouse's mobile profile as it throttles a real browser: slow 4G, a slow processor, a small dense screen. */
const mobile = {
  screen: { viewport: { width: 412, height: 823 }, deviceScaleFactor: 1.75, isMobile: true, hasTouch: true },
  network: {
    offline: false,
    latency: 562.5,
    downloadThroughput: (1474.56 * 1024) / 8,
    uploadThroughput: (675 * 1024) / 8,
  },
}

interface Sizes {
  conversations: number
  messagesEach: number
  rounds: number
}

/** How fast the inbox answers its users, in a real browser on the built app, slowed down. */
export async function runUi({ log, isShort }: BenchOptions): Promise<BenchResult> {
  const sizes: Sizes = isShort
    ? { conversations: 120, messagesEach: 30, rounds: 5 }
    : { conversations: 10_000, messagesEach: 100, rounds: 40 }
  return withLocalStack(log, async (stack) => {
    const owner = { ownerEmail: stack.demo.ownerEmail, log }
    const ownerUrl = stack.environment['DATABASE_URL_OWNER'] ?? ''
    const big = await seedInbox(ownerUrl, { ...owner, ...sizes })
    const small = await seedInbox(ownerUrl, { ...owner, conversations: 100, messagesEach: 30 })
    const browser = await chromium.launch({
      executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
      args: [...chromiumArguments, '--enable-precise-memory-info'],
    })
    try {
      const storageState = await signIn(browser, stack)
      const open = (options: Parameters<Browser['newContext']>[0] = { viewport: desktop }) =>
        browser.newContext({ ...options, storageState, serviceWorkers: 'block' })
      log('first load')
      const load = await measureFirstLoad(await open(mobile.screen), stack, big)
      log('typing, opening, closing, scrolling')
      const feel = await measureFeel(await open(), stack, big, sizes.rounds)
      log('memory')
      const memory = {
        big: await measureHeap(await open(), stack, big, sizes.conversations),
        small: await measureHeap(await open(), stack, small, 100),
      }
      log('server times')
      const server = await measureServer(await open(), stack, big, sizes.rounds)
      return summarise({ ...load, ...feel, ...server, heapRatio: memory.big / memory.small, sizes })
    } finally {
      await browser.close()
    }
  })
}

async function signIn(browser: Browser, stack: LocalStack) {
  const context = await browser.newContext({ serviceWorkers: 'block' })
  const page = await context.newPage()
  await page.goto(`${stack.origin}/sign-in`)
  await page.getByLabel('E-mail').fill(stack.demo.ownerEmail)
  await page.getByLabel('Password', { exact: true }).fill(stack.demo.ownerPassword)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(/\/inbox/)
  const state = await context.storageState()
  await context.close()
  return state
}

const addressOf = (stack: LocalStack, { slug }: SeededInbox) => `${stack.origin}/w/${slug}/inbox`

async function measureFirstLoad(context: BrowserContext, stack: LocalStack, inbox: SeededInbox) {
  const page = await context.newPage()
  const devtools = await context.newCDPSession(page)
  await devtools.send('Network.enable')
  await devtools.send('Network.emulateNetworkConditions', mobile.network)
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
  const scripts = new Set<string>()
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (pathname.endsWith('.js')) scripts.add(pathname)
  })
  await page.addInitScript(() => {
    Object.assign(window, { lcp: 0, cls: 0 })
    const seen = window as unknown as { lcp: number; cls: number }
    new PerformanceObserver((list) => {
      seen.lcp = list.getEntries().at(-1)?.startTime ?? seen.lcp
    }).observe({ type: 'largest-contentful-paint', buffered: true })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number
        hadRecentInput: boolean
      })[])
        if (!entry.hadRecentInput) seen.cls += entry.value
    }).observe({ type: 'layout-shift', buffered: true })
  })
  await page.goto(addressOf(stack, inbox), { waitUntil: 'commit' })
  // Put there by the scripts as soon as they run: what came before is what the page waits for.
  await page.locator('#svelte-announcer').waitFor({ state: 'attached', timeout: 60_000 })
  const first = [...scripts]
  await page.waitForLoadState('networkidle')
  await page.locator('[data-live=live]').filter({ visible: true }).first().waitFor({ timeout: 60_000 })
  const { lcp, cls } = await page.evaluate(() => {
    const seen = window as unknown as { lcp: number; cls: number }
    return { lcp: seen.lcp, cls: seen.cls }
  })
  await context.close()
  return { scriptKilobytes: weigh(first), laterKilobytes: weigh([...scripts]) - weigh(first), lcp, cls }
}

function weigh(paths: readonly string[]): number {
  const bytes = paths.map((path) => gzipSync(readFileSync(join('build/client', path))).length)
  return bytes.reduce((sum, size) => sum + size, 0) / 1024
}

async function openInbox(page: Page, stack: LocalStack, inbox: SeededInbox): Promise<void> {
  await page.goto(addressOf(stack, inbox))
  await page.locator('[data-live=live]').filter({ visible: true }).first().waitFor({ timeout: 60_000 })
}

const listedIds = (page: Page) =>
  page
    .locator('a[id^=conversation-]')
    .evaluateAll((rows) => rows.map((row) => row.id.replace('conversation-', '')))

async function measureFeel(context: BrowserContext, stack: LocalStack, inbox: SeededInbox, rounds: number) {
  const page = await context.newPage()
  await openInbox(page, stack, inbox)
  const devtools = await context.newCDPSession(page)
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown })

  const cold: number[] = []
  const prefetched: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const ids = await listedIds(page)
    // Three rows on, so that neither it nor its neighbours were looked at yet; then the one after it, which was.
    const at = (round * 3) % Math.max(1, ids.length - 2)
    const [first, second] = [ids[at], ids[at + 1]]
    if (first === undefined || second === undefined) break
    cold.push(await measureOpening(page, first))
    await page.waitForTimeout(600)
    prefetched.push(await measureOpening(page, second))
    await page.mouse.move(200, 500)
    await page.mouse.wheel(0, 200)
    await page.waitForTimeout(300)
  }

  await watchPaints(page, ['keydown'])
  const field = page.getByRole('textbox').last()
  await field.click()
  await takePaints(page)
  for (let key = 0; key < rounds * 3; key += 1) {
    await page.keyboard.press('abcdefgh '.charAt(key % 9))
    await page.waitForTimeout(keyPauseMs)
  }
  const typing = await takePaints(page)
  await field.fill('')
  await page.locator('a[id^=conversation-]').first().focus()
  await takePaints(page)
  for (let round = 0; round < rounds; round += 1) {
    await page.keyboard.press('Shift+E')
    await page.waitForTimeout(250)
  }
  const closing = await takePaints(page)

  await page.mouse.move(200, 500)
  const frames = await measureScrolling(page, rounds > 10 ? 8 : 1)
  await context.close()
  return { cold, prefetched, typing, closing, frames }
}

/** Bytes of JavaScript's heap after the whole list was scrolled through. */
async function measureHeap(
  context: BrowserContext,
  stack: LocalStack,
  inbox: SeededInbox,
  conversations: number,
): Promise<number> {
  const page = await context.newPage()
  await openInbox(page, stack, inbox)
  const devtools = await context.newCDPSession(page)
  await page.mouse.move(200, 500)
  for (let row = 0; row < conversations; row += 50) {
    await page.mouse.wheel(0, 50 * 64)
    await page.waitForTimeout(60)
  }
  await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = (await devtools.send('Runtime.getHeapUsage')) as { usedSize: number }
  await context.close()
  return usedSize
}

async function measureServer(context: BrowserContext, stack: LocalStack, inbox: SeededInbox, rounds: number) {
  const page = await context.newPage()
  await openInbox(page, stack, inbox)
  const ids = await listedIds(page)
  const base = `/w/${inbox.slug}`
  const time = (paths: string[]) =>
    page.evaluate(async (asked) => {
      const times: number[] = []
      // The browser notes 250 requests and no more, many of which the page has made.
      performance.clearResourceTimings()
      for (const path of asked) {
        await (await fetch(path)).text()
        const [entry] = performance.getEntriesByName(new URL(path, location.href).href).slice(-1)
        if (entry instanceof PerformanceResourceTiming) times.push(entry.responseStart - entry.requestStart)
      }
      return times
    }, paths)
  const repeat = (make: (round: number) => string) => Array.from({ length: rounds * 2 }, (_, n) => make(n))
  const views = ['open', 'mine', 'unassigned', 'closed', 'closing']
  const words = ['ongkos kirim', 'Sari Wijaya', 'transfer sore', '0811-000', 'budi lestri', 'price list']
  const result = {
    list: await time(repeat((n) => `${base}/inbox/conversations?view=${views[n % 5] ?? 'open'}`)),
    thread: await time(repeat((n) => `${base}/inbox/${ids[n % ids.length] ?? ''}/messages`)),
    search: await time(repeat((n) => `${base}/search?q=${encodeURIComponent(words[n % 6] ?? '')}`)),
  }
  await context.close()
  return result
}

interface Measured {
  scriptKilobytes: number
  laterKilobytes: number
  lcp: number
  cls: number
  cold: number[]
  prefetched: number[]
  typing: number[]
  closing: number[]
  frames: number[]
  list: number[]
  thread: number[]
  search: number[]
  heapRatio: number
  sizes: Sizes
}

function summarise(measured: Measured): BenchResult {
  const p95 = (values: number[]) => rounded(percentile(values, 0.95))
  const longFrames = measured.frames.filter((milliseconds) => milliseconds > 50).length
  const longFramePercent = rounded((100 * longFrames) / Math.max(1, measured.frames.length))
  const figures = {
    conversations: measured.sizes.conversations,
    messages: measured.sizes.conversations * measured.sizes.messagesEach,
    cpuSlowdown: slowdown,
    typingP95Ms: p95(measured.typing),
    closingP95Ms: p95(measured.closing),
    openingPrefetchedP95Ms: p95(measured.prefetched),
    openingColdP95Ms: p95(measured.cold),
    scrollFrames: measured.frames.length,
    scrollFramesOver50MsPercent: longFramePercent,
    heapBigToSmall: rounded(measured.heapRatio),
    scriptKilobytes: rounded(measured.scriptKilobytes),
    scriptKilobytesLoadedLater: rounded(measured.laterKilobytes),
    lcpMs: rounded(measured.lcp),
    cls: Math.round(measured.cls * 10_000) / 10_000,
    listServerP95Ms: p95(measured.list),
    threadServerP95Ms: p95(measured.thread),
    searchServerP95Ms: p95(measured.search),
  }
  return {
    name: 'ui',
    figures,
    goals: [
      { text: 'typing p95 under 50 ms to the next paint', isReached: figures.typingP95Ms < 50 },
      { text: 'closing p95 under 50 ms to the next paint', isReached: figures.closingP95Ms < 50 },
      { text: 'opening p95 under 100 ms when prefetched', isReached: figures.openingPrefetchedP95Ms < 100 },
      { text: 'opening p95 under 300 ms cold', isReached: figures.openingColdP95Ms < 300 },
      { text: 'under 1 % of the frames of scrolling over 50 ms', isReached: longFramePercent < 1 },
      { text: 'heap at most 1.5 times that of 100 conversations', isReached: figures.heapBigToSmall <= 1.5 },
      {
        text: 'at most 100 KB of gzipped JavaScript before the page runs',
        isReached: figures.scriptKilobytes <= 100,
      },
      { text: 'LCP under 1.8 s', isReached: figures.lcpMs < 1_800 },
      { text: 'CLS under 0.02', isReached: figures.cls < 0.02 },
      { text: 'list p95 under 50 ms on the server', isReached: figures.listServerP95Ms < 50 },
      { text: 'thread p95 under 50 ms on the server', isReached: figures.threadServerP95Ms < 50 },
      { text: 'search p95 under 50 ms on the server', isReached: figures.searchServerP95Ms < 50 },
    ],
  }
}
