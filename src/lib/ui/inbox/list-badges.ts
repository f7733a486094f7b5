/**
 * Says outside of the page that something waits to be read: on the tab's icon, and on that of the installed app where
 * there is one. Browser only.
 */
export function showUnread(count: number): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')
  const name = count > 0 ? 'favicon-unread.svg' : 'favicon.svg'
  if (icon && !icon.href.endsWith(`/${name}`)) icon.href = new URL(name, icon.href).href
  if (!('setAppBadge' in navigator)) return
  const badge = count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge()
  // Not allowed, or not installed: the title says it all the same.
  badge.catch(() => undefined)
}
