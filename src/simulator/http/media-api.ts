import { metaUrlOf } from '../media/library.ts'
import type { Simulation } from '../simulation.ts'
import type { MediaItem } from '../world.ts'
import { type ApiRequest, failAsGraph, parameter, route, type Route } from './exchange.ts'
import { answerOrFail } from './request-faults.ts'

/** Kapso's own address of a file, which needs no key and works for four minutes. */
function downloadUrlOf(simulation: Simulation, item: MediaItem): string {
  const id = Buffer.from(item.id, 'utf8').toString('base64url')
  const until = Math.floor(simulation.clock.now() / 1000) + 240
  return `${simulation.baseUrl}/media/download/${id}--${item.token}?expires=${String(until)}`
}

const weekMs = 7 * 24 * 3_600_000

/** `GET` and `DELETE` of a media id, which lives for seven days. */
export function createMediaRoutes(simulation: Simulation): Route[] {
  const { world, clock } = simulation
  const path = '/meta/whatsapp/:version/:mediaId'

  function find(request: ApiRequest): MediaItem | undefined {
    const item = world.media.get(parameter(request, 'mediaId'))
    const isOver =
      item === undefined ||
      clock.now() > item.createdAt + weekMs ||
      ['missing', 'gone'].includes(item.behaviour)
    return isOver ? undefined : item
  }

  const unknown = failAsGraph(404, 100, 'Object with this media id does not exist or cannot be loaded')
  return [
    route('GET', path, (request) =>
      answerOrFail(simulation, 'media', request.query.get('phone_number_id'), () => {
        const item = find(request)
        if (!item) return unknown
        return {
          status: 200,
          body: {
            messaging_product: 'whatsapp',
            url: metaUrlOf(simulation, item),
            download_url: downloadUrlOf(simulation, item),
            mime_type: item.mimeType,
            sha256: item.sha256,
            file_size: item.byteSize,
            id: item.id,
          },
        }
      }),
    ),
    route('DELETE', path, (request) => {
      const item = find(request)
      if (!item) return unknown
      world.media.delete(item.id)
      simulation.changed()
      return { status: 200, body: { success: true } }
    }),
  ]
}
