import type { PageLoad } from './$types'

/**
 * The thread is drawn by the inbox layout, which opens it before this load has answered. It is loaded here so that it
 * is there when an address leads straight to a conversation, and weighs nothing where there is only the list.
 */
export const load: PageLoad = async ({ data }) => ({
  ...data,
  InboxThread: (await import('#lib/ui/inbox/InboxThread.svelte')).default,
})
