import { isQuiet } from '#lib/domain/quiet-hours.ts'
import type { NotificationKind, NotificationSettings } from '#lib/domain/notifications.ts'
import { m } from '#lib/i18n/generated/messages.js'

/**
 * What a page tells of itself while it is in the background, in browsers that cannot be rung: a notification of the
 * browser's own, which needs no service worker. Where the browser is rung, that tells it already.
 */

/** Set in this browser by the switch in the settings. */
const key = 'my21staff.page-notifications'

/** What happened, with all that the member's settings ask about. */
export interface PageNews {
  kind: NotificationKind | 'message'
  /** Of the same tag only the last is shown. */
  tag: string
  contactName: string
  /** What was written or done, in the reader's language. */
  words: string
  path: string
  /** Of a message: whose conversation it is in. */
  owner?: 'mine' | 'nobody' | 'colleague'
  /** Of a message: whether the member takes conversations now. */
  isOnline?: boolean
}

export interface PageTeller {
  workspace: { slug: string; timeZone: string }
  /** Opens a place of the app in this page. */
  onOpen: (path: string) => void
}

/** Whether the member wants to be told, as pushes are decided in `database/due-pushes.ts`. */
export function isWanted(
  settings: NotificationSettings,
  timeZone: string,
  news: PageNews,
  now: Date,
): boolean {
  if (isQuiet(settings.quietHours, timeZone, now)) return false
  if (news.kind === 'mention') return settings.mentions
  if (news.kind === 'assigned') return settings.assignments
  if (news.isOnline === false) return false
  const owners = {
    all: ['mine', 'nobody', 'colleague'],
    mine_and_unassigned: ['mine', 'nobody'],
    mine: ['mine'],
    none: [],
  }
  return owners[settings.newMessages].some((owner) => owner === news.owner)
}

/** Whether this browser was allowed to be told by the page, and is not rung anyhow. Browser only. */
export async function isToldByPage(): Promise<boolean> {
  if (!readPageSwitch() || !('Notification' in window) || Notification.permission !== 'granted') return false
  const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined)
  const subscription = await registration?.pushManager?.getSubscription().catch(() => null)
  return !subscription
}

export function readPageSwitch(): boolean {
  try {
    return localStorage.getItem(key) === 'on'
  } catch {
    return false
  }
}

export function writePageSwitch(isOn: boolean): void {
  try {
    if (isOn) localStorage.setItem(key, 'on')
    else localStorage.removeItem(key)
  } catch {
    // Storage that is switched off: it stays off.
  }
}

/** Tells of what happened, if the page is in the background and the member wants it. Never fails. */
export async function tellFromPage(
  news: readonly PageNews[],
  { workspace, onOpen }: PageTeller,
): Promise<void> {
  if (news.length === 0 || !document.hidden || !(await isToldByPage())) return
  const settings = await fetchSettings(workspace.slug)
  if (settings === null) return
  for (const one of news.filter((known) => isWanted(settings, workspace.timeZone, known, new Date())))
    await show(one, settings, onOpen)
}

async function fetchSettings(slug: string): Promise<NotificationSettings | null> {
  try {
    const response = await fetch(`/w/${encodeURIComponent(slug)}/notifications/settings`, {
      headers: { accept: 'application/json' },
    })
    if (!response.ok || response.redirected) return null
    return ((await response.json()) as { settings: NotificationSettings }).settings
  } catch {
    return null
  }
}

/** Signs that turn the reading direction of what stands around them: names and words are a stranger's. */
const turning = /[\u202A-\u202E\u2066-\u2069]/g

async function show(
  news: PageNews,
  settings: NotificationSettings,
  onOpen: (path: string) => void,
): Promise<void> {
  const isHidden = news.kind === 'message' && !settings.showsWords
  const options = {
    body: isHidden ? m.notifications_new_message() : news.words.replace(turning, ''),
    tag: news.tag,
    icon: '/icon-192.png',
  }
  const title = news.contactName.replace(turning, '')
  try {
    const shown = new Notification(title, options)
    shown.onclick = () => {
      window.focus()
      shown.close()
      onOpen(news.path)
    }
  } catch {
    // Chrome on Android shows none but those of a service worker, which leads to `path` by itself.
    const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined)
    await registration
      ?.showNotification(title, { ...options, data: { path: news.path } })
      .catch(() => undefined)
  }
}
