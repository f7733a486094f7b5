import { invalidate } from '$app/navigation'
import type { MemberPreferences } from '#lib/domain/member-preferences.ts'

/**
 * Keeps what a member chose, and lets the open page know.
 *
 * @throws Error when it could not be kept
 */
export async function savePreferences(
  workspaceSlug: string,
  change: Partial<MemberPreferences>,
): Promise<void> {
  const response = await fetch(`/w/${encodeURIComponent(workspaceSlug)}/preferences`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(change),
    // The page shows it as chosen already: whoever leaves now has it kept all the same.
    keepalive: true,
  })
  if (!response.ok) throw new Error(`preferences were answered with ${String(response.status)}`)
  await invalidate('app:preferences')
}
