import type { Page } from '@playwright/test'

declare global {
  interface Window {
    /** Milliseconds from each input to the paint that followed it. */
    paints: number[]
    /** Milliseconds between frames while a list was scrolled. */
    frameTimes: number[]
  }
}

/** Has the page note, for each event of these types, how long it took until its next paint was over. */
export async function watchPaints(page: Page, types: ('keydown' | 'click')[]): Promise<void> {
  await page.evaluate((watched) => {
    window.paints = []
    for (const type of watched) {
      addEventListener(
        type,
        (event) => {
          requestAnimationFrame(() => {
            // A message that a frame sends is taken after that frame was painted.
            const channel = new MessageChannel()
            channel.port1.onmessage = () => window.paints.push(performance.now() - event.timeStamp)
            channel.port2.postMessage(null)
          })
        },
        { capture: true },
      )
    }
  }, types)
}

export async function takePaints(page: Page): Promise<number[]> {
  return page.evaluate(() => window.paints.splice(0))
}

/**
 * Opens a conversation by pressing its row, and waits in the page until its last message is painted.
 *
 * @returns milliseconds from the press to that paint
 */
export async function measureOpening(page: Page, conversationId: string): Promise<number> {
  return page.evaluate(
    (id) =>
      new Promise<number>((resolve, reject) => {
        const row = document.getElementById(`conversation-${id}`)
        if (row === null) {
          reject(new Error('the row is not in the page'))
          return
        }
        const region = () => document.querySelector('[data-thread]')
        const started = performance.now()
        const look = () => {
          const shown = region()
          const isThere = shown?.getAttribute('data-thread') === id && shown.querySelector('[data-message]')
          if (!isThere) {
            if (performance.now() - started > 20_000) reject(new Error('the thread did not appear'))
            else requestAnimationFrame(look)
            return
          }
          const channel = new MessageChannel()
          channel.port1.onmessage = () => {
            resolve(performance.now() - started)
          }
          channel.port2.postMessage(null)
        }
        row.click()
        requestAnimationFrame(look)
      }),
    conversationId,
  )
}

/** Scrolls a list with the wheel for a while and gives the milliseconds between its frames. */
export async function measureScrolling(page: Page, seconds: number): Promise<number[]> {
  await page.evaluate(() => {
    window.frameTimes = []
    let last = performance.now()
    const note = (now: number) => {
      window.frameTimes.push(now - last)
      last = now
      requestAnimationFrame(note)
    }
    requestAnimationFrame((now) => {
      last = now
      requestAnimationFrame(note)
    })
  })
  const endsAt = Date.now() + seconds * 1000
  while (Date.now() < endsAt) {
    await page.mouse.wheel(0, 300)
    await page.waitForTimeout(16)
  }
  return page.evaluate(() => [...window.frameTimes])
}
