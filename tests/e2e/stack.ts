import { type Page, test as base } from '@playwright/test'
import { readParts } from '../../src/launcher/run-record.ts'

/** The my21staff that the journeys use: see global-setup.ts. */
export interface E2eStack {
  /** The web process; also Playwright's baseURL. */
  baseURL: string
  /** The Kapso simulator: its page, and the base of its API. */
  simulatorUrl: string
  embeddedDir: string
  /** Owns the demo workspace. */
  owner: { email: string; password: string }
  workspaceSlug: string
  /** The demo workspace's WhatsApp number. */
  phoneNumberId: string
}

export { expect } from '@playwright/test'

export const test = base.extend<object, { stack: E2eStack }>({
  stack: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the wanted fixtures from this pattern
    async ({}, use) => {
      const told = process.env['E2E_STACK']
      if (told === undefined) throw new Error('tests/e2e/global-setup.ts has not run.')
      await use(JSON.parse(told) as E2eStack)
    },
    { scope: 'worker' },
  ],
  page: async ({ page, javaScriptEnabled }, use) => {
    if (javaScriptEnabled) waitForScripts(page)
    await use(page)
  },
})

/**
 * Has a page wait until its scripts have taken it over, as a person does without noticing. A test that opens it by
 * `waitUntil: 'commit'` is there before them.
 */
function waitForScripts(page: Page): void {
  // Put there by the scripts; a page without any, such as the simulator's, does not wait.
  const running = page.locator('#svelte-announcer, html:not(:has(link[rel=modulepreload]))').first()
  const goto = page.goto.bind(page)
  const reload = page.reload.bind(page)
  page.goto = async (address, options) => {
    const response = await goto(address, options)
    if (options?.waitUntil !== 'commit') await running.waitFor({ state: 'attached' })
    return response
  }
  page.reload = async (options) => {
    const response = await reload(options)
    if (options?.waitUntil !== 'commit') await running.waitFor({ state: 'attached' })
    return response
  }
}

/** Kills one process of the stack; the launcher starts it again. */
export function killPart({ embeddedDir }: E2eStack, part: 'web' | 'worker' | 'simulator' | 'embedded'): void {
  const found = readParts(embeddedDir)[part]
  if (!found) throw new Error(`The stack has no ${part}.`)
  process.kill(found.pid, 'SIGKILL')
}
