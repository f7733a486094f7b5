import { mostBodyBytes } from '#lib/server/ingest/door.ts'
import { doorText, kapsoHeaders } from '#lib/server/ingest/raw-door.ts'
import { addressOf } from '#lib/server/session/event.ts'
import type { RequestHandler } from './$types'

/** The webhook door where SvelteKit answers by itself: development, and adapters other than Node's. */
export const POST: RequestHandler = async (event) => {
  const { params, request, locals } = event
  const status = await locals.services.door.receive({
    endpointId: params.endpoint,
    headers: kapsoHeaders((name) => request.headers.get(name) ?? undefined),
    address: addressOf(event),
    readBody: async () => {
      if (Number(request.headers.get('content-length') ?? 0) > mostBodyBytes) return 'too_large'
      const bytes = Buffer.from(await request.arrayBuffer())
      return bytes.length > mostBodyBytes ? 'too_large' : bytes
    },
  })
  return new Response(doorText(status), {
    status,
    headers: status === 429 ? { 'retry-after': '60' } : {},
  })
}
