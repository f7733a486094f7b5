import { fileURLToPath } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, chromium, expect as expectPage, type Page } from '@playwright/test'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readShellPath } from '../../src/launcher/chromium-path.js'
import type { Simulator } from '../../src/simulator/simulator.ts'
import {
  collectClosers,
  type Receiver,
  register,
  sendText,
  startFastSimulator,
  startReceiver,
} from '../support/simulator-client.ts'

const closers = collectClosers()
let browser: Browser

beforeAll(async () => {
  const executablePath = readShellPath(fileURLToPath(new URL('../..', import.meta.url)))
  browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  })
})

afterAll(() => browser.close())
afterEach(() => closers.closeAll())

interface Parts {
  simulator: Simulator
  receiver: Receiver
  page: Page
  /** What the browser complained of. */
  complaints: string[]
}

async function openPage(width: number, height: number): Promise<Parts> {
  const receiver = closers.add(await startReceiver())
  const simulator = closers.add(await startFastSimulator())
  await register(simulator, receiver.url)
  const context = closers.add(
    await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' }),
  )
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(simulator.url)
  return { simulator, receiver, page, complaints }
}

async function addCustomer(page: Page, name: string, kind: 'Phone number' | 'Username only') {
  await page.getByRole('button', { name: 'Add customer' }).click()
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByRole('radio', { name: kind }).check()
  await page.getByRole('dialog').getByRole('button', { name: 'Add customer' }).click()
}

describe('the page', () => {
  it('writes as a customer, shows the reply, and reads it by being looked at', async () => {
    const { simulator, receiver, page, complaints } = await openPage(390, 844)
    const name = 'Tono <b>tebal</b></script>'
    await addCustomer(page, name, 'Username only')
    await page.getByLabel('Message', { exact: true }).fill('Halo dari halaman')
    await page.keyboard.press('Enter')
    const thread = page.getByRole('log')
    await expectPage(thread.getByText('Halo dari halaman')).toBeVisible()
    await expectPage(thread.getByLabel('Reached the company’s system')).toBeVisible()
    expect(receiver.bodies('whatsapp.message.received')).toMatchObject([
      { message: { text: { body: 'Halo dari halaman' } } },
    ])

    const [customer] = simulator.control.world.customers.values()
    expect(customer).toMatchObject({ name, sharesPhone: false })
    await sendText(simulator, { recipient: customer?.userId ?? '' }, 'Balasan kami')
    await expectPage(thread.getByText('Balasan kami')).toBeVisible()
    await expectPage(thread.getByLabel('Read', { exact: true })).toBeVisible()
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.bodies('whatsapp.message.read')).toHaveLength(1)

    await page.reload()
    await expectPage(thread.getByText('Balasan kami')).toBeVisible()
    await page.getByRole('button', { name: 'Back to the customers' }).click()
    await expectPage(page.getByRole('button', { name: /Tono <b>tebal/ })).toBeVisible()
    expect(complaints).toEqual([])
  })

  it('types as the colleague, counts what nobody has read, and lists deliveries', async () => {
    const { simulator, receiver, page } = await openPage(1440, 900)
    await addCustomer(page, 'Budi', 'Phone number')
    await page.getByRole('radio', { name: 'Colleague’s phone' }).check()
    await page.getByLabel('Message', { exact: true }).fill('Dari HP kantor')
    await page.getByRole('button', { name: 'Send' }).click()
    await expectPage(page.getByRole('log').getByText('Dari HP kantor')).toBeVisible()
    await expectPage(page.getByRole('list', { name: 'Deliveries' }).getByText('message.sent')).toBeVisible()
    expect(receiver.bodies('whatsapp.message.sent')).toMatchObject([
      { message: { kapso: { origin: 'business_app' } } },
    ])
    const other = simulator.control.addCustomer({ name: 'Citra' })
    simulator.control.sayAsBot(other.id, { text: 'Satu' })
    simulator.control.sayAsBot(other.id, { text: 'Dua' })
    await expectPage(page.getByRole('button', { name: /Citra.*2 unread/ })).toBeVisible()
  })

  it('attaches, answers and reacts as the customer', async () => {
    const { simulator, receiver, page, complaints } = await openPage(1440, 900)
    await addCustomer(page, 'Budi', 'Phone number')
    const [customer] = simulator.control.world.customers.values()
    const thread = page.getByRole('log')
    const attach = async (name: string) => {
      await page.getByRole('button', { name: 'Attach something' }).click()
      await page.getByRole('button', { name, exact: true }).click()
    }
    await attach('Photo')
    await expectPage(thread.getByRole('img', { name: 'Photo' })).toBeVisible()
    for (const name of ['Voice message', 'Video', 'Document', 'Location', 'Sticker']) await attach(name)
    await expectPage(thread.getByText('Tugu Yogyakarta')).toBeVisible()
    await expectPage(thread.getByRole('link', { name: 'invoice.pdf' })).toBeVisible()
    const isShown = (kind: string) =>
      thread.getByRole('img', { name: kind }).evaluate((image) => (image as HTMLImageElement).naturalWidth)
    await expectPage.poll(() => isShown('Photo')).toBe(1200)
    await expectPage.poll(() => isShown('Sticker')).toBe(512)
    for (const kind of ['video', 'audio']) {
      const seconds = await thread.locator(kind).evaluate(
        (player) =>
          new Promise((resolve) => {
            const medium = player as HTMLMediaElement
            medium.onloadeddata = () => {
              resolve(medium.duration)
            }
            medium.onerror = () => {
              resolve(medium.error?.message)
            }
            medium.preload = 'auto'
            medium.load()
          }),
      )
      expect(seconds).toBeGreaterThan(1)
    }
    simulator.control.sayAsBot(customer?.id ?? '', { text: 'Mau yang mana?' })
    const bubble = thread.locator('.bubble.theirs', { hasText: 'Mau yang mana?' })
    await bubble.getByRole('button', { name: 'Reply' }).click()
    await page.getByLabel('Message', { exact: true }).fill('Yang ini')
    await page.keyboard.press('Enter')
    await expectPage(thread.locator('.quote')).toHaveText('Mau yang mana?')
    await bubble.getByRole('button', { name: 'React with 👍' }).click()
    await expectPage(bubble.locator('.reactions')).toHaveText('👍')
    await bubble.getByRole('button', { name: 'React with 👍' }).click()
    await expectPage(bubble.locator('.reactions')).toHaveCount(0)
    expect(await simulator.control.settle()).toBe(true)
    const types = (receiver.bodies('whatsapp.message.received') as { message: { type: string } }[]).map(
      (body) => body.message.type,
    )
    expect(types).toEqual([
      ...['image', 'audio', 'video', 'document', 'location', 'sticker'],
      ...['text', 'reaction', 'reaction'],
    ])
    expect(complaints).toEqual([])
  })

  it('switches faults on and off and lets things happen to a customer', async () => {
    const { simulator, receiver, page, complaints } = await openPage(1440, 900)
    await addCustomer(page, 'Budi', 'Phone number')
    await page.getByRole('button', { name: /^Faults/ }).click()
    const lost = page.getByRole('switch', { name: 'One in five never comes' })
    await lost.check()
    await expectPage(page.getByRole('button', { name: /^Faults\s*1$/ })).toBeVisible()
    expect(simulator.control.world.faults).toMatchObject([{ kind: 'lose', probability: 0.2 }])
    await lost.uncheck()
    await expectPage.poll(() => simulator.control.world.faults).toEqual([])
    await page.getByRole('button', { name: 'Outage of 1 minute' }).click()
    await expectPage(page.getByText('Nothing reaches the company now')).toBeVisible()
    await page.getByRole('button', { name: 'End the outage' }).click()
    await page.getByRole('button', { name: 'Pause the webhook' }).click()
    await expectPage(page.getByText('Webhook paused')).toBeVisible()
    await page.getByRole('button', { name: 'Switch the webhook on' }).click()
    await page.getByRole('button', { name: 'Change the secret' }).click()
    await page.getByRole('button', { name: 'Use the new secret only' }).click()
    await expectPage(page.getByRole('button', { name: 'Change the secret' })).toBeVisible()
    await page.getByLabel('Message', { exact: true }).fill('Halo')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('button', { name: 'Hide the phone number' }).click()
    await expectPage(page.getByText('@budi · number hidden').first()).toBeVisible()
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('button', { name: 'Stop marketing messages' }).click()
    await expectPage
      .poll(() => receiver.bodies('whatsapp.contact.marketing_preference_changed').length)
      .toBe(1)
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('button', { name: 'Send one of each' }).click()
    await expectPage(
      page.getByRole('log').getByText('(hologram)').or(page.getByText('Hologram')).first(),
    ).toBeVisible()
    expect(complaints).toEqual([])
  })

  it('says why a customer cannot be added', async () => {
    const { simulator, page } = await openPage(1440, 900)
    simulator.control.addCustomer({ name: 'Budi', phone: '0812 0000 4321' })
    await page.getByRole('button', { name: 'Add customer' }).click()
    await page.getByLabel('Name', { exact: true }).fill('Budi lain')
    await page.getByLabel('Phone number optional').fill('+62 812-0000-4321')
    await page.getByRole('dialog').getByRole('button', { name: 'Add customer' }).click()
    await expectPage(page.getByRole('alert').getByText('Budi already has the number')).toBeVisible()
    expect(simulator.control.world.customers.size).toBe(1)
  })

  it.each([
    [1440, 900],
    [390, 844],
  ])(
    'is accessible in light and dark and fits at %i x %i',
    async (width, height) => {
      const { simulator, page, complaints } = await openPage(width, height)
      const check = async (rules?: string[]) => {
        const builder = new AxeBuilder({ page }).setLegacyMode()
        const { violations } = await (rules ? builder.withRules(rules) : builder).analyze()
        expect(violations.map((one) => [one.id, one.nodes.map((node) => node.target)])).toEqual([])
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        ).toBeLessThanOrEqual(0)
      }
      const checkBothSchemes = async () => {
        await check()
        await page.emulateMedia({ colorScheme: 'dark' })
        await check(['color-contrast'])
        await page.emulateMedia({ colorScheme: 'light' })
      }
      await page.getByRole('button', { name: 'Load the demo' }).click()
      expect(await simulator.control.settle()).toBe(true)
      await page.getByRole('button', { name: 'Add customer' }).click()
      await checkBothSchemes()
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.getByRole('button', { name: /Maya/ }).click()
      await expectPage(page.getByText('Reply window closed')).toBeVisible()
      await page.getByRole('radio', { name: 'Colleague’s phone' }).check()
      await page.getByRole('button', { name: 'Attach something' }).click()
      await page.getByRole('button', { name: 'More', exact: true }).click()
      await checkBothSchemes()
      if (width < 760) {
        await page.getByRole('button', { name: 'Back to the customers' }).click()
        await checkBothSchemes()
        await page.getByRole('button', { name: 'Deliveries' }).click()
        await checkBothSchemes()
        await page.getByRole('button', { name: /^Faults/ }).click()
        await check()
      }
      expect(complaints).toEqual([])
    },
    90_000,
  )
})
