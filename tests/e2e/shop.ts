import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseEnv, promisify } from 'node:util'
import type { Browser, BrowserContext, Page } from '@playwright/test'
import { localEnvironmentFile } from '../../src/launcher/environment.ts'
import { nodeEnvironment } from '../support/node-environment.ts'
import { expect, test as base, type E2eStack } from './stack.ts'

export { expect } from './stack.ts'

const run = promisify(execFile)

export interface Person {
  email: string
  password: string
}

/** A workspace of its own, so that faults and switched-off things disturb nobody else. */
export interface Shop {
  slug: string
  name: string
  owner: Person
}

export interface ConnectedNumber {
  phoneNumberId: string
  displayPhone: string
  webhookUrl: string
  webhookSecret: string
}

export interface ConnectedShop extends Shop {
  number: ConnectedNumber
  /** The owner's browser, signed in. */
  signedIn: Awaited<ReturnType<BrowserContext['storageState']>>
}

/** Runs the operator's command line on the stack and returns what it prints with `--json`. */
export async function runCli(
  stack: E2eStack,
  words: string[],
  secrets: Record<string, string>,
): Promise<unknown> {
  const { stdout } = await run(process.execPath, ['src/cli.ts', ...words, '--json'], {
    env: { ...nodeEnvironment(), ...environmentOf(stack), ...secrets },
  })
  return JSON.parse(stdout)
}

export function environmentOf(stack: E2eStack): NodeJS.Dict<string> {
  return parseEnv(readFileSync(localEnvironmentFile(stack.embeddedDir), 'utf8'))
}

/** Calls the simulator: what customers, colleagues and the network do. */
export async function simulate<Answer>(stack: E2eStack, path: string, body: object): Promise<Answer> {
  const response = await fetch(new URL(path, stack.simulatorUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': environmentOf(stack)['KAPSO_API_KEY'] ?? '' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path}: ${String(response.status)} ${await response.text()}`)
  const { data } = (await response.json()) as { data: Answer }
  return data
}

/** Makes a workspace and its owner. It has no number yet. */
export async function openShop(stack: E2eStack, name: string): Promise<Shop> {
  const owner = {
    email: `shop-${randomBytes(4).toString('hex')}@example.com`,
    password: 'a long enough password',
  }
  const words = ['workspace', 'create', '--name', name, '--owner-email', owner.email, '--owner-name', 'Wulan']
  const { slug } = (await runCli(stack, words, { OWNER_PASSWORD: owner.password })) as { slug: string }
  return { slug, name, owner }
}

/** Connects a number as an operator does: at the command line, then at Kapso. */
export async function connectNumber(stack: E2eStack, shop: Shop): Promise<ConnectedNumber> {
  const { id, displayPhoneNumber } = await simulate<{ id: string; displayPhoneNumber: string }>(
    stack,
    '/simulator/phone-numbers',
    {},
  )
  const webhookSecret = randomBytes(24).toString('hex')
  const words = ['channel', 'add', '--workspace', shop.slug, '--phone-number-id', id]
  const { webhookUrl } = (await runCli(stack, [...words, '--display-phone', displayPhoneNumber], {
    WEBHOOK_SECRET: webhookSecret,
  })) as { webhookUrl: string }
  const events = ['received', 'sent', 'delivered', 'read', 'failed']
  await simulate(stack, `/platform/v1/whatsapp/phone_numbers/${id}/webhooks`, {
    whatsapp_webhook: {
      url: webhookUrl,
      kind: 'kapso',
      payload_version: 'v2',
      secret_key: webhookSecret,
      events: events.map((event) => `whatsapp.message.${event}`),
      active: true,
      buffer_enabled: false,
    },
  })
  return { phoneNumberId: id, displayPhone: displayPhoneNumber, webhookUrl, webhookSecret }
}

export interface Customer {
  id: string
  name: string
  /** Digits with country code. */
  phone: string
}

/** Somebody new, who has written nothing yet. */
export function addCustomer(stack: E2eStack, firstName: string): Promise<Customer> {
  return simulate(stack, '/simulator/customers', { name: `${firstName} ${randomBytes(3).toString('hex')}` })
}

/** A customer writes to a shop's number; `at` in milliseconds, now when left out. */
export async function write(
  stack: E2eStack,
  { number }: ConnectedShop,
  customer: Customer,
  text: string,
  at?: number,
): Promise<void> {
  const { phoneNumberId } = number
  await simulate(stack, `/simulator/customers/${customer.id}/messages`, { text, phoneNumberId, at })
}

/** Signs a browser in by the form's own request: how the form looks and behaves is what sign-in.spec.ts is about. */
async function enter({ request }: BrowserContext, person: Person, origin: string): Promise<void> {
  const { email, password } = person
  const answer = await request.post(`${origin}/sign-in`, {
    form: { email, password },
    headers: { origin, accept: 'text/html' },
  })
  expect(new URL(answer.url()).pathname).toMatch(/\/inbox$/)
}

/** Signs in and opens the inbox; of another web process than the stack's where its origin is given. */
export async function signIn(
  page: Page,
  person: Person,
  origin = process.env['E2E_BASE_URL'] ?? '',
): Promise<void> {
  await enter(page.context(), person, origin)
  await page.goto('/')
  await page.waitForURL(/\/inbox$/)
}

async function openConnectedShop(stack: E2eStack, browser: Browser): Promise<ConnectedShop> {
  const shop = await openShop(stack, 'Kebun Anggrek')
  const number = await connectNumber(stack, shop)
  const context = await browser.newContext({ baseURL: stack.baseURL })
  await enter(context, shop.owner, stack.baseURL)
  const signedIn = await context.storageState()
  await context.close()
  return { ...shop, number, signedIn }
}

type ShopFixture = [
  (
    fixtures: { stack: E2eStack; browser: Browser },
    use: (shop: ConnectedShop) => Promise<void>,
  ) => Promise<void>,
  { scope: 'worker' },
]

function makeShopFixture(): ShopFixture {
  return [
    async ({ stack, browser }, use) => {
      await use(await openConnectedShop(stack, browser))
    },
    { scope: 'worker' },
  ]
}

/** With a shop of its own for each worker, in which its owner is signed in. */
export const test = base.extend<object, { shop: ConnectedShop }>({
  shop: makeShopFixture(),
  storageState: async ({ shop }, use) => {
    await use(shop.signedIn)
  },
})

/**
 * The same with another shop: for a file whose tests change settings (an away message answers the customers of every
 * test), or fill the list, of which only what is in sight is drawn.
 */
export function testInOwnShop() {
  return test.extend<object, { shop: ConnectedShop }>({ shop: makeShopFixture() })
}

/** In one shop for all that change settings. */
export const settingsTest = testInOwnShop()
