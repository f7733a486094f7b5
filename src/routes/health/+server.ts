import { readHealth } from '#lib/server/health.ts'
import type { RequestHandler } from './$types'

/** For load balancers and the launcher: 200 when every part works, 503 with the part that does not. */
export const GET: RequestHandler = async ({ locals }) => {
  const health = await readHealth(locals.services.kysely)
  return new Response(JSON.stringify(health), {
    status: health.status === 'ok' ? 200 : 503,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  })
}
