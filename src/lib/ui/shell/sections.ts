import Bell from '@lucide/svelte/icons/bell'
import ContactRound from '@lucide/svelte/icons/contact-round'
import Inbox from '@lucide/svelte/icons/inbox'
import Settings from '@lucide/svelte/icons/settings'
import { m } from '#lib/i18n/generated/messages.js'

/** The places of a workspace, in the order of the navigation. */
export const sections = [
  { path: 'inbox', nameOf: m.shell_inbox, Icon: Inbox },
  { path: 'contacts', nameOf: m.contacts_title, Icon: ContactRound },
  { path: 'notifications', nameOf: m.notifications_title, Icon: Bell },
  { path: 'settings', nameOf: m.shell_settings, Icon: Settings },
] as const

/** `/w/acme/inbox` */
export function sectionHref(workspaceSlug: string, path: string): string {
  return `/w/${encodeURIComponent(workspaceSlug)}/${path}`
}

/** Whether an address lies in a section. */
export function isInSection(pathname: string, href: string): boolean {
  return pathname === href || pathname.startsWith(`${href}/`)
}
