import { requireSession } from '#lib/server/session/guards.ts'
import type { LayoutServerLoad } from './$types'

export const load: LayoutServerLoad = (event) => {
  const { claims } = requireSession(event)
  const { PUBLIC_SUPABASE_URL, PUBLIC_SUPABASE_PUBLISHABLE_KEY } = event.locals.services.environment
  return {
    realtime: { url: PUBLIC_SUPABASE_URL, key: PUBLIC_SUPABASE_PUBLISHABLE_KEY },
    user: { id: claims.sub, email: claims.email ?? '' },
  }
}
