import { createHash } from 'node:crypto'
import { ControlError, type Simulation } from '../simulation.ts'
import type { MediaItem } from '../world.ts'
import { buildMediaBytes, describeFormat, type MediaFormat } from './formats.ts'

/**
 * What happens to who downloads a file. `ok` redirects once on the same host, as Kapso's storage does; `lying` answers
 * with HTML under the promised type; `redirect_elsewhere` leads to another name of this machine, `redirect_internal` to
 * an address where a cloud keeps its secrets.
 */
export const mediaBehaviours = [
  'ok',
  'direct',
  'missing',
  'gone',
  'forbidden',
  'server_error',
  'flaky',
  'too_big',
  'endless',
  'lying',
  'slow',
  'stalled',
  'cut_off',
  'empty',
  'redirect_elsewhere',
  'redirect_loop',
  'redirect_internal',
] as const

export type MediaBehaviour = (typeof mediaBehaviours)[number]

export interface NewMedia {
  format: MediaFormat
  behaviour?: MediaBehaviour | undefined
  fileName?: string | undefined
}

/** Makes a file and keeps what is needed to make its bytes again. */
export function addMedia(simulation: Simulation, input: NewMedia): MediaItem {
  const { world, identifiers, clock } = simulation
  const place = identifiers.next('media')
  const variant = place % 256
  const id = `9${identifiers.digits(14, 'media', place)}`
  const { mimeType, ending } = describeFormat(input.format)
  const bytes = buildMediaBytes(input.format, variant)
  const item: MediaItem = {
    id,
    format: input.format,
    variant,
    behaviour: input.behaviour ?? 'ok',
    mimeType,
    fileName:
      input.fileName ?? `${input.format}_${identifiers.hex(12, 'file', place).toLowerCase()}.${ending}`,
    byteSize: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('base64'),
    token: identifiers.hex(40, 'media token', place).toLowerCase(),
    downloads: 0,
    createdAt: clock.now(),
  }
  world.media.set(id, item)
  simulation.changed()
  return item
}

export function getMedia(simulation: Simulation, id: string): MediaItem {
  const item = simulation.world.media.get(id)
  if (!item) throw new ControlError(404, `There is no media ${id}`)
  return item
}

/** What was handed over is as it came, the rest is made. */
export function bytesOf(simulation: Simulation, item: MediaItem): Buffer {
  if (item.uploadedFor !== undefined) return simulation.uploads.get(item.id) ?? Buffer.alloc(0)
  return buildMediaBytes(item.format, item.variant)
}

/** Where Kapso keeps a file: no key needed, redirects. */
export function linkOf(simulation: Simulation, item: MediaItem): string {
  const token = Buffer.from(item.id, 'utf8').toString('base64url')
  const path = `/rails/active_storage/blobs/redirect/${token}--${item.token}/${encodeURIComponent(item.fileName)}`
  return `${simulation.baseUrl}${path}`
}

/** Where Meta keeps it: needs a token, and only for minutes. */
export function metaUrlOf(simulation: Simulation, item: MediaItem): string {
  const until = Math.floor(item.createdAt / 1000) + 300
  const query = `mid=${item.id}&source=webhook&ext=${String(until)}&hash=${item.token.slice(0, 20)}`
  return `${simulation.baseUrl}/whatsapp_business/attachments/?${query}`
}

/** What stands under the type's key of a message: Meta's object with the link that Kapso adds. */
export function buildMediaObject(
  simulation: Simulation,
  item: MediaItem,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    id: item.id,
    mime_type: item.mimeType,
    sha256: item.sha256,
    ...more,
    url: metaUrlOf(simulation, item),
    link: linkOf(simulation, item),
  }
}
