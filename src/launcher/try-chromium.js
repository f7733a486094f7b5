// Ends well when the Chromium whose path is given starts and shows a page. In a process of its own: a browser that
// cannot start must not take the caller with it, and Playwright is slow to load.
import { chromium } from '@playwright/test'
import { chromiumArguments } from './chromium-arguments.js'

const browser = await chromium.launch({
  executablePath: process.argv[2],
  args: chromiumArguments,
  timeout: 20_000,
})
const page = await browser.newPage()
await page.setContent('<h1>my21staff</h1>')
await page.locator('h1').waitFor()
await browser.close()
