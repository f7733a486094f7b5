/** No sign-out waits longer for a network that does not answer. */
const patienceMs = 2_000

/**
 * Leaves nothing of a member in this browser for whoever comes next: what the service worker keeps is emptied, and the
 * browser is rung for them no more. Never rejects.
 */
export async function leaveBrowser(workspaceSlug: string): Promise<void> {
  if (!('serviceWorker' in navigator)) return
  navigator.serviceWorker.controller?.postMessage('signed-out')
  const patience = new Promise((resolve) => setTimeout(resolve, patienceMs))
  await Promise.race([stopRinging(workspaceSlug).catch(() => undefined), patience])
}

async function stopRinging(workspaceSlug: string): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration()
  const subscription = await registration?.pushManager.getSubscription()
  if (!subscription) return
  try {
    await fetch(`/w/${encodeURIComponent(workspaceSlug)}/notifications/push`, {
      method: 'DELETE',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ endpoint: subscription.endpoint }),
    })
  } finally {
    // Also without a network, and of every workspace: the push service then says that the address has ended.
    await subscription.unsubscribe()
  }
}
