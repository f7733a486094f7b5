import { createHash } from 'node:crypto'
import type { Simulation } from '../simulation.ts'
import type { MediaItem, PhoneNumber } from '../world.ts'
import { type ApiRequest, type ApiResponse, failAsGraph } from './exchange.ts'

const mebibyte = 1024 * 1024

/** What Meta takes, and how much of it. */
const limits: readonly { types: RegExp; bytes: number }[] = [
  { types: /^image\/(jpeg|png)$/, bytes: 5 * mebibyte },
  { types: /^image\/webp$/, bytes: 500 * 1024 },
  { types: /^(audio\/(aac|amr|mp4|mpeg|ogg|opus)|video\/(mp4|3gpp))$/, bytes: 16 * mebibyte },
  {
    types:
      /^(text\/plain|application\/(pdf|msword|vnd\.ms-(excel|powerpoint)|vnd\.openxmlformats-officedocument\.\w+ml\.\w+))$/,
    bytes: 100 * mebibyte,
  },
]

/** `POST /{phone_number_id}/media`: a form with `messaging_product`, `type` and `file`. */
export async function uploadMedia(
  simulation: Simulation,
  number: PhoneNumber,
  request: ApiRequest,
): Promise<ApiResponse> {
  const form = await new Response(new Uint8Array(request.body), {
    headers: { 'content-type': request.headers['content-type'] ?? '' },
  })
    .formData()
    .catch(() => null)
  const file = form?.get('file')
  if (form?.get('messaging_product') !== 'whatsapp' || !(file instanceof File)) {
    return failAsGraph(400, 100, 'The parameters messaging_product and file are required.')
  }
  const type = form.get('type')
  const mimeType = (typeof type === 'string' && type !== '' ? type : file.type).replace(/;.*$/, '')
  const limit = limits.find((one) => one.types.test(mimeType))
  if (!limit) return failAsGraph(400, 100, 'Param file must be a file with one of the allowed types')
  if (file.size === 0 || file.size > limit.bytes) {
    return failAsGraph(400, 131053, `A file of this type has 1 to ${String(limit.bytes)} bytes`)
  }
  const bytes = Buffer.from(await file.arrayBuffer())
  const { identifiers, world, clock } = simulation
  const place = identifiers.next('media')
  const item: MediaItem = {
    id: `9${identifiers.digits(14, 'media', place)}`,
    format: 'pdf',
    variant: 0,
    behaviour: 'ok',
    mimeType,
    fileName: file.name,
    byteSize: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('base64'),
    token: identifiers.hex(40, 'media token', place).toLowerCase(),
    downloads: 0,
    createdAt: clock.now(),
    uploadedFor: number.id,
  }
  world.media.set(item.id, item)
  simulation.uploads.set(item.id, bytes)
  simulation.changed()
  return { status: 200, body: { id: item.id } }
}
