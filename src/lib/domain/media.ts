import type { MediaKind } from './message-content.ts'

/**
 * Why a file is not here. `too_large`, `wrong_type` (the bytes are no such thing), `empty`, `host_not_allowed` and
 * `address_not_allowed` (it lies where we do not ask) are refusals; `gone`, `no_source` and `body_dropped` (what told us
 * where it is has been deleted) make it expired; the others are what the last try ended with.
 */
export type MediaReason =
  | 'too_large'
  | 'wrong_type'
  | 'empty'
  | 'host_not_allowed'
  | 'address_not_allowed'
  | 'too_many_redirects'
  | 'gone'
  | 'no_source'
  | 'body_dropped'
  | 'unreachable'
  | 'server_error'
  | 'rate_limited'
  | 'timed_out'
  | 'no_api_key'
  | 'storage_failed'
  | 'interrupted'

/** The most bytes of each kind: what WhatsApp itself takes. */
export const mediaByteLimits: Readonly<Record<MediaKind, number>> = {
  image: 5 * 1024 * 1024,
  audio: 16 * 1024 * 1024,
  video: 16 * 1024 * 1024,
  document: 100 * 1024 * 1024,
  sticker: 500 * 1024,
}

/**
 * Where the browser gets a message's file: GET leads to it, POST asks for it again where it could not be had.
 *
 * @param options `size: 'thumbnail'` where there is one; `download` for saving instead of showing
 */
export function mediaPath(
  workspaceSlug: string,
  messageId: string,
  options: { size?: 'thumbnail'; download?: boolean } = {},
): string {
  const query = [
    ...(options.size === 'thumbnail' ? ['size=thumbnail'] : []),
    ...(options.download === true ? ['download'] : []),
  ].join('&')
  return `/w/${encodeURIComponent(workspaceSlug)}/media/${messageId}${query === '' ? '' : `?${query}`}`
}
