import Inbox from '@lucide/svelte/icons/inbox'
import Settings from '@lucide/svelte/icons/settings'

/** The places of a workspace, in the order of the navigation. */
export const sections = [
  { path: 'inbox', label: 'Inbox', Icon: Inbox },
  { path: 'settings', label: 'Settings', Icon: Settings },
] as const

/** `/w/acme/inbox` */
export function sectionHref(workspaceSlug: string, path: string): string {
  return `/w/${encodeURIComponent(workspaceSlug)}/${path}`
}

/** Whether an address lies in a section. */
export function isInSection(pathname: string, href: string): boolean {
  return pathname === href || pathname.startsWith(`${href}/`)
}
