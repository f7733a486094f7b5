import { setTimeout as pause } from 'node:timers/promises'
import type { Locator, Page } from '@playwright/test'
import type { ConversationPage, InboxCounts } from '../../src/lib/domain/inbox.ts'
import { createRandom } from '../faults/load.ts'
import { cuts, layBadLine, type BadLine } from '../support/bad-line.ts'
import { addAgent } from './members.ts'
import { runQuery } from './query.ts'
import {
  addCustomer,
  expect,
  signIn,
  testInOwnShop,
  write,
  type ConnectedShop,
  type Customer,
} from './shop.ts'
import { killPart, type E2eStack } from './stack.ts'

const test = testInOwnShop()

/** `DISCONNECTS=200 DISCONNECT_SEED=1 npx playwright test disconnects` is the long form, on a stack of its own. */
const disconnects = Number(process.env['DISCONNECTS'] ?? 10)
const seed = Number(process.env['DISCONNECT_SEED'] ?? Math.floor(Math.random() * 1_000_000))
const isLong = disconnects > 20
const messagesPerSecond = 4
const replyEveryMs = 1_500
/** In the long form the web process dies as often as this. */
const cutsPerKill = 25

const bubblesOf = (page: Page): Locator => page.locator('[data-thread] [data-direction]')

test('what two browsers show has no gap and nothing twice after random disconnects under load', async ({
  page,
  browser,
  stack,
  shop,
}) => {
  test.setTimeout(60_000 + disconnects * 6_000)
  console.log(`${String(disconnects)} disconnects, DISCONNECT_SEED=${String(seed)}`)
  const random = createRandom(seed)
  const open = await addCustomer(stack, 'Putri')
  const others = await Promise.all(['Bima', 'Citra', 'Dewi'].map((name) => addCustomer(stack, name)))
  for (const customer of [open, ...others]) await write(stack, shop, customer, 'Halo')
  const agent = await addAgent(stack, shop, 'Bayu')
  const elsewhere = await browser.newContext({ storageState: { cookies: [], origins: [] } })
  const other = await elsewhere.newPage()
  await signIn(other, agent)
  const lines = [await layBadLine(page), await layBadLine(other)]
  for (const each of [page, other]) await openThread(each, shop, open)

  const load = startLoad(stack, shop, open, others, random)
  const replies = startReplies(page, open)
  let kills = 0
  await Promise.all(
    lines.map((line, index) =>
      disconnect(line, Math.ceil((disconnects - index) / 2), createRandom(seed + 1 + index), async (done) => {
        if (!isLong || index > 0 || done % cutsPerKill !== 0) return
        kills += 1
        killPart(stack, 'web')
        await pause(0)
      }),
    ),
  )
  const written = await load.stop()
  const sent = await replies.stop()
  console.log(
    `${String(written)} messages, ${String(sent.length)} replies, the web process killed ${String(kills)} times`,
  )

  // Whoever comes back to the tab does not wait for the next try.
  for (const each of [page, other]) await each.evaluate(() => window.dispatchEvent(new Event('focus')))
  const conversationId = /inbox\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? ''
  const inDatabase = () => messageIdsOf(stack, conversationId)
  await expect
    .poll(async () => (await inDatabase()).length, { timeout: 60_000 })
    .toBeGreaterThanOrEqual(load.writtenToOpen() + sent.length + 1)
  for (const each of [page, other]) {
    await expect.poll(() => shownIds(each), { timeout: 60_000 }).toEqual(await inDatabase())
    await expectListAsServer(each, shop)
  }
  const texts = await runQuery<{ text: string }>(
    stack,
    `select m.text from public.messages m
     where m.conversation_id = $1 and m.direction = 'outbound' order by m.occurred_at, m.id`,
    [conversationId],
  )
  expect(texts.map(({ text }) => text)).toEqual(sent)
  expect((await inDatabase()).length).toBe(load.writtenToOpen() + sent.length + 1)
  await elsewhere.close()
})

async function openThread(page: Page, shop: ConnectedShop, customer: Customer): Promise<void> {
  await page.goto(`/w/${shop.slug}/inbox`)
  await page.getByRole('link').filter({ hasText: customer.name }).click()
  await expect(bubblesOf(page)).toHaveCount(1)
  await expect(page.locator('[data-live]').filter({ visible: true }).first()).toHaveAttribute(
    'data-live',
    'live',
  )
}

/** Cuts a line again and again, at moments and in ways that come from a seed. */
async function disconnect(
  line: BadLine,
  times: number,
  random: () => number,
  onCut: (done: number) => Promise<void>,
): Promise<void> {
  for (let done = 1; done <= times; done++) {
    await pause(200 + random() * 1_000)
    await line.cut(cuts[Math.floor(random() * cuts.length)] ?? 'offline')
    await onCut(done)
    await pause(50 + random() * 1_200)
    await line.mend()
  }
}

function startLoad(
  stack: E2eStack,
  shop: ConnectedShop,
  open: Customer,
  others: Customer[],
  random: () => number,
) {
  let isStopping = false
  let [written, toOpen] = [0, 0]
  async function run(): Promise<void> {
    while (!isStopping) {
      const isToOpen = random() < 0.6
      const customer = isToOpen ? open : others[Math.floor(random() * others.length)]
      if (!customer) continue
      await write(stack, shop, customer, `Message ${String(written)}`)
      written += 1
      if (isToOpen) toOpen += 1
      await pause(1_000 / messagesPerSecond)
    }
  }
  const running = run()
  return {
    writtenToOpen: () => toOpen,
    async stop() {
      isStopping = true
      await running
      return written
    },
  }
}

/** Somebody answers all the while, whatever the line is like. */
function startReplies(page: Page, customer: Customer) {
  const sent: string[] = []
  let isStopping = false
  async function run(): Promise<void> {
    const field = page.getByLabel(`Reply to ${customer.name}`)
    while (!isStopping) {
      const text = `Reply ${String(sent.length)}`
      await field.fill(text)
      await field.press('Control+Enter')
      await expect(field).toHaveValue('')
      sent.push(text)
      await pause(replyEveryMs)
    }
  }
  const running = run()
  return {
    async stop() {
      isStopping = true
      await running
      return sent
    },
  }
}

function shownIds(page: Page): Promise<(string | null)[]> {
  return bubblesOf(page).evaluateAll((bubbles) =>
    bubbles.map((bubble) => bubble.getAttribute('data-message')),
  )
}

async function messageIdsOf(stack: E2eStack, conversationId: string): Promise<string[]> {
  const rows = await runQuery<{ id: string }>(
    stack,
    `select m.id from public.messages m where m.conversation_id = $1
     order by date_trunc('milliseconds', m.occurred_at), m.id`,
    [conversationId],
  )
  return rows.map(({ id }) => id)
}

/** The rows on screen say what the server says to the same member, and so does the title. */
async function expectListAsServer(page: Page, { slug }: ConnectedShop): Promise<void> {
  const ask = <Answer>(path: string) =>
    page.evaluate(
      async (address) => (await (await fetch(address)).json()) as unknown,
      `/w/${slug}/inbox/${path}`,
    ) as Promise<Answer>
  await expect(async () => {
    const { conversations } = await ask<ConversationPage>('conversations')
    const { unread } = await ask<InboxCounts>('counts')
    const shown = await page
      .locator('a[id^=conversation-]')
      .evaluateAll((rows) => rows.map((row) => ({ id: row.id, words: row.textContent })))
    expect(shown.map(({ id }) => id)).toEqual(conversations.map(({ id }) => `conversation-${id}`))
    for (const [index, { lastMessage, unreadCount }] of conversations.entries()) {
      const words = shown[index]?.words.replace(/\s+/g, ' ') ?? ''
      expect(words).toContain(lastMessage?.text ?? '')
      expect(/(\d+) unread/.exec(words)?.[1] ?? '0').toBe(String(unreadCount))
    }
    expect(/^\((\d+)\)/.exec(await page.title())?.[1] ?? '0').toBe(String(unread))
  }).toPass({ timeout: 30_000 })
}
