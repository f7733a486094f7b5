/// <reference types="@sveltejs/kit" />
/// <reference lib="webworker" />
import { build, files, version } from '$service-worker'
import type { PushPayload } from '#lib/domain/notifications.ts'

/**
 * What goes on without a page, and without a network: the parts of the app, the pages and threads that were looked at
 * last, and being rung. It answers with what it keeps only where the network does not answer.
 */
const worker = self as unknown as ServiceWorkerGlobalScope

const appCache = `app-${version}`
/** Customers' words: emptied when nobody is signed in any more. */
const dataCache = 'data'
const mostKept = 120
const patienceMs = 4_000

/** Where people come from who are, or were, somebody else; and what SvelteKit asks in place of those pages. */
const comings = /^\/(sign-in|sign-out|sign-up|reset-password)(\/__data\.json)?$/

const parts = new Set([...build, ...files.filter((file) => !file.startsWith('/screenshots/'))])

worker.addEventListener('install', (event) => {
  event.waitUntil(caches.open(appCache).then((cache) => cache.addAll([...parts])))
})

worker.addEventListener('activate', (event) => {
  event.waitUntil(dropOtherVersions())
})

async function dropOtherVersions(): Promise<void> {
  const names = await caches.keys()
  await Promise.all(
    names.filter((name) => name !== appCache && name !== dataCache).map((name) => caches.delete(name)),
  )
}

worker.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (url.origin !== worker.location.origin) return
  // Whoever signs in next may be somebody else, and come there without a navigation: by a link, or by posting alone.
  if (comings.test(url.pathname)) event.waitUntil(forget())
  if (request.method !== 'GET') return
  if (parts.has(url.pathname)) event.respondWith(answerPart(request, url))
  else if (isKept(request, url)) event.respondWith(answerFresh(request, url))
})

async function answerPart(request: Request, url: URL): Promise<Response> {
  const cache = await caches.open(appCache)
  return (await cache.match(url.pathname)) ?? fetch(request)
}

/** Pages of the inbox, what they are made of, and the messages of a thread; never the questions for what changed. */
function isKept(request: Request, url: URL): boolean {
  if (!/^\/w\/[^/]+\/inbox(\/|$)/.test(url.pathname)) return false
  return (
    request.mode === 'navigate' ||
    url.pathname.endsWith('/__data.json') ||
    /\/inbox\/(conversations|setup|[0-9a-f-]{36}\/messages)$/.test(url.pathname)
  )
}

/** Under which a page is kept: what SvelteKit adds to an address tells what it has already, not what it asks for. */
function keyOf(url: URL): string {
  const key = new URL(url)
  key.searchParams.delete('x-sveltekit-invalidated')
  key.searchParams.delete('x-sveltekit-trailing-slash')
  key.searchParams.delete('message')
  return key.href
}

/** The network's answer, or, where none comes in time, the last one that came. */
async function answerFresh(request: Request, url: URL): Promise<Response> {
  const key = keyOf(url)
  const cache = await caches.open(dataCache)
  const fromNetwork = fetch(request).then(async (response) => {
    if (await isSentAway(response)) await forget()
    // Out of their sight, or gone: it is not to come back when the network is away.
    else if (response.status === 403 || response.status === 404) await cache.delete(key)
    else if (response.ok) await keep(cache, key, response.clone())
    return response
  })
  const kept = await cache.match(key)
  if (kept === undefined) return fromNetwork
  return Promise.race([
    fromNetwork.catch(() => kept),
    new Promise<Response>((resolve) => {
      setTimeout(() => {
        // What was taken out meanwhile is shown to nobody.
        void cache.match(key).then((still) => {
          resolve(still ?? fromNetwork)
        })
      }, patienceMs)
    }),
  ])
}

/**
 * Whether somebody is sent to the sign-in page, or refused: they have no right to what was kept for somebody else. Where
 * its own scripts ask, SvelteKit leads elsewhere with a 200 that says so.
 */
async function isSentAway(response: Response): Promise<boolean> {
  if (response.status === 401 || response.redirected || response.type === 'opaqueredirect') return true
  if (!response.ok || !new URL(response.url).pathname.endsWith('/__data.json')) return false
  return (await response.clone().text()).startsWith('{"type":"redirect"')
}

async function keep(cache: Cache, key: string, response: Response): Promise<void> {
  // It goes to the end of the line: what was asked for longest ago is dropped first.
  await cache.put(key, response)
  const keys = await cache.keys()
  await Promise.all(keys.slice(0, Math.max(0, keys.length - mostKept)).map((old) => cache.delete(old)))
}

async function forget(): Promise<void> {
  await caches.delete(dataCache)
}

worker.addEventListener('message', (event) => {
  if (event.data === 'signed-out') event.waitUntil(forget())
  if (event.data === 'skip-waiting') void worker.skipWaiting()
})

worker.addEventListener('push', (event) => {
  if (event.data) event.waitUntil(ring(event.data.json() as PushPayload))
})

/**
 * Brings the message here before it tells of it, so that it is there when somebody taps, however bad the network. Whoever
 * is not signed in any more, or is somebody else now who may not see it, is told that something came, and not from whom:
 * a browser must not ring in silence.
 */
async function ring({ tag, title, body, path }: PushPayload): Promise<void> {
  const url = new URL(path, worker.location.origin)
  const messages = new URL(`${url.pathname}/messages`, url)
  const answer = await answerFresh(new Request(messages), messages).catch(() => undefined)
  const isTheirs = answer === undefined || ![401, 403, 404].includes(answer.status)
  await worker.registration.showNotification(isTheirs ? title : 'my21staff', {
    ...(isTheirs ? { body } : {}),
    tag,
    icon: '/icon-192.png',
    badge: '/icon-192.png',
    data: { path },
  })
  await worker.navigator.setAppBadge?.().catch(() => undefined)
}

worker.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const { path } = event.notification.data as { path: string }
  event.waitUntil(open(path))
})

/** Leads a window that is there already to the message, or opens one. */
async function open(path: string): Promise<void> {
  const url = new URL(path, worker.location.origin)
  const windows = await worker.clients.matchAll({ type: 'window' })
  const here = windows.find((client) => new URL(client.url).pathname.startsWith('/w/'))
  if (here === undefined) {
    await worker.clients.openWindow(url.href)
    return
  }
  await here.focus()
  here.postMessage({ kind: 'open', path })
}
