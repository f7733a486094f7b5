import { setTimeout as sleep } from 'node:timers/promises'
import { chromium, type Page } from '@playwright/test'
import type { LocalStack } from '../../../src/launcher/local-stack.ts'
import { chromiumArguments } from '../../../src/launcher/chromium-arguments.js'
import { receivedBody } from '../../support/kapso-bodies.ts'
import { withLocalStack } from '../bench-stack.ts'
import type { BenchOptions, BenchResult } from '../main.ts'
import { percentile, rounded } from '../statistics.ts'
import { openDemoDoor, type DemoDoor } from './demo-door.ts'

const messagesPerSecond = 20
/** Half of the messages go to the thread that is open, the others to so many customers in the list. */
const listedCustomers = 20

interface Seen {
  /** Milliseconds since the epoch at which the text was in the page, by message number. */
  inPage: Record<string, number>
  /** The same for the frame that showed it. */
  inFrame: Record<string, number>
}

/**
 * From the moment at which a delivery is accepted (its 200 has arrived) to the moment at which the message's text stands
 * in the page of a real browser with an open inbox: in the open thread for half of the messages, in the list for the
 * others.
 */
export async function runLatency({ log, isShort }: BenchOptions): Promise<BenchResult> {
  const seconds = isShort ? 2 : 30
  return withLocalStack(log, async (stack) => {
    const door = openDemoDoor(stack)
    const browser = await chromium.launch({
      executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
      args: chromiumArguments,
    })
    try {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
      await openThread(page, stack, door)
      await page.evaluate(watchForTexts)
      log(`sending ${String(messagesPerSecond)} messages a second for ${String(seconds)} s`)
      const acceptedAt = await sendAll(door, seconds)
      await page
        .waitForFunction((count) => Object.keys(window.seen.inFrame).length >= count, acceptedAt.size, {
          timeout: 15_000,
        })
        .catch(() => undefined)
      const seen: Seen = await page.evaluate(() => window.seen)
      return summarise(acceptedAt, seen, seconds)
    } finally {
      await browser.close()
    }
  })
}

declare global {
  interface Window {
    seen: Seen
  }
}

async function openThread(page: Page, stack: LocalStack, door: DemoDoor): Promise<void> {
  await page.goto(`${stack.origin}/sign-in`)
  await page.getByLabel('E-mail').fill(stack.demo.ownerEmail)
  await page.getByLabel('Password', { exact: true }).fill(stack.demo.ownerPassword)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(/\/inbox$/)
  await door.send(bodyOf(door, 0, 'Open this thread'))
  for (let customer = 1; customer <= listedCustomers; customer++)
    await door.send(bodyOf(door, customer, 'Halo'))
  await page.getByRole('link').filter({ hasText: 'Open this thread' }).click()
  await page.getByRole('region', { name: 'Messages' }).getByText('Open this thread').waitFor()
  await page.getByText('Live', { exact: true }).filter({ visible: true }).first().waitFor()
  await sleep(1_000)
}

/** Runs in the page: notes when each numbered text first stands in it, and in which frame. */
function watchForTexts(): void {
  window.seen = { inPage: {}, inFrame: {} }
  const now = (): number => performance.timeOrigin + performance.now()
  const note = (text: string): void => {
    for (const match of text.matchAll(/bench-(\d+)/g)) {
      const number = match[1]
      if (number === undefined || number in window.seen.inPage) continue
      window.seen.inPage[number] = now()
      requestAnimationFrame(() => {
        window.seen.inFrame[number] = now()
      })
    }
  }
  new MutationObserver((mutations) => {
    for (const mutation of mutations) {
      if (mutation.type === 'characterData') note(mutation.target.textContent ?? '')
      for (const node of mutation.addedNodes) note(node.textContent ?? '')
    }
  }).observe(document.body, { childList: true, characterData: true, subtree: true })
}

let sequence = 0

function bodyOf(door: DemoDoor, customer: number, text: string): object {
  sequence++
  return receivedBody({
    wamid: `wamid.bench${String(sequence)}`,
    phoneNumberId: door.phoneNumberId,
    phone: `6281200${String(9000 + customer)}`,
    contactName: `Pelanggan ${String(customer)}`,
    text,
  })
}

async function sendAll(door: DemoDoor, seconds: number): Promise<Map<string, number>> {
  const acceptedAt = new Map<string, number>()
  const startedAt = performance.now()
  const sends: Promise<void>[] = []
  for (let number = 0; number < seconds * messagesPerSecond; number++) {
    const dueAt = startedAt + (number * 1000) / messagesPerSecond
    await sleep(Math.max(0, dueAt - performance.now()))
    const customer = number % 2 === 0 ? 0 : 1 + (Math.floor(number / 2) % listedCustomers)
    const name = String(number)
    sends.push(
      door.send(bodyOf(door, customer, `Pesan bench-${name} untuk toko`)).then(() => {
        acceptedAt.set(name, performance.timeOrigin + performance.now())
      }),
    )
  }
  await Promise.all(sends)
  return acceptedAt
}

function summarise(acceptedAt: Map<string, number>, seen: Seen, seconds: number): BenchResult {
  const delays = (times: Record<string, number>): number[] =>
    [...acceptedAt].flatMap(([number, at]) => {
      const seenAt = times[number]
      return seenAt === undefined ? [] : [Math.max(0, seenAt - at)]
    })
  const inPage = delays(seen.inPage)
  const inFrame = delays(seen.inFrame)
  const missing = acceptedAt.size - inPage.length
  const p50 = percentile(inPage, 0.5)
  const p95 = percentile(inPage, 0.95)
  return {
    name: 'latency',
    figures: {
      messages: acceptedAt.size,
      seconds,
      neverSeen: missing,
      p50Ms: rounded(p50),
      p95Ms: rounded(p95),
      p99Ms: rounded(percentile(inPage, 0.99)),
      highestMs: rounded(Math.max(...inPage)),
      p50ToTheFrameMs: rounded(percentile(inFrame, 0.5)),
      p95ToTheFrameMs: rounded(percentile(inFrame, 0.95)),
    },
    goals: [
      { text: 'every message is seen', isReached: missing === 0 },
      { text: 'p50 under 50 ms', isReached: p50 < 50 },
      { text: 'p95 under 150 ms', isReached: p95 < 150 },
    ],
  }
}
