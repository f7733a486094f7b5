import { defineConfig } from '@playwright/test'
import { chromiumArguments } from './src/launcher/chromium-arguments.js'
import { readChromiumPath, readShellPath } from './src/launcher/chromium-path.js'

const { dirname: root } = import.meta

/** How a Chromium is started: Playwright's own where none is named. */
const launchOptions = (executablePath: string | undefined) => ({
  launchOptions: { args: chromiumArguments, ...(executablePath ? { executablePath } : {}) },
})

export default defineConfig({
  testDir: 'tests/e2e',
  testMatch: '**/*.spec.ts',
  globalSetup: './tests/e2e/global-setup.ts',
  outputDir: 'test-results',
  forbidOnly: Boolean(process.env['CI']),
  retries: 0,
  workers: 2,
  timeout: 60_000,
  globalTimeout: 43 * 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    // Set by the global setup, which runs before the workers read this.
    baseURL: process.env['E2E_BASE_URL'],
    // Only offline.spec.ts has one: it would answer before the faults that the others make.
    serviceWorkers: 'block',
    // A trace of each test costs a seventh of the time of all; `--trace on` makes one.
    trace: 'off',
    screenshot: 'only-on-failure',
    // What moves costs time too, and is not what these tests look at.
    contextOptions: { reducedMotion: 'reduce' },
    ...launchOptions(readShellPath(root)),
  },
  projects: [
    { name: 'desktop', testIgnore: '**/offline.spec.ts', use: { viewport: { width: 1440, height: 900 } } },
    {
      // Only a Chromium that has windows shows notifications.
      name: 'notifications',
      testMatch: '**/offline.spec.ts',
      use: { viewport: { width: 1440, height: 900 }, ...launchOptions(readChromiumPath(root)) },
    },
    {
      name: 'phone',
      // What these are about is the same at every size.
      testIgnore: [
        'bad-luck',
        'disconnects',
        'ingestion',
        'keyboard-journeys',
        'languages',
        'merge-journey',
        'offline',
        'server-restart',
      ].map((name) => `**/${name}.spec.ts`),
      use: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
    },
  ],
})
