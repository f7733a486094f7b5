import type { Page, Route, WebSocketRoute } from '@playwright/test'

/** Ways in which a page loses its server. */
export const cuts = ['offline', 'socket', 'deaf', 'refused', 'lost'] as const
export type Cut = (typeof cuts)[number]

/** What lies between a page and its server, and can be cut. */
export interface BadLine {
  /**
   * `offline`: the browser has no network. `socket`: the sockets close. `deaf`: they stay open and bring nothing.
   * `refused`: no request arrives. `lost`: requests arrive, their answers do not.
   */
  cut(cut: Cut): Promise<void>
  mend(): Promise<void>
}

/** To be laid before the page opens anything. */
export async function layBadLine(page: Page): Promise<BadLine> {
  const sockets = new Set<{ near: WebSocketRoute; far: WebSocketRoute }>()
  let current: Cut | null = null

  await page.routeWebSocket(/\/realtime\/v1/, (near) => {
    if (current !== null) {
      void near.close()
      return
    }
    const far = near.connectToServer()
    const socket = { near, far }
    sockets.add(socket)
    near.onMessage((message) => {
      if (current !== 'deaf') far.send(message)
    })
    far.onMessage((message) => {
      if (current !== 'deaf') near.send(message)
    })
    near.onClose(() => {
      sockets.delete(socket)
      void far.close()
    })
    far.onClose(() => {
      sockets.delete(socket)
      void near.close()
    })
  })

  async function pass(route: Route): Promise<void> {
    if (current === 'refused') await route.abort('connectionrefused')
    else if (current === 'lost') await route.fetch().then(() => route.abort('connectionreset'))
    else await route.continue()
  }

  await page.route(
    (url) => /\/w\/[^/]+\/inbox\//.test(url.pathname),
    // A page that is left, or goes offline, takes its requests with it.
    (route) => pass(route).catch(() => route.abort().catch(() => undefined)),
  )

  async function closeSockets(): Promise<void> {
    for (const { near, far } of sockets) await Promise.all([near.close(), far.close()])
    sockets.clear()
  }

  return {
    async cut(cut) {
      current = cut
      if (cut === 'offline') await page.context().setOffline(true)
      if (cut === 'socket' || cut === 'offline') await closeSockets()
    },
    async mend() {
      const cut = current
      current = null
      if (cut === 'offline') await page.context().setOffline(false)
      // A socket that lost something on its way is dead, as after a change of the network.
      if (cut === 'deaf') await closeSockets()
    },
  }
}
